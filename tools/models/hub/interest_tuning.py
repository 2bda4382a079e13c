"""Tunes the hidden states of a vision-language model to a criterion, by pairs that a teacher said belong together.

This is H(.) of agent-centric clustering (arXiv 2503.22241): the embedding whose inner products weigh the edges of the
graph that the agents walk (`tools.fuse.walk`). There the teacher is GPT-4; here pairs may come from anybody who answers
(`tools.tune.pairs`): the describer's words, a judge, or the user.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tools.models.hub.adapter_training import Fit, Schedule
from tools.models.hub.lora import Adapter, Settings
from tools.models.hub.vlm_interest_encoder import VlmInterestEncoder
from tools.models.ports import Pixels
from tools.progress import Progress, silent


def tune_interest(
    encoder: VlmInterestEncoder,
    images: Sequence[Pixels],
    criterion: str,
    pairs: NDArray[np.intp],
    same: NDArray[np.bool_],
    schedule: Schedule | None = None,
    settings: Settings | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> tuple[Fit, Adapter | None]:
    """Put a LoRA adapter on the encoder's model and tune it, so that vectors of a pair that belongs together are alike.

    The encoder and every other user of the model see the adapter at once, and their names say so; what is cached under
    the old name still holds for the model without it.

    Args:
        encoder: Encodes images for a criterion.
        images: The n images.
        criterion: In the user's words.
        pairs: (m, 2) rows of images.
        same: (m,) whether the teacher says that the two belong together.
        schedule: How long and how fast.
        settings: The size of the adapter.
        seed: Decides which pairs are held out, and the order of the rest.
        progress: Called after every step; where it stops the tuning, the model is as before.

    Returns:
        How well held-out pairs were told apart before and after, and the adapter; None, and the model as before, where
        they were not told apart better.

    Raises:
        tools.errors.UsageError: The pairs are too few or all of one kind, or the model has an adapter already.
    """
    adapter = Adapter(encoder.model, settings)
    try:
        embed = partial(encoder.embed, criterion=criterion)
        fit = adapter.fit_pairs(embed, images, pairs, same, schedule, seed, progress)
    except BaseException:
        adapter.rollback()
        raise
    if fit.kept:
        return fit, adapter
    adapter.rollback()
    return fit, None
