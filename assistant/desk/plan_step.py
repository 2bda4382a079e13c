"""Describes the steps of a plan, the long way to a clustering, as the user approves and the conversation keeps it."""

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

StepName = Literal["describe", "propose", "group", "embed", "graph", "walk", "fuse", "settle"]
"""A step of a plan."""
STEP_NAMES: tuple[StepName, ...] = get_args(StepName)
"""The steps in the order in which they are done; "group" is a first grouping, which an embedding is tuned for."""


@dataclass(frozen=True, slots=True)
class PlanStep:
    """Describes one step of a plan.

    Attributes:
        name: The step.
        about: What is done, in words for the user.
        tool: The agent's tool that does it; "" where the step is left out or done.
        arguments: The arguments of the tool.
        describer_calls: The calls of a describer that it takes, at most.
        judge_calls: The calls of a judge that it takes, at most.
        seconds: The time that it takes; None where that is not known.
        left_out: Why it is left out; "" where it is not.
    """

    name: StepName
    about: str
    tool: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    describer_calls: int = 0
    judge_calls: int = 0
    seconds: float | None = 0.0
    left_out: str = ""
