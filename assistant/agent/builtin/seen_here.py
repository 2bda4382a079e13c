"""Finds what a sentence names of what the experts say of some pictures here: "with blond hair", "without people".

These are no groups, and many are everyday words. So they count only where a group or what files say is named as well,
or where a sentence looks for what has several of them, or has not: see `assistant.agent.builtin.noun_phrases`.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from assistant.agent.builtin.lexicon import NUMBERS, PILE
from assistant.agent.builtin.named_here import NamedHere
from assistant.agent.tools.base import DialogueContext
from tools.singular import in_singular, plurals

_NO_NAME = frozenset((
    *NUMBERS, "several", "many", "group", "face", "photo", "photography", "photograph", "picture", "image", "no face",
    "no expression", "other", "object", "thing", "light", "day", "form", "sort", "kind",
))  # fmt: skip
"""Words of the experts that stand for more than what they see."""
_JOINS = ("with ", "without ", "no ", "not ", "in ")
"""The beginnings of words that say how they are joined to a picture, which a sentence says itself."""
_SHORTEST = 3
_OF_COLOUR = " colour"
HAS = re.compile(r"have|has|had|wears?|wore", re.IGNORECASE)
"""Matches the verbs by which pictures have what is named behind them."""
_TONE = re.compile(r"\bblack(?: and |-and-| & )white\b", re.IGNORECASE)
"""Matches a tone, which names no two colours."""
_A_GROUP_OF = re.compile(
    rf"(?:(?:an?|one|another|new|separate|own) )+{PILE} (?:of|for|with|from|out of) ", re.IGNORECASE
)
"""Matches what stands before that which is to be a group."""
_BY = re.compile(r"\bby (?:(?:the|their|its) )?$", re.IGNORECASE)
"""Matches what stands before a criterion, which is nothing that is seen: "split the bags by colour"."""
_THERE = re.compile(
    r"^(?P<what>\W*how many(?: \w+){0,3}?) (?:are|is) there (?P<how>(?:with|without|of|from|in|by|at|that|taken|showing"
    r"|except(?: for)?|excluding|other than) )(?!(?:it|all|total|here|this|each|every)\b)",
    re.IGNORECASE,
)
"""Matches the beginning of "how many pictures are there with glasses", in which "there" says nothing."""


def seen_here(text: str, dialogue: DialogueContext, named: Sequence[NamedHere]) -> list[NamedHere]:
    """Return what a sentence names that experts see, in its order, beside what is named as a group or by files."""
    forms = dict(_forms(dialogue))
    if not forms:
        return []
    words = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
    found = []
    for match in re.finditer(rf"(?<![\w#/~.-])(?:{words})(?![\w/]|\.\w|-\w)", text, re.IGNORECASE):
        if any(match.start() < other.end and other.start < match.end() for other in named):
            continue
        if _BY.search(text[: match.start()]):
            continue
        if any(tone.start() <= match.start() < tone.end() for tone in _TONE.finditer(text)):
            continue
        word, criterion = forms[match[0].casefold()]
        name = match[0] if in_singular(match[0]) == word else word
        found.append(NamedHere(name, criterion, False, match.start(), match.end(), seen=True))
    return found


def _forms(dialogue: DialogueContext) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield each way to say what experts see, with the word and its criterion; of a word of several criteria that of
    the first is what stays."""
    for criterion, words in reversed(dialogue.said_by_experts):
        for word in words:
            if len(word) < _SHORTEST or word in _NO_NAME or word.startswith(_JOINS):
                continue
            forms = [word, *plurals(word)]
            if criterion.endswith(_OF_COLOUR):
                forms.append(f"{word} {criterion.removesuffix(_OF_COLOUR)}")
            for form in forms:
                yield form.casefold(), (word, criterion)


def without_there(text: str) -> str:
    """Return a question without the "there" that says nothing: "how many pictures are there with glasses"."""
    return _THERE.sub(r"\g<what> are \g<how>", text)


def with_their_nouns(tokens: Sequence[Any], text: str) -> list[Any]:
    """Return the tokens with each value and the noun of its criterion behind it as one, as in "blond hair", and with
    the words for a group that is to be made as any others."""
    joined: list[Any] = []
    to_be_made = [made.span() for made in _A_GROUP_OF.finditer(text)]
    for token in tokens:
        if any(start <= token[1] < end for start, end in to_be_made):
            joined.append(("O", *token[1:]))
            continue
        before = joined[-1] if joined else None
        if before is not None and before[3] is not None and token[0] == "O":
            of_criterion = {in_singular(word) for word in before[3].criterion.casefold().split()}
            if in_singular(text[token[1] : token[2]]) in of_criterion:
                joined[-1] = (before[0], before[1], token[2], before[3])
                continue
        joined.append(token)
    return joined


def denied(part: Sequence[Any], text: str) -> int:
    """Return how many tokens of a part that says what is not so are about that: in "not black and outdoors" the first
    two, as what is named behind "and" is of another criterion; all where it is a list, or what is left out."""
    about = ""
    for place, (letter, start, end, value) in enumerate(part):
        if letter == "B" or text[start:end].casefold() in ("neither", "nor", "or"):
            return len(part)
        if value is not None and about and value.criterion != about:
            return place
        about = value.criterion if value is not None else about
    return len(part)


def are_conditions(
    wanted: Sequence[NamedHere], unwanted: Sequence[NamedHere], looks: bool, counted: bool
) -> bool:
    """Return whether what a phrase names is meant as conditions. What experts see is, beside a group or what files say;
    alone only where a sentence looks for what has several such things, or lacks one, or counts what has one."""
    named = [*wanted, *unwanted]
    if not all(value.seen for value in named) or not named:
        return True
    return counted or (looks and (len({value.criterion for value in wanted}) > 1 or bool(unwanted)))
