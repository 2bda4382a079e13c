"""Write the tables of the pages in docs/ that are made from the code: `python -m tests.docs.tables`.

Each stands between two marks: what can be said and what it may change, from the table of intents; what can be typed
after a "/", from the registry of commands.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Reply
from assistant.agent.intents import SECTIONS, Intent, intents
from assistant.agent.tools.base import DialogueContext, Effect, Tool
from assistant.text.commands import slash_table

DOCS = Path(__file__).parents[2] / "docs"
PAGES = (DOCS / "USING.md", DOCS / "TRANSCRIPT.md")
HERE = DialogueContext(("emotion", "hair colour"), ("happy", "sad", "angry", "surprised"), informed=True)
"""What is grouped while the sentences of the pages are said."""
EFFECTS = {Effect.READ: "nothing", Effect.EDIT: "groups", Effect.FILES: "files"}
"""What a tool of each effect may change, in the words of the page."""
OTHERWISE = ("or: ", "and later: ")
"""What stands before a second sentence in what the help says of the first."""


def tool_table() -> str:
    """A row for each tool that sentences call, in the order of the help."""
    said = sentences()
    lines = ["| you say | may change | tool |", "|---|---|---|"]
    for section in SECTIONS:
        for intent in intents():
            if intent.section == section and said[intent.name]:
                effect = EFFECTS[intent.effect] + ("*" if depends(intent) else "")
                lines.append(f"| {' · '.join(said[intent.name])} | {effect} | `{intent.name}` |")
    return "\n".join(lines)


def sentences() -> dict[str, list[str]]:
    """For each tool the sentences of the help that call it."""
    said: dict[str, list[str]] = {intent.name: [] for intent in intents()}
    for sentence in help_sentences():
        understood = parse(sentence, HERE)
        if not isinstance(understood, Reply):
            said[understood[0].tool].append(sentence)
    return said


def help_sentences() -> Iterator[str]:
    """Every sentence that the help shows."""
    for intent in intents():
        for say, does in intent.help:
            yield from say.split(" / ")
            yield from (does.removeprefix(start) for start in OTHERWISE if does.startswith(start))


def depends(intent: Intent) -> bool:
    """Whether the effect of a tool depends on the call."""
    return type(intent.tool).effect_of is not Tool.effect_of


TABLES: dict[str, Callable[[], str]] = {"tools": tool_table, "commands": slash_table}
"""Each table by the name that its marks bear."""


def marked(name: str) -> tuple[str, str]:
    """The marks between which a table stands."""
    return f"<!-- {name}: made by python -m tests.docs.tables -->", f"<!-- end of {name} -->"


def made_anew(page: Path) -> str:
    """The text of a page with its tables made anew."""
    text = page.read_text("utf-8")
    for name, table in TABLES.items():
        begin, end = marked(name)
        before, found, rest = text.partition(begin)
        if found:
            text = f"{before}{begin}\n\n{table().strip()}\n\n{end}{rest.partition(end)[2]}"
    return text


if __name__ == "__main__":
    for each in PAGES:
        each.write_text(made_anew(each), "utf-8")
        print(f"docs/{each.name}")
