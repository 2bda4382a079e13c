"""Say which method made the groups, and which others there are."""

from assistant.agent.context import Context
from assistant.agent.tools.base import Effect, NoArguments, Result, Tool
from tools.fuse.registry import DEFAULT, DEFAULT_WITH_ANSWERS, METHODS, method_of
from tools.names import quoted


class Methods(Tool[NoArguments]):
    """Say which method made the current groups, and which other methods could make them here. Use it when the person
    asks which method or algorithm was used, or what else could be used."""

    effect = Effect.READ
    arguments = NoArguments
    needs_groups = False

    def run(self, context: Context, arguments: NoArguments) -> Result:
        if not context.desk.clusterings.all():
            lines = [
                "Nothing is grouped yet.",
                f"Without another word I use {DEFAULT}, and {DEFAULT_WITH_ANSWERS} once you have answered questions.",
                *(f"  {name}: {method.about}" for name, method in METHODS.items()),
            ]
            return "\n".join(lines), {}
        clustering = context.desk.clusterings.get()
        missing = context.desk.grouping.methods(progress=context.progress)
        used = method_of(clustering.method)
        about = f": {used.about}" if used else ""
        lines = [
            f"{quoted(clustering.criterion)} was grouped by {clustering.method}{about}.",
            "You chose it."
            if clustering.chosen
            else "Nobody chose it; it is what is used without another word.",
            "Others that can be used here:",
        ]
        others = [name for name, method in METHODS.items() if method is not used]
        lines += [f"  {name}: {METHODS[name].about}" for name in others if not missing[name]]
        lines += ["Not here:", *(f"  {missing[name]}" for name in others if missing[name])]
        if lines[-1] == "Not here:":
            del lines[-1]
        return "\n".join([*lines, 'Say for example "use sac".']), {"clustering": clustering.id}
