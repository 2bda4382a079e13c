"""Trains an adapter's parameters on answers of yes and no, and keeps the result only if held-out answers improve."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tools.errors import UsageError
from tools.progress import Progress, silent

if TYPE_CHECKING:
    import torch

Rows = NDArray[np.intp]
"""(r,) positions among the answers."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Sets how long and how fast to train.

    Attributes:
        steps: Upper bound of the number of steps.
        batch: Answers in one step.
        rate: Learning rate of AdamW.
        check: Steps between two checks on the held-out answers.
        patience: Checks without an improvement after which training ends.
        held: Share of the answers that is held out.
    """

    steps: int = 60
    batch: int = 32
    rate: float = 1e-3
    check: int = 5
    patience: int = 4
    held: float = 0.3


@dataclass(frozen=True, slots=True)
class Fit:
    """Tells what training came to.

    Attributes:
        before: The area under the ROC curve on the held-out answers before training.
        after: The same area for the best parameters.
        kept: Whether those parameters were kept, because they are better.
        steps: The number of steps that were made.
        held_out: (h,) the positions of the held-out answers; empty where several trials held out different ones.
    """

    before: float
    after: float
    kept: bool
    steps: int
    held_out: tuple[int, ...] = ()


def fit(
    score: "Callable[[Rows], torch.Tensor]",
    labels: NDArray[np.bool_],
    train: Rows,
    held_out: Rows,
    parameters: "Sequence[torch.nn.Parameter]",
    schedule: Schedule,
    seed: int = 0,
    progress: Progress = silent,
) -> Fit:
    """Train `parameters` so that `score` is high where `labels` are true.

    Args:
        score: For r rows an (r,) tensor that is higher for yes; called with and without gradients.
        labels: (m,) bool.
        train: Rows to learn from.
        held_out: Rows to judge by.
        parameters: Changed in place; restored where the held-out rows are not separated better than before.
        schedule: How long and how fast.
        seed: Decides the order of the rows.
        progress: Called after every step; where it stops the training, the parameters are restored.

    Raises:
        tools.errors.UsageError: The rows to learn from or the held-out ones are all yes or all no.
    """
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits

    for rows, what in ((train, "learn from"), (held_out, "judge by")):
        if len(set(labels[rows].tolist())) < 2:
            raise UsageError(f"There are too few answers to {what}: yes and no are both needed")
    start = _copied(parameters)
    before = area(score, labels, held_out, schedule.batch)
    best, after, idle, done = start, before, 0, 0
    truth = torch.from_numpy(labels.astype(np.float32))
    with torch.inference_mode():
        first = _scores(score, train, schedule.batch)
    # Scores of any range become logits: only their order matters, which scale and shift do not change.
    spread = max(float(first.std()), 1e-3)
    scale = torch.nn.Parameter(torch.tensor(1.0 / spread))
    shift = torch.nn.Parameter(torch.tensor(-float(first.mean()) / spread))
    groups = [{"params": list(parameters), "lr": schedule.rate}, {"params": [scale, shift], "lr": 0.01}]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    rng = np.random.default_rng(seed)
    try:
        for done in range(1, schedule.steps + 1):
            rows = rng.choice(train, min(schedule.batch, len(train)), replace=False)
            scores = score(rows)
            wanted = truth[torch.from_numpy(rows)].to(scores.device)
            loss = binary_cross_entropy_with_logits(scores * scale + shift, wanted)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            progress("tuning", done, schedule.steps)
            if done % schedule.check and done < schedule.steps:
                continue
            now = area(score, labels, held_out, schedule.batch)
            idle += 1
            if now > after:
                best, after, idle = _copied(parameters), now, 0
            if idle >= schedule.patience or after == 1:
                break
    except BaseException:
        _put(parameters, start)
        raise
    _put(parameters, best)
    return Fit(before, after, after > before, done, tuple(held_out.tolist()))


def area(score: "Callable[[Rows], torch.Tensor]", labels: NDArray[np.bool_], rows: Rows, batch: int) -> float:
    """Return the area under the ROC curve, in [0, 1], of the scores of some rows of n labels, of which both kinds must
    occur."""
    import torch
    from sklearn.metrics import roc_auc_score

    with torch.inference_mode():
        return float(roc_auc_score(labels[rows], _scores(score, rows, batch).numpy()))


def split_pairs(
    pairs: NDArray[np.intp], labels: NDArray[np.bool_], share: float, seed: int
) -> tuple[Rows, Rows]:
    """Divide pairs into rows to learn from and held-out rows that have no image in common.

    Where that leaves too few of either, a share of the rows of each answer is held out, whatever their images.

    Args:
        pairs: (m, 2) rows of images.
        labels: (m,) bool.
        share: Which share of the pairs to hold out.
        seed: Decides which.

    Returns:
        The rows to learn from, then the held-out rows.
    """
    rng = np.random.default_rng(seed)
    images = np.unique(pairs)
    # Both images of a held-out pair must be held out, which takes a larger share of the images than of the pairs.
    hidden = rng.choice(images, max(2, round(len(images) * share**0.5)), replace=False)
    inside = np.isin(pairs, hidden)
    held_out, train = np.flatnonzero(inside.all(1)), np.flatnonzero(~inside.any(1))
    enough = max(4, round(len(pairs) * share * 0.2))
    if all(len(rows) >= enough and len(set(labels[rows].tolist())) == 2 for rows in (held_out, train)):
        return train, held_out
    chosen = [
        rng.permutation(np.flatnonzero(labels == answer))[: max(1, round((labels == answer).sum() * share))]
        for answer in (True, False)
    ]
    held_out = np.sort(np.concatenate(chosen))
    return np.setdiff1d(np.arange(len(pairs)), held_out), held_out


def _scores(score: "Callable[[Rows], torch.Tensor]", rows: Rows, batch: int) -> "torch.Tensor":
    import torch

    return torch.cat([score(rows[i : i + batch]).float().cpu() for i in range(0, len(rows), batch)])


def _copied(parameters: "Sequence[torch.nn.Parameter]") -> "list[torch.Tensor]":
    return [parameter.detach().clone() for parameter in parameters]


def _put(parameters: "Sequence[torch.nn.Parameter]", values: "Sequence[torch.Tensor]") -> None:
    import torch

    with torch.no_grad():
        for parameter, value in zip(parameters, values, strict=True):
            parameter.copy_(value)
