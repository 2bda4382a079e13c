"""Values that the user lists, as what files say of pictures."""

import numpy as np
import pytest

from tools.metadata.columns import Column
from tools.metadata.listed_values import counts_where_most_say_it, listed_column, meant
from tools.metadata.metadata_criteria import CRITERIA

BY_NAME = {criterion.name: criterion for criterion in CRITERIA}


@pytest.mark.parametrize(
    ("criterion", "value", "order", "found"),
    [
        ("time of day", "mornings", ("morning", "night"), {"morning"}),
        ("time of day", "noon", ("midday",), {"midday"}),
        ("season", "fall", ("autumn",), {"autumn"}),
        ("season", "winter", (), set()),  # a season, though none was taken in it
        ("weekday", "Mondays", ("Sunday",), set()),
        ("part of the week", "weekends", ("weekend", "weekday"), {"weekend"}),
        ("part of the week", "working days", ("weekday",), {"weekday"}),
        ("month", "June", ("June 2022", "July 2022", "June 2023"), {"June 2022", "June 2023"}),
        ("city", "new york", ("New York City", "Berlin"), {"New York City"}),
        ("phone or camera", "smartphones", ("phone", "camera"), {"phone"}),
        ("file format", "jpg", ("JPEG", "PNG"), {"JPEG"}),
        ("season", "cats", ("winter",), None),
        ("city", "Paris", ("Berlin",), None),
        ("year", "2024", ("2023",), set()),
        ("year", "2023", ("2023",), {"2023"}),
        ("year", "2100", ("2023",), None),
        ("year", "24", ("2023",), None),
        ("month", "2024", ("June 2024",), None),
        ("day", "2", ("2 May 2024", "3 May 2024"), None),
        ("day", "2 May", ("2 May 2024", "3 May 2024"), {"2 May 2024"}),
    ],
)
def test_a_word_stands_for_values(
    criterion: str, value: str, order: tuple[str, ...], found: set[str] | None
) -> None:
    expected = None if found is None else frozenset(found)
    assert meant(BY_NAME[criterion], value, order, alone=False) == expected


def test_alone_only_a_whole_name_counts() -> None:
    """Apples are no pictures that an Apple phone took."""
    cameras = ("Apple iPhone 14", "Canon EOS R6")
    assert meant(BY_NAME["camera"], "apples", cameras, alone=True) is None
    assert meant(BY_NAME["camera"], "apples", cameras, alone=False) == {"Apple iPhone 14"}
    assert meant(BY_NAME["city"], "berlin", ("Berlin",), alone=True) == {"Berlin"}


def test_what_pictures_show_as_well_counts_only_where_most_files_say_it() -> None:
    shown = {name for name, criterion in BY_NAME.items() if counts_where_most_say_it(criterion)}
    assert {"season", "time of day", "phone or camera", "keyword"} <= shown
    assert not shown & {"weekday", "part of the week", "month", "year", "city", "place", "camera"}


def test_each_picture_has_the_users_name_for_its_value() -> None:
    column = Column(
        ("May 2024", "June 2024", "July 2024", None),
        np.array([1, 0.8, 1, 0], np.float32),
        ("May 2024", "June 2024", "July 2024"),
        ("a", "b", "c", "d"),
        np.arange(4.0),
    )
    values = [("june", frozenset({"June 2024"})), ("may", frozenset({"May 2024"}))]
    made = listed_column(column, values, None, "no date in the file")
    assert made.values == ("may", "june", None, None) and made.order == ("june", "may")
    assert made.why == ("a", "b", "July 2024, which is none of these", "no date in the file")
    np.testing.assert_allclose(made.confidence, [1, 0.8, 0, 0])
    assert made.time is None
    rest = listed_column(column, values, "others", "no date in the file")
    assert rest.values == ("may", "june", "others", None) and rest.order == ("june", "may", "others")
