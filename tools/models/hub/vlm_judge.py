"""Judges with a vision-language model how likely an image belongs to a group."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import prompts
from tools.errors import RegroupError
from tools.models.hub.device import in_batches
from tools.models.hub.vision_language_model import Conversation, VisionLanguageModel
from tools.models.ports import Evidence, Pixels

if TYPE_CHECKING:
    import torch

BATCH = 8
"""The number of images that are judged at once."""

_SPACES = "▁Ġ Ċ\n"
"""The characters by which vocabularies write a space or line break before a word."""


class VlmJudge:
    """Fulfils the port `Judge` with any image-text-to-text model of transformers.

    The probability compares the answers that begin with yes and those that begin with no, by the logits of the first
    token. Nothing is generated, and no text is parsed.

    Args:
        model: The loaded model.
        exemplars: How many of the group's exemplars the model is shown; 0 for one that reads a single image.
        batch: Images that go through the model at once.

    Raises:
        tools.errors.RegroupError: Its vocabulary cannot tell yes from no by one token.
    """

    def __init__(self, model: VisionLanguageModel, exemplars: int = 2, batch: int = BATCH) -> None:
        self.model = model
        self.exemplars = exemplars
        self.batch = batch
        self.yes, self.no = yes_and_no(model.processor.tokenizer)

    @property
    def name(self) -> str:
        """Name the model with its revision, the versions of the prompts and the number of exemplars."""
        versions = f"{prompts.load('judge').version}.{prompts.load('judge_examples').version}"
        return f"{self.model.name}/judge{versions}/{self.exemplars}"

    def belongs(self, image: Pixels, evidence: Evidence, criterion: str) -> float:
        """Return the probability of membership, in [0, 1]. Raise tools.errors.RegroupError where the model fails."""
        return float(self.belong([image], evidence, criterion)[0])

    def belong(self, images: Sequence[Pixels], evidence: Evidence, criterion: str) -> NDArray[np.float32]:
        """Return (n,) float32 in [0, 1]: `belongs` for n images, in batches.

        Raises:
            tools.errors.RegroupError: The model fails.
        """
        import torch

        def part(chunk: Sequence[Pixels]) -> NDArray[np.float32]:
            chances: NDArray[np.float32] = self.logits(chunk, evidence, criterion).sigmoid().cpu().numpy()
            return chances

        with torch.inference_mode():
            parts = in_batches(images, self.batch, part)
        return np.concatenate(parts) if parts else np.empty(0, np.float32)

    def logits(self, images: Sequence[Pixels], evidence: Evidence, criterion: str) -> "torch.Tensor":
        """Return (b,) float32 tensor, the log of p(yes) / p(no), with gradients where they are on; LoRA learns from
        it."""
        logits = self.model.next_logits([self.ask(image, evidence, criterion) for image in images])
        return logits[:, self.yes].logsumexp(1) - logits[:, self.no].logsumexp(1)

    def ask(self, image: Pixels, evidence: Evidence, criterion: str) -> Conversation:
        """Return the conversation about one image. What comes from images is quoted as JSON: data, not an
        instruction."""
        shown = evidence.exemplars[: self.exemplars]
        inputs = {
            "criterion": json.dumps(criterion, ensure_ascii=False),
            "group": json.dumps(evidence.name, ensure_ascii=False),
            "tags": ", ".join(json.dumps(tag, ensure_ascii=False) for tag in evidence.tags) or "none",
        }
        text = (
            prompts.load("judge_examples").fill(**inputs, number=len(shown))
            if shown
            else prompts.load("judge").fill(**inputs)
        )
        return self.model.ask([*shown, image], text)


def yes_and_no(tokenizer: Any) -> tuple[list[int], list[int]]:
    """Return the ids of the tokens that mean yes, such as "Yes", " yes" and "▁YES", and of those that mean no.

    Raises:
        tools.errors.RegroupError: One of the two has no token of its own, and their first pieces are the same.
    """
    vocabulary = tokenizer.get_vocab()
    both = []
    for word in ("yes", "no"):
        ids = [i for token, i in vocabulary.items() if str(token).strip(_SPACES).lower() == word]
        if not ids:  # there is no whole word: its first piece is taken, if the other word's is another
            spellings = (word, word.capitalize(), f" {word}", f" {word.capitalize()}")
            encoded = (tokenizer.encode(s, add_special_tokens=False) for s in spellings)
            ids = [pieces[0] for pieces in encoded if pieces]
        both.append(sorted(set(ids)))
    yes, no = (set(ids) for ids in both)
    if not yes - no or not no - yes:
        raise RegroupError("This model's vocabulary cannot tell yes from no by one token: name another judge")
    return sorted(yes - no), sorted(no - yes)
