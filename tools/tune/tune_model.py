"""Tunes a model of this machine to a criterion: LoRA on its image tower, or on its language model.

This is the criterion-tuned embedding H(.) of agent-centric clustering (arXiv 2503.22241, section 3) where there is a
model to tune: an image encoder, or a multimodal model whose hidden states encode an image for the criterion.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tools.errors import UsageError
from tools.models.hub.adapter_training import Schedule
from tools.models.hub.lora import Adapter, Settings, Tunable
from tools.models.ports import Pixels, Vectors
from tools.names import amount
from tools.progress import Progress, silent
from tools.tune.pairs import FEWEST, Pairs, part
from tools.tune.tune_features import Attempt, Tuned, figures, roc_auc

if TYPE_CHECKING:
    import torch

MOST_PAIRS = 256
"""The most pairs that a model learns from and is judged by, half of each kind: each costs two images in every step."""
BATCH = 16
"""The number of images that are embedded at once after the training."""

Embed = Callable[[Sequence[Pixels]], "torch.Tensor"]
"""Return the vectors of b images, (b, d) float32, L2-normalised, with gradients where they are enabled."""
Decode = Callable[[Sequence[int]], list[Pixels]]
"""Return the pixels of the images of these rows. Raises tools.errors.RegroupError for one that is gone."""


def tune_model(
    model: Tunable,
    embed: Embed,
    decode: Decode,
    in_use: Vectors,
    pairs: Pairs,
    *,
    taught_by: str,
    seed: int = 0,
    schedule: Schedule | None = None,
    progress: Progress = silent,
) -> Attempt:
    """Tune a model so that images that belong together come closer than those that do not.

    A share of the pairs is held out. The adapter is kept only where the model tells these apart better than before,
    and better than the features in use; else, and where `progress` stops it, the model is as before, bit for bit. A
    kept adapter is on the model when this returns, so that it can be saved; `attempt.tuned.adapter.rollback()` takes it
    off.

    Args:
        model: The model that is tuned, which `embed` runs.
        embed: The vectors of images by that model.
        decode: The pixels of images by row.
        in_use: (n, d) float32, L2-normalised, the features that the n images of the collection are grouped by now;
            rows of NaN where nothing was measured.
        pairs: The labelled pairs of rows; of more than `MOST_PAIRS` some are drawn, half of each kind.
        taught_by: Who labelled them, for the line to the user: "your answers".
        seed: The seed of the adapter's start, of the pairs that are drawn and held out, and of their order.
        schedule: How long and how fast to train.
        progress: Called after each step and each batch of images; what it raises ends the work.

    Returns:
        The figures on held-out pairs; with the vectors of all images, (n, d) float32, where the adapter was kept.

    Raises:
        tools.errors.UsageError: The pairs are too few or all of one kind, or the model has no layers to tune.
    """
    if len(pairs) < FEWEST or len(set(pairs.same.tolist())) < 2:
        raise UsageError(
            f"There is too little to learn from: {taught_by} say of {amount(len(pairs), 'pair')} of images whether the "
            f"two belong together, and it takes {FEWEST}, of both kinds"
        )
    pairs, schedule = _some(pairs, seed), schedule or Schedule()
    rows, places = np.unique(pairs.rows, return_inverse=True)
    adapter = Adapter(model, Settings(seed=seed))
    try:
        fit = adapter.fit_pairs(
            embed, decode(rows.tolist()), places.reshape(-1, 2), pairs.same, schedule, seed, progress
        )
        area = roc_auc(np.nan_to_num(in_use), part(pairs, np.array(fit.held_out, np.intp)))
        if fit.kept and fit.after <= area:
            fit = replace(fit, kept=False)
        line = f"{figures(fit, taught_by)}; the features in use told them apart {area:.2f}"
        if not fit.kept:
            adapter.rollback()
            return Attempt(fit, None, line)
        vectors = _embedded(embed, decode, len(in_use), progress)
    except BaseException:
        adapter.rollback()
        raise
    return Attempt(fit, Tuned(f"{model.base}+{model.adapter}", vectors, adapter), line)


def _some(pairs: Pairs, seed: int) -> Pairs:
    """Return at most `MOST_PAIRS` of the pairs, as many of each kind as there are, up to a half."""
    rng = np.random.default_rng(seed)
    kinds = [rng.permutation(np.flatnonzero(pairs.same == kind)) for kind in (True, False)]
    half = MOST_PAIRS // 2
    rows = np.sort(
        np.concatenate([kind[: max(half, MOST_PAIRS - len(other))] for kind, other in (kinds, kinds[::-1])])
    )
    return part(pairs, rows)


def _embedded(embed: Embed, decode: Decode, count: int, progress: Progress) -> Vectors:
    """Return the vectors of all images, (n, d) float32."""
    import torch

    parts = []
    with torch.inference_mode():
        for start in range(0, count, BATCH):
            rows = range(start, min(start + BATCH, count))
            parts.append(embed(decode(rows)).float().cpu().numpy())
            progress("tuned features", rows.stop, count)
    return np.concatenate(parts)
