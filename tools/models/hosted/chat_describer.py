"""Describes images with a hosted chat model: one request per image, and one more where the answer is malformed."""

import json
from collections.abc import Sequence
from functools import partial

import prompts
from tools.errors import RegroupError
from tools.models.hosted.chat_answer import Reading, read, schema
from tools.models.hosted.chat_client import ChatClient, Job, Ticket
from tools.models.hosted.chat_port import Answer, Failed, Message, text
from tools.models.hosted.jpeg import SIDE, block, jpeg
from tools.models.ports import Pixels, Question, Slot
from tools.names import amount

_QUOTED = 2_000
"""The most characters of an unusable answer that the model is shown again, counted from its end."""


class ChatDescriber:
    """Fulfils `tools.models.ports.Describer` with a hosted chat model.

    For a whole collection use `tools.models.hosted.chat_over_collection`, which keeps each answer as it comes.

    Args:
        client: Asks the model.
        side: Longest side in pixels of the pictures that are sent.
    """

    def __init__(self, client: ChatClient, side: int = SIDE) -> None:
        self.client = client
        self.side = side
        self._prompt = prompts.load("hosted_describe")
        self._repair = prompts.load("hosted_repair")

    def __repr__(self) -> str:
        return f"ChatDescriber({self.name!r})"

    @property
    def name(self) -> str:
        """Name the model and where it runs, the prompts' versions, and the size of the pictures; a part of
        cache keys."""
        return (
            f"{self.client.model.name} prompt {self._prompt.version}.{self._repair.version} side {self.side}"
        )

    def key(self, question: Question) -> str:
        """Return the key under which answers to a question are cached."""
        return f"hosted {self.name} question {question.digest}"

    def describe(self, batch: Sequence[Pixels], question: Question) -> list[list[Slot]]:
        """Return for each of b images the slots that are visible in it.

        Raises:
            tools.errors.RegroupError: At least one image has no usable answer, or the host accepts no request.
            tools.errors.UsageError: The user did not allow it.
        """
        described: dict[str, list[Slot]] = {}
        failures: list[Failed] = []

        def done(name: str, outcome: list[Slot] | Failed) -> None:
            if isinstance(outcome, Failed):
                failures.append(outcome)
            else:
                described[name] = outcome

        self.client.run((self.job(str(i), pixels, question) for i, pixels in enumerate(batch)), done)
        if failures:
            raise RegroupError(
                f"{len(failures)} of {amount(len(batch), 'image')} could not be described: {failures[0]}"
            )
        return [described[str(i)] for i in range(len(batch))]

    def job(self, name: str, pixels: Pixels, question: Question) -> Job[list[Slot]]:
        """Return the job that describes one image in a run of the client. Raise ValueError for a question without
        slots."""
        if not question.slots:
            raise ValueError("a question needs at least one slot to fill")
        return Job(name, partial(self._describe_one, jpeg(pixels, self.side), question))

    def messages(self, picture: bytes, question: Question) -> tuple[Message, ...]:
        """Return the first request about a picture."""
        about = "" if question.criterion is None else f", about this criterion: {quoted(question.criterion)}"
        asked = self._prompt.fill(about=about, keys=_keys(question))
        return (Message("user", (block(picture), text(asked))),)

    async def _describe_one(self, picture: bytes, question: Question, ticket: Ticket) -> list[Slot]:
        form = schema(question, self._prompt.answer or {})
        asked = self.messages(picture, question)
        answer = await self.client.ask(asked, form, ticket)
        reading = self._read(answer, question)
        if reading.problems:
            asked = repair(asked, answer, reading.problems, self._repair, _keys(question))
            try:
                reading = self._read(await self.client.ask(asked, form, ticket, repair=True), question).over(
                    reading
                )
            except Failed:
                # What could be read in the first answer is paid for and correct.
                if not reading.slots:
                    raise
        if not reading.slots:
            raise Failed(f"the answer cannot be used: {'; '.join(reading.problems)}")
        return reading.visible(question.slots)

    def _read(self, answer: Answer, question: Question) -> Reading:
        if answer.refused:
            raise Failed(f"{self.client.model.host} would not answer: {answer.refused}")
        return read(answer.text, question)


def quoted(words: str) -> str:
    """Return words of a user or a model as they appear in a prompt: data, in quotes, on one line."""
    return json.dumps(words, ensure_ascii=False)


def repair(
    asked: tuple[Message, ...], answer: Answer, problems: Sequence[str], prompt: prompts.Prompt, keys: str
) -> tuple[Message, ...]:
    """Return the conversation with the model's answer, what is wrong with it, and the question again."""
    listed = "\n".join(f"- {problem}" for problem in problems)
    # Hosts refuse an empty turn, and the endless repetitions of a model should not be paid for twice.
    shown = answer.text.strip()[-_QUOTED:] or "(nothing)"
    return (
        *asked,
        Message("assistant", (text(shown),)),
        Message("user", (text(prompt.fill(problems=listed, keys=keys)),)),
    )


def _keys(question: Question) -> str:
    """Return the slots of a question and their values, as lines of a prompt."""
    lines = []
    for name in question.slots:
        choices = question.values.get(name)
        line = f"- {quoted(name)}"
        if choices:
            line += f": one of {', '.join(map(quoted, choices))}, or null"
        lines.append(line)
    return "\n".join(lines)
