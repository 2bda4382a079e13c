"""Group by fusing what is seen and what is said."""

from pydantic import Field

from assistant.agent.calls import Call, Reply, Understood
from assistant.agent.context import Context
from assistant.agent.tools.base import Arguments, Effect, Name, Result, Slots, Tool
from tools.errors import UsageError
from tools.fuse.method_options import configured
from tools.fuse.registry import METHODS, OPTIONS, method_label, method_of
from tools.names import quoted, visible

DEFAULT = "gated"
"""The fusion that is used where the person names none: it needs no training, so it answers soonest."""


class FuseArguments(Arguments):
    """What is grouped by, and how both sides are fused."""

    criterion: Name | None = Field(
        None, description="A criterion, in the person's words; left out, the current one."
    )
    method: str | None = Field(
        None, max_length=40, description='A method that fuses, such as "sac" or "mllm_mc", only if named.'
    )
    options: str = Field(
        "",
        max_length=200,
        description='Options of the method, such as "epochs=50", only if the person says some.',
    )


class Fuse(Tool[FuseArguments]):
    """Group by fusing two sides of each image: its features, and the words that describe it. Use it when the person
    asks to fuse or to combine pictures and words, or names a method that does."""

    effect = Effect.EDIT
    arguments = FuseArguments
    needs_groups = False

    def run(self, context: Context, arguments: FuseArguments) -> Result:
        desk = context.desk
        criterion = arguments.criterion or desk.clusterings.get().criterion
        label = method_label(arguments.method or DEFAULT)
        chosen = method_of(label)
        if chosen is None or not chosen.multimodal:
            fusing = ", ".join(name for name, method in METHODS.items() if method.multimodal)
            raise UsageError(f"{visible(label)} fuses nothing; these methods do: {fusing}")
        if arguments.options:
            configured(chosen, arguments.options)
            label = f"{chosen.name}{OPTIONS}{arguments.options}"
        clustering = desk.grouping.group(
            criterion, method=label, seed=desk.settings.seed, progress=context.progress
        )
        return context.changed(clustering)

    def offer(self, context: Context, arguments: FuseArguments) -> str:
        by = f" by {quoted(arguments.criterion)}" if arguments.criterion else ""
        return f"fuse pictures and words with {visible(arguments.method or DEFAULT)} and group{by}"

    def understand(self, slots: Slots) -> Understood | None:
        if unknown := slots.values.get("unknown_method"):
            return Reply(f"There is no method {quoted(unknown)}. Choose one of {', '.join(METHODS)}.")
        return [
            Call(
                self.name, {key: slots.values[key] for key in ("criterion", "method") if key in slots.values}
            )
        ]
