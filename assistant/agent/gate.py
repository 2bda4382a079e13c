"""What a call may do, in the mood of what the person said: the one place where that is decided, for every brain.

Each tool has an effect. A question never causes an edit or touches a file: it is answered by a tool that reads, or
with "Shall I ...? Say yes.". Files are put back or written again only where the person's own words ask for it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from langchain_core.messages import ToolCall

from assistant.agent.mood import Mood, mood
from assistant.text.typed_answers import reply
from tools.names import quoted, visible
from tools.teach.question import Question

if TYPE_CHECKING:
    from assistant.desk import Desk

Arguments = dict[str, Any]


class Effect(Enum):
    """What a tool does to what there is.

    `READ` shows, explains and counts. `EDIT` changes groups, answers and names; undo takes it back. `FILES` writes,
    moves or restores files.
    """

    READ = "read"
    EDIT = "edit"
    FILES = "files"


READS = frozenset(
    (
        "propose_criteria",
        "show",
        "explain",
        "help",
        "ask_me",
        "describe_group",
        "what_if",
        "history",
        "compare",
    )
)


@dataclass(frozen=True, slots=True)
class Instead:
    """What is done in place of a call that is held back.

    Attributes:
        read: The call of a tool that reads and answers the question; None where there is none.
        offer: The question to the person, in words; "" where the call would change nothing.
    """

    read: ToolCall | None
    offer: str


def effect(call: ToolCall, desk: "Desk", question: Question | None = None) -> Effect:
    """The effect of one call.

    Args:
        call: A call of a known tool.
        desk: Whether an undo or a redo touches files is known there.
        question: The question of the lesson that is open, to which `answer` replies.
    """
    name, arguments = call["name"], call["args"]
    if name in READS or (name == "more_like" and not arguments.get("to")):
        return Effect.READ
    if name == "export_clusters":
        return Effect.FILES
    if name in ("undo", "redo"):
        event = desk.shelf.next_undo() if name == "undo" else desk.shelf.next_redo()
        return Effect.FILES if event is not None and event.kind == "export" else Effect.EDIT
    if name == "answer":
        understood = reply(str(arguments.get("said", "")), question) if question is not None else None
        return Effect.READ if understood is not None and understood.kind in _ASIDES else Effect.EDIT
    return Effect.EDIT


_ASIDES = ("why", "vague", "skip", "stop")
"""Replies to a question of the lesson that answer nothing."""


def instead(
    call: ToolCall, utterance: str, desk: "Desk", asked_for: bool, question: Question | None
) -> Instead | None:
    """What to do in place of a call; None where it may be carried out.

    Args:
        call: What a brain wants to do.
        utterance: What the person said last.
        desk: What it would be done to.
        asked_for: Whether the person's own words, read by the grammar, ask for this very tool, or agree to an offer
            of it.
        question: The question of the lesson that is open.
    """
    what = effect(call, desk, question)
    if what is Effect.READ:
        return None
    asks = mood(utterance) is Mood.QUESTION
    if not asks and (what is Effect.EDIT or asked_for or call["name"] == "export_clusters"):
        return None
    arguments = call["args"]
    read = _READ_INSTEAD[call["name"]](arguments) if asks and call["name"] in _READ_INSTEAD else None
    step = ToolCall(name=read[0], args=read[1], id=call["id"]) if read else None
    return Instead(step, f"Shall I {phrase(call, desk)}? Nothing was changed. Say yes.")


def phrase(call: ToolCall, desk: "Desk") -> str:
    """A call in words, as they follow "shall I": merge "red" and "blue"."""
    name, arguments = call["name"], call["args"]
    if name in ("undo", "redo"):
        event = desk.shelf.next_undo() if name == "undo" else desk.shelf.next_redo()
        last = f" ({visible(event.text)})" if event else ""
        return f"take back the last step{last}" if name == "undo" else f"do again what was taken back{last}"
    return _PHRASES[name](arguments)


def _names(values: object) -> str:
    listed = values if isinstance(values, list) else [values]
    shown = [quoted(str(value)) for value in listed]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def _images(values: object) -> str:
    return ", ".join(visible(str(value)) for value in (values if isinstance(values, list) else [values]))


_READ_INSTEAD: dict[str, Callable[[Arguments], tuple[str, Arguments] | None]] = {
    "move_images": lambda a: ("explain", {"image": a["images"][0]}) if a.get("images") else None,
    "split_cluster": lambda a: ("describe_group", {"cluster": a.get("cluster", "")}),
    "rename_cluster": lambda a: ("describe_group", {"cluster": a.get("cluster", "")}),
    "keep_together": lambda a: ("explain", {"image": a["images"][0]}) if a.get("images") else None,
    "keep_apart": lambda a: ("explain", {"image": a["images"][0]}) if a.get("images") else None,
}
"""For a question about an edit: the call of a tool that reads and answers it."""

_PHRASES: dict[str, Callable[[Arguments], str]] = {
    "group_by": lambda a: (
        f"group by {_names(a.get('criterion'))}" + (f" into {a['groups']} groups" if a.get("groups") else "")
    ),
    "merge_clusters": lambda a: (
        f"merge {_names(a.get('clusters'))}" + (f" as {_names(a['name'])}" if a.get("name") else "")
    ),
    "split_cluster": lambda a: (
        f"split {_names(a.get('cluster'))}"
        + (f" by {_names(a['by'])}" if a.get("by") else f" into {a.get('parts', 2)}")
    ),
    "rename_cluster": lambda a: f"rename {_names(a.get('cluster'))} to {_names(a.get('name'))}",
    "move_images": lambda a: f"move {_images(a.get('images'))} to {_names(a.get('to'))}",
    "export_clusters": lambda a: f"show you the plan for folders under {_names(a.get('to'))}",
    "ask_again": lambda a: "ask again about the images that got no answer",
    "answer": lambda a: f"take {_names(a.get('said'))} as your answer",
    "tune": lambda a: "tune the features to your answers",
    "keep_together": lambda a: f"keep {_images(a.get('images'))} together",
    "keep_apart": lambda a: f"keep {_images(a.get('images'))} apart",
    "more_like": lambda a: f"move all that are like {_images(a.get('images'))} to {_names(a.get('to'))}",
    "lock_group": lambda a: f"{'lock' if a.get('locked', True) else 'unlock'} {_names(a.get('cluster'))}",
    "change_number": lambda a: f"make {a.get('direction', 'more')} groups",
    "snapshot": lambda a: f"keep the grouping as {_names(a.get('name'))}",
    "as_before": lambda a: f"go back to {_names(a.get('moment'))}",
    "branch": lambda a: f"copy the grouping as {_names(a.get('name'))}",
    "cross": lambda a: f"cross {_names(a.get('first'))} with {_names(a.get('second'))}",
}
"""Each tool that changes something, in words that follow "shall I"."""
