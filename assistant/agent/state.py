"""Keeps the state of the graph between its steps: messages and the pending approval, as ids and short text only."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, TypedDict

from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, ToolMessage
from langgraph.graph.message import add_messages


class State(TypedDict, total=False):
    """Holds the state of one conversation, as it is kept on disk.

    `approval` is the pending `Approval` as JSON, or None, and `pending_call` the id of the tool call that waits for
    it. `put_aside` is the call, by "name" and "args", that is made again once a question of the person is answered, or
    None; a step of a plan has with it, as "about", what its message says of that. `stopped` says whether the user
    stopped this turn.
    """

    messages: Annotated[list[AnyMessage], add_messages]
    approval: dict[str, Any] | None
    pending_call: str | None
    put_aside: dict[str, Any] | None
    stopped: bool


@dataclass(slots=True)
class Run:
    """Holds the switches of one turn, shared with the code that may stop it.

    Attributes:
        stop: Set to stop the turn at the next report of progress.
        hold: Set to pause the turn at the next report of progress, until it is cleared or the turn stopped.
        working: Whether a thread is at work, which has to end by itself before the turn can end.
    """

    stop: threading.Event = field(default_factory=threading.Event)
    hold: threading.Event = field(default_factory=threading.Event)
    working: bool = False


def unanswered(messages: Sequence[BaseMessage]) -> list[tuple[str, str]]:
    """Return the id and the tool name of every call that no tool message answers, in order."""
    answered = {m.tool_call_id for m in messages if isinstance(m, ToolMessage)}
    calls = [c for m in messages if isinstance(m, AIMessage) for c in [*m.tool_calls, *m.invalid_tool_calls]]
    return [(c["id"], c["name"] or "?") for c in calls if c["id"] and c["id"] not in answered]
