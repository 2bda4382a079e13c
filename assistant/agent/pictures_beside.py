"""Finds the pictures that a sentence names beside numbered ones in words that nothing was made of: "#3 and the next
one". A call that holds #3 alone would drop the other without a word."""

import re
from collections.abc import Sequence

from assistant.agent.builtin.entities import mentions
from assistant.agent.builtin.lexicon import IMAGE_EXTENSION, PICTURES, image
from assistant.agent.calls import Call

_IMAGE = (
    rf"(?:(?<!\w)#\d+|\b(?:picture|image|photo|pic|file)s? (?:number |no\.? ?)?\d+"
    rf"|[\w-][\w.-]*{IMAGE_EXTENSION})(?!\w)"
)
_AND = r"(?:,? (?:and|plus|as well as|along with|together with|also)|,? ?[&+]) (?:also )?"
_NOUN = (
    rf"(?:{PICTURES}|ones?|shots?|snaps?|frames?|neighbou?rs?|twins?|cop(?:y|ies)|duplicates?|doubles?|others?|rest"
    r"|siblings?|versions?|rows?)"
)
_FIRST = (
    r"(?:all|both|every|each|any|some|another|anything|everything|whatever|a|an|the|its|it's|his|her|their|my|our|that|this"
    r"|these|those|one|two|three|four|five|several|more|similar|whichever|what)"
)
"""Matches the first word of what may be pictures that are named in words."""
_NO_VERB = (
    r"(?:(?!\b(?:to|into|in|under|over|with|from|out|belongs?|goe?s?|should|must|is|are|isn't|aren't|was|were|looks?"
    r"|shows?|together|apart|not)\b)[^#,;.])"
)
_BEHIND = re.compile(
    rf"{_IMAGE}(?:{_AND}|, (?=(?:the|its) [^,]*,? and ))(?P<part>{_FIRST}\b{_NO_VERB}*{_NOUN}\b"
    r"(?: (?:after|before|beside|behind|next to|below|above|near|like|similar to)(?: (?:it|that|this|them|those))?)?)",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    rf"\b(?P<part>(?:{_FIRST})\b(?: [\w'-]+){{0,3}}? {_NOUN}(?: (?:after|before|beside|next to) (?:it|that))?)"
    rf"{_AND}(?={_IMAGE})",
    re.IGNORECASE,
)
"""Match such pictures behind a numbered one, and before one: "the last one and #5"."""
_SPAN = re.compile(r"#?(\d+) ?(?:-|–|\.\.|to|through) ?#?(\d+)")


def pictures_beside(text: str, calls: Sequence[Call]) -> list[str]:
    """Return what a sentence names in words beside numbered pictures, as it was said, where its calls hold no picture
    but the numbered ones."""
    values = [call.arguments.get(key) for call in calls for key in ("image", "images", "more")]
    held = {
        image(str(each)).casefold()
        for value in values
        if value
        for each in (value if isinstance(value, list | tuple) else [value])
    }
    if not held:
        return []
    numbered = {each.casefold() for each in mentions(text).images}
    for first, last in _SPAN.findall(text):
        numbered |= {f"#{number}" for number in range(int(first), min(int(last), int(first) + 1000) + 1)}
    if held - numbered:
        return []  # a word for pictures was understood: "#3 and that one"
    return [match["part"] for pattern in (_BEHIND, _BEFORE) for match in pattern.finditer(text)]
