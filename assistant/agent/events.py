"""What a turn of the conversation tells whoever shows it."""

from dataclasses import dataclass, field
from typing import Any, Literal

from assistant.agent.approvals import Approval


@dataclass(frozen=True, slots=True)
class Said:
    """The assistant's message so far; each one replaces the one before until one is `done`."""

    text: str
    done: bool


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A tool began to work."""

    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToolEnded:
    """A tool is done. One that waits for an approval ends only after the decision."""

    name: str
    text: str
    ok: bool


@dataclass(frozen=True, slots=True)
class Worked:
    """How far a long piece of work is."""

    stage: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Asked:
    """The conversation waits for a decision. It is the last event of its turn."""

    approval: Approval


@dataclass(frozen=True, slots=True)
class Changed:
    """A clustering was made or changed; None where it is gone or it is not known which."""

    clustering_id: str | None


@dataclass(frozen=True, slots=True)
class Teach:
    """The user is to be asked about a clustering, where the pictures can be shown: see `Session.open`."""

    clustering_id: str


@dataclass(frozen=True, slots=True)
class Shown:
    """The user asked to see a group."""

    clustering_id: str
    cluster_id: str


Event = Said | ToolStarted | ToolEnded | Worked | Asked | Changed | Teach | Shown


@dataclass(frozen=True, slots=True)
class Turn:
    """One line of the conversation's history. A tool's has its name, its arguments, and whether it was carried out."""

    role: Literal["user", "assistant", "tool"]
    text: str
    tool: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    ok: bool = True
