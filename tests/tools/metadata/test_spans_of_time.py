"""Spans of time as people say them."""

from datetime import datetime

import pytest

from tools.errors import UsageError
from tools.metadata.spans_of_time import SPAN, is_span_of_time, span_of_time

TODAY = datetime(2024, 3, 13, 15, 30)  # a Wednesday
ONE_YEAR = [datetime(2023, 3, 1), datetime(2023, 10, 1)]


def day(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("said", "start", "end"),
    [
        ("before June 2023", None, "2023-06-01"),
        ("before the end of June 2023", None, "2023-07-01"),
        ("until June 2023", None, "2023-07-01"),
        ("older than 2010", None, "2010-01-01"),
        ("since june", "2023-06-01", None),
        ("after June 2023", "2023-07-01", None),
        ("after 12 May 2023", "2023-05-13", None),
        ("since May 12, 2023", "2023-05-12", None),
        ("since the beginning of 2019", "2019-01-01", None),
        ("newer than Dec 2022", "2023-01-01", None),
        ("between March and June", "2023-03-01", "2023-07-01"),
        ("from March to June 2021", "2021-03-01", "2021-07-01"),
        ("from 2010 until 2015", "2010-01-01", "2016-01-01"),
        ("between 3rd May and 5th May 2020", "2020-05-03", "2020-05-06"),
        ("the 1990s", "1990-01-01", "2000-01-01"),
        ("the 90's", "1990-01-01", "2000-01-01"),
        ("the 10s", "2010-01-01", "2020-01-01"),
        ("last year", "2023-01-01", "2024-01-01"),
        ("this month", "2024-03-01", "2024-04-01"),
        ("last month", "2024-02-01", "2024-03-01"),
        ("last week", "2024-03-04", "2024-03-11"),
        ("last summer", "2023-06-01", "2023-09-01"),
        ("last winter", "2023-12-01", "2024-03-01"),
        ("this spring", "2024-03-01", "2024-06-01"),
        ("last spring", "2023-03-01", "2023-06-01"),
        ("the last 3 months", "2023-12-13", None),
        ("past 2 weeks", "2024-02-28", None),
        ("yesterday", "2024-03-12", "2024-03-13"),
        ("2023-06-01", "2023-06-01", "2023-06-02"),
        ("june 1", "2023-06-01", "2023-06-02"),
        ("3rd of May 2021", "2021-05-03", "2021-05-04"),
    ],
)
def test_a_span_is_from_when_to_when(said: str, start: str | None, end: str | None) -> None:
    span = span_of_time(said, ONE_YEAR, TODAY)
    assert span is not None and (span.start, span.end) == (day(start), day(end))


def test_the_end_is_not_a_part_of_it_and_a_picture_without_a_date_is_in_none() -> None:
    span = span_of_time("between March and June", ONE_YEAR, TODAY)
    assert span is not None
    assert span.holds(datetime(2023, 3, 1)) and span.holds(datetime(2023, 6, 30, 23, 59, 59))
    assert (
        not span.holds(datetime(2023, 7, 1))
        and not span.holds(datetime(2023, 2, 28))
        and not span.holds(None)
    )


def test_a_month_of_several_years_has_to_be_said_with_its_year() -> None:
    with pytest.raises(UsageError, match=r"of which year.*2019 to 2023"):
        span_of_time("before June", [datetime(2019, 1, 1), *ONE_YEAR], TODAY)
    assert span_of_time("before June", [], TODAY) == span_of_time("before June 2024", ONE_YEAR, TODAY)


@pytest.mark.parametrize("said", ["after 31 February 2023", "between June 2023 and March 2023"])
def test_a_day_that_is_none_and_an_end_before_its_beginning(said: str) -> None:
    with pytest.raises(UsageError, match=r"there is no day|ends before"):
        span_of_time(said, ONE_YEAR, TODAY)


def test_the_last_month_of_a_short_one_and_the_oldest_year() -> None:
    span = span_of_time("the last 1 months", [], datetime(2024, 3, 31))
    assert span is not None and span.start == datetime(2024, 2, 29)
    assert span_of_time("the last 9999 years", [], TODAY) is not None


@pytest.mark.parametrize(
    "said", ["June", "2023", "the last one", "before lunch", "the red ones", "last", "90"]
)
def test_what_is_no_span(said: str) -> None:
    assert SPAN.search(said) is None and not is_span_of_time(said)
    assert span_of_time(said, ONE_YEAR, TODAY) is None


def test_a_single_day_is_one_where_it_is_said_of_something() -> None:
    """What is moved to a group, or counted, may be called so."""
    assert [match[0] for match in SPAN.finditer("photos from june 1 and of the 3rd of May")] == [
        "june 1",
        "3rd of May",
    ]
    assert SPAN.search("move #4 to june 1") is None and SPAN.search("12 may 3") is None
    assert SPAN.search("~/pictures/2023-06-01/a.jpg") is None
    with pytest.raises(UsageError, match="there is no day"):
        span_of_time("2023-02-30", ONE_YEAR, TODAY)
