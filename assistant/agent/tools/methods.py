"""Say which method made the groups, and which others there are."""

from pydantic import Field

from assistant.agent.context import Context
from assistant.agent.tools.base import Arguments, Effect, Result, Tool
from tools.clustering.clustering import Clustering
from tools.fuse.registry import DEFAULT, DEFAULT_WITH_ANSWERS, METHODS, find_method, method_of
from tools.names import quoted


class MethodsArguments(Arguments):
    """Names the method that is asked about."""

    method: str | None = Field(
        None, max_length=40, description='A method, such as "sac", where the person asks about one.'
    )


class Methods(Tool[MethodsArguments]):
    """Say which method made the current groups, and which other methods could make them here; or what one of them does.
    Use it when the person asks which method or algorithm was used, what else could be used, or about a method."""

    effect = Effect.READ
    arguments = MethodsArguments
    needs_groups = False

    def run(self, context: Context, arguments: MethodsArguments) -> Result:
        if arguments.method is not None:
            return _one(context, arguments.method), {}
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
            f"{quoted(clustering.criterion)} was grouped by {clustering.method or 'hand'}{about}.",
            "You chose it."
            if clustering.chosen
            else f"I use it where you choose none{_answers(clustering)}.",
            "Others that can be used here:",
        ]
        others = [name for name, method in METHODS.items() if method is not used]
        lines += [f"  {name}: {METHODS[name].about}" for name in others if not missing[name]]
        lines += ["Not here:", *(f"  {missing[name]}" for name in others if missing[name])]
        if lines[-1] == "Not here:":
            del lines[-1]
        return "\n".join([*lines, 'Say for example "use sac".']), {"clustering": clustering.id}


def _answers(clustering: Clustering) -> str:
    learned = (method := method_of(clustering.method)) is not None and method.learns_from_answers
    return " and have answered questions" if learned else ""


def _one(context: Context, name: str) -> str:
    """Return what one method does, and whether it made the current groups."""
    method = type(find_method(name))
    lines = [f"{method.name}: {method.about}."]
    if (current := context.desk.clusterings.current) is not None:
        made = method_of(current.method) is method
        by = "it" if made else current.method or "hand"
        lines.append(f"{quoted(current.criterion)} was grouped by {by}.")
        if not made:
            lines.append(f'Say "use {method.name}" to try it here; undo brings the groups back.')
    lines.append(f"`regroup methods {method.name}` tells its source and its options.")
    return "\n".join(lines)
