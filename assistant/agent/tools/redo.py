"""Redo what was undone."""

from assistant.agent.context import Context
from assistant.agent.tools.base import Effect, NoArguments, Result, Tool
from assistant.agent.tools.undo import means_step, stepped
from tools.names import visible


class Redo(Tool[NoArguments]):
    """Do again what was taken back last."""

    effect = Effect.EDIT
    counted = True
    arguments = NoArguments
    needs_groups = False

    def run(self, context: Context, arguments: NoArguments) -> Result:
        before = context.desk.clusterings.current
        return stepped(context, context.desk.history.redo(context.progress), before)

    def effect_of(self, context: Context, arguments: NoArguments) -> Effect:
        event = context.desk.shelf.next_redo()
        return Effect.FILES if event is not None and event.kind == "export" else Effect.EDIT

    def meant(self, context: Context, utterance: str) -> bool:
        return means_step(utterance, context.desk.shelf.next_redo())

    def offer(self, context: Context, arguments: NoArguments) -> str:
        event = context.desk.shelf.next_redo()
        return f"redo the last undone step{f' ({visible(event.text)})' if event else ''}"
