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
