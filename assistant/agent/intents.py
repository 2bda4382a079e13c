"""Makes the table of intents: each tool with its effect, the sentences that ask for it, its examples and its help.

An intent is declared once: the tool in `assistant/agent/tools/NAME.py`, its sentences in
`assistant/agent/sentences/LANGUAGE/NAME.yaml`. The built-in brain's grammar, the menu and the prompt of the small
local model, the help text and the table in the documentation are all made from this table.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from assistant.agent.sentence_files import ENGLISH, files_of_tools, sentence_data
from assistant.agent.tools.base import Effect, Tool
from assistant.agent.tools.registry import tools

SECTIONS = {
    "group": "Grouping", "look": "Looking", "correct": "Correcting", "teach": "Teaching", "compare": "Comparing",
    "back": "Going back", "files": "Folders", "else": "Anything else",
}  # fmt: skip
"""The sections of the help in their order, each with its heading."""
LAST = 99
"""The rank of an intent that names none."""


@dataclass(frozen=True, slots=True)
class Wording:
    """Holds templates of one intent that mean the same.

    Attributes:
        templates: Sentences with slots, in the syntax of hassil; "^" and "$" tie a template that may match anywhere
            to the beginning and the end.
        form: The kind of the tool's sentences that these are; "" for the usual one.
        arguments: The values that these sentences stand for, besides their slots.
        mentions: For templates that may match anywhere, what the rest of the sentence must mention.
        unless: The words of which none may be in the sentence.
    """

    templates: tuple[str, ...]
    form: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    mentions: str = ""
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asks:
    """Holds the question about a missing part of a sentence, a hint, and the sentence that the reply completes."""

    question: str
    hint: str
    then: str
    templates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """Shows a sentence and its arguments, where `now` is grouped; "" carries on from the example before."""

    say: str
    arguments: dict[str, Any]
    now: str = ""


@dataclass(frozen=True, slots=True)
class Intent:
    """Describes one thing that a person can ask for.

    Attributes:
        tool: The tool that carries it out.
        rank: Its place within the section, the lowest first.
        section: Its section of the help, a key of `SECTIONS`.
        help: Sentences for the help, each with its explanation.
        brief: The line about the tool in the prompt of a small model; "" keeps the tool from it.
        keywords: A small model is offered the tool only where a word of the request begins with one of these; empty
            where it is always offered.
        sentences: Templates of whole sentences.
        anywhere: Templates of a few words that suffice anywhere in a sentence, given what else it mentions.
        asks: The questions about missing parts.
        examples: Examples for the prompt of a small model and for the tests.
    """

    tool: Tool[Any]
    section: str
    rank: int
    help: tuple[tuple[str, str], ...]
    brief: str
    keywords: tuple[str, ...]
    sentences: tuple[Wording, ...]
    anywhere: tuple[Wording, ...]
    asks: Asks | None
    examples: tuple[Example, ...]

    @property
    def name(self) -> str:
        """Return the name of the tool."""
        return self.tool.name

    @property
    def effect(self) -> Effect:
        """Return the effect of the tool, where that does not depend on the call."""
        return self.tool.effect


@cache
def intents(language: str = ENGLISH) -> tuple[Intent, ...]:
    """Return the whole table, in the order of the tools' names.

    Raises:
        LookupError: A file of sentences belongs to no tool.
    """
    tools_by_name = tools()
    written = {name: sentence_data(language, name) for name in files_of_tools(language)}
    if strangers := written.keys() - tools_by_name.keys():
        raise LookupError(f"there are sentences for no tool: {', '.join(sorted(strangers))}")
    return tuple(_intent(tool, written.get(name, {})) for name, tool in tools_by_name.items())


def _intent(tool: Tool[Any], written: dict[str, Any]) -> Intent:
    asks = written.get("asks")
    return Intent(
        tool=tool,
        section=written.get("section", "else"),
        rank=written.get("rank", LAST),
        help=tuple((say, does) for say, does in written.get("help", ())),
        brief=written.get("brief", ""),
        keywords=tuple(written.get("keywords", "").split()),
        sentences=tuple(wordings(written.get("sentences", ()))),
        anywhere=tuple(wordings(written.get("anywhere", ()))),
        asks=asks and Asks(asks["question"], asks["hint"], asks.get("then", ""), tuple(asks["say"])),
        examples=tuple(Example(*example) for example in written.get("examples", ())),
    )


def wordings(written: list[Any]) -> Iterator[Wording]:
    """Yield the wordings in a file: a plain template has the usual meaning, a mapping states its own."""
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
