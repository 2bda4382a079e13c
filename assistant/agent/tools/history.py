"""Show what was done so far."""

from assistant.agent import wording
from assistant.agent.context import Context
from assistant.agent.tools.base import Effect, NoArguments, Result, Tool
from tools.names import amount, visible


class History(Tool[NoArguments]):
    """Show what was done to this collection so far, the newest last, with the numbers to go back to."""

    effect = Effect.READ
    arguments = NoArguments
    needs_groups = False

    def run(self, context: Context, arguments: NoArguments) -> Result:
        entries = context.desk.history.entries()
        lines = [
            f"  {e.number}. {visible(e.text)}{'' if e.in_force or e.kind in ('undo', 'redo') else ' (undone)'}"
            for e in entries[-wording.MOST_IMAGES :]
        ]
        if (earlier := len(entries) - len(lines)) > 0:
            lines.insert(0, f"  ({amount(earlier, 'earlier step')}: regroup log shows all)")
        return "\n".join(["What was done:", *lines]) if lines else "Nothing was done yet.", {}
