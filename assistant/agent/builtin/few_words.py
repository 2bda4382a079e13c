"""Reads a sentence by a few of its words, where what it mentions narrows what can be meant."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from assistant.agent.builtin.entities import GROUP, Mentions, mentions
from assistant.agent.builtin.lexicon import NUMBERS, mode_anywhere
from assistant.agent.builtin.slots import MARKED, read_marked
from assistant.agent.builtin.templates import Templates
from assistant.agent.calls import Understood
from assistant.agent.intents import Intent, Wording, intents
from assistant.agent.sentence_files import ENGLISH, sentence_data
from assistant.agent.tools.base import DialogueContext, Slots

MOST_WORDS = 18
"""The most words of a sentence in which a few of them tell what is meant: a longer one says more than they can."""
OF_A_NUMBER = 8
"""The characters that a number counts for, beside the literal ones, where templates of a few words are compared."""
SURE = 3
"""The worth of an understanding about nothing that there is not."""
NOT_OURS = re.compile(
    r"\b(?:delet\w*|eras\w*|trash|destroy\w*|discard\w*|throw\w*|get rid|wip\w+|e?mail\w*|print\w*|post|upload|rotat\w*"
    r"|crop\w*|resiz\w*|brighten\w*|sharpen\w*|lighter|darker|brighter)\b"
    r"|^(?:please )?(?:do not|don't|dont|never|stop)\b(?!.*\bbut\b)",
    re.IGNORECASE,
)
"""What no tool does: a few words do not speak for a tool beside it."""


@dataclass(frozen=True, slots=True)
class Key:
    """Says what a template stands for: a wording of an intent, what it asks where something is missing, or a reply."""

    intent: Intent | None = None
    wording: Wording | None = None
    reply: int = -1


@dataclass(frozen=True, slots=True)
class Candidate:
    """Holds one way to understand a sentence, and how likely it is meant: the larger `worth`, the likelier."""

    understood: Understood
    worth: tuple[float, ...]


def anywhere(text: str, dialogue: DialogueContext) -> Iterator[Candidate]:
    """Yield how a few words in a text are understood, by what else it mentions."""
    number = re.match(r"(\d+)(?= (?:is|are|isn't|aren't|was|should|looks?|doesn't|belongs?|goes)\b)", text)
    if (
        number
        and int(number[1]) > (dialogue.current or len(dialogue.names)) > 0
        and not dialogue.has(number[1])
    ):
        text = f"#{text}"  # no group has that number
    if len(text.split()) > MOST_WORDS or NOT_OURS.search(text):
        return
    mentioned = mentions(text, dialogue.names)
    yield from _matching(mentioned, _kinds(mentioned), dialogue)
    of_groupings = mentions(text, (), dialogue.criteria)
    if len(of_groupings.groupings) == 2:
        yield from _matching(of_groupings, {"groupings"}, dialogue)


def _matching(mentioned: Mentions, kinds: set[str], dialogue: DialogueContext) -> Iterator[Candidate]:
    """Yield how templates of a few words understand a sentence that mentions something of these kinds."""
    for match in _few_words().matches(mentioned.text):
        key: Key = match.key
        assert key.intent is not None and key.wording is not None
        wording = key.wording
        if wording.mentions not in kinds or _has_any(wording.unless, mentioned.text):
            continue
        values = read_marked(match.slots, mentioned)
        if values is None or (wording.mentions == "grouping" and not _is_grouping(values, dialogue)):
            continue
        if "number_word" in values:
            values["number"] = values.pop("number_word")
        values = _of_mentions(mentioned) | wording.arguments | values
        understood = key.intent.tool.understand(Slots(values, wording.form, dialogue))
        if isinstance(understood, list) or (understood is not None and not understood.asks):
            literal = match.literal + (OF_A_NUMBER if "number" in values else 0)
            yield Candidate(understood, (SURE, literal, len(wording.mentions)))


def _kinds(mentioned: Mentions) -> set[str]:
    """Return what a sentence mentions, in the words of the tables of sentences."""
    groups, images, folders = mentioned.groups, mentioned.images, mentioned.folders
    if folders:
        return {"folder"} if len(folders) == 1 and not images else set()
    if images:
        return (
            {"images"}
            | ({"several images"} if len(images) > 1 else set())
            | ({"images and groups"} if groups else set())
            | ({"images and group"} if len(groups) == 1 else set())
        )
    if len(groups) > 1:
        return {"groups"}
    return {"group"} if groups else {"nothing", "grouping"}


def _of_mentions(mentioned: Mentions) -> dict[str, Any]:
    """Return what a sentence mentions, as slots: a tool takes what it knows."""
    values: dict[str, Any] = {}
    if mentioned.images:
        values |= {"images": mentioned.images, "image": mentioned.images[0]}
    if len(mentioned.groupings) == 2:
        values |= dict(zip(("first", "second"), mentioned.groupings, strict=True))
    if mentioned.folders:
        values |= {"mode": mode_anywhere(mentioned.text)}
    if mentioned.groups:
        values |= {"groups": mentioned.of("".join(re.findall(GROUP, mentioned.text)))}
        if len(mentioned.groups) == 1:
            values |= {"group": mentioned.groups[0], "cluster": mentioned.groups[0]}
    return values


def _has_any(words: tuple[str, ...], text: str) -> bool:
    return any(re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE) for word in words)


def _is_grouping(values: dict[str, Any], dialogue: DialogueContext) -> bool:
    criteria = {criterion.casefold() for criterion in dialogue.criteria}
    return str(values.get("clustering", "")).casefold() in criteria


@cache
def _few_words() -> Templates:
    """Return the templates of a few words, with room for others before and after them."""
    table = [(Key(i, w), tuple(_roomy(t) for t in w.templates)) for i in intents() for w in i.anywhere]
    return Templates(
        table, sentence_data(ENGLISH, "_common")["rules"], {"number_word": tuple(NUMBERS), **MARKED}
    )


def _roomy(template: str) -> str:
    start = template.removeprefix("^") if template.startswith("^") else f"[{{before}} ]{template}"
    return start.removesuffix("$") if start.endswith("$") else f"{start}[ {{after}}]"
