"""Replaces open_clip's attention by one whose parts LoRA can reach.

`nn.MultiheadAttention` reads the weights of its output projection and never calls it, so an adapter there would be
ignored without a word. The same attention with the same weights, which calls it, is put in its place.
"""

from typing import Any

from torch import Tensor, nn
from torch.nn.functional import linear, scaled_dot_product_attention


class CalledAttention(nn.Module):
    """Computes self-attention with every weight of an `nn.MultiheadAttention`, and calls its `out_proj`."""

    def __init__(self, original: nn.MultiheadAttention) -> None:
        super().__init__()
        self.heads = original.num_heads
        self.batch_first = original.batch_first
        self.in_proj_weight, self.in_proj_bias = original.in_proj_weight, original.in_proj_bias
        self.out_proj = original.out_proj

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None, **_: Any
    ) -> tuple[Tensor, None]:
        """Attend as the original does, without attention weights and dropout; `key` and `value` equal `query` here."""
        x = query if self.batch_first else query.transpose(0, 1)
        batch, length, width = x.shape
        parts = linear(x, self.in_proj_weight, self.in_proj_bias).view(
            batch, length, 3, self.heads, width // self.heads
        )
        q, k, v = parts.permute(2, 0, 3, 1, 4)
        if attn_mask is not None and attn_mask.ndim == 3:
            attn_mask = attn_mask.view(batch, self.heads, length, length)
        attended = scaled_dot_product_attention(q, k, v, attn_mask=attn_mask)
        projected = self.out_proj(attended.transpose(1, 2).reshape(batch, length, width))
        return (projected if self.batch_first else projected.transpose(0, 1)), None


def open_up(tower: nn.Module) -> dict[str, nn.MultiheadAttention]:
    """Replace the self-attention of every open_clip block. Returns the originals by name, for `close_up`."""
    originals = {
        name: module
        for name, module in tower.named_modules()
        if isinstance(module, nn.MultiheadAttention)
        and module.in_proj_weight is not None  # query, key and value of one width: self-attention
        and name.rpartition(".")[2] == "attn"
        and not hasattr(tower.get_submodule(name.rpartition(".")[0]), "ln_1_kv")
    }
    for name, module in originals.items():
        _put(tower, name, CalledAttention(module).train(module.training))
    return originals


def close_up(tower: nn.Module, originals: dict[str, nn.MultiheadAttention]) -> None:
    """Put the originals that `open_up` returned back in their places."""
    for name, module in originals.items():
        _put(tower, name, module)


def _put(tower: nn.Module, name: str, module: nn.Module) -> None:
    parent, _, child = name.rpartition(".")
    setattr(tower.get_submodule(parent), child, module)
