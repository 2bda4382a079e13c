"""Holds a lesson in the conversation: one question after the other, each below the outcome of the last answer."""

from typing import TYPE_CHECKING

from assistant.text.commands import TUNE
from assistant.text.formatting import sentence
from assistant.text.question_wording import question_lines
from tools.names import quoted
from tools.teach.question import Question

if TYPE_CHECKING:
    from langchain_core.messages import ToolMessage

    from assistant.agent.context import Context
    from assistant.agent.tools.base import Result

ENDED = 'The questions have ended with that; say "ask me" to go on.'


def next_question(context: "Context", clustering: str, outcome: str = "", warning: str = "") -> "Result":
    """Return the next question of the round below the outcome of the last answer; the grouping where none is left.

    A warning stands above it, which changes nothing.
    """
    desk = context.desk
    if context.questions_left > 0 and desk.regions.cost(clustering, context.progress):
        context.question = None  # it was answered, even if the search is stopped
        outcome = f"{outcome} {sentence(desk.regions.search(clustering, context.progress))}".strip()
    question = (
        desk.questions.ask(clustering, progress=context.progress) if context.questions_left > 0 else None
    )
    if question is None:
        return end(context, clustering, outcome)
    context.doubted_name = None
    if question.enough:
        outcome = f"{outcome} More answers would hardly help; q ends.".strip()
    context.question = clustering, question
    text, about = question_again(context, clustering, question, outcome)
    return f"{warning}\n{text}".strip(), about


def question_again(context: "Context", clustering: str, question: Question, outcome: str) -> "Result":
    """Return the open question below a line about the last reply."""
    lines = [outcome] if outcome else []
    lines += question_lines(question, context.desk.clusterings.get(clustering), context.desk.collection)
    about = {"images": list(question.images), "names": list(question.names)}
    return "\n".join(lines), {"clustering": clustering, "changed": bool(outcome), "question": about}


def go_on(context: "Context", message: "ToolMessage", read: bool) -> None:
    """Repeat the open question below the answer of another tool that only read; after any other tool, end the round.

    The message is changed in place.
    """
    if context.question is None or message.status == "error":
        return
    clustering, question = context.question
    if not read:
        context.question, context.questions_left = None, 0
        message.content = f"{message.text}\n{ENDED}"
        return
    text, about = question_again(context, clustering, question, message.text)
    message.content = text
    message.artifact = {**(message.artifact or {}), "question": about["question"]}


def end(context: "Context", clustering: str, outcome: str = "") -> "Result":
    """End the round: return the grouping, and a hint where there are enough answers to tune to."""
    context.question, context.questions_left = None, 0
    text, ids = context.changed(context.desk.clusterings.get(clustering))
    if context.desk.tuning.worthwhile(clustering):
        text += f"\nThere are enough answers to tune the features to: say {quoted(TUNE)}, which takes up to a minute."
    return f"{outcome}\n{text}".strip(), ids
