"""Leaves out what somebody only says beside a request: "don't care about the rest", "I think", "I was wrong"."""

import re

from assistant.agent.builtin.lexicon import NUMBER, PILE

_NO_MATTER = re.compile(
    r"(?<=\S)(?<!\bi)(?<!\bwe)(?<!\bit)(?:\s*[,;.(–-]+\s*|\s+)(?:(?:and|but|as|because|since|so)\s+)?(?:(?:i|we)\s+|it\s+)?(?:really\s+)?"
    r"(?:do not|don't|does not|doesn't|couldn't|could not)\s+(?:really\s+)?(?:care|mind|matter)"
    r"(?:\s+(?:about|how|what|which|who|where|if|whether)\b[^,;.]*)?[.!)]*$",
    re.IGNORECASE,
)
"""Matches the end of a sentence that leaves something open: "one cluster per species, don't care how many"."""
_MISTAKEN = re.compile(
    r"(?<=\S)\s*[,;.(–-]+\s*(?:(?:sorry|oops|because|as|since)[, ]+)*"
    r"(?:i was (?:wrong|mistaken|too (?:quick|fast))|(?:that|it) was (?:wrong|a mistake|my (?:mistake|fault))"
    r"|my (?:mistake|bad|fault)|i (?:changed my mind|made a mistake|misclicked|mistyped|didn't mean (?:it|that|to)))"
    r"[.!)]*$",
    re.IGNORECASE,
)
"""Matches the end of a sentence that says why: "undo that, I was wrong"."""
_ABOUT_A_NUMBER = re.compile(
    rf",?\s+(?:i think|i guess|i suppose|i believe|i'd say|probably|maybe|perhaps|let's say)\s+"
    rf"(?=(?:about |around |like )?{NUMBER}\b(?:\s+{PILE})?\W*$)",
    re.IGNORECASE,
)
"""Matches what stands before a number that somebody is not sure of: "by brand, I think 6 groups"."""
_DASH = re.compile(r"(?<=\w)\s+[-–—]+\s+(?=[^,;]+(?:,| and | & )[^;]+$)", re.IGNORECASE)
_COUNTS_PILES = re.compile(rf"\b(?:{NUMBER}|some|these|those|the|separate) {PILE}$", re.IGNORECASE)
"""Match a dash before a list, and what stands before it where it names the groups: "3 piles - hats, coats and the
rest"."""


def without_asides(text: str) -> str:
    """Return a request without what is only said beside it; the text where nothing is."""
    bare = _ABOUT_A_NUMBER.sub(", ", _MISTAKEN.sub("", _NO_MATTER.sub("", text)))
    dash = _DASH.search(bare)
    if dash and _COUNTS_PILES.search(bare[: dash.start()]):
        bare = f"{bare[: dash.start()]}: {bare[dash.end() :]}"
    return bare
