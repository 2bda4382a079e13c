"""Ask the person a few questions."""

from assistant.agent.context import Context
from assistant.agent.lesson_turns import next_question
from assistant.agent.tools.base import Effect, NoArguments, Result, Tool
from assistant.text.typed_answers import QUESTIONS
from tools.errors import UsageError
from tools.names import quoted


class AskMe(Tool[NoArguments]):
    """Ask the person a few quick questions about single images, so that the current grouping becomes right. Use it
    when they ask to be asked, agree to be asked, or want to teach what they mean."""

    effect = Effect.READ
    arguments = NoArguments

    def run(self, context: Context, arguments: NoArguments) -> Result:
        if not context.desk.clusterings.all():
            raise UsageError('nothing is grouped yet; say for example "group by emotion"')
        clustering = context.desk.clusterings.get()
        warning = context.desk.questions.warning()
        if context.shows_pictures:
            context.question, context.questions_left = None, 0
            line = f"Questions about {quoted(clustering.criterion)}, each with its picture: they are on the screen."
            return f"{warning} {line}".strip(), {"clustering": clustering.id, "teach": clustering.id}
        context.questions_left = QUESTIONS
        return next_question(context, clustering.id, warning=warning)
