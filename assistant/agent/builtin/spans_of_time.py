"""Answers sentences about a span of time, "before June" and "between March and June": only single dates are known."""

import re

from assistant.agent.builtin.entities import mentions
from assistant.agent.calls import Reply
from assistant.agent.tools.base import DialogueContext

_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
)
_DATE = rf"(?:(?:\d{{1,2}}(?:st|nd|rd|th)? )?{_MONTH}(?: \d{{1,2}},?)?(?: (?:19|20)\d\d)?|(?:19|20)\d\d)(?![\w/-])"
_SPAN = re.compile(
    rf"\bbetween (?:the )?{_DATE} and (?:the )?{_DATE}"
    rf"|\bfrom (?:the )?{_DATE} (?:to|until|till|through|up to) (?:the )?{_DATE}"
    r"|\b(?:before|since|until|till|up to|(?:earlier|later|older|newer) than|after)"
    rf" (?:the )?(?:(?:start|end|beginning) of )?{_DATE}",
    re.IGNORECASE,
)
_DATED = re.compile(
    rf"(?:(?:show|find|see|list|give|get|put|which|what|only|just|all|how many)\b.*)?"
    rf"\b(?:pictures?|images?|photos?|ones|shots?|frames?|those)\b(?: (?:that )?(?:are|were|was|is|i|we)\b)?"
    rf"(?: (?:taken|shot|made|took|from))*(?: (?:in|from|on|of))* (?P<date>{_DATE})(?: together)?",
    re.IGNORECASE,
)
"""Matches a sentence that is about the pictures of a date, and nothing else."""
_FROM_GROUP_TO_GROUP = re.compile(
    r"\b(?:move|rename|change|call|switch|turn|swap|merge|put)\b", re.IGNORECASE
)
"""Matches the verbs behind which "from June to July" names two groups."""


def span_of_time(text: str, dialogue: DialogueContext) -> Reply | None:
    """Return a reply to a sentence about a span of time, which would be read as its two ends; None for any other."""
    match = _SPAN.search(text)
    if match is None:
        return None
    said = match[0].casefold()
    if said.startswith("from") and (_FROM_GROUP_TO_GROUP.search(text) or mentions(text).images):
        return None
    if any(said in name.casefold() for name in dialogue.names):
        return None
    return Reply(
        f'I know single years, months and days, but no span such as "{match[0]}". Say "group by month", then name the '
        'months that are meant, or name one year, as in "show the pictures from 2023".',
        ("group by month",),
        asks=True,
    )


def unknown_date(text: str, dialogue: DialogueContext) -> Reply | None:
    """Return a reply to a sentence about the pictures of a date, where no file says that date; None for any other."""
    match = _DATED.fullmatch(text.strip(" .!?"))
    if match is None or any(match["date"].casefold() in name.casefold() for name in dialogue.names):
        return None
    says = (
        "The files say other dates"
        if any(dict(dialogue.said_by_files).get(n) for n in ("year", "month"))
        else ("As far as I have read the files, none says when it was taken")
    )
    return Reply(
        f'I know no picture from {match["date"]}. {says}: "group by month" shows what they say.',
        ("group by month",),
        asks=True,
    )
