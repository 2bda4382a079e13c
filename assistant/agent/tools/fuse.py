"""Group by fusing what is seen and what is said."""

from pydantic import Field

from assistant.agent.calls import Call, Reply, Understood
from assistant.agent.context import Context
from assistant.agent.group_with_consent import GroupingTool, grouped
from assistant.agent.tools.base import Arguments, Name, Result, Slots
from tools.errors import UsageError
from tools.fuse.registry import DEFAULT_FUSION, METHODS, OPTIONS, method_label, method_of
from tools.names import quoted, visible


class FuseArguments(Arguments):
    """Says what is grouped by, and how both sides are fused."""

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


class Fuse(GroupingTool[FuseArguments]):
    """Group by fusing two sides of each image: its features, and the words that describe it. Use it when the person
    asks to fuse or to combine pictures and words, or names a method that does."""

    arguments = FuseArguments

    def run(self, context: Context, arguments: FuseArguments) -> Result:
        label = method_label(arguments.method or DEFAULT_FUSION)
        chosen = method_of(label)
        if chosen is None or not chosen.multimodal:
            fusing = ", ".join(name for name, method in METHODS.items() if method.multimodal)
            raise UsageError(f"{visible(label)} fuses nothing; these methods do: {fusing}")
        if arguments.options:
            label = f"{chosen.name}{OPTIONS}{arguments.options}"
        return grouped(context, arguments.criterion, method=label)

    def offer(self, context: Context, arguments: FuseArguments) -> str:
        by = f" by {quoted(arguments.criterion)}" if arguments.criterion else ""
        return f"fuse pictures and words with {visible(arguments.method or DEFAULT_FUSION)} and group{by}"

    def understand(self, slots: Slots) -> Understood | None:
        if unknown := slots.values.get("unknown_method"):
            return Reply(f"There is no method {quoted(unknown)}. Choose one of {', '.join(METHODS)}.")
        return [
            Call(
                self.name, {key: slots.values[key] for key in ("criterion", "method") if key in slots.values}
            )
        ]
