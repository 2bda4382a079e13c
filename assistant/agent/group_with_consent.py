"""Groups as the tools do it: where pictures would have to be sent for that, the person is asked first."""

from typing import Any, ClassVar

from langchain_core.messages import ToolCall, ToolMessage

from assistant.agent import confirmations, wording
from assistant.agent.approvals import Approval, Decision, PlanApproval, SendApproval
from assistant.agent.context import Context
from assistant.agent.plan_turns import begin, plan_approval, shown
from assistant.agent.tools.base import A, Effect, Tool, answer, failed
from assistant.desk.plan_step import PlanStep
from assistant.models.consent import Sending
from tools.clustering.clustering import slug
from tools.errors import Cancelled, RegroupError, UsageError
from tools.names import quoted, visible
from tools.progress import Progress, silent


class GroupingTool(Tool[A]):
    """Groups the collection, or asks first where pictures would have to be sent for that."""

    effect = Effect.EDIT
    needs_groups: ClassVar[bool] = False

    def approved(
        self,
        context: Context,
        call: ToolCall,
        approval: Approval,
        decision: Decision,
        progress: Progress = silent,
    ) -> ToolMessage:
        if isinstance(approval, PlanApproval):
            return begin(context, call, approval)
        assert isinstance(approval, SendApproval)
        return send(context, call, approval, decision.accept, progress)


def _large_job(context: Context, criterion: str, groups: int | None, method: str | None) -> list[PlanStep]:
    """Return the plan of a grouping for which many images have to be described."""
    (describe,) = context.desk.planning.steps(criterion, ["describe"])
    arguments = _arguments(criterion, groups, method)
    return [describe, PlanStep("group", "the groups, from what was said", "group_by", arguments)]


def _arguments(criterion: str, groups: int | None, method: str | None) -> dict[str, Any]:
    """Return the arguments of a call of `group_by`."""
    given = {"groups": groups, "method": method}
    return {"criterion": criterion} | {key: value for key, value in given.items() if value is not None}


def grouped(
    context: Context, criterion: str | None, groups: int | None = None, method: str | None = None
) -> tuple[str, dict[str, Any]] | tuple[str, SendApproval] | tuple[str, PlanApproval]:
    """Group by a criterion, the current one for None, and return the groups in words; or ask whether to send pictures,
    or whether to do what is much work: by a plan where a model describes, with "yes" among the facts where an expert
    looks slowly.

    Raises:
        tools.errors.RegroupError: See `assistant.desk.grouping.Grouping.group`.
    """
    desk = context.desk
    criterion = criterion or desk.clusterings.get().criterion
    if approval := context.to_send([criterion], groups, method):
        return wording.sending(approval), approval
    if desk.planning.large(criterion):
        plan = plan_approval(context, criterion, _large_job(context, criterion, groups, method))
        return shown(plan), plan
    slow = desk.experts.slow_look(criterion, context.progress) if context.confirmations.listens else None
    asks = slow is not None and slow.seconds >= confirmations.LONG
    if slow and asks and context.confirmations.first("slow look", criterion):
        return confirmations.slow(slow, _arguments(criterion, groups, method))
    before = next((c for c in desk.clusterings.all() if c.id == slug(criterion)), None)
    clustering = desk.grouping.group(criterion, groups, method, progress=context.progress)
    text, ids = context.changed(clustering)
    if groups is None and before is not None:
        text = wording.other_number(before, clustering) + text
    elif groups is not None:
        text = wording.missed_number(groups, clustering, before) + text
    return text, ids


def send(
    context: Context, call: ToolCall, approval: SendApproval, agreed: bool, progress: Progress
) -> ToolMessage:
    """Group after the person has decided whether pictures may be sent; if not, with the next tier."""
    desk = context.desk
    if not agreed:
        desk.models.decline(approval.judging)
        line = f"Nothing was sent to {visible(approval.host)}; grouped with the models that are here."
        return group_each(context, call, approval.criteria, approval.groups, line, progress, approval.method)
    now = context.to_send(approval.criteria, approval.groups, approval.method)
    if now is not None:
        if (now.origin, now.model) != (
            approval.origin,
            approval.model,
        ) or now.collection > approval.collection:
            raise UsageError(
                "the pictures or the model have changed since you were asked; nothing was sent, ask again"
            )
        desk.models.allow(
            Sending(
                approval.origin,
                approval.host,
                approval.model,
                approval.collection,
                approval.bytes,
                local=False,
            )
        )
        if then := context.to_send(approval.criteria, approval.groups, approval.method):
            return answer(call, wording.sending(then), then)  # another host, which is asked about as well
    line = f"Sent to {visible(approval.host)}, as you allowed."
    return group_each(context, call, approval.criteria, approval.groups, line, progress, approval.method)


def group_each(
    context: Context,
    call: ToolCall,
    criteria: list[str],
    groups: int | None,
    line: str,
    progress: Progress,
    method: str | None = None,
) -> ToolMessage:
    """Group by each of these criteria and return all results below `line`; an error in one does not stop the others."""
    desk, lines, done = context.desk, [line], []
    for criterion in criteria:
        try:
            clustering = desk.grouping.group(criterion, groups, method, progress=progress)
        except Cancelled:
            raise
        except RegroupError as error:
            lines.append(f"Not grouped by {quoted(criterion)}: {wording.one_line(str(error))}")
        else:
            lines.append(context.described(clustering))
            done.append(clustering.id)
    if not done:
        return failed(call, "\n".join(lines))
    changed = {"clustering": done[-1], "clusterings": done, "criteria": criteria, "changed": True}
    return answer(call, "\n".join(lines), changed)
