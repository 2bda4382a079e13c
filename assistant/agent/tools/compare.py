"""Show two groupings side by side."""

from pydantic import Field

from assistant.agent import wording
from assistant.agent.calls import NOTHING_DONE
from assistant.agent.context import Context
from assistant.agent.tools.base import Arguments, Effect, Name, Result, Tool
from assistant.agent.wording import enumerated
from tools.fuse.registry import method_name
from tools.names import visible


class TwoGroupings(Arguments):
    """Names the two groupings to compare or cross."""

    first: Name = Field(description="A grouping, by its criterion.")
    second: Name = Field(description="The other grouping.")


class Compare(Tool[TwoGroupings]):
    """Show two groupings side by side: how many images their groups share."""

    effect = Effect.READ
    arguments = TwoGroupings

    def run(self, context: Context, arguments: TwoGroupings) -> Result:
        if all(method_name(name) for name in (arguments.first, arguments.second)):
            first, second = visible(arguments.first), visible(arguments.second)
            return (
                f'Two methods are tried one after the other: "use {first}", then "use {second}"; undo brings back the '
                "one before. With labels in a folder, regroup bench compares them in figures."
            ), {NOTHING_DONE: True}
        missing = [
            name for name in (arguments.first, arguments.second) if not context.desk.clusterings.has(name)
        ]
        if missing and len(context.desk.clusterings.all()):
            then = f'then "compare {visible(arguments.first)} and {visible(arguments.second)}"'
            first = '", then "'.join(f"group by {visible(name)}" for name in missing)
            return f'Nothing is grouped by {enumerated(missing)} yet: say "{first}", {then}.', {
                NOTHING_DONE: True
            }
        both = context.desk.comparing.compare(arguments.first, arguments.second)
        return wording.comparison(both.a, both.b, both.table, both.agreement), {"clustering": both.a.id}
