"""Show the help, or answer a question about the program itself."""

from pydantic import Field

from assistant.agent.context import Context
from assistant.agent.help_text import help_text, topic_text, topics
from assistant.agent.tools.base import Arguments, Effect, Result, Tool
from assistant.text.formatting import sentence
from tools.errors import UsageError
from tools.names import quoted, visible


class HelpArguments(Arguments):
    """Names what the help is about."""

    topic: str | None = Field(
        None,
        max_length=40,
        description='"files" (what happens to the originals), "privacy" (what leaves this machine), "limits" (what '
        'cannot be seen), "self" (what this program is), "undo", or the name of a tool, such as "export_clusters"; '
        "left out, everything.",
    )


class Help(Tool[HelpArguments]):
    """Show the person what they can say, with examples; with a topic, answer a question about what happens to their
    files, what leaves this machine, undo, or how something is done."""

    effect = Effect.READ
    arguments = HelpArguments
    needs_groups = False

    def run(self, context: Context, arguments: HelpArguments) -> Result:
        if arguments.topic is None:
            return help_text(), {}
        if (text := topic_text(arguments.topic)) is None:
            raise UsageError(
                f"there is no help about {quoted(arguments.topic)}; there is about {', '.join(topics())}"
            )
        if arguments.topic == "limits":
            return f"{text}\n{_unseen(context)}".strip(), {}
        if arguments.topic == "files" and (written := _written(context)):
            return f"{written}\n{text}", {}
        return text, {}


def _unseen(context: Context) -> str:
    """Return what the experts that looked cannot see here, a line each, and what they see; "" before they looked."""
    seen = context.desk.criteria.seen()
    told = f"What they tell apart here: {', '.join(visible(name) for name in seen)}." if seen else ""
    return "\n".join(filter(None, [*map(visible, context.desk.experts.missing), told]))


def _written(context: Context) -> str:
    """Return what exports did with the files and was not undone, the last first; "" where nothing was written."""
    exports = [e for e in context.desk.history.entries() if e.kind == "export" and e.in_force]
    return "\n".join(f'{sentence(visible(e.text))}: "undo" takes it back.' for e in reversed(exports))
