"""Shows a plan as a checklist, takes its one approval, and has its steps carried out one by one, whatever brain
thinks."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from langchain_core.messages import BaseMessage, ToolCall, ToolMessage

from assistant.agent import wording
from assistant.agent.approvals import PlanApproval, SendApproval
from assistant.agent.context import Context
from assistant.agent.tools.base import answer
from assistant.desk.effort import Kind, Over, Taken
from assistant.desk.plan_step import PlanStep
from assistant.desk.planning import PATIENCE, most_seconds
from assistant.models.consent import Sending
from tools.errors import UsageError
from tools.names import amount, quoted

Step = dict[str, Any]
"""A planned call: its "tool" and its "arguments"."""
APPROVED = "approved"
"""The key of the calls of a plan that the person has approved, of which the first is made now."""
STEP = "step"
"""The key of what the person was shown of a step of a plan, and of the criterion of the plan."""
OPTIONAL = "optional"
"""The key of a step of a plan without which the steps after it can go on."""
UNFINISHED = "unfinished"
"""The key that marks the rejection of more effort for a step of a plan, which was begun."""
_OPTIONAL = ("embed", "graph")
"""The steps without which the others can go on: an embedding may have too little to learn from."""


def plan_approval(
    context: Context, criterion: str, steps: Sequence[PlanStep], proposed: Sequence[str] = ()
) -> PlanApproval:
    """Return the approval of a plan, with all that would be sent to hosts for it.

    Args:
        context: The desk and the rest of what tools share.
        criterion: What is grouped by.
        steps: The steps.
        proposed: The criteria that were proposed, where the user named none; the first of them is grouped by.
    """
    shown = list(steps)
    if proposed:
        others = ", ".join(quoted(name) for name in proposed[1:])
        about = f"{quoted(criterion)}{f'; others: {others}' if others else ''}"
        shown.insert(1 if shown and shown[0].name == "describe" else 0, PlanStep(name="propose", about=about))
    return PlanApproval(
        criterion=criterion,
        steps=shown,
        sends=_sends(context, criterion, shown),
        seconds=most_seconds(shown),
    )


def renewed(context: Context, left: Sequence[Step], over: Over) -> PlanApproval:
    """Return the approval of the rest of a plan, of which the next step would take more than was allowed.

    Args:
        context: The desk and the rest of what tools share.
        left: The steps that are left, as `begin` returned them.
        over: What the next one would take too much of.
    """
    planning = context.desk.planning
    criterion = left[0][STEP]["criterion"]
    steps = [PlanStep(**step[STEP]["step"]) for step in left]
    now = planning.renewed(criterion, steps, over)
    longer = (
        PATIENCE * over.allowed if over.kind == "time" else 0.0
    )  # it is not asked about after as long again
    return PlanApproval(
        criterion=criterion,
        steps=now,
        sends=_sends(context, criterion, now),
        seconds=max(longer, most_seconds(now)),
        over=wording.over_budget(now[0].name, over),
    )


def _sends(context: Context, criterion: str, steps: Sequence[PlanStep]) -> list[SendApproval]:
    """Return what has to be sent for these steps and is not allowed yet."""
    models, sends = context.desk.models, []
    if any(step.describer_calls for step in steps):
        quote = models.quote(criterion)
        if quote is not None and quote.needed:
            sends.append(SendApproval.of(quote, [criterion], None))
    if calls := sum(step.judge_calls for step in steps):
        quote = models.judge_quote(calls)
        if quote is not None and quote.needed:
            sends.append(SendApproval.of(quote, [criterion], None, judging=True))
    return sends


def planned_steps(message: BaseMessage) -> list[Step]:
    """Return the steps of an approved plan of which this message carries out the first; none for another message."""
    return list(message.additional_kwargs.get(APPROVED, []))


def begin(context: Context, call: ToolCall, approval: PlanApproval) -> ToolMessage:
    """Begin a plan that was approved: note what is allowed, and return its steps as the artifact `plan`.

    Raises:
        tools.errors.UsageError: Something else would be sent than what was approved.
    """
    desk = context.desk
    now = _sends(context, approval.criterion, approval.steps)
    shown = {(sent.origin, sent.model) for sent in approval.sends}
    if any((sent.origin, sent.model) not in shown for sent in now):
        raise UsageError("the models or the pictures have changed since you saw the plan; ask again")
    for sent in approval.sends:
        desk.models.allow(
            Sending(sent.origin, sent.host, sent.model, sent.collection, sent.bytes, local=False)
        )
    allowed: dict[Kind, Taken] = {
        "describer": Taken(sum(step.describer_calls for step in approval.steps)),
        "judge": Taken(sum(step.judge_calls for step in approval.steps)),
    }
    desk.effort.allow(allowed, approval.seconds)
    steps = [
        {
            "tool": step.tool,
            "arguments": step.arguments,
            OPTIONAL: step.name in _OPTIONAL,
            STEP: {"criterion": approval.criterion, "step": asdict(step)},
        }
        for step in approval.steps
        if step.tool
    ]
    text = f"Agreed: {amount(len(steps), 'step')} to a grouping by {quoted(approval.criterion)}."
    return answer(call, text, {"plan": steps, "criteria": [approval.criterion]})


def shown(approval: PlanApproval) -> str:
    """Return a plan in words, for models and people alike."""
    return "\n".join(wording.plan_lines(approval))
