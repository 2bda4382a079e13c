"""Make two groupings into one."""

from assistant.agent.context import Context
from assistant.agent.tools.base import Effect, Result, Tool
from assistant.agent.tools.compare import TwoGroupings
from tools.errors import UsageError
from tools.names import quoted


class Cross(Tool[TwoGroupings]):
    """Combine two groupings into one with a group for each pair, such as emotion and colour; on export, folders in
    folders."""

    effect = Effect.EDIT
    arguments = TwoGroupings
    needs_groups = False

    def run(self, context: Context, arguments: TwoGroupings) -> Result:
        desk = context.desk
        for criterion in (arguments.first, arguments.second):
            if not desk.clusterings.has(criterion):
                quote = desk.models.quote(criterion)
                if quote is not None and quote.needed:
                    raise UsageError(f"group by {quoted(criterion)} first, then cross the two")
                desk.grouping.group(criterion, progress=context.progress)
        return context.changed(desk.comparing.cross(arguments.first, arguments.second))

    def offer(self, context: Context, arguments: TwoGroupings) -> str:
        return f"cross {quoted(arguments.first)} with {quoted(arguments.second)}"
