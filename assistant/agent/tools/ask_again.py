"""Ask a describer again about what it gave no answer for."""

from assistant.agent.context import Context
from assistant.agent.tools.base import Effect, NoArguments, Result, Tool
from tools.names import quoted


class AskAgain(Tool[NoArguments]):
    """Ask the model that describes again about the images for which it gave no usable answer under the current
    grouping."""

    effect = Effect.EDIT
    arguments = NoArguments
    needs = "a model that describes pictures"

    def available(self, context: Context) -> bool:
        return context.desk.models.describes

    def run(self, context: Context, arguments: NoArguments) -> Result:
        desk = context.desk
        criterion = desk.clusterings.get().criterion
        if not desk.models.failures(criterion):
            return f"Every image has an answer about {quoted(criterion)}.", {}
        clustering = desk.grouping.group(
            criterion, seed=desk.settings.seed, progress=context.progress, again=True
        )
        return context.changed(clustering)

    def offer(self, context: Context, arguments: NoArguments) -> str:
        return "ask again about the images that got no answer"
