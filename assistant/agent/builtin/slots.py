"""Says what may stand in the slots of a sentence, and what it is read as.

A slot takes any words; its reader says whether they are what its name says. A sentence of which one slot does not hold
what it should is not what was meant.
"""

import re
from collections.abc import Callable
from typing import Any

from assistant.agent.builtin.entities import FOLDERS, GROUP, GROUPINGS, GROUPS, IMAGES, Mentions
from assistant.agent.builtin.lexicon import (
    ALL,
    ATTRIBUTES,
    NUMBER,
    ORDINALS,
    PICTURES,
    PILE,
    group,
    image,
    images,
    is_image,
    is_path,
    is_quoted,
    listed,
    number,
)
from assistant.agent.builtin.values_listed import (
    NO_VERB_OF_SORTING,
    bare_values,
    one_of_two,
    picked_out,
    values_listed,
)
from assistant.desk.references import BY_SIZE
from tools.fuse.registry import OPTIONS, method_name

_THEM = rf"{ALL}|it|that|this|them|these|those|they|anything|everything|nothing|me|you|us|him|her|the|a|there|here"
_NOUN = rf"(?!(?:by|using|with)\b)(?:(?:the|my|these|those|all|all the) )?(?:\w+ )?(?!(?:{PILE}|ones)\b)\w+s"
_SURELY_IMAGES = re.compile(
    r".*#.*|.*\.\w{3,4}\b.*|.*(?:picture|image|photo|pic|file)s?\b.*\d.*", re.IGNORECASE
)
_NO_GROUP = frozenset(
    [
        "not",
        "no",
        "there",
        "here",
        "wrong",
        "unsorted",
        "missing",
        "different",
        "alike",
        "mixed",
        "empty",
        "full",
        "big",
        "small",
        *("fine", "good", "great", "nice", "lovely", "beautiful", "funny", "perfect", "ok", "all", "done"),
        *(
            "right",
            "correct",
            "true",
            "okay",
            "bad",
            "better",
            "best",
            "awful",
            "terrible",
            "cute",
            "amazing",
            "super",
        ),
    ]
)
"""Words that are said of a picture and name no group for it: "#7 is right"."""
_ATTRIBUTE = re.compile(
    rf"(?:(?:the|their|its) )?(?:\w+ ){{0,3}}(?:{'|'.join(sorted(ATTRIBUTES))})(?: of (?:the |their )?\w+)?",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"(?:which|what) (?!(?:can|could|should|do|did|is|are|does|else|about|would|will|if|happens|changes|"
    rf"{PILE}|{PICTURES})\b)[\w-]+(?: [\w-]+)? (?:do|are|is|does|have|has) "
    r"(?:they|these|those|the (?!most\b|fewest\b|least\b|\w+est\b)\w+|people)\b.*"
    r"|how do (?:they|these|those|people) (?:feel|look)\b.*"
    r"|how (?:old|young|big|large|small|bright|sharp|tall|happy|sad) are (?:they|these)"
    r"|what (?:do|are) they (?:wear|hold|do|show|feel|made of|looking at|look at|wearing|holding|doing)\b.*"
    r"|who (?:is|are) (?:in|on) (?:them|these|the \w+)",
    re.IGNORECASE,
)
"""Matches a question about all of them that is a criterion as it stands: "which way do they look"."""

Reader = Callable[[str], Any]
"""The value of a slot; None where the words are not what its name says."""


_STOP = re.compile(r"[.!?]\s")
"""Matches where a sentence ends: no criterion goes on after it."""


_FOLDER = re.compile(r"(?:^|\s)(?:~|\.{1,2}/|/\w|[A-Za-z]:[\\/])")
"""Matches the beginning of a folder, which is in no criterion."""


def _when(pattern: str | re.Pattern[str]) -> Reader:
    """Return a reader that takes only words that match the pattern as a whole."""
    compiled = re.compile(pattern, re.IGNORECASE) if isinstance(pattern, str) else pattern
    return lambda text: text if compiled.fullmatch(text) else None


def _number(text: str) -> int | None:
    return number(text) if re.fullmatch(NUMBER, text, re.IGNORECASE) else None


def _group(text: str) -> str | None:
    if re.fullmatch(_THEM, text, re.IGNORECASE) or re.match(r"(?:in|into|off|to) ", text, re.IGNORECASE):
        return None
    if not is_quoted(text) and ("#" in text or re.search(r"\band\b|,", text)):
        return None
    return (
        None
        if re.fullmatch(rf"(?:the |a |this |that |its )?{PILE}", text, re.IGNORECASE)
        else group(text) or None
    )


def _listed_groups(text: str) -> list[str] | None:
    parts = listed(text)
    if any("#" in part or re.fullmatch(_THEM, part, re.IGNORECASE) for part in parts):
        return None
    ordinal = re.search(PILE, text, re.IGNORECASE)  # "the first and the second group"
    return [
        group(f"{part} group" if ordinal and part.split()[-1].lower() in ORDINALS else part) for part in parts
    ]


def _groups(text: str) -> list[str] | None:
    several = _listed_groups(text)
    return several if several and len(several) > 1 and all(several) else None


def _several(text: str) -> list[str] | None:
    """Return the groups that are named one after the other, at least one; None where one is no group."""
    several = re.split(r"\s*(?:,\s*and\b|,|\band\b)\s*", text, flags=re.IGNORECASE)
    read = [_group(part) for part in several]
    return [name for name in read if name] if all(read) else None


def _groups_alone(text: str) -> str | None:
    """Return the groups that are to be written alone, in one text; None where the words stand for all."""
    several = _several(re.sub(r"^(?:only|just) ", "", text, flags=re.IGNORECASE))
    return " and ".join(several) if several else None


def _images(text: str) -> list[str] | None:
    found = images(text)
    return found if isinstance(found, list) and found else None


def _sure_images(text: str) -> list[str] | None:
    return _images(text) if _SURELY_IMAGES.fullmatch(text) or is_quoted(text) else None


def _sure_image(text: str) -> str | None:
    only = _sure_images(text)
    return only[0] if only and len(only) == 1 else None


def _image(text: str) -> str | None:
    return image(text) if is_image(text) else None


def _grouping(text: str) -> str | None:
    bare = re.sub(r"^(?:the |by )+|(?: (?:groupings?|clusterings?|groups))$", "", text, flags=re.IGNORECASE)
    all_of_them = re.fullmatch(_THEM, bare, re.IGNORECASE) and bare.casefold() not in ("people", "faces")
    no_grouping = not bare or "/" in bare or all_of_them
    return None if no_grouping else bare


def _criterion(text: str) -> str | None:
    return None if _STOP.search(text) or _FOLDER.search(text) else text.strip(" ,()") or None


def _attribute(text: str) -> str | None:
    more = re.search(
        r"\b(?:by|on|with|using|according|this|these|those|them|it|all|into|your|my|our)\b", text, re.I
    )
    found = None if more else _ATTRIBUTE.fullmatch(text)
    return re.sub(r"^(?:the|their|its) ", "", text, flags=re.IGNORECASE) if found else None


def _word(text: str) -> str | None:
    return text if re.fullmatch(r"[^\W\d][\w-]*", text) and text.lower() not in _NO_GROUP else None


def _own_name(text: str) -> str | None:
    """Return a name that somebody gives; None for a folder."""
    name = text.strip(" .")
    no_name = re.search(r"[/\\~]", name) or re.fullmatch(
        rf"{_THEM}|links?|copies|moves?", name, re.IGNORECASE
    )
    return None if no_name else name or None


_NEXT_STEP = re.compile(
    r"\b(?:and|then|but) (?:then |also )?(?:show|merge|split|move|rename|call|export|undo|lock|group|sort|put|keep|tell"
    r"|ask|open|list|explain|why|what|how)\b(?= \S)",
    re.IGNORECASE,
)
"""Matches where another request begins behind a name: "rename 1 to joy and show it"."""
_RENAMES_TWO = re.compile(r"\band [\w#' -]+ (?:to|as|into) \S", re.IGNORECASE)
"""Matches where a name has taken in that of another group: "rename 1 to joy and 2 to sorrow"."""


def _name(text: str) -> str | None:
    """Return the new name of a group; None where the words go on with another request."""
    return None if _NEXT_STEP.search(text) or _RENAMES_TWO.search(text) else text.strip(" .") or None


def _method(text: str) -> str | None:
    bare, colon, options = text.partition(OPTIONS)
    name = method_name(bare)
    return name and name + colon + options


def _unknown_method(text: str) -> str | None:
    return text if re.fullmatch(r"[\w-]+(?: [\w-]+)?", text) and not method_name(text) else None


STEPS = {
    "describ": "describe", "propos": "propose", "tun": "embed", "embed": "embed", "train": "embed", "graph": "graph",
    "walk": "walk", "agent": "walk", "travers": "walk", "fus": "fuse", "settl": "settle",
}  # fmt: skip
"""Maps the beginning of a word to the step of a plan that it stands for."""


def _steps(text: str) -> list[str] | None:
    """Return the steps of a plan that are named: "the graph and tuning"; None where one is no step."""
    parts = re.split(r"\s*(?:,\s*and\b|,|\band\b|\bor\b)\s*", text, flags=re.IGNORECASE)
    bare = [re.sub(r"^(?:the|any|all) ", "", part.strip(), flags=re.IGNORECASE).lower() for part in parts]
    found = [next((step for word, step in STEPS.items() if part.startswith(word)), None) for part in bare]
    return [step for step in found if step] if all(found) else None


VERBS = {"copy": "copy", "put": "copy", "move": "move", "link": "link", "symlink": "link"}
"""Maps a verb that says how files are exported to the mode of the export."""


def _what(text: str) -> str | None:
    """Return what is exported; None where the words only say where to."""
    return None if re.match(r"(?:to|into|in|under|at)\b", text, re.IGNORECASE) else text


def _two_groups(text: str) -> list[str] | None:
    """Return two groups in the order in which they are named: "1 and 3", "fern with moss"."""
    parts = listed(text)  # "people" is a group of that name here: not all pictures
    if any("#" in part or re.fullmatch("them|it|these|those|all", part, re.IGNORECASE) for part in parts):
        return None
    return [group(part) for part in parts] if len(parts) == 2 else None


_PLACE = r"(?:second|third|fourth|fifth|\d+(?:nd|rd|th))"


def _naming(text: str) -> tuple[str, str] | None:
    """Return a group and the name that it is given: "cluster 2 Smiling people"."""
    named = rf"(?:the )?(?:{_PLACE} )?(?:biggest|largest|smallest)(?: one| {PILE})?"
    named += rf"|(?:the )?(?:{PILE}|number) [\w-]+|the .+? (?:{PILE}|ones?)|[\w-]+|[\ue000-\uf8ff]"
    match = re.fullmatch(rf"(?P<group>{named})(?: as)? (?P<name>.+)", text, re.IGNORECASE)
    name = _name(match["name"]) if match else None
    if match is None or name is None or re.fullmatch(_THEM, match["group"], re.IGNORECASE):
        return None
    if re.match(r"(?:and|or|with|to|into) ", name, re.IGNORECASE):
        return None  # "rename bag and shoe" has no name yet
    return group(match["group"]), name


def _any_verb(text: str) -> str | None:
    """Return a word that may be a verb of sorting that no table knows: "file the pictures by season"."""
    return (
        text
        if re.fullmatch(r"[a-z]+", text, re.IGNORECASE) and not NO_VERB_OF_SORTING.fullmatch(text)
        else None
    )


_TRAIT_BEGINS = re.compile(
    r"^(?:(?:in|on|at|with|by|really|also|too|very|quite|rather|got|wearing|wear|have|having|showing|looking|looks?|seems?"
    r"|appear|both|taken|shot|clearly|actually|any|some|an?|the|(?:any|some)(?:one|body)(?= \w)) )+",
    re.IGNORECASE,
)
"""Matches what stands before a thing that is asked about: "in the snow", "any people"."""
_TRAIT_ENDS = re.compile(r" (?:on|at all|anywhere|visible|somewhere|to you|or not)$", re.IGNORECASE)
_ANYBODY = re.compile(r"(?:any|some)(?:one|body)(?: else)?|a soul", re.IGNORECASE)
"""Match what stands behind it, and what means people."""
_NO_TRAIT = re.compile(
    r".*\b(?:groups?|piles?|clusters?|same|similar|alike|duplicates?|links?|linked|tied|joined|locked|right|wrong|correct"
    r"|belongs?|before|now|still|again|first|last|there|here|unsorted|sorted|grouped|moved|put|kept|than|rather|taken"
    r"|missing|fine|ok|okay|together|apart|better|from|of|called|like|one|part|in|into|them|it|doing|left|out)\b.*",
    re.IGNORECASE,
)
"""Matches what is asked about the place of a picture among others, or its file, and not about what it shows."""
_MOST_WORDS_OF_TRAIT = 5


def _trait(text: str) -> str | None:
    """Return what a picture may show, be or have, in the words of a question about it."""
    bare = _TRAIT_ENDS.sub("", _TRAIT_BEGINS.sub("", text.strip(" ,")))
    if _ANYBODY.fullmatch(bare):
        return "people"
    words = len(bare.split())
    marked = "#" in bare or _NO_TRAIT.fullmatch(bare)
    return bare if 0 < words <= _MOST_WORDS_OF_TRAIT and not marked else None


def _state(text: str) -> tuple[list[str], str] | None:
    """Return images and what is asked of them: "#4 outdoors". A template cannot tell where the one ends."""
    words = text.split()
    for end in range(len(words) - 1, 0, -1):
        named, asked = _sure_images(" ".join(words[:end])), " ".join(words[end:])
        if named and (trait := _trait(asked)):
            return named, trait
    return None


READERS: dict[str, Reader] = {
    "state": _state,
    "trait": _trait,
    "first_value": one_of_two,
    "second_value": one_of_two,
    "without": _when(r"without.*|that (?:don't|do not|have no).*"),
    "adjective": _when(r"[\w-]+"),
    "any_verb": _any_verb,
    "attribute": _attribute,
    "clause_before": _criterion,
    "clause": _when(r"(?:who|which|what|whether|how)\b.+"),
    "by_size": _when("|".join(BY_SIZE)),
    "cluster": _group,
    "clustering": _grouping,
    "criterion": _criterion,
    "first": _grouping,
    "group": _group,
    "naming": _naming,
    "groups": _groups,
    "image": _image,
    "images": _images,
    "into": _group,
    "kinds": lambda text: text if re.fullmatch(r"\w+(?: \w+)? of [\w ]+", text) or _attribute(text) else None,
    "list": _listed_groups,
    "method": _method,
    "moment": _own_name,
    "only": _groups_alone,
    "name": _name,
    "negative": _when(r"-\s?\d+"),
    "noun": _when(_NOUN),
    "number": _number,
    "number_word": _number,
    "others": _sure_images,
    "out_of": _group,
    "own_name": _own_name,
    "path": lambda text: text if is_path(text) and " " not in text else None,
    "picture": lambda text: image(text) if _SURELY_IMAGES.fullmatch(text) and is_image(text) else None,
    "question": _when(_QUESTION),
    "second": _grouping,
    "several": _several,
    "several_things": lambda text: (
        picked_out(text) if re.search(r"(?:s|people|men|women|children)$", text, re.I) else None
    ),
    "steps": _steps,
    "sure_image": _sure_image,
    "sure_images": _sure_images,
    "things": _when(r"[\w' -]+s|people|men|women|children|mice|geese"),
    "tau": lambda text: float(text) if re.fullmatch(r"0?\.\d+", text) else None,
    "to": _group,
    **dict.fromkeys(("first_group", "second_group", "group_again", "other_again"), _group),
    "two_groups": _two_groups,
    "unknown_method": _unknown_method,
    "bare_values": bare_values,
    "value": picked_out,
    "values": values_listed,
    "verb": lambda text: VERBS.get(text.lower()),
    "what": _what,
    "word": _word,
}
"""Maps a slot to its reader. One without a reader only passes over words: any, rest, more, between, before, after."""

CONTEXT = frozenset(("after", "any", "before", "between", "more", "noun", "rest"))
"""The slots whose words are passed over. A group that is mentioned there is one that the sentence is not about."""


def read(slots: dict[str, str]) -> dict[str, Any] | None:
    """Return the values of the slots of a sentence; None where one does not hold what it should."""
    values: dict[str, Any] = {}
    for name, text in slots.items():
        reader = READERS.get(name)
        value = reader(text) if reader else text
        if value is None:
            return None
        values[name] = value
    return values


MARKED = {
    **dict.fromkeys(("first", "second"), GROUPINGS),
    **dict.fromkeys(("group", "cluster", "into", "out_of", "to"), GROUPS),
    **dict.fromkeys(("image", "images"), IMAGES),
    "folder": FOLDERS,
}
"""The slots that hold what is mentioned, where mentions are marked, and the marks that they may hold."""


def read_marked(slots: dict[str, str], mentions: Mentions) -> dict[str, Any] | None:
    """Read slots as `read` does, in a sentence whose mentions are marked: a slot for a group holds one mark and nothing
    else."""
    values: dict[str, Any] = {}
    for name, text in slots.items():
        if name in MARKED:
            if not (mentioned := mentions.of(text)):
                return None
            values[name] = mentioned[0]
        elif name in ("between", "after") and "to" in slots and re.search(GROUP, text):
            return None  # another group is mentioned after the one that is meant
        else:
            reader = READERS.get(name)
            value = reader(mentions.plain(text)) if reader and name != "noun" else mentions.plain(text)
            if value is None:
                return None
            values[name] = value
    return values
