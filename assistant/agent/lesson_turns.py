"""A lesson in the conversation: one question after the other, each with what the last answer came to."""

from typing import TYPE_CHECKING

from assistant.text.commands import TUNE
from assistant.text.formatting import sentence
from assistant.text.question_wording import question_lines
from tools.names import quoted
from tools.teach.question import Question

if TYPE_CHECKING:
    from assistant.agent.context import Context
    from assistant.agent.tools.base import Result


def next_question(context: "Context", clustering: str, told: str = "") -> "Result":
    """The next question of the round, after what the last answer came to; the grouping where none is left."""
    desk = context.desk
    if context.questions_left > 0 and desk.regions.cost(clustering, context.progress):
        context.question = None  # it was answered, also where looking is stopped
        told = f"{told} {sentence(desk.regions.search(clustering, context.progress))}".strip()
    question = (
        desk.questions.ask(clustering, progress=context.progress) if context.questions_left > 0 else None
    )
    if question is None:
        return end(context, clustering, told)
    context.doubted_name = None
    if question.enough:
        told = f"{told} More answers would hardly help; q ends.".strip()
    context.question = clustering, question
    return question_again(context, clustering, question, told)


def question_again(context: "Context", clustering: str, question: Question, told: str) -> "Result":
    """The open question, after a line that comes before it."""
    lines = [told] if told else []
    lines += question_lines(question, context.desk.clusterings.get(clustering), context.desk.collection)
    about = {"images": list(question.images), "names": list(question.names)}
    return "\n".join(lines), {"clustering": clustering, "changed": bool(told), "question": about}


def end(context: "Context", clustering: str, told: str = "") -> "Result":
    """The end of a round: the grouping as it is now, and whether learning slowly is worth it."""
    context.question, context.questions_left = None, 0
    text, ids = context.changed(context.desk.clusterings.get(clustering))
    if context.desk.tuning.worthwhile(clustering):
        text += (
            f"\nThere are answers enough to learn from slowly: say {quoted(TUNE)}, it takes up to a minute."
        )
    return f"{told}\n{text}".strip(), ids
