"""Pick the best pictures of each group."""

from typing import Literal

from pydantic import Field

from assistant.agent.calls import Call, Understood
from assistant.agent.context import Context
from assistant.agent.tools.base import Arguments, Effect, Result, Slots, Tool
from assistant.desk.arranging import picked_by
from tools.names import quoted


class BestOfEachArguments(Arguments):
    """Says how many pictures of each group, by what, and whether they become a grouping."""

    count: int = Field(1, ge=1, le=100, description="The most pictures of each group.")
    by: Literal["typical", "sharpest"] = Field(
        "typical",
        description='"typical": nearest to what the group is about. "sharpest": the sharpest pictures.',
    )
    group: bool = Field(
        False, description="Whether to group them, so that they can be exported; else they are only shown."
    )


class BestOfEach(Tool[BestOfEachArguments]):
    """Pick the best pictures of each group, the most typical or the sharpest ones; with group, as a grouping of their
    own, in which all others are unsorted."""

    effect = Effect.READ
    arguments = BestOfEachArguments

    def run(self, context: Context, arguments: BestOfEachArguments) -> Result:
        desk, count, by = context.desk, arguments.count, arguments.by
        if arguments.group:
            return context.changed(desk.arranging.group_best(count, by, progress=context.progress))
        current = desk.clusterings.get()
        best = desk.arranging.best(count, by, progress=context.progress)
        lines = [f"The {picked_by(by)} of each group:"]
        for cluster in current.clusters:
            shown = [
                f"#{desk.collection.number(image)} {quoted(desk.collection.by_id(image).path.as_posix())}"
                for image in best[cluster.id]
            ]
            lines.append(f"  {quoted(cluster.name)}: {', '.join(shown) or 'no picture'}")
        lines.append('Say "group the best of each" for a grouping of these alone, which you can export.')
        return "\n".join(lines), {"listed": [image for images in best.values() for image in images]}

    def effect_of(self, context: Context, arguments: BestOfEachArguments) -> Effect:
        return Effect.EDIT if arguments.group else Effect.READ

    def offer(self, context: Context, arguments: BestOfEachArguments) -> str:
        return f"group the {picked_by(arguments.by)} of each group"

    def read_instead(self, arguments: BestOfEachArguments) -> Call:
        return Call(self.name, {"count": arguments.count, "by": arguments.by})

    def understand(self, slots: Slots) -> Understood | None:
        number = slots.values.get("number")
        by, _, group = slots.form.partition(" ")
        arguments = {"count": number} if number else {}
        arguments |= {"by": by} if by == "sharpest" else {}
        return [Call(self.name, arguments | ({"group": True} if group else {}))]
