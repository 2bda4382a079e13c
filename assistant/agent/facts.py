"""States the facts about the current groupings: as text for any model, and as data for the brains of this package."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from langchain_core.messages import BaseMessage, SystemMessage

from assistant.agent.gguf.prompt import PROMPT as SMALL
from assistant.agent.gguf.prompt import examples, tool_lines
from assistant.agent.stays_here import told_elsewhere
from assistant.agent.tools.base import DialogueContext
from prompts import Prompt
from tools.names import quoted
from tools.settle.by_value import is_from_files

if TYPE_CHECKING:
    from assistant.desk import Desk

MOST_GROUPS, MOST_GROUPS_SMALL = 50, 12
"""The most groups of one grouping in the facts, for a model and for a small model."""
MOST_GROUPINGS_SMALL = 4
"""The most groupings in the facts for a small model; the newest ones are kept."""
_DIALOGUE = "dialogue"


def facts(desk: "Desk", prompt: Prompt, elsewhere: bool = False) -> SystemMessage:
    """Return the system message of one request.

    Args:
        desk: The desk with the groupings.
        prompt: The prompt of the brain. That of a small model is short, and its message also holds the facts as data.
        elsewhere: Whether the brain is at another host, which is not told the names that files gave to groups.
    """
    short = prompt.name == SMALL
    fields = {"images": len(desk.collection), "groupings": _groupings(desk, short, elsewhere)}
    if not short:
        return SystemMessage(prompt.fill(**fields))
    text = prompt.fill(**fields, tools=tool_lines(), examples=examples())
    return SystemMessage(text, additional_kwargs={_DIALOGUE: dialogue_context(desk)})


def dialogue(messages: Sequence[BaseMessage]) -> DialogueContext:
    """Return the dialogue context of the last system message that has one; an uninformed one where none has."""
    for message in reversed(messages):
        if isinstance(message, SystemMessage) and _DIALOGUE in message.additional_kwargs:
            context: DialogueContext = message.additional_kwargs[_DIALOGUE]
            return context
    return DialogueContext()


def dialogue_message(context: DialogueContext, text: str = "") -> SystemMessage:
    """Return a system message that holds a dialogue context as data."""
    return SystemMessage(text, additional_kwargs={_DIALOGUE: context})


def dialogue_context(desk: "Desk") -> DialogueContext:
    """Return the groupings of a desk, as a sentence may speak of them."""
    current = desk.clusterings.current
    made = sorted(desk.clusterings.all(), key=lambda c: current is None or c.id != current.id)
    names = dict.fromkeys(cluster.name for clustering in made for cluster in clustering.clusters)
    here = len(current.clusters) if current is not None else 0
    return DialogueContext(
        tuple(clustering.criterion for clustering in made),
        tuple(names),
        current=here,
        groupings=tuple(tuple(cluster.name for cluster in clustering.clusters) for clustering in made),
        said_by_files=tuple(desk.conditions.said_by_files().items()),
        said_by_experts=tuple(desk.conditions.said_by_experts().items()),
        sees=tuple(desk.criteria.seen()) or DialogueContext().sees,
        informed=True,
    )


def _groupings(desk: "Desk", short: bool, elsewhere: bool = False) -> str:
    """Return the current groupings as text for a model; with `short` as one line for a small one."""
    lines: list[str] = []
    current = desk.clusterings.current
    for clustering in desk.clusterings.all():
        shown = " (current)" if current and clustering.id == current.id else ""
        if elsewhere and is_from_files(clustering):
            ids = ", ".join(cluster.id for cluster in clustering.clusters[:MOST_GROUPS])
            lines.append(
                f"- {quoted(clustering.criterion)}{shown}: {ids} (their names are from the files and stay here)"
            )
            continue
        clusters = clustering.clusters[: MOST_GROUPS_SMALL if short else MOST_GROUPS]
        names = [told_elsewhere(desk, c.name) if elsewhere else c.name for c in clusters]
        if short:
            groups = ", ".join(f"{n} {quoted(name)}" for n, name in enumerate(names, 1))
            lines.append(f"{quoted(clustering.criterion)}{shown}: {groups}")
        else:
            both = enumerate(zip(names, clusters, strict=True), 1)
            groups = ", ".join(f"{n}. {quoted(name)} ({cluster.id})" for n, (name, cluster) in both)
            lines.append(f"- {quoted(clustering.criterion)}{shown}: {groups}")
    if short:
        return "; ".join(lines[-MOST_GROUPINGS_SMALL:]) or "nothing is grouped"
    return "\n".join(lines) or "Nothing yet."
