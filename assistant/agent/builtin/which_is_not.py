"""Asks which picture is meant where somebody says what "that" is not, and nothing tells which one "that" is."""

import re

from assistant.agent.builtin.lexicon import images
from assistant.agent.builtin.slots import READERS
from assistant.agent.builtin.values_listed import named_value
from assistant.agent.calls import Reply
from assistant.agent.tools.base import DialogueContext
from tools.names import quoted

_ASKS = "Which picture is not"
"""The beginning of the question, by which the reply to it is known."""
_SAID = re.compile(r"(?P<article>(?:an? )?)(?P<name>.+)", re.IGNORECASE)
_REMARK = re.compile(
    r"(?:[\w-]+ )*(?:problem|question|joke|idea|bug|option|choice|reason|lot|bit|mistake|solution|surprise|shame|must"
    r"|good|bad|fan|group|pile|folder|match)",
    re.IGNORECASE,
)
"""Matches what is said of what was done, and of no picture: "that's not a good idea"."""
_COMPARED = re.compile(
    r"\b(?:same|one|alike|similar|identical|equal|related|linked|duplicates?|copy|copies|pair)\b",
    re.IGNORECASE,
)
"""Matches what tells pictures from one another: "#5 and #6 aren't the same person"."""


def which_is_not(said: str, dialogue: DialogueContext) -> Reply | None:
    """Return the question which picture is not what was said, such as "a bag" or "happy"; None where one picture was
    spoken of, or where the words are more likely a remark."""
    match = _SAID.fullmatch(said)
    if match is None or not dialogue.names or len(dialogue.images) == 1:
        return None
    article, name = match.groups()
    known = dialogue.has(name)
    if not known and not (article and is_thing(name) and not _REMARK.fullmatch(name)):
        return None
    what = f"in {quoted(dialogue.named(name))}" if known else f"{article}{quoted(name)}"
    return Reply(f'{_ASKS} {what}? Say its number, such as "#4".', asks=True)


def statement_completed(question: str, reply: str) -> str:
    """Return the statement that a picture completes after that question, "#4 is not a bag"; "" after any other, and
    where the reply says more."""
    asked = re.match(rf"{_ASKS} (?P<what>.+)\? Say its number", question)
    return f"{reply} is not {asked['what']}" if asked and isinstance(images(reply), list) else ""


def is_thing(name: str) -> bool:
    """Return whether words say what a picture shows, and are no opinion: "shoe", but not "right" or "any good"."""
    words = all(READERS["word"](word) for word in name.split())
    return words and named_value(name) is not None and not _COMPARED.search(name)
