"""Show the help."""

from assistant.agent.context import Context
from assistant.agent.help_text import help_text
from assistant.agent.tools.base import Effect, NoArguments, Result, Tool


class Help(Tool[NoArguments]):
    """Show the person what they can say, with examples."""

    effect = Effect.READ
    arguments = NoArguments
    needs_groups = False

    def run(self, context: Context, arguments: NoArguments) -> Result:
        return help_text(), {}
