"""Encodes images for a criterion by the hidden states of a vision-language model: what it is about to say."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

import prompts
from tools.errors import UsageError
from tools.models.hub.vision_language_model import VisionLanguageModel
from tools.models.ports import Pixels, Vectors
from tools.names import quoted

if TYPE_CHECKING:
    import torch

BATCH = 8
"""The number of images that go through the model at once."""

POOLINGS = ("last", "mean")
"""The ways in which the states of the tokens become one vector."""


class VlmInterestEncoder:
    """Fulfils the port `InterestEncoder` with the hidden states after "<criterion> of this image in one word:".

    The model is about to say that word, so the state of the last token holds what the word will be.

    Args:
        model: The loaded model.
        layer: The layer of the states: 0 for the embeddings, 1 for those after the first layer, -1 after the last.
        pooling: "last" for the state of the last token before the answer, "mean" for the mean over all tokens.
        batch: Images that go through the model at once.
    """

    def __init__(
        self, model: VisionLanguageModel, layer: int = -1, pooling: str = "last", batch: int = BATCH
    ) -> None:
        if pooling not in POOLINGS:
            raise UsageError(f"There is no pooling {quoted(pooling)}: choose {' or '.join(POOLINGS)}")
        layers = int(model.network.config.get_text_config().num_hidden_layers)
        if not -layers - 1 <= layer <= layers:
            raise UsageError(f"There is no layer {layer}: the model {model.base} has {layers}")
        self.model = model
        self.layer = layer
        self.pooling = pooling
        self.batch = batch

    @property
    def name(self) -> str:
        """Name the model with its revision and adapter, the version of the prompt, layer and pooling."""
        return (
            f"{self.model.name}/interest{prompts.load('interest').version}/layer{self.layer}/{self.pooling}"
        )

    def encode(self, batch: Sequence[Pixels], criterion: str) -> Vectors:
        """Return (b, d) float32, L2-normalised. Raise tools.errors.RegroupError where the model fails."""
        import torch

        with torch.inference_mode():
            parts = [
                self.embed(batch[start : start + self.batch], criterion).cpu().numpy()
                for start in range(0, len(batch), self.batch)
            ]
        width = int(self.model.network.config.get_text_config().hidden_size)
        return np.concatenate(parts) if parts else np.empty((0, width), np.float32)

    def embed(self, batch: Sequence[Pixels], criterion: str) -> "torch.Tensor":
        """Return (b, d) float32 tensor, L2-normalised, with gradients where they are on."""
        from torch.nn.functional import normalize

        text = instruction(criterion)
        states, mask = self.model.hidden([self.model.ask([pixels], text) for pixels in batch], self.layer)
        if self.pooling == "last":  # padding is on the left: the last token is the last of every row
            return normalize(states[:, -1], dim=-1)
        weights = mask.to(states.dtype).unsqueeze(-1)
        return normalize((states * weights).sum(1) / weights.sum(1), dim=-1)


def instruction(criterion: str) -> str:
    """Return the text that the model is shown. A criterion is quoted only where it has quotes or several lines."""
    bare = criterion.isprintable() and '"' not in criterion
    return prompts.load("interest").fill(criterion=criterion if bare else json.dumps(criterion))
