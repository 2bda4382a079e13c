"""Redo what was undone."""

from langchain_core.messages import ToolCall, ToolMessage

from assistant.agent import wording
from assistant.agent.approvals import Approval, Decision, ExportApproval
from assistant.agent.context import Context
from assistant.agent.tools.base import Effect, NoArguments, Result, Tool, answer
from assistant.agent.tools.undo import means_step, stepped
from tools.errors import UsageError
from tools.export.plan import Plan
from tools.names import visible
from tools.progress import Progress, silent


class Redo(Tool[NoArguments]):
    """Do again what was taken back last."""

    effect = Effect.EDIT
    counted = True
    arguments = NoArguments
    needs_groups = False

    def run(self, context: Context, arguments: NoArguments) -> Result:
        before = context.desk.clusterings.current
        return stepped(context, context.desk.history.redo(context.progress), before)

    def ask(self, context: Context, arguments: NoArguments) -> tuple[str, Approval]:
        approval = ExportApproval.of(_plan(context))
        return wording.plan(approval), approval

    def approved(
        self,
        context: Context,
        call: ToolCall,
        approval: Approval,
        decision: Decision,
        progress: Progress = silent,
    ) -> ToolMessage:
        assert isinstance(approval, ExportApproval)
        if ExportApproval.of(_plan(context)) != approval:
            raise UsageError(
                "files or groups have changed since you saw the plan; nothing was written, ask again"
            )
        before = context.desk.clusterings.current
        return answer(call, *stepped(context, context.desk.history.redo(progress), before))

    def effect_of(self, context: Context, arguments: NoArguments) -> Effect:
        event = context.desk.shelf.next_redo()
        return Effect.FILES if event is not None and event.kind == "export" else Effect.EDIT

    def meant(self, context: Context, utterance: str) -> bool:
        return means_step(utterance, context.desk.shelf.next_redo())

    def offer(self, context: Context, arguments: NoArguments) -> str:
        event = context.desk.shelf.next_redo()
        return f"redo the last undone step{f' ({visible(event.text)})' if event else ''}"


def _plan(context: Context) -> Plan:
    """Return the plan of the export that is redone next. Raise UsageError where there is none."""
    event = context.desk.shelf.next_redo()
    if event is None or event.kind != "export":
        raise UsageError("something else was done since you were asked; nothing was written, ask again")
    return context.desk.exports.plan_again(event)
