"""Tunes features to a criterion, by labels of pairs of images from the user or a teacher.

This is the criterion-tuned embedding H(.) of agent-centric clustering (arXiv 2503.22241, section 3) for the bundled
models: LoRA (Hu et al. 2021) on a map over cached views, trained by a supervised contrastive loss (Khosla et al. 2020).
It is kept only where it tells held-out pairs apart better.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from tools.errors import UsageError
from tools.models.hub.adapter_training import Fit
from tools.models.hub.lora import Adapter, Settings
from tools.models.ports import Vectors
from tools.names import amount
from tools.progress import Progress, silent
from tools.training import batches, threads
from tools.tune.contrast import loss, pair_table
from tools.tune.pairs import FEWEST, Pairs, part, split
from tools.tune.tunable import Rows, TunableMap, embedded, tunable

VIEW = "object.tuned"
"""The name of the view that holds tuned features."""
CHANCE = 15
"""The inverse level of the permutation test: permuted answers may do as well in at most one case of this many."""
BATCH = 128
"""The most images in one step of training."""
CHECK = 2
"""The number of epochs between two evaluations on the held-out pairs."""
PATIENCE = 4
"""The number of evaluations without improvement after which a trial ends."""
HELD = 0.4
"""The share of the images that a trial holds out."""


@dataclass(frozen=True, slots=True, eq=False)
class Tuned:
    """Holds features tuned to a criterion.

    Attributes:
        name: The features and the adapter by their hashes, which is part of a cache key.
        vectors: (n, d) float32, L2-normalised, with rows of NaN where nothing was measured. They are used as a view
            without `prepare`, which would undo the weights that the columns were given.
        adapter: The adapter on its network; `adapter.save(folder)` keeps it and `load` restores it.
    """

    name: str
    vectors: Vectors
    adapter: Adapter


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """Tells what tuning came to.

    Attributes:
        fit: The mean area under the ROC curve on held-out pairs before and after, whether it was kept, and its epochs.
        tuned: The features; None where they were not kept.
        line: One line for the user.
    """

    fit: Fit
    tuned: Tuned | None
    line: str


def attempt(
    images: Sequence[str],
    activations: Vectors,
    pairs: Pairs,
    *,
    rank: int = 8,
    seed: int = 0,
    epochs: int = 24,
    taught_by: str = "your answers",
    progress: Progress = silent,
) -> Attempt:
    """Tune features so that images that belong together come closer than those that do not.

    Several trials each hold out other images, learn from the rest and are judged by the held-out pairs; so the number
    of epochs is found. The error must shrink by more than it does with the same answers permuted over the images, in
    all but one of `CHANCE` cases (a permutation test; Fisher 1935), because few answers make a noisy judge and a
    harmful adapter is worse than none. Trials share images, so that their spread says little, and the best of many
    evaluations is partly chance; the permuted answers share both.

    Args:
        images: The n image ids, in collection order.
        activations: (n, d) float32 features (`tools.tune.tunable.features`), which get a low-rank linear map.
        pairs: The labelled pairs of rows (`tools.tune.pairs`).
        rank: The rank of the update, at least 1.
        seed: The seed of the adapter's start, of what is held out, and of the order of batches.
        epochs: The most passes over the images that are in a pair.
        taught_by: Who labelled the pairs, for the line to the user.
        progress: Called after each epoch; what it raises ends the work, of which then nothing is left.

    Returns:
        The figures, with the new features where they tell held-out pairs apart better than the old ones did.

    Raises:
        tools.errors.UsageError: The pairs are too few, all of one kind, or cannot be split so that no image is both
            learned from and held out; rows outside of the collection; activations that do not fit the images.
    """
    if rank < 1 or epochs < 1:
        raise UsageError(f"Tuning takes a rank and epochs of at least 1, not {rank} and {epochs}")
    if len(images) != len(activations):
        raise UsageError(f"There are {len(images)} images and {len(activations)} rows of features")
    seen = _measured_rows(activations)
    pairs = _usable(pairs, len(images), seen)
    with threads():
        network = tunable(activations)
        settings = Settings(rank, 2 * rank, network.targets, seed)
        halves = [split(pairs, HELD, seed * 1_000 + i) for i in range(network.splits)]
        trials = [half for half in halves if half is not None]
        if not trials:
            raise UsageError(
                "There are too few answers to learn from some and test on the others: answer some more questions"
            )
        total = epochs * (len(trials) * (1 + network.deals) + 1)

        def tried(answers: Pairs, done: int) -> Trials:
            return _summary(
                [
                    _trial(
                        network, part(answers, train), part(answers, held_out), settings, epochs,
                        partial(_tell, progress, (done * len(trials) + i) * epochs, total),
                    )
                    for i, (train, held_out) in enumerate(trials)
                ]
            )  # fmt: skip

        result = tried(pairs, 0)
        improved = result.gone > 1e-6 and result.look > 0
        rng, allowed = np.random.default_rng(seed), (1 + network.deals) // CHANCE - 1
        for deal in range(1, 1 + network.deals if improved else 0):
            allowed -= tried(shuffled(pairs, rng), deal).gone >= result.gone
            if allowed < 0:
                improved = False
                break
        fit = Fit(result.before, result.after, improved, result.look * CHECK)
        if not improved:
            return Attempt(fit, None, figures(fit, taught_by))
        adapter = Adapter(network, settings)
        for epoch in _train(network, adapter, pairs, settings.seed, min(fit.steps, epochs)):
            _tell(progress, total - epochs, total, epoch)
        adapter.rename()
        return Attempt(fit, _tuned(network, adapter, seen, progress), figures(fit, taught_by))


def load(path: Path, activations: Vectors, progress: Progress = silent) -> Tuned:
    """Load features with an adapter that was saved (`Adapter.save`), bit for bit as they were then.

    Raises:
        tools.errors.RegroupError: There is no adapter in `path`, it is damaged, or it was made for another collection:
            what it starts from is standardised over the images that were there.
    """
    seen = _measured_rows(activations)
    with threads():
        network = tunable(activations)
        return _tuned(network, Adapter.load(network, path), seen, progress)


def roc_auc(points: Vectors, pairs: Pairs) -> float:
    """Return the area under the ROC curve, in [0, 1], of the cosines of pairs by whether they belong together;
    weighted.

    Args:
        points: (n, d) float32, L2-normalised, without NaN in the rows of the pairs.
        pairs: Pairs of both kinds.
    """
    cosines = np.einsum("ij,ij->i", points[pairs.rows[:, 0]], points[pairs.rows[:, 1]])
    # Computed here because scikit-learn's checks of its input take most of the time, and a test runs this often.
    values, rank = np.unique(cosines, return_inverse=True)
    same, apart = (
        np.bincount(rank, np.where(kind, pairs.weight, 0.0), len(values))
        for kind in (pairs.same, ~pairs.same)
    )
    below = np.cumsum(apart) - apart / 2
    return float((same @ below) / (same.sum() * apart.sum()))


@dataclass(frozen=True, slots=True)
class Trials:
    """Sums up several trials.

    Attributes:
        before: The mean area on held-out pairs at the start.
        after: The mean area, each trial taken at the evaluation that is best for the other trials.
        look: The index of the evaluation that is best for all trials.
    """

    before: float
    after: float
    look: int

    @property
    def gone(self) -> float:
        """Return the share of the possible gain that was gained, at most 1."""
        return (self.after - self.before) / max(1.0 - self.before, 1e-9)


def _summary(curves: list[list[float]]) -> Trials:
    areas = np.stack([_padded(curve, max(map(len, curves))) for curve in curves])
    others = areas.sum(0) - areas if len(areas) > 1 else areas
    after = areas[np.arange(len(areas)), others.argmax(1)]
    return Trials(float(areas[:, 0].mean()), float(after.mean()), int(areas.mean(0).argmax()))


def shuffled(pairs: Pairs, rng: np.random.Generator) -> Pairs:
    """Return the same answers with the images permuted, so that the answers no longer have to do with them."""
    images = np.unique(pairs.rows)
    return Pairs(rng.permutation(images)[np.searchsorted(images, pairs.rows)], pairs.same, pairs.weight)


def _trial(
    network: TunableMap,
    train: Pairs,
    held_out: Pairs,
    settings: Settings,
    epochs: int,
    tell: Callable[[int], None],
) -> list[float]:
    """Return the areas on the held-out pairs at the start and after each `CHECK` epochs; the network is then
    restored."""
    rows = np.unique(held_out.rows)
    places = Pairs(np.searchsorted(rows, held_out.rows), held_out.same, held_out.weight)
    adapter = Adapter(network, settings)
    try:
        curve = [roc_auc(embedded(network, rows), places)]
        for epoch in _train(network, adapter, train, settings.seed, epochs):
            tell(epoch)
            if epoch % CHECK:
                continue
            curve.append(roc_auc(embedded(network, rows), places))
            if len(curve) - 1 - int(np.argmax(curve)) >= PATIENCE or curve[-1] == 1:
                break
        return curve
    finally:
        adapter.rollback()


def _train(network: TunableMap, adapter: Adapter, pairs: Pairs, seed: int, epochs: int) -> Iterator[int]:
    """Train the adapter epoch by epoch, and yield the number of epochs done after each."""
    import torch

    pair_rows = pair_table(pairs)
    leaves = adapter.parameters()
    optimiser = torch.optim.AdamW(leaves, network.rate, weight_decay=0.01)
    for epoch in range(epochs):
        for places in batches(len(pair_rows.images), BATCH, seed, epoch):
            block = places[:, None], places[None]
            batch_loss = loss(
                network.embed(pair_rows.images[places.numpy()]), pair_rows.same[block], pair_rows.apart[block]
            )
            if batch_loss is None:
                continue
            optimiser.zero_grad()
            batch_loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        yield epoch + 1


def _measured_rows(activations: Vectors) -> Rows:
    """Return the rows that have features."""
    return np.flatnonzero(np.isfinite(activations).all(axis=1))


def _usable(pairs: Pairs, count: int, seen: Rows) -> Pairs:
    """Return the pairs of images that have features. Raise UsageError where these are too few or of one kind."""
    if len(pairs) and (pairs.rows.min() < 0 or pairs.rows.max() >= count):
        raise UsageError(f"A pair names an image that does not exist: rows are 0 to {count - 1}")
    usable = part(pairs, np.flatnonzero(np.isin(pairs.rows, seen).all(axis=1)))
    if len(usable) < FEWEST:
        raise UsageError(
            f"There are too few answers to learn from: they say of {amount(len(usable), 'pair')} of images whether the "
            f"two belong together, and it takes {FEWEST}; answer some more questions first"
        )
    if len(set(usable.same.tolist())) < 2:
        only = "together" if usable.same[0] else "apart"
        raise UsageError(
            f"All answers say that images belong {only}: answer more questions, until at least two groups have "
            "several images each"
        )
    return usable


def _padded(curve: list[float], length: int) -> list[float]:
    """Return the curve of a trial that ended early, with its last value repeated up to `length`."""
    return curve + [curve[-1]] * (length - len(curve))


def _tell(progress: Progress, before: int, total: int, epoch: int) -> None:
    progress("tuning", before + epoch, total)


def _tuned(network: TunableMap, adapter: Adapter, seen: Rows, progress: Progress) -> Tuned:
    embedded_rows = embedded(network, seen, progress)
    vectors = np.full((network.count, embedded_rows.shape[1]), np.nan, np.float32)
    vectors[seen] = embedded_rows
    return Tuned(f"{network.base}+{network.adapter}", vectors, adapter)


def figures(fit: Fit, taught_by: str) -> str:
    """Return the figures of a training in a line for the user; `taught_by` is who labelled the pairs."""
    apart = (
        f"pairs it had not seen were told apart {fit.before:.2f} before and {fit.after:.2f} after (1 is best)"
    )
    return f"features tuned to {taught_by}: {apart}" if fit.kept else f"tuning was rolled back: {apart}"
