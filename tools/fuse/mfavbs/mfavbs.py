"""Groups by MFAVBs-CC, contrastive clustering with a backbone that is trained on the collection itself."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from tools.clustering.constraints import Constraint
from tools.errors import CannotRun, UsageError
from tools.fuse.base import Method
from tools.fuse.constrained import constrained_assignment, constrained_kmeans
from tools.fuse.method_context import MethodContext
from tools.fuse.mfavbs.augmentation import Pictures, augmented, plain
from tools.fuse.mfavbs.loss import total
from tools.fuse.mfavbs.network import PAPER, SMALL, Setting, group_logits, parameters, readouts, run
from tools.fuse.pair import Pair, pair, ready
from tools.names import amount
from tools.neighbours import nearest_rows
from tools.number_of_groups import k_or_estimate
from tools.progress import Progress, silent
from tools.training import Plan, batches, checkpoint_in, digest, threads, train
from tools.views import View

if TYPE_CHECKING:
    import torch

PER_GROUP = 10
"""The fewest images for each group, with which there is enough to learn from."""
RATE = 3e-4
"""The learning rate of Adam, that of Contrastive Clustering."""
PATIENCE = 20
"""The number of epochs without a smaller loss after which training ends, as in the paper (section 4.5)."""
PROBED = 16
"""The number of images on which a step is timed."""
START = Plan(epochs=100, rate=1e-2)
"""How the projector of groups is fitted to the groups that it starts at."""


@dataclass(frozen=True, slots=True)
class Mfavbs(Method):
    """Multiple fusing-augmenting ViT blocks for contrastive clustering (our fifth paper, Eq. 1-7).

    Two augmentations of each image pass through shared blocks, are joined in blocks over both, and are split again. The
    frozen encoder's embedding of the image is a further token, the anchor, which is the readout (token 1 of T). It
    starts as the vector of the tier's own encoder, or elsewhere as the image views side by side, brought to the
    network's width by a fixed rotation or, where they are wider, by a fixed random projection that nearly keeps angles
    (Johnson and Lindenstrauss 1984); the paper needs neither, as its network is as wide as the encoder. An image that
    no encoder saw has an anchor of zeros. For the readout the plain picture passes through both branches.

    Table 4 of the paper: "anchor=off" is MethodA, "fusions=0" is MethodB, and both together are VTCC.

    "mfavbs:start=random,noise=0" is the method as printed. Both losses then ask that two branches with the same anchor
    agree, which they do wherever the borders between groups run: trained on few pictures, it ends with borders through
    the middle of what the encoder holds together. So the anchors of the two branches differ by noise here, as the
    pictures differ by augmentation, and the projector of groups starts at k-means on them. It holds more of what the
    encoder sees that way, and adds nothing to it: on 400 drawn pictures the small setting still ends no better than
    k-means on its own anchor (docs/benchmarks/reasons.md). It is worth its time where the pictures show more than the
    encoder sees.

    A run that was stopped goes on where it was when it is started again (`MethodContext.checkpoints`), to the same
    weights as if it had not been stopped.

    Attributes:
        setting: The size of the network, in place of `size`.
        size: "paper" for the setting of the paper, "small" for one that a processor can train, "auto" for the paper's
            on a GPU and the small one elsewhere.
        epochs: The most epochs; none for those of the setting.
        blocks: The number of ViT blocks; none for that of the setting.
        fusions: N, the number of blocks over both branches together (Figure 6); none for that of the setting.
        anchor: Whether the encoder's embedding is a token; without it CLS is the readout.
        noise: The deviation of the noise in each branch's anchor, whose entries have mean square 1; 0 as printed.
        near: The number of nearest images by the anchor of which the second branch sees one, drawn anew in each epoch,
            in place of the image itself; 0, or no anchor, for the image, as printed.
        start: What the projector of groups starts at: the groups of k-means on the anchors, or "random", as printed.
        minutes: The most minutes of training.
        watch: Called after the forward pass of each step, with the epoch and the loss.
    """

    name = "mfavbs"
    about = "a vision transformer that is trained on these pictures"
    aliases = ("mfavbs-cc",)
    multimodal = True  # the anchor wants a view of the pixels where only words were routed
    trains = True

    setting: Setting | None = None
    size: Literal["auto", "paper", "small"] = "auto"
    epochs: int | None = None
    blocks: int | None = None
    fusions: int | None = None
    anchor: bool = True
    noise: float = 1.0
    near: int = 0
    start: Literal["anchor", "random"] = "anchor"
    minutes: float = 60.0
    watch: Callable[[int, float], None] = lambda epoch, loss: None

    def missing_requirements(self, views: Sequence[View], context: MethodContext | None = None) -> str | None:
        """Return None where the pictures themselves are there, and enough of them; otherwise one line."""
        if context is None or context.pixels is None:
            return f"{self.name} trains on the pictures themselves, and only measures of them are here; use kmeans"
        return _too_few(int(pair(views).present.sum()), 2)

    def fit(
        self,
        views: Sequence[View],
        *,
        images: Sequence[str],
        constraints: Sequence[Constraint] = (),
        k: int | None = None,
        seed: int = 0,
        progress: Progress = silent,
        context: MethodContext | None = None,
    ) -> NDArray[np.float32]:
        """See `tools.fuse.base.Method.fit`.

        Raises:
            tools.errors.UsageError: As there; or there are fewer than ten images for each of k groups, or training
                would exceed its minutes.
        """
        context, sides = ready(self, views, context), pair(views)
        present = np.flatnonzero(sides.present)
        estimate = k_or_estimate(sides.rows, k, context.values, seed)
        k = estimate if k is not None else min(estimate, len(present) // PER_GROUP)
        if missing := _too_few(len(present), k):
            raise CannotRun(missing)
        soft = np.zeros((len(images), k), np.float32)
        soft[present] = 1.0 if k == 1 else self._trained(sides, present, images, context, k, seed, progress)
        return constrained_assignment(soft, images, constraints, context)

    def _trained(
        self,
        sides: Pair,
        present: NDArray[np.intp],
        images: Sequence[str],
        context: MethodContext,
        k: int,
        seed: int,
        progress: Progress,
    ) -> NDArray[np.float32]:
        """Train and return the assignment of the m present rows, (m, k) float32."""
        setting = self.setting_here()
        anchors = None
        if self.anchor and (seen := encoded(sides, context)).seen[present].any():
            anchors = anchor_tokens(seen, setting.width, seed)
        if self.anchor and anchors is None:
            context.notes.append(f"{self.name} trained without an embedding: no encoder saw these pictures")
        with threads():
            leaves = parameters(setting, k, seed)
            training = TrainingRun(setting, context, present, anchors, leaves, seed, self.noise, self.near)
            self._affordable(training, min(self.minutes, context.minutes))

            def losses(epoch: int) -> "Iterator[torch.Tensor]":
                for rows in batches(len(present), setting.batch, seed, epoch):
                    loss = training.loss(present[rows.numpy()], epoch)
                    self.watch(epoch, float(loss.detach()))
                    yield loss

            if anchors is not None and self.start == "anchor":
                training.start_at(anchor_groups(anchors[present], k, seed))
            key = digest(tuple(images), present, anchors, k, seed, setting, self.noise, self.near, self.start)
            train(
                training.leaves,
                losses,
                Plan(setting.epochs, RATE, patience=PATIENCE),
                stage=self.name,
                progress=RemainingTime(progress),
                checkpoint=checkpoint_in(context.checkpoints, self.name, key),
                key=key,
            )
            return training.read()

    def setting_here(self) -> Setting:
        """Return the setting with the options that were given. Raise UsageError where they do not fit."""
        paper = self.size == "paper" or (self.size == "auto" and _device() == "cuda")
        setting = self.setting or (PAPER if paper else SMALL)
        given = {"epochs": self.epochs, "blocks": self.blocks, "fusions": self.fusions}
        if self.blocks is not None and self.fusions is None:
            given["fusions"] = min(setting.fusions, self.blocks // 2)
        setting = replace(setting, **{name: value for name, value in given.items() if value is not None})
        if setting.blocks < 2 * setting.fusions or not setting.epochs:
            raise UsageError(
                f"{self.name}: {setting.fusions} fusions need at least {2 * setting.fusions} blocks and an epoch, not "
                f"{setting.blocks} blocks and {amount(setting.epochs, 'epoch')}"
            )
        return setting

    def _affordable(self, training: "TrainingRun", minutes: float) -> None:
        """Raise CannotRun where training would take too long, going by a step on a few images."""
        rows = training.present[:PROBED]
        taken = []
        for _ in range(2):  # the first also loads what is not loaded yet
            start = time.perf_counter()
            training.probe(rows)
            taken.append(time.perf_counter() - start)
        needed = min(taken) / len(rows) * len(training.present) * training.setting.epochs
        if needed > minutes * 60:
            raise CannotRun(
                f"{self.name} would train for {duration(needed)} on this machine, but may take only "
                f"{duration(minutes * 60)}; use kmeans, or allow it more minutes or fewer epochs, as in "
                f'"{self.name}:minutes={math.ceil(needed / 60)},epochs={training.setting.epochs}"'
            )


class TrainingRun:
    """Holds one run of training.

    The parameters stay in main memory with the optimiser and the checkpoint, and are copied to the device for each
    step, so that a run on a GPU is stopped and resumed by the same code.
    """

    def __init__(
        self,
        setting: Setting,
        context: MethodContext,
        present: NDArray[np.intp],
        anchors: NDArray[np.float32] | None,
        leaves: "dict[str, torch.Tensor]",
        seed: int,
        noise: float = 0.0,
        near: int = 0,
    ) -> None:
        assert context.pixels is not None
        self.setting, self.present, self.anchors, self.leaves, self.seed, self.noise = (
            setting,
            present,
            anchors,
            leaves,
            seed,
            noise,
        )
        self._device = _device()
        self._pictures = Pictures(
            context.pixels, 2 * setting.side
        )  # so that a crop of a quarter is still sharp
        self._near: dict[int, list[int]] = {}
        if anchors is not None and (reach := min(near, len(present) - 1)) > 0:
            found = present[nearest_rows(anchors[present], reach, seed)[1]]
            self._near = dict(zip(present.tolist(), found.tolist(), strict=True))

    def loss(self, rows: NDArray[np.intp], epoch: int) -> "torch.Tensor":
        """Return the loss L of a batch of rows of the collection, a scalar (Eq. 7)."""
        branches = rows, self.partners(rows, epoch)
        a, b = (
            augmented(
                self._pictures.get(shown.tolist()),
                shown.tolist(),
                self.setting.side,
                self.seed,
                epoch,
                branch,
            ).to(self._device)
            for branch, shown in enumerate(branches)
        )
        first, other = (self._noisy(shown, epoch, branch) for branch, shown in enumerate(branches))
        return total(*run(self._lent(), self.setting, a, b, first, other))

    def partners(self, rows: NDArray[np.intp], epoch: int) -> NDArray[np.intp]:
        """Return what the second branch sees of a batch: the rows themselves, or for each one of those near to it."""
        if not self._near:
            return rows
        drawn = [
            np.random.default_rng((self.seed, epoch, row, 2)).choice(self._near[row]) for row in rows.tolist()
        ]
        return np.array(drawn, np.intp)

    def start_at(self, groups: NDArray[np.intp]) -> None:
        """Fit the projector of groups to the groups of the m present rows, (m,), by cross-entropy."""
        import torch
        from torch.nn.functional import cross_entropy

        with torch.no_grad():
            seen = torch.cat([readouts(*given)[0].cpu() for given in self._plain()])
        projector = {name: leaf for name, leaf in self.leaves.items() if name.startswith("cluster.")}
        target = torch.from_numpy(groups.astype(np.int64))

        def losses(epoch: int) -> "Iterator[torch.Tensor]":
            yield cross_entropy(group_logits(projector, seen), target)

        train(projector, losses, START, stage="", progress=silent)

    def probe(self, rows: NDArray[np.intp]) -> None:
        """Compute the gradients of a step without taking it, to measure what a step costs."""
        import torch

        torch.autograd.grad(self.loss(rows, 0), list(self.leaves.values()), allow_unused=True)

    def read(self) -> NDArray[np.float32]:
        """Return the assignment of the m present rows from the plain pictures, (m, k) float32."""
        import torch

        with torch.no_grad():
            return np.concatenate([run(*given)[0].groups.cpu().numpy() for given in self._plain()])

    def _plain(
        self,
    ) -> "Iterator[tuple[dict[str, torch.Tensor], Setting, torch.Tensor, torch.Tensor, torch.Tensor | None]]":
        """Yield what `run` is given of the plain pictures of the m present rows, a batch at a time."""
        lent, size = self._lent(), self.setting.batch
        for rows in np.split(self.present, range(size, len(self.present), size)):
            x = plain(self._pictures.get(rows.tolist()), self.setting.side).to(self._device)
            yield lent, self.setting, x, x, self._anchor(rows)

    def _lent(self) -> "dict[str, torch.Tensor]":
        return {name: leaf.to(self._device) for name, leaf in self.leaves.items()}

    def _anchor(self, rows: NDArray[np.intp]) -> "torch.Tensor | None":
        import torch

        return None if self.anchors is None else torch.from_numpy(self.anchors[rows]).to(self._device)

    def _noisy(self, rows: NDArray[np.intp], epoch: int, branch: int) -> "torch.Tensor | None":
        """Return the anchors of a batch in a branch, whose noise depends on seed, epoch, row and branch alone."""
        import torch

        if self.anchors is None or not self.noise:
            return self._anchor(rows)
        width = self.anchors.shape[1]
        drawn = [np.random.default_rng((self.seed, epoch, row, branch, 1)) for row in rows.tolist()]
        noise = np.stack([rng.standard_normal(width, np.float32) for rng in drawn])
        return torch.from_numpy(self.anchors[rows] + self.noise * noise).to(self._device)


class RemainingTime:
    """Return a progress that adds the remaining time, estimated from the epochs of this run."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._start, self._before = progress, time.monotonic(), -1

    def __call__(self, stage: str, done: int, total: int) -> None:
        if self._before < 0:
            self._before = done - 1
        remaining = (time.monotonic() - self._start) / (done - self._before) * (total - done)
        self._progress(f"{stage}: training, {duration(remaining)} left", done, total)


def duration(seconds: float) -> str:
    """Return a duration as people say it: "under a minute", "about 3 min", "about 5 h"."""
    if seconds < 60:
        return "under a minute"
    minutes = round(seconds / 60)
    return f"about {minutes} min" if minutes < 120 else f"about {round(seconds / 3600)} h"


def _too_few(images: int, k: int) -> str | None:
    """Return one line on why the images are too few for k groups; None where they are enough."""
    if images >= k * PER_GROUP:
        return None
    return (
        f"{Mfavbs.name} learns to see from the collection alone: {k} groups need at least {k * PER_GROUP} images, "
        f"and there are {images}; use kmeans"
    )


def encoded(sides: Pair, context: MethodContext) -> Pair:
    """Return the sides with the vectors of the tier's own encoder as the images; as they are where there is none."""
    if context.aligned is None:
        return sides
    seen = np.asarray(np.isfinite(context.aligned).all(axis=1))
    return replace(sides, image=np.where(seen[:, None], context.aligned, 0).astype(np.float32), seen=seen)


def anchor_tokens(sides: Pair, width: int, seed: int) -> NDArray[np.float32]:
    """Return c^0, (n, width) float32: the image side, rotated where its width differs, with mean squared entry 1."""
    d = sides.image.shape[1]
    rows = sides.image
    if d != width:
        turn = np.linalg.qr(np.random.default_rng(seed).normal(size=(max(d, width), min(d, width))))[0]
        rows = rows @ (turn if d > width else turn.T)
    size = np.sqrt((rows[sides.seen] ** 2).mean())
    return np.asarray(rows / max(float(size), 1e-9), np.float32)


def anchor_groups(anchors: NDArray[np.float32], k: int, seed: int) -> NDArray[np.intp]:
    """Return the groups of k-means on the anchors, (n,)."""
    soft = constrained_kmeans(anchors, [str(row) for row in range(len(anchors))], (), k, seed)
    return np.asarray(soft.argmax(1), np.intp)


def _device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
