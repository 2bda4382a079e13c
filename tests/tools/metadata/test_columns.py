"""The values of pictures under what files say, and the words that mean it."""

from datetime import datetime
from pathlib import PurePath

import pytest

from tools.metadata.columns import TOP_FOLDER, PictureFile, column
from tools.metadata.metadata import EXIF, FILE_NAME, Metadata
from tools.metadata.metadata_criteria import CRITERIA, MetadataCriterion, named_criterion
from tools.metadata.places import place_names

BY_NAME = {criterion.name: criterion for criterion in CRITERIA}


def shot(moment: str | None = None, path: str = "a.jpg", **known: object) -> PictureFile:
    taken = datetime.fromisoformat(moment) if moment else None
    by = {"taken_by": EXIF} if taken else {}
    return PictureFile(PurePath(path), Metadata(taken=taken, **{**by, **known}))  # type: ignore[arg-type]


ROLL = [
    shot(
        "2024-05-12T10:11",
        latitude=38.7223,
        longitude=-9.1393,
        place_by=EXIF,
        camera="Canon EOS R6",
        phone=False,
    ),
    shot(
        "2024-05-12T19:40", latitude=38.7, longitude=-9.2, place_by=EXIF, camera="Apple iPhone 14", phone=True
    ),
    shot("2023-12-31T23:30", "trip/b.png", latitude=-33.8688, longitude=151.2093, place_by=EXIF),
    shot("2024-01-01T12:00", to_the="day", taken_by=FILE_NAME),
    shot(
        None,
        "c.JPG",
        keywords=("sea", "2024"),
        rating=5,
        focal_length=24.0,
        focal_is_equivalent=True,
        exposure=2.0,
    ),
]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("day", ["12 May 2024", "12 May 2024", "31 December 2023", "1 January 2024", None]),
        ("month", ["May 2024", "May 2024", "December 2023", "January 2024", None]),
        ("year", ["2024", "2024", "2023", "2024", None]),
        ("season", ["spring", "spring", "summer", "winter", None]),  # it is summer in Sydney
        ("time of day", ["morning", "evening", "night", None, None]),
        ("weekday", ["Sunday", "Sunday", "Sunday", "Monday", None]),
        ("city", ["Lisbon", "Lisbon", "Sydney", None, None]),
        ("country", ["Portugal", "Portugal", "Australia", None, None]),
        ("camera", ["Canon EOS R6", "Apple iPhone 14", None, None, None]),
        ("phone or camera", ["camera", "phone", None, None, None]),
        ("file format", ["JPEG", "JPEG", "PNG", "JPEG", "JPEG"]),
        ("folder", [TOP_FOLDER, TOP_FOLDER, "trip", TOP_FOLDER, TOP_FOLDER]),
        ("rating", [None, None, None, None, "5 stars"]),
        ("focal length", [None, None, None, None, "wide (24 to 35 mm)"]),
        ("exposure time", [None, None, None, None, "long (1 s and more)"]),
    ],
)
def test_values(name: str, values: list[str | None]) -> None:
    assert list(column(BY_NAME[name], ROLL).values) == values


def test_events_are_named_by_day_and_place() -> None:
    made = column(BY_NAME["event"], ROLL)
    assert made.values[0] == "12 May 2024, Lisbon" and made.values[4] is None
    assert made.order[0].endswith("Sydney")  # the earliest first


def test_two_events_of_a_day_and_place_are_told_apart() -> None:
    """There and back again on one day."""
    lisbon, berlin = (38.7223, -9.1393), (52.52, 13.405)
    day = [(7, lisbon), (8, lisbon), (12, berlin), (18, lisbon), (19, lisbon)]
    files = [
        shot(f"2024-05-12T{hour:02}:00", latitude=place[0], longitude=place[1], place_by=EXIF)
        for hour, place in day
    ]
    made = column(BY_NAME["event"], files)
    assert made.order == (
        "12 May 2024, Lisbon, morning",
        "12 May 2024, Berlin",
        "12 May 2024, Lisbon, evening",
    )
    assert made.values == (made.order[0], made.order[0], made.order[1], made.order[2], made.order[2])


def test_what_a_name_says_is_less_sure_and_the_source_is_said() -> None:
    made = column(BY_NAME["month"], ROLL)
    assert made.confidence.tolist() == pytest.approx([1, 1, 1, 0.8, 0])
    assert made.why[0] == "EXIF said 12 May 2024, 10:11"
    assert made.why[3] == "the file name said 1 January 2024"
    assert made.why[4] == "no date in the file"


def test_the_order_is_that_of_time_or_habit() -> None:
    assert column(BY_NAME["month"], ROLL).order == ("December 2023", "January 2024", "May 2024")
    assert column(BY_NAME["time of day"], ROLL).order == ("morning", "evening", "night")


def test_the_keyword_that_tells_most_of_a_picture() -> None:
    files = [shot(keywords=("2024", "sea")), shot(keywords=("2024", "sea")), shot(keywords=("2024", "hill"))]
    assert column(BY_NAME["keyword"], files).values == ("sea", "sea", "hill")


def test_places_without_a_town_are_named_by_where_they_are() -> None:
    names = place_names([(0.5, -30.0), (0.51, -30.01), (10.0, -40.0), (38.7223, -9.1393)])
    assert names[0] == names[1] != names[2]
    assert names[0].name.startswith("0.5") and names[0].name.endswith("° W")
    assert names[3].name == "Lisbon"


def test_towns_of_one_name_are_told_apart() -> None:
    names = place_names([(51.5007, -0.1246), (42.9834, -81.233)])
    assert {name.name for name in names} == {"London, United Kingdom", "London, Canada"}


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("month", "month"), ("Months", "month"), ("the month they were taken", "month"), ("date", "day"),
        ("when they were taken", "month"), ("which camera", "camera"), ("camera model", "camera"),
        ("day of the week", "weekday"), ("city in which they were taken", "city"), ("countries", "country"),
        ("the year of the photos", "year"), ("trip", "event"), ("when and where", "event"), ("GPS", "place"),
    ],
)  # fmt: skip
def test_words_that_mean_it(words: str, name: str) -> None:
    named = named_criterion(words)
    assert named is not None and named.name == name


@pytest.mark.parametrize(
    "words",
    [
        "style",
        "emotion",
        "colour",
        "camera angle",
        "era",
        "age",
        "weather",
        "type",
        "format",
        "where on the wall",
    ],
)
def test_words_that_mean_something_else(words: str) -> None:
    assert named_criterion(words) is None


def test_no_phrase_means_two_things() -> None:
    phrases = [phrase for criterion in CRITERIA for phrase in {criterion.name, *criterion.phrases}]
    assert len(phrases) == len(set(phrases))
    for criterion in CRITERIA:
        assert all(named_criterion(phrase) == criterion for phrase in criterion.phrases), criterion.name


def test_a_criterion_without_a_value_says_why() -> None:
    always = ("folder",)
    assert all(isinstance(c, MetadataCriterion) and (c.missing or c.name in always) for c in CRITERIA)


@pytest.mark.parametrize(
    ("name", "field", "sizes", "values"),
    [
        (
            "file size",
            "bytes",
            [50_000, 300_000, 12_000_000],
            ["tiny (under 100 KB)", "small (100 KB to 1 MB)", "huge (10 MB and more)"],
        ),
        (
            "picture size",
            "pixels",
            [2_000_000, 24_000_000],
            ["medium (1 to 4 megapixels)", "huge (12 megapixels and more)"],
        ),
        (
            "file size",
            "bytes",
            [20_000, 30_000, 40_000, 60_000],
            ["smaller (up to 30.0 KB)"] * 2 + ["larger (over 30.0 KB)"] * 2,
        ),
        (
            "file size",
            "bytes",
            [20_000, 60_000, 60_000],
            ["smaller (up to 20.0 KB)"] + ["larger (over 20.0 KB)"] * 2,
        ),
        ("picture size", "pixels", [600, 600], ["tiny (under 0.1 megapixels)"] * 2),
    ],
)
def test_sizes_are_told_apart_though_all_are_of_one_kind(
    name: str, field: str, sizes: list[int], values: list[str]
) -> None:
    files = [PictureFile(PurePath(f"{i}.jpg"), Metadata(), **{field: size}) for i, size in enumerate(sizes)]
    made = column(BY_NAME[name], files)
    assert list(made.values) == values and set(made.order) == set(values)
