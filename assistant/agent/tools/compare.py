"""Show two groupings side by side."""

from pydantic import Field

from assistant.agent import wording
from assistant.agent.context import Context
from assistant.agent.tools.base import Arguments, Effect, Name, Result, Tool


class TwoGroupings(Arguments):
    """Names the two groupings to compare or cross."""

    first: Name = Field(description="A grouping, by its criterion.")
    second: Name = Field(description="The other grouping.")


class Compare(Tool[TwoGroupings]):
    """Show two groupings side by side: how many images their groups share."""

    effect = Effect.READ
    arguments = TwoGroupings

    def run(self, context: Context, arguments: TwoGroupings) -> Result:
        both = context.desk.comparing.compare(arguments.first, arguments.second)
        return wording.comparison(both.a, both.b, both.table, both.agreement), {"clustering": both.a.id}
