"""Defines the events of a turn, for the part of the program that shows them."""

from dataclasses import dataclass, field
from typing import Any, Literal

from assistant.agent.approvals import Approval


@dataclass(frozen=True, slots=True)
class MessageText:
    """Carries the assistant's message so far. Each replaces the one before; `done` marks the complete message, and
    `lost` one that says that nothing was understood."""

    text: str
    done: bool
    lost: bool = False


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """Tells that a tool has started to work."""

    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToolEnded:
    """Tells that a tool's work has ended. A tool that waits for an approval ends only after the decision.

    Attributes:
        name: The tool.
        text: What it says.
        ok: Whether it could be carried out at all.
        done: Whether it did what was asked for, rather than only say why there is nothing to do.
    """

    name: str
    text: str
    ok: bool
    done: bool = True


@dataclass(frozen=True, slots=True)
class WorkProgress:
    """Tells how far long work has come: `done` of `total` items of a stage."""

    stage: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class ApprovalRequested:
    """Asks for the user's decision; it is the last event of its turn."""

    approval: Approval


@dataclass(frozen=True, slots=True)
class ClusteringChanged:
    """Tells that a clustering was made or changed; the id is None where it is gone or not known."""

    clustering_id: str | None


@dataclass(frozen=True, slots=True)
class TeachingRequested:
    """Asks the app to ask the user about pictures of a clustering (see `shows_pictures` in `Session.open`)."""

    clustering_id: str


@dataclass(frozen=True, slots=True)
class GroupShown:
    """Tells which group the user asked to see."""

    clustering_id: str
    cluster_id: str


Event = (
    MessageText
    | ToolStarted
    | ToolEnded
    | WorkProgress
    | ApprovalRequested
    | ClusteringChanged
    | TeachingRequested
    | GroupShown
)


@dataclass(frozen=True, slots=True)
class Turn:
    """Keeps one entry of the conversation's history. A tool's entry has its name, its arguments, and whether it
    succeeded."""

    role: Literal["user", "assistant", "tool"]
    text: str
    tool: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    ok: bool = True
