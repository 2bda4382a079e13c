"""Tune the embedding of a criterion."""

from typing import Literal

from pydantic import Field

from assistant.agent.context import Context
from assistant.agent.tools.base import Arguments, Effect, Result, Tool
from assistant.text.formatting import sentence

_TARGETS = {"map": "features", "encoder": "encoder", "mllm": "multimodal model"}
_TEACHERS = {"answers": "your answers", "words": "the words that are seen", "judge": "a judge's answers"}


class TuneEmbeddingArguments(Arguments):
    """Name what is tuned, and who teaches it."""

    target: Literal["map", "encoder", "mllm"] = Field(
        "map", description="A map over the features, the image encoder, or the multimodal model."
    )
    teacher: Literal["answers", "words", "judge"] = Field(
        "answers",
        description="The person's answers; also the words that models see; also a model that judges pairs.",
    )


class TuneEmbedding(Tool[TuneEmbeddingArguments]):
    """Tune the features, or by LoRA a model, to the current criterion: to all that the person said about images, and
    to the words that were seen or to a judge where they say so. It is kept only where it helps. Only when they ask to
    tune, or to learn or train thoroughly; to be asked questions is ask_me."""

    effect = Effect.EDIT
    arguments = TuneEmbeddingArguments

    def run(self, context: Context, arguments: TuneEmbeddingArguments) -> Result:
        done = context.desk.tuning.tune(
            progress=context.progress, target=arguments.target, teacher=arguments.teacher
        )
        line = sentence(done.line)
        if not done.kept:
            return line, {}
        text, ids = context.changed(context.desk.clusterings.get())
        return f"{line}\n{text}", ids

    def offer(self, context: Context, arguments: TuneEmbeddingArguments) -> str:
        return f"tune the {_TARGETS[arguments.target]} to {_TEACHERS[arguments.teacher]}"
