"""Learn slowly from all answers."""

from assistant.agent.context import Context
from assistant.agent.tools.base import Effect, NoArguments, Result, Tool
from assistant.text.formatting import sentence


class Tune(Tool[NoArguments]):
    """Tune the features to all that the person said about images under the current grouping, which takes up to a
    minute. Only when they ask to tune, or to learn or train thoroughly; to be asked questions is ask_me."""

    effect = Effect.EDIT
    arguments = NoArguments

    def run(self, context: Context, arguments: NoArguments) -> Result:
        done = context.desk.tuning.tune(progress=context.progress)
        line = sentence(done.line)
        if not done.kept:
            return line, {}
        text, ids = context.changed(context.desk.clusterings.get())
        return f"{line}\n{text}", ids

    def offer(self, context: Context, arguments: NoArguments) -> str:
        return "tune the features to your answers"
