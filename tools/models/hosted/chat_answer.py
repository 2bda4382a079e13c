"""Reads the answer of a chat model: finds the JSON and checks every value against the question.

Prose, thoughts between <think> tags, Markdown fences and cut-off ends are tolerated; what does not answer the question
never becomes a slot.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json

from tools.models.ports import Question, Slot
from tools.names import visible

LONGEST = 20_000
"""The most characters of an answer that are read, counted from its end, since models think first and answer last."""

WORDS, CHARACTERS = 6, 60
"""The upper bounds of the words and characters in a free value; anything longer is prose."""

UNSURE = 0.5
"""The confidence of a slot where the model gave none that can be read."""

_THOUGHTS = ("think", "thought", "reasoning")
"""The beginnings of the tags between which models put their thoughts."""
_REFUSAL = re.compile(
    r"(i'm |i am )?(sorry|unable|not able)\b|i can(no|')t\b|i do(n't| not)\b|as an ai\b|error\b|here('s| is| are)\b"
    r"|the (image|picture|photo)\b",
    re.IGNORECASE,
)
_NOT_VISIBLE = frozenset(
    [
        "",
        "-",
        "?",
        "n/a",
        "na",
        "nil",
        "none",
        "not applicable",
        "not sure",
        "not visible",
        "null",
        "unclear",
        "unknown",
    ]
)


@dataclass(slots=True)
class Reading:
    """Holds the part of an answer that could be read.

    Attributes:
        slots: Slot name to the slot, or to None where the model says that it is not visible. A slot is missing where
            the answer has nothing usable for it.
        problems: One line for each thing that is wrong with the answer.
    """

    slots: dict[str, Slot | None] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def visible(self, order: Sequence[str]) -> list[Slot]:
        """Return the slots that are visible, in the order of the question."""
        return [slot for name in order if (slot := self.slots.get(name)) is not None]

    def over(self, earlier: "Reading") -> "Reading":
        """Return this reading, with the slots of an earlier one where this one has nothing."""
        return Reading(earlier.slots | self.slots, self.problems)


def schema(question: Question, slot: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON schema of the answer to a question.

    Args:
        question: The question.
        slot: The schema of one slot: an object with "value", a string or null, and "confidence".
    """
    properties = {}
    for name in question.slots:
        slot_schema = json.loads(json.dumps(slot))
        if name in question.values:
            slot_schema["properties"]["value"]["enum"] = [*question.values[name], None]
        properties[name] = slot_schema
    return {
        "type": "object",
        "properties": properties,
        "required": list(question.slots),
        "additionalProperties": False,
    }


def read(text: str, question: Question) -> Reading:
    """Find the answer in what a model wrote, and check every slot of the question. Never raises."""
    answer, complete = find(text, question.slots)
    if answer is None:
        return Reading(problems=["there is no JSON object with the keys that were asked for"])
    reading = Reading()
    values_by_key = {_plain(key): value for key, value in answer.items()}
    for name in question.slots:
        if _plain(name) not in values_by_key:
            reading.problems.append(f"{_quoted(name)} is missing")
            continue
        entry = values_by_key[_plain(name)]
        if isinstance(entry, dict) and "value" not in entry:  # an answer that was cut off; that is not null
            reading.problems.append(f"{_quoted(name)} has no value")
            continue
        value, confidence = _parts(entry)
        choices = question.values.get(name)
        read_value = _chosen(value, choices) if choices is not None else _free(value)
        if read_value is None:
            wish = f"one of {', '.join(map(_quoted, choices))}" if choices else "a few words"
            reading.problems.append(f"{_quoted(name)} must be {wish}, or null, not {_quoted(value)}")
        elif read_value == "":
            reading.slots[name] = None
        else:
            # In an answer that was cut off, the last number may have lost its end.
            reading.slots[name] = Slot(name, read_value, confidence if complete else UNSURE)
    return reading


def find(text: str, keys: Sequence[str]) -> tuple[dict[str, Any] | None, bool]:
    """Return the JSON object with most of the keys, and the last of several such; None where no object has any.

    Returns:
        The object, and whether it is complete; of an object that was cut off, the complete part.
    """
    wanted = {_plain(key) for key in keys}
    # Half of a character that JSON's escapes can name is no text that a parser takes.
    answer_text = _without_thoughts(text)[-LONGEST:].encode("utf-8", "replace").decode()
    best: dict[str, Any] | None = None
    most = 0
    for candidate in _objects(answer_text, wanted):
        score = _score(candidate, wanted)
        if score and score >= most:
            best, most = candidate, score
    if best is not None:
        return best, True
    for match in list(re.finditer(r"\{", answer_text))[:100]:
        try:
            part = from_json(answer_text[match.start() :], allow_partial=True)
        except ValueError:
            continue
        if isinstance(part, dict) and _score(part, wanted):
            return part, False
    return None, True


def _without_thoughts(text: str) -> str:
    """Return the text after the last thought; where a thought does not end, the text before it."""
    lowered = text.lower()
    closed = max(lowered.rfind(f"</{tag}") for tag in _THOUGHTS)
    opened = max(lowered.rfind(f"<{tag}") for tag in _THOUGHTS)
    start = text.find(">", closed) + 1 if closed >= 0 else 0
    return text[start:opened] if opened > closed else text[start:]


def _objects(text: str, wanted: set[str]) -> Iterator[dict[str, Any]]:
    """Yield the complete JSON objects in a text, also those inside others that have none of the wanted keys."""
    decoder = json.JSONDecoder()
    at, tries = text.find("{"), 0
    while at >= 0 and tries < 1000:
        tries += 1
        end = at + 1
        try:
            candidate, stop = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            pass
        else:
            yield candidate
            if _score(candidate, wanted):
                end = stop
        at = text.find("{", end)


def _score(candidate: Mapping[str, Any], wanted: set[str]) -> int:
    return len(wanted & {_plain(key) for key in candidate})


def _parts(value: Any) -> tuple[Any, float]:
    """Return a slot's value and its confidence, whether they come as an object or as the value alone."""
    if not isinstance(value, dict):
        return value, UNSURE
    return value["value"], number(value.get("confidence"), UNSURE)


def number(value: Any, otherwise: float) -> float:
    """Return a probability in [0, 1] from how models write it, 0.8 or 80; `otherwise` where it is none."""
    # Compared before any arithmetic: an integer may be too large for a float, and NaN lies in no range.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 100:
        return otherwise
    return float(value) if value <= 1 else value / 100


def _chosen(value: Any, choices: Sequence[str]) -> str | None:
    """Return the choice that a value means, "" where it means not visible, None where it is no choice."""
    words = _string(value)
    if words is None:
        return None
    by_plain_name = {_plain(choice): choice for choice in choices}
    if _plain(words) in by_plain_name:
        return by_plain_name[_plain(words)]
    return "" if words.casefold() in _NOT_VISIBLE else None


def _free(value: Any) -> str | None:
    """Return a free value of a few words, "" where it means not visible, None for prose, refusals and the like."""
    words = _string(value)
    if words is None or words.casefold() in _NOT_VISIBLE:
        return None if words is None else ""
    if len(words) > CHARACTERS or len(words.split()) > WORDS or _REFUSAL.match(words):
        return None
    if any(mark in words for mark in "{}[]<>`\\") or not any(c.isalnum() for c in words):
        return None
    return words


def _string(value: Any) -> str | None:
    """Return a scalar as one clean line, "" for null, None for lists and objects."""
    # Python reads NaN and Infinity, also from 1e999, though JSON has no such numbers: they mean nothing.
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and len(value) == 1:
        return _string(value[0])
    if not isinstance(value, (str, int, float)):
        return None
    return visible(" ".join(str(value).split())).strip(" .\"'")


def _plain(name: str) -> str:
    """Return a name without what models change about it: case, blanks, underscores, quotes around it, a full stop."""
    return " ".join(name.replace("_", " ").split()).strip(" .\"'").casefold()


def _quoted(value: Any) -> str:
    """Return a value as it may appear in a prompt and on a screen: quoted, on one line, and not long."""
    try:
        shown = visible(json.dumps(value, ensure_ascii=False))
    except (ValueError, RecursionError):
        shown = type(value).__name__
    return shown if len(shown) <= CHARACTERS else shown[: CHARACTERS - 3] + '..."'
