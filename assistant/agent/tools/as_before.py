"""Bring a grouping back as it was."""

from pydantic import Field

from assistant.agent.calls import Call, Understood
from assistant.agent.context import Context
from assistant.agent.tools.base import Arguments, Effect, Name, Result, Slots, Tool
from tools.names import quoted


class AsBeforeArguments(Arguments):
    """Names the moment to go back to."""

    moment: Name = Field(description="The name of a snapshot, or the number of a step in the history.")


class AsBefore(Tool[AsBeforeArguments]):
    """Bring the grouping back as it was at a snapshot, by its name, or right after a step of the history, by its
    number. To take back only the last change, use undo."""

    effect = Effect.EDIT
    arguments = AsBeforeArguments

    def run(self, context: Context, arguments: AsBeforeArguments) -> Result:
        return context.changed(context.desk.history.restore(arguments.moment))

    def offer(self, context: Context, given: AsBeforeArguments) -> str:
        return f"go back to {quoted(given.moment)}"

    def understand(self, slots: Slots) -> Understood | None:
        moment = slots.values.get("moment")
        if not moment or moment.casefold() in {criterion.casefold() for criterion in slots.dialogue.criteria}:
            return None
        return [Call(self.name, {"moment": moment})]
