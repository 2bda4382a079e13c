"""Pictures in cells: two pixels a cell in their colours, or a letter by its brightness."""

from PIL import Image
from textual.geometry import Size

from assistant.tui.widgets.cell_images import UPPER, ascii_lines, half_cell_strips


def test_two_pixels_a_cell() -> None:
    image = Image.new("RGB", (2, 4))
    image.putdata(
        [(255, 0, 0), (0, 255, 0), (0, 0, 255), (9, 9, 9), (1, 2, 3), (4, 5, 6), (7, 8, 9), (0, 0, 0)]
    )
    drawn = half_cell_strips(image, 2, 2)
    assert [strip.text for strip in drawn] == [UPPER * 2, UPPER * 2]
    first = next(iter(drawn[0]))
    assert first.style is not None and first.style.color is not None and first.style.bgcolor is not None
    assert first.style.color.triplet == (255, 0, 0) and first.style.bgcolor.triplet == (0, 0, 255)
    assert half_cell_strips(image, 0, 3) == [] and len(half_cell_strips(image, 5, 7)) == 7


def test_letters_go_from_dark_to_light() -> None:
    image = Image.linear_gradient("L").convert("RGB")  # black above, white below
    drawn = ascii_lines(image, Size(4, 10))
    assert len(drawn) == 10 and {len(line) for line in drawn} == {4}
    assert drawn[0] == "    " and drawn[-1] == "@@@@"
    assert ascii_lines(Image.new("RGB", (5, 5), "red"), Size(2, 1)) == ["  "]
    assert ascii_lines(image, Size(0, 3)) == []
