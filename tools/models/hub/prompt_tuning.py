"""Runs an open_clip text tower on prompts whose last word is a vector, with gradients to that vector."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tools.errors import RegroupError
from tools.models.hub.device import Placement, running
from tools.models.ports import Vectors
from tools.names import quoted

if TYPE_CHECKING:
    import torch

# What a text tower of open_clip's own has; others read no words as vectors.
_NEEDED = ("token_embedding", "positional_embedding", "transformer", "ln_final", "text_projection")


def untunable(network: Any) -> str | None:
    """Return None where the text tower is one of open_clip's own, otherwise one line that says why it cannot be
    tuned."""
    tower = _tower(network)
    if all(hasattr(tower, name) for name in _NEEDED) and getattr(tower, "cls_emb", None) is None:
        return None
    return "its text tower takes no words as vectors"


def word_vectors(network: Any, tokenizer: Any, words: Sequence[str]) -> Vectors:
    """Return (n, e) float32: the mean of the embeddings of each word's tokens, without those that begin and end every
    text.

    Raises:
        tools.errors.RegroupError: The model knows no token of a word.
    """
    import torch

    embedding = _tower(network).token_embedding
    frame = set(tokenizer([""])[0].tolist())
    vectors = []
    with torch.inference_mode():
        for row in tokenizer(list(words)):
            own_tokens = [token for token in row.tolist() if token not in frame]
            if not own_tokens:
                raise RegroupError(f"The model knows none of the words {', '.join(words)}")
            ids = torch.tensor(own_tokens, device=embedding.weight.device)
            vectors.append(embedding(ids).float().mean(0).cpu().numpy())
    return np.stack(vectors).astype(np.float32)


def read(
    network: Any, tokenizer: Any, placement: Placement, name: str, prompt: str, stars: "torch.Tensor"
) -> "torch.Tensor":
    """Encode prompts with a vector as their last word; see `tools.models.ports.PromptTuner.read`.

    It costs one pass of the text tower per row, and one backwards where gradients are wanted; the tower's own weights
    need none. Where a token attends only to those before it (CLIP), nothing after the end of the text is computed: some
    10 tokens instead of 77, with the same result.
    """
    import torch
    from torch.nn.functional import normalize

    tower = _tower(network)
    tokens, position, end = _tokens(network, tokenizer, prompt)
    stars = stars.to(placement.device)
    with running(name), placement.autocast():
        with torch.no_grad():
            fixed = tower.token_embedding(tokens[:end].to(placement.device))
        x = torch.cat(
            [
                fixed[:position].expand(len(stars), -1, -1),
                stars[:, None].to(fixed.dtype),
                fixed[position + 1 :].expand(len(stars), -1, -1),
            ],
            dim=1,
        )
        x = x + tower.positional_embedding[:end].to(x.dtype)
        mask = tower.attn_mask
        x = tower.transformer(x, attn_mask=None if mask is None else mask[:end, :end])
        x = tower.ln_final(x)[:, _pooled(network, tokens)]
        projection = tower.text_projection
        if projection is not None:
            x = projection(x) if isinstance(projection, torch.nn.Linear) else x @ projection
    return normalize(x.float(), dim=-1)


def _tower(network: Any) -> Any:
    return getattr(network, "text", network)


def _tokens(network: Any, tokenizer: Any, prompt: str) -> "tuple[torch.Tensor, int, int]":
    """Return the tokens of a prompt that ends in a placeholder, the placeholder's position, and how many are needed."""
    import torch

    # Two words of one token each: the texts differ only at the placeholder.
    first, second = (tokenizer([f"{prompt} {word}"])[0] for word in ("a", "i"))
    places = torch.nonzero(first != second)[:, 0].tolist()
    pooled = _pooled(network, first)
    if len(places) != 1 or places[0] == pooled:
        raise RegroupError(
            f"The model cannot read a text as long as {quoted(prompt[:60])}: name the criterion in fewer words"
        )
    causal = _tower(network).attn_mask is not None
    return first, places[0], pooled + 1 if causal else len(first)


def _pooled(network: Any, tokens: "torch.Tensor") -> int:
    """Return the position of the token whose vector stands for the text (`open_clip.transformer.text_global_pool`)."""
    import torch

    tower = _tower(network)
    kind = str(getattr(tower, "pool_type", getattr(tower, "text_pool_type", "argmax")))
    if kind == "eos":
        end: int = getattr(tower, "eos_id", getattr(tower, "text_eos_id", 0))
        return int(torch.eq(tokens, end).int().argmax())
    return {"first": 0, "last": len(tokens) - 1}.get(kind, int(tokens.argmax()))
