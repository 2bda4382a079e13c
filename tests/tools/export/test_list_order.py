"""The order of the whole list as a number before each name."""

from tools.export.list_order import ListOrder, with_number, without_number


def test_numbers_count_what_is_exported_alone() -> None:
    order = ListOrder("name", ("c", "a", "b", "c"))
    assert order.numbers(["a", "c"]) == {"c": "0001", "a": "0002"}
    assert order.numbers(["new", "b"]) == {"b": "0001", "new": "0002"}
    many = ListOrder("time", tuple(map(str, range(10_001)))).numbers(list(map(str, range(10_001))))
    assert many["0"] == "00001" and many["10000"] == "10001"


def test_companions_get_the_number_of_their_picture() -> None:
    assert with_number(["a.jpg", "a.jpg.xmp", "a.MOV"], "0007") == [
        "0007-a.jpg",
        "0007-a.jpg.xmp",
        "0007-a.MOV",
    ]


def test_a_long_name_is_cut_and_keeps_its_extension() -> None:
    (name,) = with_number(["ä" * 125 + ".jpeg"], "0001")
    assert len(name.encode()) <= 255 and name.endswith(".jpeg") and name.startswith("0001-ä")
    assert without_number("0001-a.jpg") == "a.jpg" and without_number("123-a.jpg") == "123-a.jpg"
