"""Reads the answer of a vision-language model: one JSON object with the slots of the question, in few plain words."""

import json
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, ValidationError, create_model

from tools.models.hub.vision_language_model import Reply
from tools.models.ports import Question, Slot

WORDS, CHARACTERS = 4, 48
"""The upper bounds of the words and characters in a value; anything longer is prose."""

UNSEEN = "not visible"
"""The value that a model gives where an image does not show a slot."""
_UNSEEN = frozenset((UNSEEN, "not_visible", "unknown", "n/a", "null", ""))
_MOST_TRIES = 1000
"""The most brackets of an answer at which an object may begin; beyond that it is no answer, but takes forever."""
_THOUGHT = re.compile(r"<think\b.*?</think\s*>|\A\s*<think\b.*", re.DOTALL | re.IGNORECASE)


def plain(value: object) -> str:
    """Return a value as a short plain text. Raise ValueError for lists, prose and markup."""
    # Python reads NaN and Infinity, also from 1e999, though JSON has no such numbers: they mean nothing.
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return UNSEEN
    if not isinstance(value, str | int | float):
        raise ValueError("is no text")
    text = str(value).lower() if isinstance(value, bool) else str(value)
    printable = "".join(
        " " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C"
    )
    words = unicodedata.normalize("NFC", printable).strip(" .,;:!\"'`").split()
    joined = " ".join(words)
    if len(words) > WORDS or len(joined) > CHARACTERS:
        raise ValueError(f"has more than {WORDS} words")
    if any(c in joined for c in "<>{}[]|\\"):
        raise ValueError("has signs that belong in no value")
    return UNSEEN if joined.casefold() in _UNSEEN else joined


def _choice(choices: Mapping[str, str], value: object) -> str:
    """Return the choice that a value means, in its own spelling. Raise ValueError where it means none."""
    if isinstance(value, str) and value.strip().casefold() in choices:
        return choices[value.strip().casefold()]
    text = plain(value)
    if text == UNSEEN:
        return UNSEEN
    if text.casefold() not in choices:
        raise ValueError("is none of the values to choose from")
    return choices[text.casefold()]


class Form:
    """Fixes the form that an answer to a question must have, by which it is asked for and checked."""

    def __init__(self, question: Question) -> None:
        self.slots = question.slots
        fields: dict[str, Any] = {}
        for i, slot in enumerate(question.slots):
            choices = question.values.get(slot, ())
            check = partial(_choice, {c.casefold(): c for c in choices}) if choices else plain
            shape: Any = {"enum": [*choices, UNSEEN]} if choices else None
            kind = Annotated[str, BeforeValidator(check)]
            # Fields have numbered names and the slot as alias, because a slot may have any name, even "copy".
            fields[f"slot{i}"] = (kind, Field(alias=slot, json_schema_extra=shape))
        self._model: type[BaseModel] = create_model("Answer", **fields)

    @property
    def schema(self) -> str:
        """Return the JSON schema of an answer, as short as possible."""
        full = self._model.model_json_schema(by_alias=True)
        properties = {
            name: {"enum": facts["enum"]} if "enum" in facts else {"type": "string"}
            for name, facts in full.get("properties", {}).items()
        }
        return json.dumps(
            {"type": "object", "properties": properties, "required": list(properties)}, ensure_ascii=False
        )

    def read(self, reply: Reply) -> tuple[list[Slot], str]:
        """Return the slots that are visible, each with the model's confidence, and what is wrong with the answer, or
        "".

        Where a part of the answer is wrong, the other slots are still returned.
        """
        candidates = dict(objects(reply.text))
        if not candidates:
            return [], "it is no JSON object"
        start, answer = max(candidates.items(), key=lambda item: len(set(item[1]) & set(self.slots)))
        problems: dict[str, str] = {}
        try:
            values = self._model.model_validate(answer).model_dump(by_alias=True)
        except ValidationError as error:
            problems = {str(e["loc"][0]): _reason(e["msg"]) for e in error.errors(include_url=False)}
            values = {}
            for i, slot in enumerate(self.slots):
                if slot not in problems:
                    kind = self._model.model_fields[f"slot{i}"].metadata[0].func
                    values[slot] = kind(answer[slot])
        slots = [
            Slot(slot, values[slot], _sure(reply, start, slot, answer[slot]))
            for slot in self.slots
            if values.get(slot, UNSEEN) != UNSEEN
        ]
        problem = "; ".join(f"{json.dumps(slot, ensure_ascii=False)} {why}" for slot, why in problems.items())
        return slots, problem


def objects(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the JSON objects in a text, each after its position; prose, fences and thoughts around them are skipped."""
    text = _THOUGHT.sub(lambda match: " " * len(match.group()), text)
    decoder, position, tries = json.JSONDecoder(), text.find("{"), 0
    while position >= 0 and tries < _MOST_TRIES:
        tries += 1
        try:
            value, end = decoder.raw_decode(text, position)
            yield position, value
        except (ValueError, RecursionError):
            end = position + 1
        position = text.find("{", end)


def _sure(reply: Reply, start: int, slot: str, value: object) -> float:
    """Return the model's confidence in the tokens of a slot's value, or in the whole answer where the value is not
    found."""
    key = re.compile(r'"\s*:\s*"?'.join((re.escape(slot), "")))
    if match := key.search(reply.text, start):
        length = len(json.dumps(value, ensure_ascii=False).strip('"')) or 1
        return reply.confidence(match.end(), match.end() + length)
    return reply.confidence(start, len(reply.text))


def _reason(message: str) -> str:
    """Return Pydantic's message in the words of the repair prompt."""
    reason = message.removeprefix("Value error, ")
    return "is missing" if reason == "Field required" else reason
