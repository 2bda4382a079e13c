"""A model's answer is checked before it is believed: one JSON object, known slots, few plain words."""

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
"""The longest value that is a tag and no prose."""

UNSEEN = "not visible"
_UNSEEN = frozenset((UNSEEN, "not_visible", "unknown", "n/a", "null", ""))
_THOUGHT = re.compile(r"<think\b.*?</think\s*>|\A\s*<think\b.*", re.DOTALL | re.IGNORECASE)


def plain(value: object) -> str:
    """A value as a short plain text. Raises ValueError for what is none: lists, prose, markup."""
    # Python reads NaN and Infinity where JSON has no such numbers, also from 1e999: they say nothing.
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return UNSEEN
    if not isinstance(value, str | int | float):
        raise ValueError("is no text")
    text = str(value).lower() if isinstance(value, bool) else str(value)
    kept = "".join(
        " " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C"
    )
    words = unicodedata.normalize("NFC", kept).strip(" .,;:!\"'`").split()
    found = " ".join(words)
    if len(words) > WORDS or len(found) > CHARACTERS:
        raise ValueError(f"has more than {WORDS} words")
    if any(c in found for c in "<>{}[]|\\"):
        raise ValueError("has signs that belong in no value")
    return UNSEEN if found.casefold() in _UNSEEN else found


def _choice(choices: Mapping[str, str], value: object) -> str:
    """One of the choices, as it was given. Raises ValueError."""
    said = value.strip() if isinstance(value, str) else value
    if isinstance(said, str) and said.casefold() in choices:
        return choices[said.casefold()]
    found = plain(value)
    if found == UNSEEN:
        return UNSEEN
    if found.casefold() not in choices:
        raise ValueError("is none of the values to choose from")
    return choices[found.casefold()]


class Form:
    """What an answer to a question has to look like."""

    def __init__(self, question: Question) -> None:
        self.slots = question.slots
        fields: dict[str, Any] = {}
        for i, slot in enumerate(question.slots):
            choices = question.values.get(slot, ())
            check = partial(_choice, {c.casefold(): c for c in choices}) if choices else plain
            shape: Any = {"enum": [*choices, UNSEEN]} if choices else None
            kind = Annotated[str, BeforeValidator(check)]
            # Numbered names with the slot as alias: a slot may be called anything, "copy" too.
            fields[f"slot{i}"] = (kind, Field(alias=slot, json_schema_extra=shape))
        self._model: type[BaseModel] = create_model("Answer", **fields)

    @property
    def schema(self) -> str:
        """The JSON schema, as short as it can be said."""
        whole = self._model.model_json_schema(by_alias=True)
        kept = {
            name: {"enum": facts["enum"]} if "enum" in facts else {"type": "string"}
            for name, facts in whole.get("properties", {}).items()
        }
        return json.dumps({"type": "object", "properties": kept, "required": list(kept)}, ensure_ascii=False)

    def read(self, reply: Reply) -> tuple[list[Slot], str]:
        """The slots that are visible, each with the model's confidence, and what was wrong ("" if nothing).

        Of an answer that is wrong in part the other slots are given.
        """
        found = dict(objects(reply.text))
        if not found:
            return [], "it is no JSON object"
        start, said = max(found.items(), key=lambda item: len(set(item[1]) & set(self.slots)))
        problems: dict[str, str] = {}
        try:
            values = self._model.model_validate(said).model_dump(by_alias=True)
        except ValidationError as error:
            problems = {str(e["loc"][0]): _told(e["msg"]) for e in error.errors(include_url=False)}
            values = {}
            for i, slot in enumerate(self.slots):
                if slot not in problems:
                    kind = self._model.model_fields[f"slot{i}"].metadata[0].func
                    values[slot] = kind(said[slot])
        slots = [
            Slot(slot, values[slot], _sure(reply, start, slot, said[slot]))
            for slot in self.slots
            if values.get(slot, UNSEEN) != UNSEEN
        ]
        problem = "; ".join(f"{json.dumps(slot, ensure_ascii=False)} {why}" for slot, why in problems.items())
        return slots, problem


def objects(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The JSON objects in a text and where they begin; prose, fences and thoughts around them are passed over."""
    text = _THOUGHT.sub(lambda match: " " * len(match.group()), text)
    decoder, position = json.JSONDecoder(), text.find("{")
    while position >= 0:
        try:
            value, end = decoder.raw_decode(text, position)
            yield position, value
        except (ValueError, RecursionError):
            end = position + 1
        position = text.find("{", end)


def _sure(reply: Reply, start: int, slot: str, value: object) -> float:
    """The model's confidence in the tokens of one value."""
    key = re.compile(r'"\s*:\s*"?'.join((re.escape(slot), "")))
    if match := key.search(reply.text, start):
        length = len(json.dumps(value, ensure_ascii=False).strip('"')) or 1
        return reply.confidence(match.end(), match.end() + length)
    return reply.confidence(start, len(reply.text))


def _told(message: str) -> str:
    told = message.removeprefix("Value error, ")
    return "is missing" if told == "Field required" else told
