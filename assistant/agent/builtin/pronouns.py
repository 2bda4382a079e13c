"""Puts what was spoken of in the place of "it", "these two" or "the last one"."""

import re
from collections.abc import Iterator
from functools import cache

from assistant.agent.builtin.entities import mentions
from assistant.agent.builtin.lexicon import NUMBER, ORDINALS, PILE, number
from assistant.agent.builtin.phrases import phrases
from assistant.agent.builtin.words_for_all import THE_REST, all_others, rest_group
from assistant.agent.tools.base import DialogueContext
from tools.singular import in_singular

_AT_AN_END = re.compile(
    rf"\b(?:the )?(?P<end>first|last|latter)(?: (?P<many>{NUMBER}))?(?: of them)?(?: (?:{PILE}|ones?))?\b",
    re.IGNORECASE,
)
"""The groups at the beginning or the end of the list: "the first two", "the last group"."""


_PLACES = re.compile(
    r"(?:(?:please|now|and|then|ok|could you|can you|would you) )*(?:move|put|place|shift|send|stick|chuck|throw|drop"
    r"|add|assign|transfer|drag|why is|why are|why was|explain)\b",
    re.IGNORECASE,
)
"""The beginning of a sentence about where images belong."""
_ABOUT_GROUPS = re.compile(
    rf"{_PLACES.pattern} .*#?\d"
    r"|(?:(?:please|now|and|then|ok|could you|can you|would you) )*(?:show|see|view|list|open|look"
    r"|how many|what(?:'s| is| are)|count|export|save|write|copy|link|merge|join|combine|rename|call|lock|unlock|freeze"
    r"|describe|split)\b",
    re.IGNORECASE,
)
"""Matches the beginning of a sentence about groups that are there."""
_MAKES_GROUPS = re.compile(
    r"(?:(?:please|now|and|then|ok|could you|can you|would you) )*split .+ (?:into|in) .+(?:,| and )",
    re.IGNORECASE,
)
"""Matches the beginning of a sentence whose rest is what is left of one group: "split pets into cats and the rest"."""
_TAKES_ONE = re.compile(rf"{_PLACES.pattern}|(?:what|rename|call|describe)\b", re.IGNORECASE)
"""Matches the beginning of a sentence that is about one group, or moves to one."""
_OTHERS = re.compile(rf"(?<!\w){THE_REST}(?!\w)(?! of\b)", re.IGNORECASE)
_CALLS = re.compile(
    rf"\W*(?:(?:please|and|now|ok|then),? )*(?:call|name|label|title) (?:{THE_REST})?", re.IGNORECASE
)
_GIVES_NAME = re.compile(
    r".*?\b(?:(?:rename|relabel|retitle|change the name of) .+? (?:to|into|as)"
    r"|(?:merge|join|combine|unite|fuse|put|lump) .+? (?:as|called|named"
    r"|(?:call|name|label) (?:it|them|that|the result))) ",
    re.IGNORECASE,
)
"""Match the beginning of a sentence before the name that it gives: "rename 2 to the rest of it"."""
_IN_LIST = re.compile(
    rf"\bthe (?P<end>{'|'.join(ORDINALS)}|last|latter)(?: (?P<many>{NUMBER}))?(?: of (?:them|these|those))?"
    rf"(?: (?:ones?|pictures?|images?|photos?))?(?! {PILE}\b)(?! of\b)(?=$| |,|\?)",
    re.IGNORECASE,
)
"""Matches one or several in a list of images: "the first one", "the last two pictures"; not "the first group"."""


_DENIED = re.compile(
    rf"(?:{_IN_LIST.pattern}) (?:isn't|is not|is no|aren't|are not|doesn't|does not|don't|do not|shouldn't)\b",
    re.IGNORECASE,
)
"""Matches the beginning of a sentence that says what an image in a list is not: "the first one isn't a shoe"."""
_ALIKE = re.compile(
    r"\b(?P<like>(?:more|others?|any|anything|pictures) (?:like|similar to)) (?:these|those|them)(?=\W*$)",
    re.IGNORECASE,
)
"""Matches the end of a sentence that looks for more pictures like those that were listed."""
_SAID_OF_ONE = re.compile(
    rf"(?:{_IN_LIST.pattern}) (?:(?:really|actually|clearly|rather|should|must|ought to|also) )*"
    r"(?:belongs?|goes?|fits?|is|are|be|looks? like)(?: (?:really|actually|clearly|rather|more|also))*"
    r" (?:an?|to|in|into|with|among|under|(?P<group>[^,;]+))\b",
    re.IGNORECASE,
)
"""Matches the beginning of a sentence that says where an image in a list belongs: "the second one is a shoe"."""
_NOT_THOSE = re.compile(
    rf"(?:but |and )?not (?P<which>{_IN_LIST.pattern})(?: though)?(?:[,;:]| -) ?(?:they|those|it|that|that one)"
    r"(?:'re|'s| are| is| (?=belongs?|goe?s?))(?P<rest> .+)",
    re.IGNORECASE,
)
"""Matches what says of images in a list that they are something else: "not the last two, they are shoes"."""
_BOTH = re.compile(
    rf"\b(?:the |my |all )?(?P<many>two|both|three|four|all)(?: of)?(?: the| my)? (?P<kind>[\w-]+) (?:{PILE}|ones)\b",
    re.IGNORECASE,
)
"""Matches groups that are named by what they have in common: "the two bag groups"."""
_OTHER = re.compile(rf"\bthe other(?: (?P<kind>(?!one\b|{PILE}\b)[\w-]+))? (?:{PILE}|one)\b", re.IGNORECASE)
"""Matches the group beside the one that was spoken of: "the other one", "the other bag group"."""
_THERE = re.compile(
    r"(?P<way>\b(?:in|into|to|over|under|with|from|out of)) there\b(?! (?:is|are)\b)", re.IGNORECASE
)
"""Matches the group that was spoken of as a place: "move #1 in there"."""
_NEXT = re.compile(
    rf"\b(?:the )?(?:(?P<next>next|following)|(?P<previous>previous|preceding)) (?:one|{PILE})\b"
    rf"|\bthe (?:one|{PILE}) (?:(?P<after>after|below|behind|following)|(?P<before>before|above|preceding))"
    r"(?: (?:that|it|this)(?: one)?)?(?!\w)",
    re.IGNORECASE,
)
"""Matches the group that stands beside the one that was spoken of in the list: "the one after that"."""
_OTHER_GROUPING = re.compile(
    r"\bthe other (?:groupings?|clusterings?|sorting|view|tab"
    r"|way of (?:grouping|sorting|clustering)(?: (?:it|them|these))?)\b",
    re.IGNORECASE,
)
"""Matches the grouping beside the one that is shown."""
_SHOULD_BE_ONE = re.compile(
    rf"(?:all )?(?:the |my )?(?P<kind>[\w-]+) (?:should|must|ought to) (?:all )?(?:be|go|belong) "
    rf"(?:in(?:to)? )?(?:one|a single|the same|together)(?: {PILE})?",
    re.IGNORECASE,
)
"""Matches the wish that all groups of a kind are one: "the bags should be one group"."""


def resolved(text: str, dialogue: DialogueContext) -> Iterator[str]:
    """Yield the text with one reference replaced by what it may stand for, each way that there is."""
    if (numbered := at_an_end(text, dialogue)) != text:
        yield numbered
    text = _THERE.sub(r"\g<way> it", text)
    for beside, neighbour in _beside(text, dialogue):
        yield beside
        yield from _replaced(beside, "one", f"the {neighbour} group")  # "merge it with the next one"
    for other in _of_a_kind(text, dialogue):
        yield other
        if dialogue.spoken:  # "merge it with the other one"
            yield from _replaced(other, "one", f"the {dialogue.spoken[-1]} group")
    text = re.sub(r"\b(it|this|that)'s\b", r"\1 is", text, flags=re.IGNORECASE)
    if len(dialogue.criteria) == 2:
        yield from _other_grouping(text, dialogue.criteria[1])
        yield from _replaced(text, "both_groupings", " and ".join(dialogue.criteria))
    names = [f"the {name} group" for name in dialogue.spoken]
    for spoken in (list(dialogue.images), names):
        if len(spoken) > 1:
            yield from _replaced(text, "several", " and ".join(spoken))
        if spoken:
            yield from _replaced(text, "one", spoken[-1])
            yield from _replaced(text, "several", spoken[-1]) if len(spoken) == 1 else ()


def _beside(text: str, dialogue: DialogueContext) -> Iterator[tuple[str, str]]:
    """Yield the text with the group that stands beside another in the place of "the next one", and that other: the one
    that the sentence names, or that was spoken of."""
    here = [name.casefold() for name in dialogue.names[: dialogue.current or None]]
    match = _NEXT.search(text)
    before = mentions(text[: match.start()], dialogue.names).groups if match else []
    spoken = dialogue.named((before or list(dialogue.spoken) or [""])[-1]).casefold()
    if match is None or spoken not in here:
        return
    at = here.index(spoken) + (1 if match["next"] or match["after"] else -1)
    if 0 <= at < len(here):
        yield f"{text[: match.start()]}the {dialogue.names[at]} group{text[match.end() :]}", spoken


def _other_grouping(text: str, criterion: str) -> Iterator[str]:
    """Yield the text with the grouping that is not shown in the place of "the other grouping"."""
    named = _OTHER_GROUPING.sub(f"the {criterion} grouping", text)
    if named != text:
        yield named


def at_an_end(text: str, dialogue: DialogueContext) -> str:
    """Return the text with numbers of groups in the place of "the first two" or "the last group"."""
    return _AT_AN_END.sub(lambda match: _numbers(match, dialogue), text)


def _of_a_kind(text: str, dialogue: DialogueContext) -> Iterator[str]:
    """Yield the text with groups in the place of "both bag groups", which names several by a word that their names
    share, and of "the other one", which is the one that was not spoken of last."""
    here = dialogue.names[: dialogue.current or None]
    spoken = dialogue.spoken[-1:] or ("",)

    def alike(word: str | None) -> list[str]:
        kind = in_singular(word or "")
        return [name for name in here if in_singular(name).endswith(kind)]

    for match in _BOTH.finditer(text):
        groups = alike(match["kind"])
        counted = {"two": 2, "both": 2, "three": 3, "four": 4}.get(match["many"].lower(), len(groups))
        if len(groups) == counted > 1:
            yield f"{text[: match.start()]}{' and '.join(groups)}{text[match.end() :]}"
    for match in _OTHER.finditer(text):
        groups = alike(match["kind"])
        if len(groups) == 2 and spoken[0] in groups:
            (other,) = set(groups) - {spoken[0]}
            yield f"{text[: match.start()]}the {other} group{text[match.end() :]}"
    one = _SHOULD_BE_ONE.fullmatch(text)
    if (
        one
        and len(groups := alike(one["kind"])) > 1
        and one["kind"].casefold() not in map(str.casefold, here)
    ):
        yield f"merge {' and '.join(groups)}"


def in_list(text: str, dialogue: DialogueContext) -> str:
    """Return the text with the numbers of images in the place of "the first one" or "the last two", where images were
    listed just before and the sentence is about where images belong."""
    if not dialogue.listed:
        return text
    if _ALIKE.search(text) and not dialogue.images:
        return _ALIKE.sub(rf"\g<like> {' and '.join(dialogue.listed)}", text)
    if (match := _NOT_THOSE.fullmatch(text)) and dialogue.has(
        _BEFORE_PLACE.sub("", match["rest"]).strip(" .!")
    ):
        text = f"{match['which']} belong to {_BEFORE_PLACE.sub('', match['rest'])}"
    elif not (_PLACES.match(text) or _DENIED.match(text) or _places_one(text, dialogue)):
        return text

    def images(match: re.Match[str]) -> str:
        many = number(match["many"]) if match["many"] else 1
        if match["end"].lower() in ("last", "latter"):
            chosen = dialogue.listed[-many:]
        else:
            first = ORDINALS[match["end"].lower()] - 1
            chosen = dialogue.listed[first : first + many]
        return " and ".join(chosen) or match[0]

    return _IN_LIST.sub(images, text, count=1)


_BEFORE_PLACE = re.compile(
    r"^ (?:(?:belongs?|goe?s?) )?(?:(?:to|in|into|with|among) )?(?:(?:an?|the) )?", re.IGNORECASE
)


def _places_one(text: str, dialogue: DialogueContext) -> bool:
    """Return whether a text says to which group an image in a list belongs."""
    match = _SAID_OF_ONE.match(text)
    if match is None:
        return False
    said = (match["group"] or text[match.end() :]).strip(" .!")
    return dialogue.has(said) or (
        not re.match(r"(?:.* )?an?$", match[0], re.IGNORECASE) and match["group"] is None
    )


_PART = re.compile(
    rf"\bthe (?P<which>{'|'.join(ORDINALS)}|last|latter|other)"
    r"(?: (?:part|half|piece|one)\b|(?=\W*$| (?:to|into|and|is)\b))(?! of\b)",
    re.IGNORECASE,
)
"""Matches one of the parts that came of a split: "the first part", "the second" where no noun follows."""
_SECOND = re.compile(
    rf"(?<=\band )the (?P<which>{'|'.join(ORDINALS)})\b(?! (?:of|step|{PILE}|picture|image|photo)\b)",
    re.IGNORECASE,
)
"""Matches a further part behind one that is called so: "call the first part hiking and the second summer"."""
_TAKES_BACK = re.compile(r"\W*(?:please |oh |no )*(?:undo|redo|revert|take back|go back)\b", re.IGNORECASE)
"""The beginning of a sentence that is about steps: "undo the last one"."""


def parts_made(text: str, dialogue: DialogueContext) -> str:
    """Return the text with the names of the parts of a split that was made just before in the place of "the first part"
    and "the second"."""
    last, parts = dialogue.last, dialogue.spoken
    here = [name.casefold() for name in dialogue.names[: dialogue.current or None]]
    split = last is not None and last.tool in ("split_cluster", "sort_into") and not dialogue.offered
    if not split or len(parts) < 2 or _TAKES_BACK.match(text):
        return text
    several = len(parts) > 2

    def named(match: re.Match[str]) -> str:
        which = match["which"].lower()
        at = ORDINALS[which] - 1 if which in ORDINALS else len(parts) - 1
        if at >= len(parts) or parts[at].casefold() not in here or (which == "other" and several):
            return match[0]
        return f"group {here.index(parts[at].casefold()) + 1}"  # a name may hold a comma

    told = _PART.sub(named, text)
    return told if told == text else _SECOND.sub(named, told)


def the_others(text: str, dialogue: DialogueContext) -> str:
    """Return the text with the names of groups in the place of "the others" and "the rest".

    They are the group of everything else where one is called so, else all groups but those that were spoken of. A
    sentence that makes groups keeps them as they are: "sort into cats and the rest".
    """
    if not _ABOUT_GROUPS.match(text) or _MAKES_GROUPS.match(text):
        return text
    here = dialogue.names[: dialogue.current or None]
    group = rest_group(here)
    groups = [group] if group else all_others(here, dialogue.spoken)
    named = " and ".join(f"the {name} group" for name in groups)
    several = len(groups) > 1 and _TAKES_ONE.match(text) is not None
    if not groups or several:
        return text
    end = _name_begins(text)
    return _OTHERS.sub(named, text[:end]) + text[end:]


def _name_begins(text: str) -> int:
    """Return where the name begins that a sentence gives to a group; its length where it gives none."""
    if (calls := _CALLS.match(text)) is not None:
        return calls.end()
    gives = _GIVES_NAME.match(text)
    return gives.end() if gives else len(text)


def _replaced(text: str, kind: str, by: str) -> Iterator[str]:
    """Yield the text with each of the references of one kind replaced in turn."""
    for match in _reference(kind).finditer(text):
        yield f"{text[: match.start()]}{by}{text[match.end() :]}"


@cache
def _reference(kind: str) -> re.Pattern[str]:
    return re.compile(phrases("_references", kind).pattern(), re.IGNORECASE)


def _numbers(match: re.Match[str], dialogue: DialogueContext) -> str:
    """Return the numbers of the groups at one end; what was written where that cannot be told."""
    many = number(match["many"]) if match["many"] else 1
    at_first = match["end"].lower() == "first"
    if not match["many"] and at_first:
        return match[0]  # an ordinal like the others
    if not at_first and not 0 < many <= dialogue.current:
        return match[0]
    first = 1 if at_first else dialogue.current - many + 1
    return " and ".join(f"group {n}" for n in range(first, first + many))
