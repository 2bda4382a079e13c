"""Answers in words the sentences for which there is no tool: greetings, complaints, what is never done.

The sentences and their answers are data, `_replies.yaml`."""

import re
from functools import cache
from typing import Any

from assistant.agent.builtin.nearest import either, next_criterion, one_of, usual
from assistant.agent.builtin.slots import read
from assistant.agent.builtin.templates import Match
from assistant.agent.calls import Reply
from assistant.agent.sentence_files import ENGLISH, sentence_data
from assistant.agent.tools.base import DialogueContext
from tools.names import visible
from tools.singular import in_singular


def reply_in_words(number: int, match: Match, dialogue: DialogueContext) -> Reply | None:
    """Return the answer in words to a sentence for which there is no tool; None where a slot does not hold what it
    should."""
    written = data_of_replies()[number]
    values = read(match.slots)
    if values is None or dialogue.has(written.get("unless_group", "")):
        return None
    if written.get("searches"):
        by = f"group by {match.slots['by']}"
        return Reply(
            f'I sort pictures rather than search among them: say "{by}", then look into a group.',
            (by,),
            asks=True,
        )
    if written.get("refuses"):
        return Reply(
            f'{written["reply"]} I did nothing about "{match.text}". Try {either(usual(dialogue))}.',
            usual(dialogue),
        )
    if "choices" in written:
        return _with_choices(written, values, dialogue)
    return Reply(written["reply"], courtesy=bool(written.get("courtesy")), undone=bool(written.get("undone")))


def _with_choices(written: dict[str, Any], values: dict[str, Any], dialogue: DialogueContext) -> Reply | None:
    """Return a reply that ends in what can be said next; None where it is about a group that is not here."""
    about = values.get("group")
    if _PLACED.fullmatch(str(values.get("word", ""))):
        return None  # "the two biggest groups"
    if any(
        dialogue.has(str(values[slot])) for slot in ("value", "first_value", "second_value") if slot in values
    ):
        return None
    if (about is not None and not dialogue.has(about)) or (not dialogue.names and "fresh" not in written):
        return None
    if written.get("groups", 0) > dialogue.current:
        return None
    about = next((n for n in dialogue.names if in_singular(n) == in_singular(str(about))), about)
    here = written["choices"] if dialogue.names else written["fresh"]
    last = dialogue.names[dialogue.current - 1] if dialogue.current else ""
    named = {"group": about, "by": next_criterion(dialogue), "last": last, **values, **_first_two(dialogue)}
    examples = tuple(choice.format(**named) for choice in here)
    return Reply(f"{written['reply']} {one_of(examples)}", examples)


_PLACED = re.compile(r"\w+est|first|last|other|new|same|main|next|remaining", re.IGNORECASE)
"""Matches a word before "groups" that tells which by their size or place, rather than what is in them."""


def _first_two(dialogue: DialogueContext) -> dict[str, str]:
    """Return the names of the first groups that are shown, as far as there are any."""
    here = dialogue.names[: dialogue.current]
    return dict(zip(("one", "two"), here, strict=False))


@cache
def data_of_replies() -> list[dict[str, Any]]:
    """Return the sentences that are answered in words, and their answers: see `_replies.yaml`."""
    replies: list[dict[str, Any]] = sentence_data(ENGLISH, "_replies")
    return replies


def single_images(folder: str) -> Reply:
    """Return what is said where single images are to be written into a folder."""
    return Reply(
        'Groups are exported, not single images. Name the group, as in "export group 3 to '
        f'{visible(folder)}", or put them into a new group first, as in "move #3 and #4 to a new group called chosen".',
        asks=True,
    )
