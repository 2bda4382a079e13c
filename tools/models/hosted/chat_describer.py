"""Describes images through a hosted chat model: one request an image, one more where the answer is not in form."""

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

_QUOTED = 2_000  # characters of an unusable answer that are shown to the model again


class ChatDescriber:
    """Fulfils `tools.models.ports.Describer` with a hosted chat model.

    For a whole collection use `tools.models.hosted.chat_over_collection`, which keeps each answer as it comes.

    Args:
        client: Asks the model.
        side: Longest side of what is sent, in pixels.
    """

    def __init__(self, client: ChatClient, side: int = SIDE) -> None:
        self.client = client
        self.side = side
        self._prompt = prompts.load("hosted_describe")
        self._repair = prompts.load("hosted_repair")

    def __repr__(self) -> str:
        return f"HostedDescriber({self.name!r})"

    @property
    def name(self) -> str:
        """The model with where it runs, the prompts' versions and the size of what is sent."""
        return (
            f"{self.client.model.name} prompt {self._prompt.version}.{self._repair.version} side {self.side}"
        )

    def key(self, question: Question) -> str:
        """Under what answers to a question are kept: they hold for this name and for this very question."""
        return f"hosted {self.name} question {question.digest}"

    def describe(self, batch: Sequence[Pixels], question: Question) -> list[list[Slot]]:
        """For each of b images the slots that are visible in it.

        Raises:
            tools.errors.RegroupError: At least one image has no usable answer; or the host takes no request.
            tools.errors.UsageError: The user did not allow it.
        """
        found: dict[str, list[Slot]] = {}
        failures: list[Failed] = []

        def done(name: str, outcome: list[Slot] | Failed) -> None:
            if isinstance(outcome, Failed):
                failures.append(outcome)
            else:
                found[name] = outcome

        self.client.run((self.job(str(i), pixels, question) for i, pixels in enumerate(batch)), done)
        if failures:
            raise RegroupError(
                f"{len(failures)} of {amount(len(batch), 'image')} could not be described: {failures[0]}"
            )
        return [found[str(i)] for i in range(len(batch))]

    def job(self, name: str, pixels: Pixels, question: Question) -> Job[list[Slot]]:
        """What describes one image when a run of the client does it. Raises ValueError for a question without slots."""
        if not question.slots:
            raise ValueError("a question needs at least one slot to fill")
        return Job(name, partial(self._one, jpeg(pixels, self.side), question))

    def messages(self, picture: bytes, question: Question) -> tuple[Message, ...]:
        """The first request about a picture."""
        about = "" if question.criterion is None else f", about this criterion: {quoted(question.criterion)}"
        asked = self._prompt.fill(about=about, keys=_keys(question))
        return (Message("user", (block(picture), text(asked))),)

    async def _one(self, picture: bytes, question: Question, ticket: Ticket) -> list[Slot]:
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
                # What the first answer did say is paid for and right.
                if not reading.slots:
                    raise
        if not reading.slots:
            raise Failed(f"the answer cannot be used: {'; '.join(reading.problems)}")
        return reading.visible(question.slots)

    def _read(self, answer: Answer, question: Question) -> Reading:
        if answer.refused:
            raise Failed(f"{self.client.model.host} would not answer: {answer.refused}")
        return read(answer.text, question)


def quoted(what: str) -> str:
    """Words of the user's or of a model as they stand in a prompt: data, in quotes, in one line."""
    return json.dumps(what, ensure_ascii=False)


def repair(
    asked: tuple[Message, ...], answer: Answer, problems: Sequence[str], prompt: prompts.Prompt, keys: str
) -> tuple[Message, ...]:
    """The conversation with what was wrong and the question again."""
    listed = "\n".join(f"- {problem}" for problem in problems)
    # Hosts refuse an empty turn, and a model that repeats itself without end shall not be paid for twice.
    said = answer.text.strip()[-_QUOTED:] or "(nothing)"
    return (
        *asked,
        Message("assistant", (text(said),)),
        Message("user", (text(prompt.fill(problems=listed, keys=keys)),)),
    )


def _keys(question: Question) -> str:
    lines = []
    for name in question.slots:
        choices = question.values.get(name)
        line = f"- {quoted(name)}"
        if choices:
            line += f": one of {', '.join(map(quoted, choices))}, or null"
        lines.append(line)
    return "\n".join(lines)
