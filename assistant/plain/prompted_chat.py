"""Holds the part of a conversation that a command gives in full, for scripts and other programs.

Each sentence is said as if it had been typed, one after another, and the answers are printed. Nothing is approved but
by a sentence of its own: an export shows its plan, and "yes" has to follow it.
"""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from assistant.chat.at_names import spelled_out
from assistant.chat.conversations import Conversations
from assistant.plain.approval_lines import approval_lines
from assistant.text.clustering_document import cluster_documents, file_names
from tools.errors import UsageError
from tools.names import amount, visible
from tools.progress import Progress, silent

if TYPE_CHECKING:
    from assistant.chat.session import Approval, Event, Session
    from assistant.desk import Desk

Form = Literal["text", "json", "stream-json"]
"""Answers as text; one document at the end; one line of JSON for each thing that happens, as it does."""
Document = dict[str, Any]


def chosen_thread(desk: "Desk", go_on: bool, number: int | None) -> str:
    """Return the thread to talk in: the last one, one by its number as `/sessions` lists them, or a new one.

    Raises:
        UsageError: There is no conversation of that number.
    """
    talks = Conversations(desk.shelf)
    if number is not None:
        known = talks.all()
        if not 1 <= number <= len(known):
            raise UsageError(
                f"there is no conversation {number}; there are {amount(len(known), 'conversation')}"
            )
        return known[number - 1].thread
    return talks.last if go_on else talks.new()


async def converse(
    desk: "Desk",
    thread: str,
    sentences: Sequence[str],
    form: Form,
    write: Callable[[str], None],
    progress: Progress = silent,
) -> int:
    """Say the sentences and write what is answered.

    Args:
        desk: The open folder.
        thread: The conversation.
        sentences: What is said, in order, each line as a turn of its own; while something waits for approval, a
            sentence may decide it.
        form: How it is written.
        write: Takes one line, or one document.
        progress: Called during long work.

    Returns:
        0, or 1 where a sentence was not understood, something failed, or something still waits for approval.

    Raises:
        UsageError: The model that thinks is not known or cannot be set up.
    """
    from assistant.chat.session import Session

    talks = Conversations(desk.shelf)
    talks.use(thread)
    turns: list[Document] = []
    waiting: Approval | None = None
    async with Session.open(desk, thread) as session:
        for sentence in _lines(sentences):
            talks.name_by_first_words(thread, sentence)
            turn, waiting = await _turn(session, spelled_out(sentence, desk), form, write, progress)
            turns.append(turn)
    failed = waiting is not None or any(not turn["understood"] or turn["failed"] for turn in turns)
    end = {
        "folder": str(desk.collection.folder),
        "conversation": thread,
        "grouping": _grouping(desk),
        "waiting": None if waiting is None else waiting.model_dump(mode="json"),
        "exit_code": int(failed),
    }
    if form == "json":
        write(json.dumps({**end, "turns": turns}, indent=2))
    elif form == "stream-json":
        write(json.dumps({"type": "end", **end}))
    elif waiting is not None:
        write("This still waits for an answer, and nothing was done: add -p yes, or -p no, with --continue.")
    return int(failed)


def _lines(sentences: Sequence[str]) -> list[str]:
    """Return the lines of all sentences; an empty sentence is one line, so that its turn says so."""
    return [
        line
        for sentence in sentences
        for line in ([each for each in sentence.splitlines() if each.strip()] or [sentence])
    ]


async def _turn(
    session: "Session", sentence: str, form: Form, write: Callable[[str], None], progress: Progress
) -> "tuple[Document, Approval | None]":
    """Say one sentence. Return what was answered, and what waits for approval after it."""
    from assistant.chat import session as s

    turn: Document = {"said": sentence, "answer": "", "understood": True, "failed": False, "tools": []}
    waiting: Approval | None = None
    tell = _teller(form, write)
    tell({"type": "said", "text": sentence})
    events: AsyncIterator[Event] = session.say(sentence)
    arguments: Document = {}
    async for event in events:
        match event:
            case s.MessageText(text=text, done=True, lost=lost):
                turn["answer"] = "\n".join(filter(None, (turn["answer"], text)))
                turn["understood"] = turn["understood"] and not lost
                tell({"type": "answer", "text": text})
                if form == "text":
                    write(_shown(text))
            case s.ToolStarted(arguments=given):
                arguments = given
            case s.ToolEnded(name=name, text=text, ok=ok, done=done):
                called = {"name": name, "arguments": arguments, "ok": ok, "text": text}
                turn["tools"].append(called)
                turn["failed"] = turn["failed"] or not ok or not done
                tell({"type": "tool", **called})
            case s.WorkProgress(stage=stage, done=done, total=total):
                tell({"type": "progress", "stage": stage, "done": done, "total": total})
                progress(stage, done, total)
            case s.ApprovalRequested(approval=approval):
                waiting = approval
                tell({"type": "waiting", "approval": approval.model_dump(mode="json")})
                if form == "text":
                    write(_shown("\n".join(approval_lines(approval))))
    return turn, waiting


def _teller(form: Form, write: Callable[[str], None]) -> Callable[[Document], None]:
    """Return what writes a thing that happened as a line of JSON, where that is wanted."""

    def tell(document: Document) -> None:
        if form == "stream-json":
            write(json.dumps(document))

    return tell


def _shown(text: str) -> str:
    return "\n".join(visible(line) for line in text.splitlines())


def _grouping(desk: "Desk") -> Document | None:
    """Return the current grouping as `regroup cluster --json` has it; None where there is none."""
    groupings = desk.clusterings.all()
    if not groupings:
        return None
    now, collection = desk.clusterings.get(), desk.collection
    return {
        "criterion": now.criterion,
        "clustering": now.id,
        "clusters": cluster_documents(now, collection),
        "piles": {"unsorted": file_names(now.unsorted(), collection)},
    }
