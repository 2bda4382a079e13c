"""Take an answer to the question that is open."""

from pydantic import Field

from assistant.agent.context import Context
from assistant.agent.lesson_turns import end, next_question, question_again
from assistant.agent.tools.base import Arguments, Effect, Name, Result, Tool
from assistant.text.formatting import sentence
from assistant.text.question_wording import change_line, reason
from assistant.text.typed_answers import (
    ask_again,
    did_you_mean,
    probably_meant,
    read_answer,
    read_confirmation,
)
from tools.errors import UsageError
from tools.names import quoted, visible

ASIDES = ("why", "vague", "skip", "stop")
"""The kinds of replies that are not answers and change nothing."""


class AnswerArguments(Arguments):
    """Holds what the person replied."""

    said: Name = Field(description="What the person said, in their words.")


class Answer(Tool[AnswerArguments]):
    """Pass on what the person said to the question that was asked last: a group's number or name, "new NAME",
    "same" or "different", "skip", "why", "undo" or "stop". Only while a question is open."""

    effect = Effect.EDIT
    replies = True
    arguments = AnswerArguments

    def run(self, context: Context, arguments: AnswerArguments) -> Result:
        desk, utterance = context.desk, arguments.said
        if context.question is None:
            raise UsageError('no question is open; say "ask me" to be asked')
        clustering, question = context.question
        doubted, context.doubted_name = context.doubted_name, None
        understood = (read_confirmation(utterance, *doubted) if doubted else None) or read_answer(
            utterance, question
        )
        near = probably_meant(understood, question)
        if understood is not None and near and (doubted is None or understood.value != doubted[0]):
            context.doubted_name = str(understood.value), near
            asks = sentence(did_you_mean(*context.doubted_name))
            return question_again(context, clustering, question, asks)
        match understood.kind if understood else "":
            case "why":
                because = reason(question, len(desk.clusterings.get(clustering).images))
                return question_again(context, clustering, question, because)
            case "vague":
                return question_again(context, clustering, question, sentence(ask_again(utterance)))
            case "stop":
                return end(context, clustering)
            case "undo":
                return next_question(context, clustering, visible(desk.history.undo_answer()))
            case "skip":
                desk.questions.answer(question.images, None, clustering)
                return next_question(context, clustering, "Skipped.")
            case "answer" if understood is not None:
                before = desk.clusterings.get(clustering)
                try:
                    desk.questions.answer(question.images, understood.value, clustering, context.progress)
                except UsageError as error:  # the question stays open, and the person is told why
                    refused = f"Not taken: {error}. Another answer, or s to skip."
                    return question_again(context, clustering, question, visible(refused))
                context.questions_left -= 1
                remarks = [
                    *desk.changes.remarks(),
                    change_line(before, desk.clusterings.get(clustering)) + ".",
                ]
                return next_question(context, clustering, " ".join(remarks))
        return question_again(context, clustering, question, f"{quoted(utterance)} is no answer to that.")

    def effect_of(self, context: Context, arguments: AnswerArguments) -> Effect:
        question = context.open_question
        understood = read_answer(arguments.said, question) if question is not None else None
        return Effect.READ if understood is not None and understood.kind in ASIDES else Effect.EDIT

    def offer(self, context: Context, arguments: AnswerArguments) -> str:
        return f"take {quoted(arguments.said)} as your answer"
