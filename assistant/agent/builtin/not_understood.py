"""Answers what the built-in grammar did not understand."""

import re

from assistant.agent.builtin.lexicon import ATTRIBUTES
from assistant.agent.builtin.nearest import either, nearest, one_of, usual
from assistant.agent.calls import Reply
from assistant.agent.sentence_files import ENGLISH, sentence_data
from assistant.agent.tools.base import DialogueContext
from tools.fuse.registry import METHODS

_METHOD = re.compile(
    r"(?:use|run|apply|try|take|switch to|with|using) (?:the |an? )?"
    r"(?!(?:it|that|this|them|these|those|all|both|my|your|our|less|more|other|first|second|last|next|some|any|no)\b)"
    r"(?P<name>[\w-]+(?: [\w-]+)?)"
    r"(?: (?:instead|now|this time|here))?$"
    r"|(?:the |an? )?(?P<named>[\w-]+(?: [\w-]+)?) (?:clustering|method|algorithm)(?: (?:instead|now))?$",
    re.IGNORECASE,
)
"""Matches what asks for a method, where nothing else was made of it: "use k-medoids"."""


def not_understood(text: str, dialogue: DialogueContext) -> Reply:
    """Return the answer to a text of which nothing was understood: what can be done here that comes nearest to it."""
    found = nearest(text, dialogue)
    examples = (*found, "help") if found else usual(dialogue)
    words = text.lower().split()
    if words and words[-1] in ATTRIBUTES and len(words) <= 2 and words[0] not in ("only", "be"):
        examples = (f"group by {text}", *usual(dialogue))
    shown = text if len(text) <= 80 else text[:80] + "..."
    if method := _METHOD.match(text):
        known = ", ".join(METHODS)
        return Reply(f'I know no method "{method["name"] or method["named"]}". There are {known}.', lost=True)
    what = f'I do not understand "{shown}".' if shown else "There was nothing in that for me."
    lead = "Nearest I can do:" if found and examples[0] == found[0] else "You could say"
    return Reply(f"{what} {lead} {one_of(examples)}", examples, lost=True)


def other_language(dialogue: DialogueContext) -> Reply:
    """Return the answer to a text in another language than English: what can be said here."""
    examples = usual(dialogue)
    return Reply(
        "That looks like another language than English, and I do not understand it: of German, French, Spanish and "
        f"Chinese I know everyday sentences, of others none. Nothing was done. Try {either(examples)}.",
        examples,
        lost=True,
    )


def topic_of(text: str) -> str:
    """Return the topic of the help that a question is about, by the first word that tells it; "" where none does."""
    words = re.findall(r"[a-z]+", text.lower())
    topics: dict[str, str] = sentence_data(ENGLISH, "help")["topics"]
    return next((topic for topic, told_by in topics.items() if set(told_by.split()) & set(words)), "")
