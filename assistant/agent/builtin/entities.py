"""Finds what a sentence mentions: groups, images and folders, each replaced by one character that rules can
point at."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from assistant.agent.builtin.lexicon import IMAGE_EXTENSION, NUMBER, NUMBERS, ORDINALS, PICTURES, PILE, image
from assistant.agent.builtin.words_for_all import wording_of

GROUP, IMAGE, FOLDER, GROUPING = "[\uf000-\uf0ff]", "[\uf100-\uf1ff]", "[\uf200-\uf2ff]", "[\uf300-\uf3ff]"
"""The marks of groups, images, folders and groupings; `lexicon.Quotes` has marks of its own."""
_MOST = 256
"""The number of marks of each kind; whatever is mentioned beyond them shares the last one."""
_SOME = 16
GROUPS, IMAGES, FOLDERS, GROUPINGS = (
    tuple(chr(first + i) for i in range(_SOME)) for first in (0xF000, 0xF100, 0xF200, 0xF300)
)
"""The first marks of each kind: a sentence of a few words mentions no more."""
_A_OR_THE = r"(?:all (?:of )?)?(?:(?:the|my|those|these|that|this|an?) )?"
_PICTURE = r"(?:image|picture|pic|photo|photograph|file)s?"
_COUNTED = "|".join(word for word in NUMBERS if word.isalpha() and word != "zero")
_PATH = re.compile(r"(?<!\S)(?:~|\.{1,2}/|/(?=\w)|[A-Za-z]:[\\/])\S*?(?=[,;]?(?:\s|$))")
_FILE = re.compile(
    r"(?<![\w/~])(?:the )?(?:" + _PICTURE + r" )?[\w-][\w.-]*" + IMAGE_EXTENSION + r"\b",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    rf"(?:the )?(?:{_PICTURE} )?#\d+|(?:the )?{_PICTURE} (?:number |no\.? ?)?\d+\b", re.IGNORECASE
)
_NTH = re.compile(
    rf"\bthe ({'|'.join(ORDINALS)})(?: (?:{PILE}|ones?))?\b(?! (?:of )?{GROUP}| {NUMBER}\b)", re.IGNORECASE
)  # "the first cats" are no group
_GROUPS = re.compile(
    rf"\b(?:{_A_OR_THE}(?:{PILE}|number))(?: no\.?| number)? (?P<all>(?:\d+|{_COUNTED})\b"
    rf"(?:(?:,? and |, ?| & )(?:\d+|{_COUNTED})\b)*)(?! {PILE})",
    re.IGNORECASE,
)
_BARE = re.compile(
    rf"(?<![#\w])\d+(?:, ?\d+)*,? (?:and|with|&) \d+(?![\w.]| {PILE})|(?<![#\w])\d+(?: ?\+ ?\d+)+(?!\w)"
)
_ID = re.compile(r"(?<!\w)c\d+(?!\w)", re.IGNORECASE)


@dataclass
class Mentions:
    """Holds a sentence with marks in the place of what it mentions, and what each mark stands for.

    Attributes:
        text: The sentence with marks.
        groups, images, folders, groupings: What the marks stand for, in the order of the marks' characters.
    """

    text: str
    groups: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    groupings: list[str] = field(default_factory=list)

    def of(self, marks: str) -> list[str]:
        """Return what the marks in a text stand for, in their order, each once."""
        found: list[str] = []
        for kept, kind in (
            (self.groups, GROUP), (self.images, IMAGE), (self.folders, FOLDER), (self.groupings, GROUPING)
        ):  # fmt: skip
            found += [kept[ord(mark) & 0xFF] for mark in re.findall(kind, marks)]
        return list(dict.fromkeys(found))

    def plain(self, text: str) -> str:
        """Return a part of the sentence with what was mentioned in the place of the marks."""
        return re.sub(f"{GROUP}|{IMAGE}|{FOLDER}|{GROUPING}", lambda mark: self.of(mark.group())[0], text)


def mentions(said: str, names: Sequence[str] = (), criteria: Sequence[str] = ()) -> Mentions:
    """Find what a sentence mentions.

    Args:
        said: The sentence; what was quoted is hidden already.
        names: The names of the groups that there are.
        criteria: What was grouped by.
    """
    found = Mentions(said)

    def mark(kept: list[str], first: int, value: str) -> str:
        if value not in kept:
            kept.append(value)
        return chr(first + min(kept.index(value), _MOST - 1))

    def one_group(match: re.Match[str]) -> str:
        return mark(found.groups, 0xF000, match[0])

    def nth(match: re.Match[str]) -> str:
        return mark(found.groups, 0xF000, str(ORDINALS[match[1].lower()]))

    def numbers(match: re.Match[str]) -> str:
        listed = re.findall(rf"\d+|{_COUNTED}", match.groupdict().get("all") or match[0], re.IGNORECASE)
        values = [n if n.isdigit() else str(NUMBERS[n.lower()]) for n in listed]
        return " and ".join(mark(found.groups, 0xF000, n) for n in values)

    def one_image(match: re.Match[str]) -> str:
        return mark(found.images, 0xF100, image(match[0]))

    def one_grouping(criterion: str, _: re.Match[str]) -> str:
        return mark(found.groupings, 0xF300, criterion)

    def one_called(name: str, _: re.Match[str]) -> str:
        return mark(found.groups, 0xF000, name)

    found.text = _PATH.sub(lambda match: mark(found.folders, 0xF200, match[0]), found.text)
    found.text = _FILE.sub(one_image, found.text)
    found.text = _NUMBERED.sub(one_image, found.text)
    for name in sorted(names, key=len, reverse=True):
        noun = rf"(?: (?:{PILE}|ones?(?! {PILE})|{PICTURES}))?"
        wording = rf"(?<!\w){_A_OR_THE}{re.escape(name)}(?:e?s)?{noun}(?!\w)"
        wording = wording_of(name) or wording
        found.text = re.sub(wording, partial(one_called, name), found.text, flags=re.I)
    for criterion in sorted(criteria, key=len, reverse=True):
        wording = rf"(?<!\w)(?:(?:the|my) )?{re.escape(criterion)}(?!\w)"
        found.text = re.sub(wording, partial(one_grouping, criterion), found.text, flags=re.I)
    found.text = _NTH.sub(nth, found.text)
    found.text = _GROUPS.sub(numbers, found.text)
    found.text = _ID.sub(one_group, found.text)
    found.text = _BARE.sub(numbers, found.text)
    return found
