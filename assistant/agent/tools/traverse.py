"""Let agents walk the graph, and tell what they did."""

from pydantic import Field

from assistant.agent.approvals import PlanApproval, SendApproval
from assistant.agent.calls import Call, Understood
from assistant.agent.context import Context
from assistant.agent.group_with_consent import GroupingTool, grouped
from assistant.agent.tools.base import Arguments, Name, Result, Slots
from tools.fuse.registry import OPTIONS
from tools.fuse.walk.walk import Walk
from tools.names import quoted

MOST_TOLD = 6
"""The most images of which it is told why they went where."""


class TraverseArguments(Arguments):
    """Says what the walk goes by, and how often a judge may be asked."""

    criterion: Name | None = Field(
        None, description="A criterion, in the person's words; left out, the current one."
    )
    budget: float | None = Field(
        None, ge=0, le=100, description="Calls of the judge per image, only if the person says how many."
    )


class Traverse(GroupingTool[TraverseArguments]):
    """Let agents walk the graph of alike images, group the images as they find them, and tell the story: how many
    walkers there were, who decided, whom they asked, what was merged."""

    arguments = TraverseArguments

    def run(self, context: Context, arguments: TraverseArguments) -> Result:
        budget = "" if arguments.budget is None else f"{OPTIONS}budget={arguments.budget:g}"
        text, ids = grouped(context, arguments.criterion, method=Walk.name + budget)
        if isinstance(ids, PlanApproval | SendApproval) or "yes" in ids:
            return text, ids
        made, collection = context.desk.clusterings.get(), context.desk.collection
        whys = zip(made.images, made.why, strict=True) if made.why else ()  # which no image may have
        reasons = [(image, why) for image, why in whys if why]
        asked = [(image, why) for image, why in reasons if "asked" in why]
        lines = [f"  #{collection.number(image)}: {why}" for image, why in (asked or reasons)[:MOST_TOLD]]
        head = "Where the model was asked:" if asked else "Why they are where they are, for example:"
        return "\n".join([text, head, *lines] if lines else [text]), ids

    def offer(self, context: Context, arguments: TraverseArguments) -> str:
        by = f" by {quoted(arguments.criterion)}" if arguments.criterion else ""
        return f"let agents walk the graph and group{by} as they find"

    def understand(self, slots: Slots) -> Understood | None:
        names = {"criterion": "criterion", "number": "budget"}
        return [
            Call(self.name, {names[slot]: value for slot, value in slots.values.items() if slot in names})
        ]
