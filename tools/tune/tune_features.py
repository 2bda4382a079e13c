"""Features that are tuned to a criterion, by what the user or a teacher said of pairs of images.

The criterion-tuned embedding H(.) of agent-centric clustering (arXiv 2503.22241, section 3), for the bundled models:
LoRA (Hu et al. 2021) on a map over cached views or on the network's last convolutions, supervised contrastive loss
(Khosla et al. 2020). Kept only where pairs of images that it never saw are told apart better.
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
from tools.tune.pairs import Pairs, split
from tools.tune.tunable import Activations, Rows, Tunable, embedded, tunable

VIEW = "object.tuned"
"""The name of the view that holds tuned features."""
CHANCE = 15
"""Features are kept only where answers dealt out at random do as well in at most one case of this many."""
FEWEST = 4
"""The fewest pairs from which anything can be learned."""
BATCH = 128
"""The number of images in one step."""
CHECK = 2
"""The number of epochs between two looks at the held-out pairs."""
PATIENCE = 4
"""The number of looks without anything better after which a trial ends."""
HELD = 0.4
"""The share of the images that a trial holds out."""


@dataclass(frozen=True, slots=True, eq=False)
class Tuned:
    """Features tuned to a criterion.

    Attributes:
        name: Which features and which adapter, by their hashes: part of a cache key.
        vectors: (n, d) float32, L2-normalised, rows of NaN where there was nothing: a view as it is, without `prepare`,
            which would undo the weights that columns were given.
        adapter: On its network; `adapter.save(folder)` keeps it, `load` brings it back.
    """

    name: str
    vectors: Vectors
    adapter: Adapter


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """How tuning went.

    Attributes:
        fit: Mean area under the ROC curve on held-out pairs before and after, whether it was kept, and its epochs.
        tuned: None where it was not kept.
        line: For the user.
    """

    fit: Fit
    tuned: Tuned | None
    line: str


def tune(
    images: Sequence[str],
    activations: Activations,
    pairs: Pairs,
    *,
    rank: int = 8,
    seed: int = 0,
    epochs: int = 24,
    progress: Progress = silent,
    notes: list[str] | None = None,
) -> Tuned | None:
    """Tune features so that images that belong together come closer than those that do not.

    Args:
        images: n image ids, in collection order.
        activations: (n, d) float32 features (`tools.tune.tunable.features`), which get a low-rank linear map; or the
            input of the network's last blocks (`tools.models.bundled.last_blocks.Begun`), whose convolutions are tuned.
        pairs: What is said of pairs of rows (`tools.tune.pairs`).
        rank: Of the update of each layer, at least 1.
        seed: Of the adapter's start, of what is held out, and of the order of batches.
        epochs: The most passes over the images that pairs speak of.
        progress: Called after each epoch; what it raises ends the work, of which then nothing is left.
        notes: One line for the user is added.

    Returns:
        The new features, or None where they tell held-out pairs apart no better than the old ones did.

    Raises:
        tools.errors.UsageError: The pairs are too few, all of one kind, or cannot be split so that no image is both
            learned from and held out; rows outside of the collection; activations that do not fit the images.
    """
    done = attempt(images, activations, pairs, rank=rank, seed=seed, epochs=epochs, progress=progress)
    if notes is not None:
        notes.append(done.line)
    return done.tuned


def attempt(
    images: Sequence[str],
    activations: Activations,
    pairs: Pairs,
    *,
    rank: int = 8,
    seed: int = 0,
    epochs: int = 24,
    progress: Progress = silent,
) -> Attempt:
    """As `tune`, with the figures also where nothing is kept.

    Several trials each hold out other images, learn from the rest and are judged by the pairs among those that they
    never saw; so the number of epochs is found. How much of the error that was left is gone must be more than where the
    same answers are dealt out to the images at random, each time with the same trials: chance may do as well in one
    case of `CHANCE` (a permutation test; Fisher 1935). Few answers make a noisy judge, and a harmful adapter is worse
    than none. Trials share images, so their spread says little, and of many looks one is the best by chance; of
    what chance does, both are part.
    """
    if rank < 1 or epochs < 1:
        raise UsageError(f"Tuning takes a rank and epochs of at least 1, not {rank} and {epochs}")
    if len(images) != len(activations):
        raise UsageError(f"There are {len(images)} images and {len(activations)} rows of features")
    seen = _seen(activations)
    pairs = _usable(pairs, len(images), seen)
    with threads():
        made = tunable(activations)
        settings = Settings(rank, 2 * rank, made.targets, seed)
        halves = [split(pairs, HELD, seed * 1_000 + i) for i in range(made.splits)]
        trials = [half for half in halves if half is not None]
        if not trials:
            raise UsageError(
                "There are too few answers to learn from some and judge by the others: answer some more questions"
            )
        total = epochs * (len(trials) * (1 + made.deals) + 1)

        def tried(given: Pairs, done: int) -> Trials:
            return _summary(
                [
                    _trial(
                        made, _part(given, train), _part(given, held), settings, epochs,
                        partial(_tell, progress, (done * len(trials) + i) * epochs, total),
                    )
                    for i, (train, held) in enumerate(trials)
                ]
            )  # fmt: skip

        found = tried(pairs, 0)
        kept = found.gone > 1e-6 and found.look > 0
        rng, allowed = np.random.default_rng(seed), (1 + made.deals) // CHANCE - 1
        for deal in range(1, 1 + made.deals if kept else 0):
            allowed -= tried(shuffled(pairs, rng), deal).gone >= found.gone
            if allowed < 0:
                kept = False
                break
        fit = Fit(found.before, found.after, kept, found.look * CHECK)
        if not kept:
            return Attempt(fit, None, _line(fit))
        adapter = Adapter(made, settings)
        for epoch in _train(made, adapter, pairs, settings.seed, min(fit.steps, epochs)):
            _tell(progress, total - epochs, total, epoch)
        adapter.rename()
        return Attempt(fit, _tuned(made, adapter, seen, progress), _line(fit))


def load(path: Path, activations: Activations, progress: Progress = silent) -> Tuned:
    """Return features with an adapter that was saved before (`Adapter.save`), bit for bit as they were then.

    Raises:
        tools.errors.RegroupError: There is no adapter in `path`, it is damaged, or it was made for another collection:
            what it starts from is standardised over the images that were there.
    """
    seen = _seen(activations)
    with threads():
        made = tunable(activations)
        return _tuned(made, Adapter.load(made, path), seen, progress)


def roc_auc(points: Vectors, pairs: Pairs) -> float:
    """Return the area under the ROC curve, in [0, 1], of the cosines of pairs by whether they belong together;
    weighted.

    Args:
        points: (n, d) float32, L2-normalised, without NaN in the rows that pairs speak of.
        pairs: Of both kinds.
    """
    cosines = np.einsum("ij,ij->i", points[pairs.rows[:, 0]], points[pairs.rows[:, 1]])
    # Counted out: scikit-learn's checks of its input take most of the time where a test does this thousands of times.
    values, place = np.unique(cosines, return_inverse=True)
    same, apart = (
        np.bincount(place, np.where(kind, pairs.weight, 0.0), len(values))
        for kind in (pairs.same, ~pairs.same)
    )
    below = np.cumsum(apart) - apart / 2
    return float((same @ below) / (same.sum() * apart.sum()))


@dataclass(frozen=True, slots=True)
class Trials:
    """What trials say together.

    Attributes:
        before: Mean area on held-out pairs at the start.
        after: The same, each trial at the look that is best for the others.
        look: The look that is best for all.
    """

    before: float
    after: float
    look: int

    @property
    def gone(self) -> float:
        """Share of what was left to be gained that is gained."""
        return (self.after - self.before) / max(1.0 - self.before, 1e-9)


def _summary(curves: list[list[float]]) -> Trials:
    areas = np.stack([_padded(curve, max(map(len, curves))) for curve in curves])
    others = areas.sum(0) - areas if len(areas) > 1 else areas
    after = areas[np.arange(len(areas)), others.argmax(1)]
    return Trials(float(areas[:, 0].mean()), float(after.mean()), int(areas.mean(0).argmax()))


def shuffled(pairs: Pairs, rng: np.random.Generator) -> Pairs:
    """The same answers about images that change places: what is said of them has nothing to do with them any more."""
    images = np.unique(pairs.rows)
    return Pairs(rng.permutation(images)[np.searchsorted(images, pairs.rows)], pairs.same, pairs.weight)


def _trial(
    made: Tunable, train: Pairs, held: Pairs, settings: Settings, epochs: int, tell: Callable[[int], None]
) -> list[float]:
    """Return the areas on the held-out pairs at the start and after each `CHECK` epochs. The network is then as it
    was."""
    rows = np.unique(held.rows)
    places = Pairs(np.searchsorted(rows, held.rows), held.same, held.weight)
    adapter = Adapter(made, settings)
    try:
        curve = [roc_auc(embedded(made, rows), places)]
        for epoch in _train(made, adapter, train, settings.seed, epochs):
            tell(epoch)
            if epoch % CHECK:
                continue
            curve.append(roc_auc(embedded(made, rows), places))
            if len(curve) - 1 - int(np.argmax(curve)) >= PATIENCE or curve[-1] == 1:
                break
        return curve
    finally:
        adapter.rollback()


def _train(made: Tunable, adapter: Adapter, pairs: Pairs, seed: int, epochs: int) -> Iterator[int]:
    """Change the adapter epoch by epoch; gives the number of each that is done."""
    import torch

    known = pair_table(pairs)
    leaves = adapter.parameters()
    optimiser = torch.optim.AdamW(leaves, made.rate, weight_decay=0.01)
    for epoch in range(epochs):
        for places in batches(len(known.images), BATCH, seed, epoch):
            some = places[:, None], places[None]
            found = loss(made.embed(known.images[places.numpy()]), known.same[some], known.apart[some])
            if found is None:
                continue
            optimiser.zero_grad()
            found.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        yield epoch + 1


def _seen(activations: Activations) -> Rows:
    """Return the rows without gaps: of features there may be none for an image; the network sees something in each."""
    if activations.ndim != 2:
        return np.arange(len(activations), dtype=np.intp)
    return np.flatnonzero(np.isfinite(activations[np.arange(len(activations))]).all(axis=1))


def _usable(pairs: Pairs, count: int, seen: Rows) -> Pairs:
    """Return the pairs of images that have features. Raise UsageError where they are not enough."""
    if len(pairs) and (pairs.rows.min() < 0 or pairs.rows.max() >= count):
        raise UsageError(f"A pair speaks of an image that is not there: rows are 0 to {count - 1}")
    kept = _part(pairs, np.flatnonzero(np.isin(pairs.rows, seen).all(axis=1)))
    if len(kept) < FEWEST:
        raise UsageError(
            f"There are too few answers to learn from: they say of {amount(len(kept), 'pair')} of images whether the "
            f"two belong together, and it takes {FEWEST}; answer some more questions first"
        )
    if len(set(kept.same.tolist())) < 2:
        only = "together" if kept.same[0] else "apart"
        raise UsageError(
            f"All answers say that images belong {only}: answer some more questions, until several groups have several"
        )
    return kept


def _part(pairs: Pairs, rows: Rows) -> Pairs:
    return Pairs(pairs.rows[rows], pairs.same[rows], pairs.weight[rows])


def _padded(curve: list[float], length: int) -> list[float]:
    """Return a trial that ended early counts from then on as it ended."""
    return curve + [curve[-1]] * (length - len(curve))


def _tell(progress: Progress, before: int, total: int, epoch: int) -> None:
    progress("tuning", before + epoch, total)


def _tuned(made: Tunable, adapter: Adapter, seen: Rows, progress: Progress) -> Tuned:
    found = embedded(made, seen, progress)
    vectors = np.full((made.count, found.shape[1]), np.nan, np.float32)
    vectors[seen] = found
    return Tuned(f"{made.base}+{made.adapter}", vectors, adapter)


def _line(fit: Fit) -> str:
    figures = (
        f"pairs it had not seen were told apart {fit.before:.2f} before and {fit.after:.2f} after (1 is best)"
    )
    return f"features tuned to your answers: {figures}" if fit.kept else f"tuning was rolled back: {figures}"
