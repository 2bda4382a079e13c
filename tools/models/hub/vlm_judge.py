"""A vision-language model says how likely an image belongs to a group."""

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
"""Images that are judged at once."""

_SPACES = "▁Ġ Ċ\n"  # how vocabularies write the space (or line) before a word


class VlmJudge:
    """The port `Judge` with any image-text-to-text model of transformers.

    The probability is that of the answers that begin with yes against those that begin with no, from the logits of
    the first token of the answer. Nothing is generated, no text is parsed.

    Args:
        model: The loaded model.
        exemplars: How many of the group's exemplars it is shown; 0 for a model that reads one image only.
        batch: Images that go through it at once.

    Raises:
        tools.errors.RegroupError: Its vocabulary cannot tell yes from no by one token.
    """

    def __init__(self, model: VisionLanguageModel, exemplars: int = 2, batch: int = BATCH) -> None:
        self.model = model
        self.exemplars = exemplars
        self.batch = batch
        self.yes, self.no = answers(model.processor.tokenizer)

    @property
    def name(self) -> str:
        """Which model, with its revision, the versions of the prompts and how many exemplars it is shown."""
        versions = f"{prompts.load('judge').version}.{prompts.load('judge_examples').version}"
        return f"{self.model.name}/judge{versions}/{self.exemplars}"

    def belongs(self, image: Pixels, evidence: Evidence, criterion: str) -> float:
        """Probability in [0, 1]. Raises tools.errors.RegroupError where the model fails."""
        return float(self.belong([image], evidence, criterion)[0])

    def belong(self, images: Sequence[Pixels], evidence: Evidence, criterion: str) -> NDArray[np.float32]:
        """(n,) float32 in [0, 1]: `belongs` for n images, in batches.

        Raises:
            tools.errors.RegroupError: The model fails.
        """
        import torch

        def part(some: Sequence[Pixels]) -> NDArray[np.float32]:
            found: NDArray[np.float32] = self.logits(some, evidence, criterion).sigmoid().cpu().numpy()
            return found

        with torch.inference_mode():
            parts = in_batches(images, self.batch, part)
        return np.concatenate(parts) if parts else np.empty(0, np.float32)

    def logits(self, images: Sequence[Pixels], evidence: Evidence, criterion: str) -> "torch.Tensor":
        """(b,) float32 tensor: log of p(yes) / p(no), with gradients where they are on: what LoRA learns from."""
        found = self.model.next_logits([self.ask(image, evidence, criterion) for image in images])
        return found[:, self.yes].logsumexp(1) - found[:, self.no].logsumexp(1)

    def ask(self, image: Pixels, evidence: Evidence, criterion: str) -> Conversation:
        """The conversation about one image. What comes from images is quoted as JSON: data, no instruction."""
        shown = evidence.exemplars[: self.exemplars]
        said = {
            "criterion": json.dumps(criterion, ensure_ascii=False),
            "group": json.dumps(evidence.name, ensure_ascii=False),
            "tags": ", ".join(json.dumps(tag, ensure_ascii=False) for tag in evidence.tags) or "none",
        }
        text = (
            prompts.load("judge_examples").fill(**said, number=len(shown))
            if shown
            else prompts.load("judge").fill(**said)
        )
        return self.model.ask([*shown, image], text)


def answers(tokenizer: Any) -> tuple[list[int], list[int]]:
    """The tokens that say yes and those that say no: "Yes", " yes", "▁YES", as far as the vocabulary has them.

    Raises:
        tools.errors.RegroupError: It has no single token for one of them, and their first pieces are the same.
    """
    vocabulary = tokenizer.get_vocab()
    found = []
    for word in ("yes", "no"):
        ids = [i for token, i in vocabulary.items() if str(token).strip(_SPACES).lower() == word]
        if not ids:  # no whole word: its first piece will do if it is not that of the other word
            spellings = (word, word.capitalize(), f" {word}", f" {word.capitalize()}")
            encoded = (tokenizer.encode(s, add_special_tokens=False) for s in spellings)
            ids = [pieces[0] for pieces in encoded if pieces]
        found.append(sorted(set(ids)))
    yes, no = (set(ids) for ids in found)
    if not yes - no or not no - yes:
        raise RegroupError("This model's vocabulary cannot tell yes from no by one token: name another judge")
    return sorted(yes - no), sorted(no - yes)
