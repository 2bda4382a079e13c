"""Compiles sentences as templates by hassil, and matches them with what stands in their slots.

A template is a sentence with alternatives, optional parts, rules and slots: "(merge|join) {groups} [as {name}]". All
slots take any words; what they may hold is checked afterwards, see `assistant.agent.builtin.slots`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_SLOT = re.compile(r"\{(\w+)\}")
_PASSED_OVER = ".,;:!?"
"""The punctuation that hassil passes over. It is part of what was written: of "./out", and of "red, green and blue"."""


@dataclass(frozen=True, slots=True)
class Match:
    """Holds one way to read a sentence.

    Attributes:
        key: Of the templates that match, as they were given.
        text: The sentence.
        slots: Slot name to the words in it, as they were written.
        literal: Characters of the sentence that the template itself has; the more, the surer it is what is meant.
    """

    key: Any
    text: str
    slots: dict[str, str]
    literal: int


class Templates:
    """Compiles a set of templates once, and matches texts with them."""

    def __init__(
        self,
        templates: Sequence[tuple[Any, Sequence[str]]],
        rules: Mapping[str, str] | None = None,
        values: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """Compile them.

        Args:
            templates: A key and the templates that it stands for, each.
            rules: Name to expression, for `<name>` in a template.
            values: Slot name to all that may stand in it; a slot that is not in here takes any words.
        """
        from hassil.intents import Intents

        rules, values = rules or {}, values or {}
        self._keys = [key for key, _ in templates]
        texts = [*(text for _, some in templates for text in some), *rules.values()]
        slots = {slot for text in texts for slot in _SLOT.findall(text)}
        self._intents = Intents.from_dict(
            {
                "language": "en",
                "intents": {
                    str(i): {"data": [{"sentences": list(some)}]} for i, (_, some) in enumerate(templates)
                },
                "lists": {slot: _list(slot, values) for slot in slots},
                "expansion_rules": dict(rules),
            }
        )

    def matches(self, text: str) -> list[Match]:
        """Return every way in which a text is one of the sentences, those with most literal characters first."""
        from hassil.recognize import recognize_all

        matches = []
        for result in recognize_all(text, self._intents):
            if (slots := _slots(text, result)) is not None:
                key = self._keys[int(result.intent.name)]
                matches.append(Match(key, text, slots, result.text_chunks_matched))
        return sorted(matches, key=lambda match: -match.literal)

    def best(self, text: str) -> Any | None:
        """Return the key of the templates that match best; None where none does."""
        matches = self.matches(text)
        return matches[0].key if matches else None


def _list(slot: str, values: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return the list by which hassil is told what a slot may hold."""
    if slot == "number":
        return {"range": {"from": 0, "to": 1_000_000, "words": False}}
    return {"values": list(values[slot])} if slot in values else {"wildcard": True}


def _slots(text: str, result: Any) -> dict[str, str] | None:
    """Return the words in the slots, with the punctuation that belongs to them; None where a slot cuts a word."""
    slots = {}
    for name, entity in result.entities.items():
        start = entity.text_span[0] if entity.text_span else 0
        written = _written(text, _bare(entity.text.strip())[0], start)
        if written is None:
            return None
        slots[name] = written
    return slots


def _written(text: str, words: str, near: int) -> str | None:
    """Return words as they stand in a text, where they stand nearest to a place; None where they begin or end in a
    word."""
    bare, places = _bare(text)
    lowered, wanted, best = bare.lower(), words.lower(), None
    at = lowered.find(wanted)
    while at >= 0 and wanted:
        end = at + len(wanted)
        cut = (at > 0 and _one_word(bare[at - 1 : at + 1])) or _one_word(bare[end - 1 : end + 1])
        if not cut and (best is None or abs(places[at] - near) < abs(places[best] - near)):
            best = at
        at = lowered.find(wanted, at + 1)
    if best is None:
        return None
    first, last = places[best], places[best + len(wanted) - 1]
    while first > 0 and text[first - 1] in _PASSED_OVER:
        first -= 1
    return text[first : last + 1].strip(" ,;")


def _one_word(pair: str) -> bool:
    """Return whether two letters beside each other belong to one word."""
    return len(pair) == 2 and all(letter.isalnum() or letter == "_" for letter in pair)


@lru_cache(maxsize=64)
def _bare(text: str) -> tuple[str, tuple[int, ...]]:
    """Return a text as hassil sees it, without punctuation and with single spaces, and where each of its letters
    stands."""
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        if letter in _PASSED_OVER or (letter == " " and letters[-1:] == [" "]):
            continue
        letters.append(letter)
        places.append(place)
    return "".join(letters), tuple(places)
