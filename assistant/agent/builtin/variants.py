"""Writes a sentence in other ways, for where it is not understood as it stands.

Politeness turns orders round: "would you mind merging them", "can they be merged", "I'd like them merged". Each variant
says the same as an order, in words for which there are templates.
"""

import difflib
import re
from collections.abc import Iterator
from functools import cache

from assistant.agent.builtin.lexicon import plain
from assistant.agent.builtin.phrases import phrases
from assistant.agent.builtin.pronouns import resolved
from assistant.agent.intents import intents
from assistant.agent.sentence_files import ENGLISH, sentence_data
from assistant.agent.tools.base import DialogueContext

LIKENESS = 0.75
"""The least ratio, by difflib, between a word and a known one for it to be taken for a slip of that."""
LEAST_LETTERS = 4
"""The fewest letters of such a word."""

_TAIL = re.compile(
    r"[\s,]+(?:from now on|after all|for good|first|always|as well|too|again|for now|at once)$", re.IGNORECASE
)
_LISTS = re.compile(
    r"^(?P<what>(?:split|sort|divide|separate|break|cut|group)(?: up)? [^:,;]+?)(?: up)?(?:\s*[:=]| [-–])\s+"
    r"(?=[^:]*(?:,| and | or | / ))",
    re.IGNORECASE,
)
"""Matches what stands before the groups that something is split into: "split the watches: digital, analogue"."""
_NAMED = ("called", "named", "labelled", "labeled")
"""Matches participles that stand for a name of what is before them rather than for a wish: "one pile called joy"."""
_LEAD = r"(?:(?:can|could|may|might|should|must|let|have|get|make|i want|i need|we need)\s+)?"


def variants(text: str, dialogue: DialogueContext) -> Iterator[str]:
    """Yield other wordings of a sentence, the closest first.

    Args:
        text: The sentence, without what is no more than polite.
        dialogue: What is grouped, and what "it" may stand for.
    """
    seen = {text}
    for variant in _all(text, dialogue):
        variant = plain(variant)
        if variant and variant not in seen:
            seen.add(variant)
            yield variant


def _all(text: str, dialogue: DialogueContext) -> Iterator[str]:
    shorter = _TAIL.sub("", text)
    yield phrases("_polite", "asking").after_head(text)
    for wording in (text, shorter):
        yield wording
        yield _active(wording)
        yield _base(wording)
    if (listed := _LISTS.sub(r"\g<what> into ", shorter)) != shorter:
        yield listed
    yield from resolved(shorter, dialogue)
    if (spelt := _spelt(shorter, dialogue)) != shorter:
        yield spelt
        yield _base(spelt)


def _base(text: str) -> str:
    """Return the sentence with the verbs at its beginning and after "and" in their base form: "merging a and b and
    calling it c"."""
    forms = _gerunds()
    pattern = rf"(?:^|(?<=\band ))(?:{'|'.join(forms)})\b"
    return re.sub(pattern, lambda match: forms[match[0].lower()], text, flags=re.IGNORECASE)


def _active(text: str) -> str:
    """Turn "x be merged into y" into "merge x into y"."""
    forms = _participles()
    passive = (
        rf"{_LEAD}(?P<object>.+?) (?:(?:to )?(?:be|get|being) )?(?P<verb>{'|'.join(forms)})\b(?P<rest>.*)"
    )
    match = re.fullmatch(passive, text, re.IGNORECASE)
    if match is None or re.search(r"\b(?:is|are|was|were|has|have|not)\b", match["object"], re.IGNORECASE):
        return text
    named = match["verb"].lower() in _NAMED and not re.search(r"\b(?:be|get|being)\b", text, re.IGNORECASE)
    if named or match["object"].split()[0].lower() in _verbs():
        return text
    return f"{forms[match['verb'].lower()]} {match['object']}{match['rest']}"


def _spelt(text: str, dialogue: DialogueContext) -> str:
    """Return the sentence with slips in its verbs put right: "gruop them by emotion"."""
    verbs = [*_verbs(), *_gerunds()]
    names = {word for name in (*dialogue.names, *dialogue.criteria) for word in name.casefold().split()}

    def right(match: re.Match[str]) -> str:
        word = match[0].lower()
        if word in _vocabulary() or word in names or len(word) < LEAST_LETTERS:
            return match[0]
        near = difflib.get_close_matches(word, verbs, 1, LIKENESS)
        return (
            near[0]
            if (near and sorted(near[0]) == sorted(word)) or (near and near[0][0] == word[0])
            else match[0]
        )

    return re.sub(r"^[a-z]+\b", right, text, flags=re.IGNORECASE)


@cache
def _vocabulary() -> frozenset[str]:
    """Return the words that stand in some template or are forms of its verbs: none of them is a slip."""
    rules = sentence_data(ENGLISH, "_common")["rules"].values()
    wordings = [w for intent in intents() for w in (*intent.sentences, *intent.anywhere)]
    templates = [template for wording in wordings for template in wording.templates]
    words = {word.lower() for text in (*templates, *rules) for word in re.findall(r"[a-z']+", text, re.I)}
    return frozenset(words | _verbs().keys() | _gerunds().keys())


@cache
def _verbs() -> dict[str, list[str]]:
    """Return the verbs, each with its other forms."""
    verbs: dict[str, list[str]] = sentence_data(ENGLISH, "_verbs")
    return verbs


@cache
def _gerunds() -> dict[str, str]:
    return {form: verb for verb, forms in _verbs().items() for form in forms if form.endswith("ing")}


@cache
def _participles() -> dict[str, str]:
    same = ("put", "split", "cut")
    written = {form: verb for verb, forms in _verbs().items() for form in forms if not form.endswith("ing")}
    return written | {verb: verb for verb in same}
