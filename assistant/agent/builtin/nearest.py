"""Finds what can be done here that comes nearest to a sentence that was not understood."""

import re
from functools import cache

import numpy as np
from numpy.typing import NDArray

from assistant.agent.intents import Intent, intents
from assistant.agent.tools.base import DialogueContext

MOST = 2
"""The most sentences that are offered."""
_NEAR = 0.24
"""The least cosine between a sentence and what a tool does, in the words of its help. Nonsense and requests for what
no tool does reach .22; "how far back can I go" comes to the history with .39."""
_LOOK = "show"
"""The sentence that shows all groups."""


def nearest(text: str, dialogue: DialogueContext) -> tuple[str, ...]:
    """Return up to `MOST` sentences that can be said here, the nearest in meaning first, with the names of groups and
    criteria that there are; none where nothing is near."""
    words = re.sub(r"[^\w\s']", " ", text).strip()
    if not words:
        return ()
    from tools.models.bundled.text_encoder import WordLlamaEncoder

    told, vectors = _told()
    likeness = vectors @ WordLlamaEncoder().encode([words])[0]
    found: list[str] = []
    for place in np.argsort(-likeness, kind="stable").tolist():
        if likeness[place] < _NEAR or len(found) == MOST:
            break
        sentence = _here(told[place], dialogue)
        if sentence and sentence not in found:
            found.append(sentence)
    return tuple(found)


def usual(dialogue: DialogueContext) -> tuple[str, ...]:
    """Return what can be said in any case, as things stand."""
    by = f"group by {next_criterion(dialogue)}"
    return (_LOOK, by, "help") if dialogue.names else (by, "what could I group by?", "help")


def next_criterion(dialogue: DialogueContext) -> str:
    """Return a criterion that tells these pictures apart and by which they are not grouped yet."""
    made = {criterion.casefold() for criterion in dialogue.criteria}
    return next(
        (criterion for criterion in dialogue.sees if criterion.casefold() not in made), dialogue.sees[0]
    )


def either(examples: tuple[str, ...]) -> str:
    """Return the examples in a sentence: "a", "b" or "c", each in quotes."""
    *most, final = (f'"{example}"' for example in examples)
    return ", ".join(most) + f" or {final}"


def one_of(examples: tuple[str, ...]) -> str:
    """Return the examples as a question, each with the number by which it is chosen: 1 "a", 2 "b" or 3 "c"?"""
    *most, final = (f'{number} "{example}"' for number, example in enumerate(examples, 1))
    if not most:
        return f"{final}? Say 1."
    return f"{', '.join(most)} or {final}? Say a number."


@cache
def _told() -> tuple[tuple[Intent, ...], NDArray[np.float32]]:
    """Return the tools whose help has a sentence, and a text vector of that sentence with what it does, (m, 256)."""
    from tools.models.bundled.text_encoder import WordLlamaEncoder

    told = tuple(intent for intent in intents() if intent.help and intent.name != "help")
    texts = [f"{intent.help[0][0]} {intent.help[0][1]} {intent.brief}" for intent in told]
    return told, WordLlamaEncoder().encode(texts)


def _here(intent: Intent, dialogue: DialogueContext) -> str:
    """Return the sentence of a tool's help about groups that there are; "" where there are too few."""
    if intent.name == "sort_into":
        return ""  # its example is about things that need not be here
    sentence = intent.help[0][0].split(" / ")[0].removesuffix(" as joyful")
    if intent.tool.needs_groups and not dialogue.names:
        return ""
    groups = dialogue.names[: dialogue.current or None]
    stand_in = {"happy": (groups, 0), "glad": (groups, 1), "sad": (groups, 1), "angry": (groups, -1)}
    stand_in |= {"emotion": (dialogue.criteria or dialogue.sees, 0), "hair colour": (dialogue.criteria, 1)}
    for word, (names, place) in stand_in.items():
        if not re.search(rf"\b{word}\b", sentence):
            continue
        if not -len(names) <= place < len(names):
            return ""
        name = names[place]
        if not re.fullmatch(r"[\w-]+(?: [\w-]+){0,3}", name):
            if names is dialogue.criteria:
                return ""  # a criterion has no number by which it could be said
            name = str(place % len(names) + 1)
        sentence = re.sub(rf"\b{word}\b", name, sentence)
    return sentence
