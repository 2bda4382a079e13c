"""An open_clip text tower that is differentiated through: the last word of a prompt is a vector."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tools.errors import RegroupError
from tools.models.hub.device import Placement, running
from tools.models.ports import Vectors

if TYPE_CHECKING:
    import torch

_NEEDED = ("token_embedding", "positional_embedding", "transformer", "ln_final", "text_projection")


def untunable(network: Any) -> str | None:
    """None where the text tower is one of open_clip's own; else one line."""
    tower = _tower(network)
    if all(hasattr(tower, name) for name in _NEEDED) and getattr(tower, "cls_emb", None) is None:
        return None
    return "its text tower takes no words as vectors"


def word_vectors(network: Any, tokenizer: Any, words: Sequence[str]) -> Vectors:
    """(n, e) float32: the mean of the embeddings of a word's tokens; what every text has (its start, its end) not."""
    import torch

    embedding = _tower(network).token_embedding
    frame = set(tokenizer([""])[0].tolist())
    found = []
    with torch.inference_mode():
        for row in tokenizer(list(words)):
            own = [token for token in row.tolist() if token not in frame]
            if not own:
                raise RegroupError(f"The model knows none of the words {', '.join(words)}")
            ids = torch.tensor(own, device=embedding.weight.device)
            found.append(embedding(ids).float().mean(0).cpu().numpy())
    return np.stack(found).astype(np.float32)


def read(
    network: Any, tokenizer: Any, placement: Placement, name: str, prompt: str, stars: "torch.Tensor"
) -> "torch.Tensor":
    """See `tools.models.ports.PromptTuner.read`.

    Cost: one pass of the text tower per row, and one back where gradients are wanted; its own weights need none. Where
    a token sees only those before it (CLIP), nothing after the end of the text is worked out: some 10 tokens in place
    of 77, which gives the same numbers.
    """
    import torch
    from torch.nn.functional import normalize

    tower = _tower(network)
    tokens, place, end = _tokens(network, tokenizer, prompt)
    stars = stars.to(placement.device)
    with running(name), placement.autocast():
        with torch.no_grad():
            fixed = tower.token_embedding(tokens[:end].to(placement.device))
        x = torch.cat(
            [
                fixed[:place].expand(len(stars), -1, -1),
                stars[:, None].to(fixed.dtype),
                fixed[place + 1 :].expand(len(stars), -1, -1),
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
    """The tokens of a prompt with a placeholder as its last word, where that stands, and how many must be read."""
    import torch

    # Two words of one token each: the texts differ in that place alone.
    one, other = (tokenizer([f"{prompt} {word}"])[0] for word in ("a", "i"))
    places = torch.nonzero(one != other)[:, 0].tolist()
    pooled = _pooled(network, one)
    if len(places) != 1 or places[0] == pooled:
        raise RegroupError(
            f"The model cannot read a text as long as {prompt[:60]!r}: name the criterion in fewer words"
        )
    causal = _tower(network).attn_mask is not None
    return one, places[0], pooled + 1 if causal else len(one)


def _pooled(network: Any, tokens: "torch.Tensor") -> int:
    """The token whose vector stands for the text (`open_clip.transformer.text_global_pool`)."""
    import torch

    tower = _tower(network)
    kind = str(getattr(tower, "pool_type", getattr(tower, "text_pool_type", "argmax")))
    if kind == "eos":
        end: int = getattr(tower, "eos_id", getattr(tower, "text_eos_id", 0))
        return int(torch.eq(tokens, end).int().argmax())
    return {"first": 0, "last": len(tokens) - 1}.get(kind, int(tokens.argmax()))
