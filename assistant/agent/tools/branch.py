"""Copy a grouping, to try something on the copy."""

from assistant.agent.context import Context
from assistant.agent.tools.base import Effect, Result, Tool
from assistant.agent.tools.snapshot import NewName
from tools.names import quoted


class Branch(Tool[NewName]):
    """Copy the current grouping under a name, so that the person can try something else on the copy."""

    effect = Effect.EDIT
    arguments = NewName

    def run(self, context: Context, arguments: NewName) -> Result:
        return context.changed(context.desk.comparing.branch(arguments.name))

    def offer(self, context: Context, arguments: NewName) -> str:
        return f"copy the grouping as {quoted(arguments.name)}"
