"""Reads spans of time in the user's words: "before June 2023", "between March and June", "last summer", "the 90s"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tools.errors import UsageError
from tools.names import quoted

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_SHORT = tuple(month[:3].casefold() for month in MONTHS)
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
"""The month with which each season begins."""
_MONTH = rf"(?:{'|'.join(MONTHS)}|{'|'.join(_SHORT)}|sept)"
DATE = rf"(?:(?:\d{{1,2}}(?:st|nd|rd|th)? )?{_MONTH}(?: \d{{1,2}},?)?(?: (?:19|20)\d\d)?|(?:19|20)\d\d)(?![\w/-])"
"""Matches a year, a month or a day, with or without its year."""
SPAN = re.compile(
    rf"\bbetween (?:the )?(?P<one>{DATE}) and (?:the )?(?P<other>{DATE})"
    rf"|\bfrom (?:the )?(?P<first>{DATE}) (?:to|until|till|through|up to) (?:the )?(?P<last>{DATE})"
    r"|\b(?P<side>before|since|until|till|up to|(?:earlier|later|older|newer) than|after)"
    rf" (?:the )?(?:(?P<edge>start|beginning|end) of )?(?P<date>{DATE})"
    r"|\b(?:the )?(?P<decade>(?:(?:19|20)\d|\d)0)'?s\b"
    r"|\b(?P<which>this|last) (?P<unit>year|month|week|spring|summer|autumn|fall|winter)\b"
    r"|\b(?:the )?(?:last|past) (?P<count>\d+) (?P<units>days|weeks|months|years)\b"
    r"|\b(?P<day>today|yesterday)\b"
    r"|(?<![\w/-])(?P<iso>(?:19|20)\d\d-\d\d-\d\d)(?![\w/.-])"
    r"|(?:(?<=from )|(?<=on )|(?<=of )|(?<=from the )|(?<=on the )|(?<=of the ))"
    rf"(?P<single>(?:\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTH}|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?)"
    r"(?:,? (?:19|20)\d\d)?)(?![\w/-])",
    re.IGNORECASE,
)
"""Matches a span of time anywhere in a text."""


@dataclass(frozen=True, slots=True)
class SpanOfTime:
    """Holds from when to when, both without a time zone, as cameras write it.

    Attributes:
        start: The first moment; None for any time before the end.
        end: The first moment behind it; None for any time from the start on.
    """

    start: datetime | None
    end: datetime | None

    def holds(self, moment: datetime | None) -> bool:
        """Return whether a moment is in the span; False where there is none."""
        return (
            moment is not None
            and (self.start is None or moment >= self.start)
            and (self.end is None or moment < self.end)
        )


def span_of_time(text: str, moments: Sequence[datetime], today: datetime) -> SpanOfTime | None:
    """Return the span that a text is; None where it is none.

    Args:
        text: As the user says it, and nothing else.
        moments: When the pictures were taken. A month without its year is that of the only year in which there are any.
        today: The date on which "last" counts.

    Raises:
        UsageError: A month is named without its year, and there are pictures of several; or there is no such day.
    """
    match = _whole(text)
    if match is None:
        return None
    years = sorted({moment.year for moment in moments}) or [today.year]
    if match["decade"]:
        first = int(match["decade"])
        first += 0 if first > 99 else 2000 if first + 2000 <= today.year else 1900
        return SpanOfTime(datetime(first, 1, 1), datetime(first + 10, 1, 1))
    if match["iso"]:
        try:
            begin = datetime.fromisoformat(match["iso"])
        except ValueError as error:
            raise UsageError(f"there is no day {quoted(text)}; name another one") from error
        return SpanOfTime(begin, begin + timedelta(days=1))
    if match["single"]:
        return SpanOfTime(*_dated(match["single"], years))
    if match["which"] or match["count"] or match["day"]:
        return _from_today(match, today)
    if match["side"]:
        begin, behind = _dated(match["date"], years)
        side, edge = match["side"].casefold(), (match["edge"] or "").casefold()
        if edge:  # a moment and no longer a span: "since the end of June"
            begin = behind = behind if edge == "end" else begin
        if side in ("before", "earlier than", "older than"):
            return SpanOfTime(None, begin)
        if side in ("until", "till", "up to"):
            return SpanOfTime(None, behind)
        return SpanOfTime(begin if side == "since" else behind, None)
    one, other = match["one"] or match["first"], match["other"] or match["last"]
    if (year := re.search(r"(?:19|20)\d\d$", other)) and not re.search(r"(?:19|20)\d\d$", one):
        one = f"{one} {year[0]}"  # "from March to June 2023"
    begin, behind = _dated(one, years)[0], _dated(other, years)[1]
    if behind <= begin:
        raise UsageError(f"{quoted(text)} ends before it begins; name the earlier date first")
    return SpanOfTime(begin, behind)


def is_span_of_time(text: str) -> bool:
    """Return whether a text is a span of time and nothing else."""
    return _whole(text) is not None


def _whole(text: str) -> re.Match[str] | None:
    words = " ".join(text.split())
    return SPAN.fullmatch(words) or SPAN.fullmatch(f"on {words}", len("on "))


def _from_today(match: re.Match[str], today: datetime) -> SpanOfTime:
    """Return the span that is said by its distance from today."""
    midnight = datetime(today.year, today.month, today.day)
    if match["day"]:
        begin = midnight - timedelta(days=match["day"].casefold() == "yesterday")
        return SpanOfTime(begin, begin + timedelta(days=1))
    if match["count"]:
        count, unit = min(int(match["count"]), 9999), match["units"].casefold()
        if unit in ("days", "weeks"):
            return SpanOfTime(midnight - timedelta(days=count * (7 if unit == "weeks" else 1)), None)
        return SpanOfTime(_months_later(midnight, -count * (12 if unit == "years" else 1)), None)
    unit, back = match["unit"].casefold(), match["which"].casefold() == "last"
    if unit == "week":
        begin = midnight - timedelta(days=midnight.weekday() + 7 * back)
        return SpanOfTime(begin, begin + timedelta(days=7))
    if unit in ("year", "month"):
        begin = datetime(today.year, 1 if unit == "year" else today.month, 1)
        length = 12 if unit == "year" else 1
        begin = _months_later(begin, -length * back)
        return SpanOfTime(begin, _months_later(begin, length))
    begin = datetime(today.year, _SEASONS[unit], 1)
    while begin > today or (back and _months_later(begin, 3) > today):
        begin = _months_later(begin, -12)
    return SpanOfTime(begin, _months_later(begin, 3))


def _dated(text: str, years: Sequence[int]) -> tuple[datetime, datetime]:
    """Return the first moment of a date and the first one behind it."""
    words = re.findall(r"[a-z]+|\d+", re.sub(r"(?<=\d)(?:st|nd|rd|th)\b", "", text.casefold()))
    numbers = [int(word) for word in words if word.isdecimal()]
    year = next((number for number in numbers if number > 31), None)
    month = next((_SHORT.index(word[:3]) + 1 for word in words if word[:3] in _SHORT), None)
    day = next((number for number in numbers if number <= 31), None)
    if year is None:
        if len(years) > 1:
            raise UsageError(
                f"{quoted(text)} of which year? There are pictures of {years[0]} to {years[-1]}; say it with its year"
            )
        year = years[0]
    try:
        begin = datetime(year, month or 1, day or 1)
    except ValueError as error:
        raise UsageError(f"there is no day {quoted(text)}; name another one") from error
    if day is not None:
        return begin, begin + timedelta(days=1)
    return begin, _months_later(begin, 12 if month is None else 1)


def _months_later(moment: datetime, months: int) -> datetime:
    """Return the same day of a month before or after this one, or its last day where it has none such."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    year = min(max(year, 1), 9999)
    for day in range(moment.day, 27, -1):
        try:
            return datetime(year, month + 1, day)
        except ValueError:
            continue
    return datetime(year, month + 1, min(moment.day, 27))
