"""What a brain is told of what is grouped now: as text for any model, and as data for the brains of this house."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from langchain_core.messages import BaseMessage, SystemMessage

from assistant.agent.gguf.prompt import PROMPT as SMALL
from assistant.agent.gguf.prompt import examples, tool_lines
from assistant.agent.tools.base import DialogueContext
from prompts import Prompt
from tools.names import quoted

if TYPE_CHECKING:
    from assistant.desk import Desk

MOST_GROUPS, MOST_GROUPS_SMALL = 50, 12
"""Groups of one grouping that a model, or a small one, is told of."""
MOST_GROUPINGS_SMALL = 4
"""Groupings that a small model is told of, the newest ones."""
_DIALOGUE = "dialogue"


def facts(desk: "Desk", prompt: Prompt) -> SystemMessage:
    """The system message of one request.

    Args:
        desk: What is grouped.
        prompt: The prompt of the brain. That of a small model is short, and its message holds the facts as data too.
    """
    short = prompt.name == SMALL
    given = {"images": len(desk.collection), "groupings": _groupings(desk, short)}
    if not short:
        return SystemMessage(prompt.fill(**given))
    text = prompt.fill(**given, tools=tool_lines(), examples=examples())
    return SystemMessage(text, additional_kwargs={_DIALOGUE: _told(desk)})


def dialogue(messages: Sequence[BaseMessage]) -> DialogueContext:
    """What is grouped, as the last system message tells it; nothing is known where none does."""
    for message in reversed(messages):
        if isinstance(message, SystemMessage) and _DIALOGUE in message.additional_kwargs:
            context: DialogueContext = message.additional_kwargs[_DIALOGUE]
            return context
    return DialogueContext()


def told(context: DialogueContext, text: str = "") -> SystemMessage:
    """A system message with facts as data."""
    return SystemMessage(text, additional_kwargs={_DIALOGUE: context})


def _told(desk: "Desk") -> DialogueContext:
    current = desk.clusterings.current
    made = sorted(desk.clusterings.all(), key=lambda c: current is None or c.id != current.id)
    names = dict.fromkeys(cluster.name for clustering in made for cluster in clustering.clusters)
    here = len(current.clusters) if current is not None else 0
    return DialogueContext(tuple(c.criterion for c in made), tuple(names), current=here, known=True)


def _groupings(desk: "Desk", short: bool) -> str:
    """What is grouped now, as data for a model; `short` is one line for a small one."""
    lines: list[str] = []
    current = desk.clusterings.current
    for made in desk.clusterings.all():
        shown = " (current)" if current and made.id == current.id else ""
        numbered = enumerate(made.clusters[: MOST_GROUPS_SMALL if short else MOST_GROUPS], 1)
        if short:
            groups = ", ".join(f"{n} {quoted(cluster.name)}" for n, cluster in numbered)
            lines.append(f"{quoted(made.criterion)}{shown}: {groups}")
        else:
            groups = ", ".join(f"{n}. {quoted(cluster.name)} ({cluster.id})" for n, cluster in numbered)
            lines.append(f"- {quoted(made.criterion)}{shown}: {groups}")
    if short:
        return "; ".join(lines[-MOST_GROUPINGS_SMALL:]) or "nothing is grouped"
    return "\n".join(lines) or "Nothing yet."
