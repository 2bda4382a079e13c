"""Group near-duplicates or bursts."""

from typing import Literal

from pydantic import Field

from assistant.agent.calls import Call
from assistant.agent.context import Context
from assistant.agent.tools.base import Arguments, Effect, Result, Tool
from assistant.agent.tools.show_near_duplicates import ShowNearDuplicates


class GroupNearDuplicatesArguments(Arguments):
    """Says which kind of stacks is meant, and what becomes of them."""

    kind: Literal["near duplicates", "bursts"] = Field(
        "near duplicates",
        description='"near duplicates": one picture saved again, edited or cut. "bursts": shots within two seconds.',
    )
    best: bool = Field(
        False,
        description="Whether there are two groups instead: the best of each stack with all the rest, and the others.",
    )


class GroupNearDuplicates(Tool[GroupNearDuplicatesArguments]):
    """Make a group of each stack of near-duplicates or of each burst; or, with best, one group of what is worth keeping
    and one of the others. No file is touched, and nothing is ever deleted."""

    effect = Effect.EDIT
    arguments = GroupNearDuplicatesArguments
    needs_groups = False

    def run(self, context: Context, arguments: GroupNearDuplicatesArguments) -> Result:
        made = context.desk.near_duplicates.group(arguments.kind, arguments.best, context.progress)
        return context.changed(made)

    def offer(self, context: Context, arguments: GroupNearDuplicatesArguments) -> str:
        return f"set the {arguments.kind} aside" if arguments.best else f"group the {arguments.kind}"

    def read_instead(self, arguments: GroupNearDuplicatesArguments) -> Call | None:
        return Call(ShowNearDuplicates.name, {"kind": arguments.kind})
