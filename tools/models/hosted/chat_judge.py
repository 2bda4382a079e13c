"""Judges with a hosted chat model whether an image belongs to a group."""

from functools import partial

import prompts
from tools.models.hosted.chat_answer import find, number
from tools.models.hosted.chat_client import ChatClient, Job, Ticket
from tools.models.hosted.chat_describer import quoted, repair
from tools.models.hosted.chat_port import Answer, Block, Failed, Message, text
from tools.models.hosted.jpeg import SIDE, block, jpeg
from tools.models.ports import Evidence, Pixels

_KEY = "probability"
"""The key of the answer in the model's JSON."""
_EXEMPLARS = 5
"""The most exemplars of the group that the model is shown."""


class ChatJudge:
    """Fulfils `tools.models.ports.Judge` with a hosted chat model.

    The probability is the one that the model states, because not all hosts give the probabilities of tokens.

    Args:
        client: Asks the model; it may be shared with the describer.
        side: Longest side in pixels of the pictures that are sent.
    """

    def __init__(self, client: ChatClient, side: int = SIDE) -> None:
        self.client = client
        self.side = side
        self._prompt = prompts.load("hosted_judge")
        self._repair = prompts.load("hosted_repair")

    def __repr__(self) -> str:
        return f"ChatJudge({self.name!r})"

    @property
    def name(self) -> str:
        """Name the model and where it runs, the versions of the prompts, and the size of the pictures."""
        return (
            f"{self.client.model.name} judge {self._prompt.version}.{self._repair.version} side {self.side}"
        )

    def belongs(self, image: Pixels, evidence: Evidence, criterion: str) -> float:
        """Return the probability of membership, in [0, 1].

        Raises:
            tools.errors.RegroupError: There is no usable answer.
            tools.errors.UsageError: The user did not allow it.
        """
        messages = self.messages(image, evidence, criterion)
        outcomes: list[float | Failed] = []
        self.client.run(
            [Job("judge", partial(self._judge_one, messages))], lambda name, outcome: outcomes.append(outcome)
        )
        (outcome,) = outcomes
        if isinstance(outcome, Failed):
            raise outcome
        return outcome

    def messages(self, image: Pixels | None, evidence: Evidence, criterion: str) -> tuple[Message, ...]:
        """Return the first request about an image; None for its text alone."""
        exemplars = evidence.exemplars[:_EXEMPLARS]
        pictures = [*exemplars, *([] if image is None else [image])]
        content: list[Block] = [block(jpeg(pixels, self.side)) for pixels in pictures]
        several = f"The first {len(exemplars)} pictures are examples of the group."
        first = "The first picture is an example of the group."
        examples = (first if len(exemplars) == 1 else several) if exemplars else "There are no examples."
        asked = self._prompt.fill(
            criterion=quoted(criterion),
            group=quoted(evidence.name),
            tags=", ".join(map(quoted, evidence.tags)) or "none",
            examples=examples,
        )
        return (Message("user", (*content, text(asked))),)

    async def _judge_one(self, messages: tuple[Message, ...], ticket: Ticket) -> float:
        form = self._prompt.answer or {}
        answer = await self.client.ask(messages, form, ticket)
        probability = self._read(answer)
        if probability is None:
            problem = f'"{_KEY}" must be a number from 0 to 1'
            asked = repair(messages, answer, [problem], self._repair, f'- "{_KEY}"')
            probability = self._read(await self.client.ask(asked, form, ticket, repair=True))
        if probability is None:
            raise Failed(f'the answer cannot be used: "{_KEY}" is not a number from 0 to 1')
        return probability

    def _read(self, answer: Answer) -> float | None:
        if answer.refused:
            raise Failed(f"{self.client.model.host} would not answer: {answer.refused}")
        values, complete = find(answer.text, [_KEY])
        if values is None or not complete:
            return None
        probability = number(values.get(_KEY), -1.0)
        return None if probability < 0 else probability
