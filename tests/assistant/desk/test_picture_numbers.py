"""The numbers of pictures (#12) stay: when the first look finds files that it cannot read, when others come or go."""

from collections.abc import Callable
from pathlib import Path

from PIL import Image

from assistant.desk import Desk


def numbers(desk: Desk) -> dict[str, int]:
    return {str(i.path): desk.collection.number(i.sha256) for i in desk.collection.images}


def test_a_picture_that_the_first_look_cannot_read_shifts_no_number(
    open_desk: Callable[[], Desk], pictures: Path
) -> None:
    first = sorted(pictures.iterdir())[2]
    first.write_bytes(first.read_bytes()[:120])  # its size can be read, its pixels cannot
    with open_desk() as desk:
        shown = numbers(desk)
        desk.grouping.group("colour", k=3)
        assert len(desk.collection.images) == len(shown) - 1, "the look found it"
        assert numbers(desk) == {path: n for path, n in shown.items() if path != first.name}
        for path, number in numbers(desk).items():
            assert str(desk.collection.by_id(desk.find_images([f"#{number}"])[0]).path) == path
    with open_desk() as desk:
        assert numbers(desk) == {path: n for path, n in shown.items() if path != first.name}


def test_new_pictures_get_the_next_numbers_and_those_that_are_back_their_own(
    open_desk: Callable[[], Desk], pictures: Path, tmp_path: Path
) -> None:
    with open_desk() as desk:
        shown = numbers(desk)
        assert list(shown.values()) == list(range(1, len(shown) + 1))
    away = sorted(pictures.iterdir())[0]
    away.rename(tmp_path / away.name)
    Image.new("RGB", (50, 50), "purple").save(pictures / "0 new.png")
    with open_desk() as desk:
        assert numbers(desk) == {p: n for p, n in shown.items() if p != away.name} | {
            "0 new.png": len(shown) + 1
        }
    (tmp_path / away.name).rename(pictures / away.name)
    with open_desk() as desk:
        assert numbers(desk) == shown | {"0 new.png": len(shown) + 1}
        assert str(desk.collection.images[0].path) == "0 new.png", "the order is that of paths"
        order = desk.grouping.group("colour", k=3)
        by_name = desk.arranging.order(order.images, "name")
        assert str(desk.collection.by_id(by_name[0]).path) == "0 new.png"
