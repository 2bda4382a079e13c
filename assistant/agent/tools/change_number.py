"""Make fewer or more groups."""

from typing import Literal

from assistant.agent.context import Context
from assistant.agent.tools.base import Arguments, Effect, Result, Tool


class ChangeNumberArguments(Arguments):
    """Gives the direction of the change."""

    direction: Literal["fewer", "more"]


class ChangeNumber(Tool[ChangeNumberArguments]):
    """Make the current grouping coarser (fewer groups) or finer (more groups), where no number is said."""

    effect = Effect.EDIT
    arguments = ChangeNumberArguments

    def run(self, context: Context, arguments: ChangeNumberArguments) -> Result:
        change = context.desk.grouping.fewer if arguments.direction == "fewer" else context.desk.grouping.more
        return context.changed(change(progress=context.progress))

    def offer(self, context: Context, arguments: ChangeNumberArguments) -> str:
        return f"make {arguments.direction} groups"
