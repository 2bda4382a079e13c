"""Redo what was undone."""

from assistant.agent import wording
from assistant.agent.approvals import Approval, ExportApproval
from assistant.agent.context import Context
from assistant.agent.steps import StepTool
from assistant.agent.tools.base import NoArguments
from assistant.workspace import Event
from tools.errors import UsageError
from tools.export.plan import Plan
from tools.progress import Progress


class Redo(StepTool):
    """Do again what was taken back last."""

    verb, which = "redo", "the last undone step"
    changed = "files or groups have changed since you saw the plan; nothing was written, ask again"

    def next_event(self, context: Context) -> Event | None:
        return context.desk.shelf.next_redo()

    def step(self, context: Context, progress: Progress) -> str:
        return context.desk.history.redo(progress)

    def same(self, context: Context, approval: Approval) -> bool:
        return ExportApproval.of(_plan(context)) == approval

    def ask(self, context: Context, arguments: NoArguments) -> tuple[str, Approval]:
        approval = ExportApproval.of(_plan(context))
        return wording.plan(approval), approval


def _plan(context: Context) -> Plan:
    """Return the plan of the export that is redone next. Raise UsageError where there is none."""
    event = context.desk.shelf.next_redo()
    if event is None or event.kind != "export":
        raise UsageError("something else was done since you were asked; nothing was written, ask again")
    return context.desk.exports.plan_again(event)
