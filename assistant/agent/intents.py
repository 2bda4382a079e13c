"""The table of intents: each tool with its effect, the sentences that ask for it, its examples and its help.

It is declared once: the tool in `assistant/agent/tools/NAME.py`, its sentences in
`assistant/agent/sentences/LANGUAGE/NAME.yaml`. The built-in brain's grammar, the gates and the prompt of the small
local model, the help text and the table in the documentation are all made from it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import yaml

from assistant.agent.tools.base import Effect, Tool
from assistant.agent.tools.registry import tools

ENGLISH = "en"
SECTIONS = {
    "group": "Grouping", "look": "Looking", "correct": "Correcting", "teach": "Teaching", "compare": "Comparing",
    "back": "Going back", "files": "Folders", "else": "Anything else",
}  # fmt: skip
"""Parts of the help, in their order, with their headings."""


@dataclass(frozen=True, slots=True)
class Wording:
    """Some templates of one intent, and what they mean.

    Attributes:
        templates: Sentences with slots, as hassil reads them; "^" and "$" tie one that is looked for anywhere.
        form: Which kind of the tool's sentences they are; "" for the usual one.
        arguments: Values that these sentences stand for, besides their slots.
        mentions: For those that are looked for anywhere: what the rest of the sentence must mention.
        unless: Words of which none may be in the sentence.
    """

    templates: tuple[str, ...]
    form: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    mentions: str = ""
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asks:
    """What is asked where a sentence lacks something: the question, a hint, and the sentence that a reply completes."""

    question: str
    hint: str
    then: str
    templates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence and the arguments that it comes to, where `now` is grouped; "" carries on from the one before."""

    say: str
    arguments: dict[str, Any]
    now: str = ""


@dataclass(frozen=True, slots=True)
class Intent:
    """One thing that a person can ask for.

    Attributes:
        tool: What is called.
        section: Its part of the help; a key of `SECTIONS`.
        help: Sentences to show, each with what comes of it.
        brief: What a small model is told of the tool, one line.
        keywords: Words of which one must begin a word of a request before a small model is offered the tool; none
            where it always is.
        sentences: Templates of whole sentences.
        anywhere: Templates of a few words that are enough, because what is mentioned narrows what can be meant.
        asks: What is asked where something is missing.
        examples: For the prompt of a small model, and for the tests.
    """

    tool: Tool[Any]
    section: str
    help: tuple[tuple[str, str], ...]
    brief: str
    keywords: tuple[str, ...]
    sentences: tuple[Wording, ...]
    anywhere: tuple[Wording, ...]
    asks: Asks | None
    examples: tuple[Example, ...]

    @property
    def name(self) -> str:
        """The name of the tool."""
        return self.tool.name

    @property
    def effect(self) -> Effect:
        """What the tool does, where that does not depend on the call."""
        return self.tool.effect


@cache
def intents(language: str = ENGLISH) -> tuple[Intent, ...]:
    """The whole table, by the names of the tools.

    Raises:
        LookupError: A file of sentences belongs to no tool.
    """
    known = tools()
    written = {name: data(language, name) for name in _names(language)}
    if strangers := written.keys() - known.keys():
        raise LookupError(f"there are sentences for no tool: {', '.join(sorted(strangers))}")
    return tuple(_intent(tool, written.get(name, {})) for name, tool in known.items())


def data(language: str, name: str) -> Any:
    """One file of sentences as it is written."""
    return yaml.safe_load(_folder(language).joinpath(f"{name}.yaml").read_text("utf-8"))


def _folder(language: str) -> Any:
    return resources.files("assistant.agent").joinpath("sentences", language)


def _names(language: str) -> Iterator[str]:
    """Files that belong to a tool; those that begin with an underscore are shared."""
    names = (file.name for file in _folder(language).iterdir())
    return (name.removesuffix(".yaml") for name in names if name.endswith(".yaml") and name[0] != "_")


def _intent(tool: Tool[Any], written: dict[str, Any]) -> Intent:
    asks = written.get("asks")
    return Intent(
        tool=tool,
        section=written.get("section", "else"),
        help=tuple((say, does) for say, does in written.get("help", ())),
        brief=written.get("brief", ""),
        keywords=tuple(written.get("keywords", "").split()),
        sentences=tuple(wordings(written.get("sentences", ()))),
        anywhere=tuple(wordings(written.get("anywhere", ()))),
        asks=asks and Asks(asks["question"], asks["hint"], asks.get("then", ""), tuple(asks["say"])),
        examples=tuple(Example(*example) for example in written.get("examples", ())),
    )


def wordings(written: list[Any]) -> Iterator[Wording]:
    """Templates as they are written: those that stand alone mean the usual thing, a mapping says what they mean."""
    if alone := tuple(entry for entry in written if isinstance(entry, str)):
        yield Wording(alone)
    for entry in written:
        if not isinstance(entry, str):
            unless = tuple(entry.get("unless", ()))
            yield Wording(
                tuple(entry["say"]),
                entry.get("form", ""),
                entry.get("arguments", {}),
                entry.get("mentions", ""),
                unless,
            )
