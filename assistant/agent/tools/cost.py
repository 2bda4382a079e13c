"""Say what models and training took so far: calls, time and money."""

from assistant.agent.context import Context
from assistant.agent.tools.base import Effect, NoArguments, Result, Tool
from assistant.desk import Status
from tools.names import amount, visible


class Cost(Tool[NoArguments]):
    """Say which models are in use, and how many calls, how much time and how much money they and training took since
    the folder was opened. Use it when the person asks what something cost, or how many calls it took."""

    effect = Effect.READ
    arguments = NoArguments
    needs_groups = False

    def run(self, context: Context, arguments: NoArguments) -> Result:
        return "\n".join(cost_lines(context.desk.status())), {}


def cost_lines(status: Status) -> list[str]:
    """Return the models in use, and their calls and cost since the folder was opened."""
    spent = "the cost is not known" if status.cost is None else f"it cost ${status.cost:.2f}"
    return [
        f"{visible(status.brain)} brain; {visible(status.tier)} models look at {amount(status.images, 'image')}"
        + (f", {visible(status.model)} describes" if status.model else "")
        + ".",
        f"{amount(status.calls, 'model call')} since the folder was opened; {spent}.",
        *([f"Of these and beside them: {', '.join(status.effort)}."] if status.effort else []),
        *(f"Not here: {visible(line)}" for line in status.missing),
        *(visible(line) for line in status.lines),
    ]
