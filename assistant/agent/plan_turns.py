"""Shows a plan as a checklist, takes its one approval, and has its steps carried out one by one, whatever brain
thinks."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from langchain_core.messages import ToolCall, ToolMessage

from assistant.agent import wording
from assistant.agent.approvals import PlanApproval, PlanStep, SendApproval
from assistant.agent.context import Context
from assistant.agent.follow_up import OPTIONAL
from assistant.agent.tools.base import answer
from assistant.desk.effort import Kind, Taken
from assistant.models.consent import Sending
from tools.errors import UsageError
from tools.names import amount, quoted

if TYPE_CHECKING:
    from assistant.desk.planning import Step


_OPTIONAL = ("embed", "graph")
"""The steps without which the others can go on: an embedding may have too little to learn from."""


def plan_approval(
    context: Context, criterion: str, steps: "Sequence[Step]", proposed: Sequence[str] = ()
) -> PlanApproval:
    """Return the approval of a plan, with all that would be sent to hosts for it.

    Args:
        context: The desk and the rest of what tools share.
        criterion: What is grouped by.
        steps: The steps.
        proposed: The criteria that were proposed, where the user named none; the first of them is grouped by.
    """
    shown = [PlanStep(**asdict(step)) for step in steps]
    if proposed:
        others = ", ".join(quoted(name) for name in proposed[1:])
        about = f"{quoted(criterion)}{f'; others: {others}' if others else ''}"
        shown.insert(1 if shown and shown[0].name == "describe" else 0, PlanStep(name="propose", about=about))
    return PlanApproval(criterion=criterion, steps=shown, sends=_sends(context, criterion, shown))


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
    desk.effort.allow(allowed)
    steps = [
        {"tool": step.tool, "arguments": step.arguments, OPTIONAL: step.name in _OPTIONAL}
        for step in approval.steps
        if step.tool
    ]
    text = f"Agreed: {amount(len(steps), 'step')} to a grouping by {quoted(approval.criterion)}."
    return answer(call, text, {"plan": steps, "criteria": [approval.criterion]})


def shown(approval: PlanApproval) -> str:
    """Return a plan in words, for models and people alike."""
    return "\n".join(wording.plan_lines(approval))
