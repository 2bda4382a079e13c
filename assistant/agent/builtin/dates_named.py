"""Finds spans of time in a sentence, such as "before June 2023", and answers about dates that no file says."""

import re
from collections.abc import Iterator

from assistant.agent.builtin.entities import mentions
from assistant.agent.calls import Reply
from assistant.agent.tools.base import DialogueContext
from tools.metadata.spans_of_time import DATE, SPAN

_DATED = re.compile(
    rf"(?:(?:show|find|see|list|give|get|put|which|what|only|just|all|how many)\b.*)?"
    rf"\b(?:pictures?|images?|photos?|ones|shots?|frames?|those)\b(?: (?:that )?(?:are|were|was|is|i|we)\b)?"
    rf"(?: (?:taken|shot|made|took|from))*(?: (?:in|from|on|of))* (?P<date>{DATE})(?: together)?",
    re.IGNORECASE,
)
"""Matches a sentence that is about the pictures of a date, and nothing else."""
_FROM_GROUP_TO_GROUP = re.compile(
    r"\b(?:move|rename|change|call|switch|turn|swap|merge|put)\b", re.IGNORECASE
)
"""Matches the verbs behind which "from June to July" names two groups."""


def spans_of_time(text: str, dialogue: DialogueContext) -> Iterator[re.Match[str]]:
    """Yield the spans of time that a sentence names; none that is a part of a group's name."""
    for match in SPAN.finditer(text):
        said = match[0].casefold()
        if match["first"] and (_FROM_GROUP_TO_GROUP.search(text) or mentions(text).images):
            continue
        whole = text.casefold()
        if not any(said in (group := name.casefold()) and group in whole for name in dialogue.names):
            yield match


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
