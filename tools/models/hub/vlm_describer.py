"""Describes images with a vision-language model: what is in them, as slots."""

import json
from collections.abc import Sequence

import prompts
from tools.models.hub.device import in_batches
from tools.models.hub.vision_language_model import Conversation, Reply, VisionLanguageModel
from tools.models.hub.vlm_answer import Form
from tools.models.ports import Pixels, Question, Slot

BATCH = 8
"""The number of images that are described at once."""


class VlmDescriber:
    """Fulfils the port `Describer` with any image-text-to-text model of transformers.

    The model is asked for JSON by a schema and its answer is checked. A wrong answer may be repaired once; what is
    still wrong is left out, like what is not visible. A slot's confidence is the geometric mean of the probabilities of
    its value's tokens.

    Args:
        model: The loaded model.
        batch: Images that go through the model at once.
    """

    def __init__(self, model: VisionLanguageModel, batch: int = BATCH) -> None:
        self.model = model
        self.batch = batch

    @property
    def name(self) -> str:
        """Name the model with its revision and the versions of the prompts; a part of cache keys."""
        versions = f"{prompts.load('describe').version}.{prompts.load('describe_repair').version}"
        return f"{self.model.name}/describe{versions}"

    def describe(self, batch: Sequence[Pixels], question: Question) -> list[list[Slot]]:
        """Return for each of b images the slots that are visible in it.

        Raises:
            tools.errors.RegroupError: The model fails.
        """
        if not question.slots:
            return [[] for _ in batch]
        form, text = Form(question), instruction(question)

        def part(chunk: Sequence[Pixels]) -> list[list[Slot]]:
            return self._part([self.model.ask([pixels], text) for pixels in chunk], form)

        return [slots for chunk in in_batches(batch, self.batch, part) for slots in chunk]

    def _part(self, asked: list[Conversation], form: Form) -> list[list[Slot]]:
        """Return the slots of a few images; the model is asked once more about those whose answer was wrong, all
        together."""
        length = 24 + 20 * len(form.slots)
        replies = self.model.generate(asked, length)
        read = [form.read(reply) for reply in replies]
        wrong = [i for i, (_, problem) in enumerate(read) if problem]
        if wrong:
            again = [_again(asked[i], replies[i], read[i][1]) for i in wrong]
            for i, reply in zip(wrong, self.model.generate(again, length), strict=True):
                slots, _ = form.read(reply)
                first = {slot.name: slot for slot in read[i][0]}
                read[i] = list((first | {slot.name: slot for slot in slots}).values()), ""
        order = {slot: i for i, slot in enumerate(form.slots)}
        return [sorted(slots, key=lambda slot: order[slot.name]) for slots, _ in read]


def instruction(question: Question) -> str:
    """Return the text with which a model is asked a question."""
    about = (
        "Describe what it shows."
        if question.criterion is None
        else f"It will be grouped by {json.dumps(question.criterion, ensure_ascii=False)}."
    )
    return prompts.load("describe").fill(about=about, schema=Form(question).schema)


def _again(asked: Conversation, reply: Reply, problem: str) -> Conversation:
    """Return the conversation so far, with what is wrong about the answer."""
    repair = prompts.load("describe_repair").fill(problem=problem)
    return [
        *asked,
        {"role": "assistant", "content": [{"type": "text", "text": reply.text[:400]}]},
        {"role": "user", "content": [{"type": "text", "text": repair}]},
    ]
