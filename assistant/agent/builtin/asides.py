"""Leaves out what somebody only says beside a request: "don't care about the rest", "I think", "I was wrong"."""

import re

from assistant.agent.builtin.lexicon import NUMBER, PILE
from assistant.agent.builtin.mood import Mood, mood

_NO_MATTER = re.compile(
    r"(?<=\S)(?:\s*[,;.(–-]+\s*|\s+(?=[^,;.]*\b(?:care|mind) how\b))"
    r"(?:(?:and|but|as|because|since|so)\s+)?(?:(?:i|we|it)\s+)?(?:really\s+)?"
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
_TAKES_BACK = re.compile(
    r"\W*(?:please |oh |no |oops |sorry )*(?:undo|revert|reverse|roll back|go back|cancel"
    r"|(?:take|bring|put) \w+ back)\b",
    re.IGNORECASE,
)
"""The beginning of a sentence that takes something back; any other one is taken back by saying that it was wrong."""
_WHY_ASIDE = re.compile(
    r"(?<=\b(?:aside|apart))\s*[,;.]+\s*(?:because |as |since )?(?:i|we) (?:don't|do not) (?:really )?(?:need|want) "
    r"(?:it|them|those|these)(?: any ?more| now)?\W*$"
    r"|(?<=\S)\s*[,;.]+\s*(?:because |as |since )?(?:it|they|that) (?:was|were|is|are|got) "
    r"(?:mis-?(?:labell?ed|placed|sorted|filed)|in the wrong (?:place|group|pile))\W*$",
    re.IGNORECASE,
)
"""Matches the end of a sentence that says why pictures go where they are put: "put #4 in shoes, it was mislabeled"."""
_TOO_MANY = re.compile(
    r"^\W*(?:(?:hm+|no|ugh|oh|that's|that is|those are|these are|way|far|but)[ ,]+)*too (?:many|few|much)(?: \w+){0,2}"
    r"[.,;!]+ (?=(?:just |only |rather |please )*(?:by (?!far\b|an? |my |our )|(?:group|sort)\b))",
    re.IGNORECASE,
)
"""Matches a complaint before what is wanted instead: "too many, just by camera"."""
_UNDO_LAST = re.compile(
    r"^(?=[^,.;!]*\b(?:too (?:much|many|few)|wrong|worse|bad|mistake|not (?:good|right|better|what)|hm+"
    r"|ugh|oops|nah|no)\b)"
    r"[^,.;!]*[,.;!]+\s+(?=(?:please |just )?undo(?: (?:that|it|this))?(?: please)?\W*$)",
    re.IGNORECASE,
)
"""Matches a complaint before an undo: "hm, that was too much, undo"."""
_NAMED_SO = re.compile(
    r"(?<=\w),? (?:and )?(?:named|called|labell?ed) (?:after|by|like) (?:(?:the|its|their|each) )?[\w ]+?\W*$",
    re.IGNORECASE,
)
_FOR_EACH = re.compile(r"\b(?:each|every|per|by)\b", re.IGNORECASE)
"""Match how groups are called that a criterion makes, which are called so anyway, and that one does."""
_AS_SAID = re.compile(
    r"(?<=\w),? (?:just )?(?:as|like|the way) (?:(?!(?:said|told|asked|wanted)\b)[\w'-]+ ){1,3}"
    r"(?:said|says|told (?:me|you|us)|asked(?: (?:me|you|us))?|wanted|suggested|proposed|agreed|discussed)(?: to)?\W*$",
    re.IGNORECASE,
)
"""Matches the end of a sentence that says whose idea it was: "merge 1 and 2, as Anna said"."""
_COUNTS = re.compile(r"\b(?:by|per|group|sort|split|cluster|divide)\b", re.IGNORECASE)
"""Matches what is done in a number of groups; others have numbers that mean groups."""
_ABOUT_A_NUMBER = re.compile(
    rf",?\s+(?:i think|i guess|i suppose|i believe|i'd say|probably|maybe|perhaps|let's say)\s+"
    rf"(?=(?:about |around |like )?{NUMBER}\b(?:\s+{PILE})?\W*$)",
    re.IGNORECASE,
)
"""Matches what stands before a number that somebody is not sure of: "by brand, I think 6 groups"."""
_STAYS = r"(?:alone|as (?:it|they) (?:is|are|was|were)|untouched|unchanged|in place|be)"
_LEFT_ALONE = re.compile(
    r"(?<=\w)(?:\s*,\s*(?:(?:and|but|while)\s+)?|\s+(?:and|but|while)\s+)"
    r"(?:leav(?:e|ing)|keep(?:ing)?|let|don't touch|do not touch) "
    rf"(?:(?:(?:all|the|my|other|existing) )*(?:others?|rest|{PILE}|everything(?: else)?)(?: {_STAYS})?"
    rf"|(?:the |my )?[\w -]+? {_STAYS})\W*$",
    re.IGNORECASE,
)
"""Matches what stays as it is beside what is asked for: "split the shoes by colour and leave the bags alone"."""
_BEFORE_EXPORT = re.compile(
    r"(?<=\w),? (?:before|prior to) (?:(?:the |my )?export(?:ing)?|(?:i|we|you) export)(?: (?:it|them|everything))?"
    r"\W*$",
    re.IGNORECASE,
)
_SHOWED_ME = re.compile(
    r"\b(one|ones|pictures?|images?|photos?|group) (?:that )?you (?:just )?(?:showed|listed|mentioned|named)"
    r"(?: me| us)?\b(?: just now| before| last)?",
    re.IGNORECASE,
)
_YET_FIRST = re.compile(
    r"\W*(?:please )?(?:don't|do not|dont) [\w ]+? (?:yet|now)\s*[,;:.-]+\s*(?:but )?"
    r"(?:(?:first|rather|please|just) )*"
    r"(?=(?:merge|split|rename|move|put|group|sort|lock|show|undo|take|call|swap)\b)",
    re.IGNORECASE,
)
"""Match for when something is done, that it was shown, and what is put off: "don't export yet, first merge 1 and 2"."""
_DASH = re.compile(r"(?<=\w)\s+[-–—]+\s+(?=[^,;]+(?:,| and | & )[^;]+$)", re.IGNORECASE)
_COUNTS_PILES = re.compile(rf"\b(?:{NUMBER}|some|these|those|the|separate) {PILE}$", re.IGNORECASE)
"""Match a dash before a list, and what stands before it where it names the groups: "3 piles - hats, coats and the
rest"."""


def without_asides(text: str) -> str:
    """Return a request without what is only said beside it; the text where nothing is."""
    complaint = _UNDO_LAST.match(text)
    if complaint and mood(complaint[0]) not in (Mood.ORDER, Mood.REQUEST):  # not "move #4 to bad, undo"
        text = text[complaint.end() :]
    bare = _YET_FIRST.sub("", _TOO_MANY.sub("", text))
    bare = _SHOWED_ME.sub(r"\1", _BEFORE_EXPORT.sub("", bare))
    bare = _LEFT_ALONE.sub("", bare)
    bare = _AS_SAID.sub("", _WHY_ASIDE.sub("", _NO_MATTER.sub("", bare)))
    named = _NAMED_SO.search(bare)
    if named and _FOR_EACH.search(bare[: named.start()]):
        bare = bare[: named.start()]
    if _TAKES_BACK.match(bare):
        bare = _MISTAKEN.sub("", bare)
    unsure = _ABOUT_A_NUMBER.search(bare)
    if unsure and _COUNTS.search(bare[: unsure.start()]):
        bare = _ABOUT_A_NUMBER.sub(", ", bare)
    dash = _DASH.search(bare)
    if dash and _COUNTS_PILES.search(bare[: dash.start()]):
        bare = f"{bare[: dash.start()]}: {bare[dash.end() :]}"
    return bare
