"""Make docs/TRANSCRIPT.md: `python -m tests.docs.transcript [--gguf DIR]`.

On the drawn demo each of the six tools that are the papers' work is asked for by a sentence: of the built-in brain, of
a scripted model behind OpenAI's protocol on this machine, and, where DIR has a GGUF file, of that local model. That
one is asked in words that the grammar does not know, since what it knows never reaches the model. Without DIR what the
page has of it stays, and the page says that it is older.
"""

import argparse
import asyncio
import csv
import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from assistant.agent.events import ApprovalRequested, MessageText, ToolEnded, ToolStarted
from assistant.chat.session import Session
from assistant.demo.play import prepare
from assistant.desk import Desk
from assistant.plain.approval_lines import approval_lines
from assistant.settings import Settings
from tests.docs.local_brain import ROWS
from tests.docs.tables import marked, tool_table
from tests.scripted_server import scripted, tool_call

PAGE = Path(__file__).parents[2] / "docs" / "TRANSCRIPT.md"
SENTENCES = (
    ("describe the pictures", "describe_images", {}),
    ("what could I group these by?", "propose_criteria", {}),
    ("build the graph by emotion", "build_graph", {"criterion": "emotion"}),
    ("walk the graph by emotion", "traverse", {"criterion": "emotion"}),
    ("tune the features to the words", "tune_embedding", {"teacher": "words"}),
    ("fuse pictures and words by emotion", "fuse", {"criterion": "emotion"}),
)
"""What is said, the tool that it is meant for, and the arguments of the scripted model's call."""
IN_OTHER_WORDS = (
    "please write captions, a description of the contents of every shot",
    "got a proposal how this heap falls apart",
    "please connect alike pictures by emotion in a network and draw it",
    "please let walkers roam the network by emotion and collect groups",
    "please tune features thoroughly with the seen words as the teacher",
    "please run a fusion that takes looks and captions together by emotion",
)
"""The same for a local model: the grammar understands none of it."""
ACCEPTED = "only emotion"
"""What is said to the proposed criteria."""
OFFERED = "Say yes"
"""What stands in the offer of a call that leaves out words of a sentence; it is taken with "yes"."""
MOST_LINES = 14
"""The most lines of one answer that the page shows."""
HEAD = """# The tools of the papers, in a conversation

Made by `python -m tests.docs.transcript` on the drawn demo (120 portraits, two broken files), with the bundled models
alone. The local model is asked in words that the grammar does not know, since only those reach it; its calls are its
own, but three of its sentences were reworded after a first run in which it took the right tool for 3 of 6: its column
shows that it can be done, and is no measurement. That is [below](#a-local-model-measured). `>` is what the person says;
`[tool]` is a call, as the terminal app shows it, and below it is its answer. Longer answers are cut.

"""
OLDER = """The part of the local model is older than the other two: what is said of pictures and groups may differ.

"""
"""What is said of a local model's part that was kept."""
MEASURED = """
## A local model, measured

{asked} sentences that were written before the first run, four for each tool, and not reworded since: some are of words
that the grammar knows, some are not. Each is said in a conversation of its own on the demo grouped by emotion
(`python -m tests.docs.local_brain DIR`), to {model} alone, without the grammar in front of it. It calls the tool that
is meant for **{alone} of {asked}**. In use the grammar goes first and the model gets what it does not understand:
together they call the right tool first for **{both} of {asked}**; of the {lost} sentences that reach the model, it is
right about {of_lost}. What it would have changed was offered ("Shall I ...?") rather than done for {offered} more.
Since then describing, fusing and tuning are offered for more words, and told better: that was not measured.

"""
"""The words above the measured sentences."""


def reply(body: dict[str, Any]) -> dict[str, Any]:
    """What the scripted model says: the call that a sentence is meant for, and one line when that is done."""
    last = body["messages"][-1]
    if last["role"] != "user":
        return {"content": "That is done."}
    if "criteria" in last["content"] and "Answer with one JSON object" in last["content"]:
        return {"content": json.dumps({"criteria": ["emotion", "hair colour"]})}  # it thinks, without tools
    meant = {sentence: (tool, arguments) for sentence, tool, arguments in SENTENCES}
    tool, arguments = meant[last["content"]]
    return tool_call(tool, **arguments)


async def conversation(
    pictures: Path, model: str, sentences: tuple[str, ...], **more: Any
) -> tuple[list[str], list[str]]:
    """The conversation in lines, and the tool that each sentence called first ("" for none)."""
    lines, first = [], []
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(workspace=Path(folder), tier="bundled", offline=True, model=model, **more)
        with Desk.open(pictures, settings) as desk:
            async with Session.open(desk) as session:
                for sentence in sentences:
                    called: list[str] = []
                    queue = [sentence]
                    while queue:
                        said = queue.pop(0)
                        lines += ["", f"> {said}"]
                        results: list[str] = []
                        async for event in session.say(said):
                            if isinstance(event, ToolStarted):
                                called.append(event.name)
                                given = ", ".join(
                                    f"{key}={value!r}" for key, value in event.arguments.items()
                                )
                                lines.append(f"[{event.name}({given})]")
                            elif isinstance(event, ToolEnded):
                                results.append(event.text)
                                lines += cut(event.text)
                            elif isinstance(event, MessageText) and event.done:
                                text = "\n".join(
                                    new for new in event.text.splitlines() if new not in "\n".join(results)
                                )
                                lines += cut(text) if text.strip() else []
                                queue += ["yes"] if OFFERED in text and not called else []
                            elif isinstance(event, ApprovalRequested):
                                lines += cut("\n".join(approval_lines(event.approval)))
                                queue.append(ACCEPTED)
                    first.append(called[0] if called else "")
        own = re.compile(rf"{re.escape(folder)}|(?<=/pictures)-[0-9a-f]{{16,}}")
        return [own.sub(lambda found: "WORKSPACE" if "/" in found[0] else "", line) for line in lines], first


def cut(text: str) -> list[str]:
    """The lines of a text, at most `MOST_LINES` of them."""
    lines = text.splitlines()
    return (
        lines
        if len(lines) <= MOST_LINES
        else [*lines[: MOST_LINES - 1], f"(and {len(lines) - MOST_LINES + 1} more lines)"]
    )


@contextmanager
def brains(gguf: Path | None) -> Iterator[list[tuple[str, str, tuple[str, ...], dict[str, Any]]]]:
    """The brains, each with its title, its name as a setting, what is said to it, and further settings."""
    sentences = tuple(sentence for sentence, _, _ in SENTENCES)
    with scripted(reply) as server:
        hosted = f"{server.url}#scripted"
        found = [
            ("The built-in brain", "builtin", sentences, {}),
            ("A hosted model, scripted", hosted, sentences, {}),
        ]
        if gguf is not None:
            found.append((f"A local model: {gguf.stem}", "local", IN_OTHER_WORDS, {"gguf": gguf}))
        yield found


def main() -> None:
    """Hold the conversations, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gguf", type=Path, help="a folder with a GGUF file, whose model is asked as well")
    parser.add_argument("--demo", type=Path, help="a folder for the drawn portraits, kept for the next time")
    given = parser.parse_args()
    file = next(iter(sorted(given.gguf.glob("*.gguf"))), None) if given.gguf else None
    with tempfile.TemporaryDirectory() as scratch:
        pictures = prepare(given.demo or Path(scratch) / "demo", lambda *progress: None)
        parts, rows = [], {tool: [] for _, tool, _ in SENTENCES}
        with brains(file) as all_brains:
            for title, model, sentences, more in all_brains:
                lines, first = asyncio.run(conversation(pictures, model, sentences, **more))
                parts.append(f"## {title}\n\n```text{chr(10).join(lines)}\n```\n")
                for (_, tool, _), called in zip(SENTENCES, first, strict=True):
                    rows[tool].append("yes" if called == tool else f"no: {called or 'nothing'}")
            titles = [title for title, _, _, _ in all_brains]
    if (older := kept(PAGE.read_text("utf-8"))) and file is None:
        title, part, called = older
        titles.append(title)
        parts.append(part)
        for tool, found in called.items():
            rows[tool].append(found)
    head = HEAD + (OLDER if file is None and older else "")
    PAGE.write_text(
        head + summary(titles, rows) + "\n".join(parts) + measured() + effects(), encoding="utf-8"
    )


def kept(page: str) -> tuple[str, str, dict[str, str]] | None:
    """The title, the part and the column of a local model on a page; None where it has none."""
    if (part := re.search(r"^## (A local model: .+)\n(?s:.+?)\n```\n", page, re.MULTILINE)) is None:
        return None
    title, table = part[1], page[: part.start()].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table if line.startswith("| ")]
    place = cells[0].index(title)
    return title, part[0], {row[0].strip("`"): row[place] for row in cells[1:]}


def summary(titles: list[str], rows: dict[str, list[str]]) -> str:
    """Which tool was called first by which brain, as a table."""
    table = [f"| tool | {' | '.join(titles)} |", f"|---{'|---' * len(titles)}|"]
    table += [f"| `{tool}` | {' | '.join(called)} |" for tool, called in rows.items()]
    return "Whether each sentence first called the tool that it is meant for:\n\n" + "\n".join(table) + "\n\n"


def measured() -> str:
    """What `python -m tests.docs.local_brain` measured: each sentence with what the model and the grammar called."""
    with ROWS.open(newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    alone = [row["model_called"] == row["meant"] for row in found]
    both = [(row["grammar_called"] or row["model_called"]) == row["meant"] for row in found]
    lost = [right for row, right in zip(found, alone, strict=True) if not row["grammar_called"]]
    text = MEASURED.format(
        model=found[0]["model"],
        asked=len(found),
        alone=sum(alone),
        both=sum(both),
        lost=len(lost),
        of_lost=sum(lost),
        offered=sum(row["model_called"].startswith("said: Shall I") for row in found),
    )
    table = ["| said | meant | the model, alone | the grammar |", "|---|---|---|---|"]
    for row in found:
        called = "yes" if row["model_called"] == row["meant"] else row["model_called"].replace("|", "/")
        known = "yes" if row["grammar_called"] == row["meant"] else row["grammar_called"] or "not known"
        table.append(f"| {row['sentence']} | `{row['meant']}` | {called} | {known} |")
    return text + "\n".join(table) + "\n"


def effects() -> str:
    """The list of all tools with their effects."""
    begin, end = marked("tools")
    table = f"{begin}\n\n{tool_table().strip()}\n\n{end}"
    return f"\n## All tools and what they may change\n\n{table}\n\n\\* It depends on the case.\n"


if __name__ == "__main__":
    main()
