"""Let agents walk the graph, and tell what they did."""

from pydantic import Field

from assistant.agent.calls import Call, Understood
from assistant.agent.context import Context
from assistant.agent.tools.base import Arguments, Effect, Name, Result, Slots, Tool
from tools.fuse.walk.walk import Walk
from tools.names import quoted

MOST_TOLD = 6
"""The most images of which it is told why they went where."""


class TraverseArguments(Arguments):
    """What the walk goes by, and how often a judge may be asked."""

    criterion: Name | None = Field(
        None, description="A criterion, in the person's words; left out, the current one."
    )
    budget: float | None = Field(
        None, ge=0, le=100, description="Calls of the judge per image, only if the person says how many."
    )


class Traverse(Tool[TraverseArguments]):
    """Let agents walk the graph of alike images, group the images as they find them, and tell the story: how many
    walkers there were, who decided, whom they asked, what was merged."""

    effect = Effect.EDIT
    arguments = TraverseArguments
    needs_groups = False

    def run(self, context: Context, arguments: TraverseArguments) -> Result:
        desk = context.desk
        criterion = arguments.criterion or desk.clusterings.get().criterion
        options = "" if arguments.budget is None else f":budget={arguments.budget:g}"
        clustering = desk.grouping.group(
            criterion, method=Walk.name + options, seed=desk.settings.seed, progress=context.progress
        )
        text, ids = context.changed(clustering)
        asked = [
            (image, why)
            for image, why in zip(clustering.images, clustering.why, strict=True)
            if "asked" in why
        ]
        told = asked or [
            (image, why) for image, why in zip(clustering.images, clustering.why, strict=True) if why
        ]
        lines = [f"  #{desk.collection.number(image)}: {why}" for image, why in told[:MOST_TOLD]]
        return "\n".join([text, *lines]), ids

    def offer(self, context: Context, arguments: TraverseArguments) -> str:
        by = f" by {quoted(arguments.criterion)}" if arguments.criterion else ""
        return f"let agents walk the graph and group{by} as they find"

    def understand(self, slots: Slots) -> Understood | None:
        given = {key: slots.values[key] for key in ("criterion",) if slots.values.get(key)}
        if "number" in slots.values:
            given["budget"] = slots.values["number"]
        return [Call(self.name, given)]
