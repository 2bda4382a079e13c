"""Build the graph of alike images."""

from pydantic import Field

from assistant.agent.calls import Call, Understood
from assistant.agent.context import Context
from assistant.agent.tools.base import Arguments, Effect, Name, Result, Slots, Tool
from assistant.desk.graphs import Graph
from tools.names import amount, quoted, visible

MOST_COMPONENTS = 8
"""The most components that are drawn, each in a line."""
_WIDTH = 40
"""The characters of the longest bar."""


class BuildGraphArguments(Arguments):
    """Says what the graph is of, and how dense it is."""

    criterion: Name | None = Field(
        None, description="A criterion, in the person's words; left out, the current one."
    )
    tau: float | None = Field(
        None, gt=0, lt=1, description="The least weight of an edge; left out, it is calibrated."
    )
    neighbours: int | None = Field(
        None, ge=1, le=1000, description="How many neighbours an image has at most."
    )


class BuildGraph(Tool[BuildGraphArguments]):
    """Build the graph that connects images which are alike under a criterion, and say how it falls apart. It is saved
    as GraphML in the workspace. Nothing is grouped by it; `traverse` does that."""

    effect = Effect.READ
    arguments = BuildGraphArguments
    needs_groups = False

    def run(self, context: Context, arguments: BuildGraphArguments) -> Result:
        graph = context.desk.graphs.build(
            arguments.criterion, arguments.tau, arguments.neighbours, context.progress
        )
        return "\n".join(drawn(graph)), {"graph": str(graph.path)}

    def understand(self, slots: Slots) -> Understood | None:
        names = {"criterion": "criterion", "number": "neighbours", "tau": "tau"}
        return [
            Call(self.name, {names[slot]: value for slot, value in slots.values.items() if slot in names})
        ]


def drawn(graph: Graph) -> list[str]:
    """Return a graph in lines: its size, a bar for each of its largest components, and where it is saved."""
    tuned = ", of the features that were tuned" if graph.tuned else ""
    asked = f"; the judge was asked {amount(graph.calls, 'time')}" if graph.calls else ""
    lines = [
        f"Graph of {amount(graph.images, 'image')} by {quoted(graph.criterion)}{tuned}: {amount(graph.edges, 'edge')}, "
        f"{graph.degree:.1f} for each image, in {amount(len(graph.components), 'component')} "
        f"(tau {graph.tau:.2f}, beta {graph.beta:.1f}){asked}."
    ]
    longest = max(graph.components, default=1)
    shown = graph.components[:MOST_COMPONENTS]
    lines += [f"  {'█' * max(1, round(_WIDTH * size / longest))} {size}" for size in shown]
    if rest := graph.components[MOST_COMPONENTS:]:
        lines.append(f"  and {amount(len(rest), 'more component')} of {amount(sum(rest), 'image')}")
    return [*lines, f"Saved as {visible(str(graph.path))}."]
