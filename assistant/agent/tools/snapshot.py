"""Keep a grouping under a name."""

from pydantic import Field

from assistant.agent.calls import Call, Understood
from assistant.agent.context import Context
from assistant.agent.tools.base import Arguments, Effect, Name, Result, Slots, Tool
from tools.names import quoted


class NewName(Arguments):
    """Gives the name of a snapshot or a branch."""

    name: Name = Field(description="The name to keep it under.")


class Snapshot(Tool[NewName]):
    """Keep the current grouping as it is now under a name, so that the person can come back to it."""

    effect = Effect.EDIT
    arguments = NewName

    def run(self, context: Context, arguments: NewName) -> Result:
        kept = context.desk.history.snapshot(arguments.name)
        return f"{kept.text}; say {quoted(f'as in {arguments.name}')} to come back to it.", {}

    def offer(self, context: Context, arguments: NewName) -> str:
        return f"keep the grouping as {quoted(arguments.name)}"

    def understand(self, slots: Slots) -> Understood | None:
        name = slots.values.get("own_name") or slots.values.get("name")
        return [Call(self.name, {"name": name})] if name else None
