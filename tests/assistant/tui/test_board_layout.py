"""The layout of the board, as figures."""

from hypothesis import given
from hypothesis import strategies as st

from assistant.tui.board_layout import (
    HEADED,
    INDENT,
    LOWEST,
    MOST,
    MOST_OPEN,
    Pictures,
    band,
    largest_pictures,
    many_pictures,
    open_band,
)

SIDES = st.integers(1, 300)


def covered(pictures: Pictures) -> tuple[int, int]:
    """The columns and rows that pictures take, with a blank column between them."""
    return pictures.columns * (pictures.width + 1) - 1, pictures.lines * pictures.height


@given(SIDES, SIDES)
def test_pictures_lie_inside_their_box(width: int, height: int) -> None:
    for laid in (largest_pictures(width, height), many_pictures(width, height)):
        across, down = covered(laid)
        assert across <= max(width, 2)  # a picture is never narrower than two columns
        assert down <= height
    assert largest_pictures(width, height).count <= MOST
    assert many_pictures(width, height).count <= MOST_OPEN


@given(st.integers(1, 40), SIDES, SIDES, st.sampled_from([*LOWEST]))
def test_bands_fill_the_board_and_scroll_where_they_are_too_many(
    n: int, width: int, height: int, size: str
) -> None:
    laid = band(n, width, height, size)
    assert laid.height >= LOWEST[size]
    assert laid.height * n <= height or laid.height == LOWEST[size]
    assert laid.height * n > height - n or laid.height == LOWEST[size]
    assert laid.headed == (laid.height >= HEADED)


def test_two_groups_on_a_large_board_have_large_pictures_and_more_than_one() -> None:
    two, ten = band(2, 110, 50, "wide"), band(10, 110, 50, "wide")
    assert two.pictures.height > 2 * ten.pictures.height
    assert two.pictures.count >= 4
    assert (band(2, 57, 28, "normal").pictures.height, band(4, 57, 28, "normal").pictures.height) == (6, 5)


def test_one_group_that_fills_the_board_shows_many_pictures_with_room_for_a_number() -> None:
    laid = open_band(57, 28, 400)
    assert laid.height == 28
    assert laid.pictures.count >= 16
    assert covered(laid.pictures)[1] + laid.pictures.lines <= 26
    few = open_band(57, 28, 3)
    assert few.pictures.height > laid.pictures.height and few.pictures.count >= 3
    assert covered(few.pictures)[0] <= 57 - INDENT
