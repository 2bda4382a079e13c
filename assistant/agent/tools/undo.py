"""Take back the last change."""

from assistant.agent import wording
from assistant.agent.approvals import Approval, UndoApproval
from assistant.agent.calls import Call, Reply, Understood
from assistant.agent.context import Context
from assistant.agent.steps import StepTool
from assistant.agent.tools.base import Effect, NoArguments, Slots
from assistant.workspace import Event
from tools.progress import Progress

MOST_STEPS = 20
"""The most changes that one sentence undoes."""


WHAT_IS_WRONG = Reply(
    'What is wrong? Say it, as in "#7 is a dog", or say "undo" to take the last change back.', asks=True
)
"""The answer to a remark after something was only shown or explained."""


class Undo(StepTool):
    """Take back the last change: a grouping, an edit or an export."""

    verb, which = "undo", "the last step"
    changed = "something else was done since you were asked; nothing was undone, ask again"

    def next_event(self, context: Context) -> Event | None:
        return context.desk.shelf.next_undo()

    def step(self, context: Context, progress: Progress) -> str:
        return context.desk.history.undo(progress=progress)

    def same(self, context: Context, approval: Approval) -> bool:
        event = self.next_event(context)
        asked = isinstance(approval, UndoApproval) and (approval.event, approval.text)
        return event is not None and (event.number, event.text) == asked

    def ask(self, context: Context, arguments: NoArguments) -> tuple[str, Approval]:
        event = self.next_event(context)
        assert event is not None
        detail = event.detail
        approval = UndoApproval(
            event=event.number,
            text=event.text,
            mode=detail["mode"],
            files=detail["files"],
            target=detail["target"],
            form=detail.get("form", "folders"),
            folder=str(context.desk.collection.folder),
        )
        return wording.undo_plan(approval), approval

    def understand(self, slots: Slots) -> Understood | None:
        from assistant.agent.tools.registry import tools  # which finds this file

        last = slots.dialogue.last
        if slots.form == "remark" and last is not None and tools()[last.tool].effect is Effect.READ:
            return WHAT_IS_WRONG  # it is about an answer, and no change follows from that
        parting = {"merged": "merge_clusters", "parted": "split_cluster"}
        failed = slots.dialogue.offered  # or only asked whether it is to be done
        if slots.form in parting and (last is None or last.tool != parting[slots.form] or failed):
            return None  # "keep them apart" is said of something else
        times = int(slots.values.get("times", slots.values.get("number", 1)))
        if times > MOST_STEPS:
            return Reply(f"I take back at most {MOST_STEPS} changes in one go.")
        return [Call(self.name)] * times or None
