"""Pick out the images for which several things hold."""

from typing import ClassVar

from pydantic import Field

from assistant.agent.calls import Call, Understood
from assistant.agent.context import Context
from assistant.agent.tools.base import Arguments, Effect, Name, Result, Slots, Tool
from assistant.agent.wording import enumerated
from tools.errors import UsageError

SHOWN_BEFORE = "shown_before"
"""The key of the grouping that was shown before, in what the call leaves: an export of the group that is not wanted
goes back to it."""


class PickOutArguments(Arguments):
    """Names what must hold, what must not, and what the group is called."""

    ASKS_FILES: ClassVar[tuple[str, ...]] = ("all_of", "none_of")

    all_of: list[Name] = Field(
        [], max_length=20, description="Groups of any grouping, or what files say: a city, a camera, a year."
    )
    none_of: list[Name] = Field([], max_length=20, description="What must not hold.")
    name: Name | None = Field(None, description="What the group is called; left out, what holds for it.")


class PickOut(Tool[PickOutArguments]):
    """Put the images into one group that are in two or more groups of different groupings at once, or for which their
    files say it ("the happy red ones", "the beach pictures from 2023"), and all others into another."""

    effect = Effect.EDIT
    arguments = PickOutArguments
    needs_groups = False

    def run(self, context: Context, arguments: PickOutArguments) -> Result:
        if not arguments.all_of and not arguments.none_of:
            raise UsageError(
                'say what holds for them, such as "put the pictures from Berlin in 2023 together"'
            )
        before = context.desk.clusterings.current
        made = context.desk.conditions.pick(
            arguments.all_of, arguments.none_of, arguments.name, context.progress
        )
        text, ids = context.changed(made)
        ids["made"] = [made.clusters[0].name]
        return text, ids | ({SHOWN_BEFORE: before.id} if before is not None else {})

    def offer(self, context: Context, arguments: PickOutArguments) -> str:
        but = f", without {enumerated(arguments.none_of)}" if arguments.none_of else ""
        return f"put what is {enumerated(arguments.all_of) or 'here'}{but} into one group"

    def read_instead(self, arguments: PickOutArguments) -> Call:
        first, *others = arguments.all_of or [""]
        given = {"cluster": first, "also": others, "but": arguments.none_of}
        return Call("show", {key: value for key, value in given.items() if value})

    def understand(self, slots: Slots) -> Understood | None:
        both = [str(slots.values[key]) for key in ("first_value", "second_value")]
        return [Call(self.name, {"all_of": both})]
