"""The method Multi-Sub: a proxy word per image between the reference words of a criterion (our second paper, Eq.
2-8)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tools.constraints import Constraint
from tools.errors import UsageError
from tools.fuse.base import Method
from tools.fuse.constrained import constrained_assignment, constrained_kmeans
from tools.fuse.method_context import MethodContext
from tools.fuse.tags import tags
from tools.models.ports import PromptTuner
from tools.number_of_groups import k_or_estimate
from tools.progress import Progress, silent
from tools.training import Plan, batches, digest, threads, train
from tools.views import View, unit

if TYPE_CHECKING:
    import torch

READ = 256
"""The most prompts that pass through the text tower at once."""

SHARP = 0.1
"""The temperature of the readout: the gain in cosine with a word that makes an image e times surer of it."""


@dataclass(frozen=True, slots=True)
class MultiSub(Method):
    """Subspace proxies, learned in two alternating phases.

    Phase I learns p_i, and so a_ik = softmax_k(p_i . z_k) and the proxy word w_i = sum_k a_ik phi(z_k) (Eq. 2-3), so
    that the prompt "a {thing} with the {criterion} of *", the star replaced by w_i, is like the image (Eq. 4-5). Phase
    II pulls v_i = [w_i, x_i] of one pseudo-label argmax_k cos(w_i, z_k) together, others apart (Eq. 6-8). In both the
    image tower's last projection is trained and all else is frozen. It is trained as a (d, d) matrix after the
    projection that starts at the identity, so that the cached vectors of the images are enough.

    In phase I each epoch passes one short prompt per image through the text tower, forward and back, which with
    ViT-B/32 on two cores takes about 0.03 s per image and epoch, so an hour for 100 epochs of 1,000 images; phase II is
    matrix products. Fewer `cycles` cost less.

    Attributes:
        words: The reference words z_k; without any, the k most frequent values under the criterion.
        thing: The word for what the images show, in the prompt.
        first: The number of epochs of phase I in a cycle.
        second: The number of epochs of phase II in a cycle.
        cycles: The most cycles; training ends earlier when a cycle changes no pseudo-label.
        rates: The learning rates of Adam, of which the one with the smallest loss after a pilot is used.
        pilot: The number of epochs of the pilot.
        share: lambda of Eq. 8, in [0, 1].
        margin: m of Eq. 7, >= 0.
        projection: Whether the projection is trained.
        slow: The ratio of the projection's learning rate to that of p, > 0. At 1 it would turn all images towards one
            text, which has the smallest loss of phase I and no groups.
        batch: The number of images in one step.
        checkpoint: The file from which a stopped run is resumed.
    """

    name = "multi_sub"
    about = "a word that is learned for each picture, and a subspace for the criterion"
    aliases = ("multisub",)
    multimodal = True

    words: tuple[str, ...] = ()
    thing: str = "thing"
    first: int = 100
    second: int = 10
    cycles: int = 9
    rates: tuple[float, ...] = (1e-1, 5e-2, 1e-2, 5e-3, 1e-3, 5e-4)
    pilot: int = 5
    share: float = 0.5
    margin: float = 1.0
    projection: bool = True
    slow: float = 0.01
    batch: int = 512
    checkpoint: Path | None = None

    def missing_requirements(self, views: Sequence[View], context: MethodContext | None = None) -> str | None:
        """Return None where there are words and an encoder whose text tower passes gradients; otherwise one line."""
        if context is None or context.tuner is None or context.aligned is None:
            return (
                f"{self.name} looks for words with a model that sees images and texts in one space, and none is in use;"
                " choose an encoder (regroup models lists them)"
            )
        if reason := context.tuner.untunable():
            return f"{self.name} cannot look for words with {context.tuner.name}: {reason}; choose another encoder"
        if not (self.words or context.vocabulary):
            return (
                f"{self.name} needs words of the criterion to begin with, and no model says any; use kmeans"
            )
        return None

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
        """See `tools.fuse.base.Method.fit`. Raises UsageError as that does."""
        missing = self.missing_requirements(views, context)
        if missing or context is None or context.tuner is None or context.aligned is None:
            raise UsageError(missing or f"{self.name} needs a context")
        k = k_or_estimate(np.asarray(context.aligned, np.float32), k, context.values, seed)
        words = self.words or tags(context.values, k)
        seen = np.asarray(np.isfinite(context.aligned).all(axis=1))
        proxies, x = self._learned(context, words, seen, seed, progress)
        likeness = unit(proxies) @ unit(context.tuner.word_vectors(words)).T
        if len(set(likeness.argmax(1).tolist())) == len(words) == k:
            soft = np.zeros((len(seen), k), np.float32)
            odds = np.exp((likeness - likeness.max(1, keepdims=True)) / SHARP)
            soft[seen] = odds / odds.sum(1, keepdims=True)
            return constrained_assignment(soft, images, constraints, context)
        rows = np.full((len(seen), proxies.shape[1] + x.shape[1]), np.nan, np.float32)
        rows[seen] = np.concatenate([unit(proxies), x], axis=1)
        return constrained_kmeans(rows, images, constraints, k, seed, context)

    def _learned(
        self,
        context: MethodContext,
        words: Sequence[str],
        seen: NDArray[np.bool_],
        seed: int,
        progress: Progress,
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Train and return w, (m, e) float32, and x, (m, d) float32 of length 1, of the m images that were embedded."""
        import torch

        assert context.tuner is not None and context.aligned is not None
        basis = context.tuner.word_vectors(words)
        ground = np.ascontiguousarray(context.aligned[seen], np.float32)
        prompt = f"a {self.thing} with the {' '.join(context.criterion.split())} of"
        model = _Proxies(context.tuner, prompt, torch.from_numpy(ground), torch.from_numpy(basis), self)
        with threads():
            if len(ground):
                model.learn(
                    self._rate(model, seed), seed, progress, digest(ground, basis, prompt, seed, self)
                )
            with torch.no_grad():
                return model.proxies().numpy(), model.images().numpy()

    def _rate(self, model: "_Proxies", seed: int) -> float:
        """Return the learning rate with the smallest loss of phase I after a few epochs (the paper chooses it by the
        loss)."""
        if len(self.rates) == 1:
            return self.rates[0]
        return min(self.rates, key=lambda rate: (model.pilot_loss(rate, self.pilot), rate))


class _Proxies:
    """The trained parameters p, (n, e), and the projection, (d, d), with the losses of both phases."""

    def __init__(
        self,
        tuner: PromptTuner,
        prompt: str,
        images: "torch.Tensor",
        basis: "torch.Tensor",
        how: MultiSub,
    ) -> None:
        import torch

        self.tuner, self.prompt, self.ground, self.basis, self.how = tuner, prompt, images, basis, how
        self.state = {
            "p": torch.zeros(len(images), basis.shape[1], requires_grad=True),
            "open": torch.zeros(images.shape[1], images.shape[1], requires_grad=True),
            # Not trained; kept with the rest so that a resumed run knows when nothing changes any more.
            "labels": torch.full((len(images),), -1.0, requires_grad=True),
        }

    def proxies(self, rows: "torch.Tensor | slice" = slice(None)) -> "torch.Tensor":
        """Return the proxy words w of b images, (b, e) (Eq. 2-3)."""
        return (self.state["p"][rows] @ self.basis.T).softmax(1) @ self.basis

    def images(self, rows: "torch.Tensor | slice" = slice(None)) -> "torch.Tensor":
        """Return x, the vectors of b images after the trained projection, (b, d) of length 1."""
        from torch.nn.functional import normalize

        ground = self.ground[rows]
        if not self.how.projection:
            return ground
        return normalize(ground + self.how.slow * ground @ self.state["open"], dim=1)

    def likeness(self, rows: "torch.Tensor") -> "torch.Tensor":
        """Return the loss of phase I over a batch, a scalar in [-1, 1] (Eq. 5)."""
        import torch

        proxies = self.proxies(rows)
        prompts = [
            self.tuner.read(self.prompt, proxies[i : i + READ]).cpu() for i in range(0, len(proxies), READ)
        ]
        return -(self.images(rows) * torch.cat(prompts)).sum(1).mean()

    def compactness(self, rows: "torch.Tensor", labels: "torch.Tensor") -> "torch.Tensor":
        """Return the loss of phase II over a batch, a scalar (Eq. 6-8); w is fixed and, as x, of length 1 in v."""
        import torch
        from torch.nn.functional import normalize

        v = torch.cat([normalize(self.proxies(rows), dim=1).detach(), self.images(rows)], dim=1)
        square = _squares(v)
        same = labels[rows][:, None] == labels[rows][None]
        other = ~same
        same = same & ~torch.eye(len(v), dtype=torch.bool)
        hinge = (self.how.margin - square.clamp(min=1e-12).sqrt()).clamp(min=0)
        intra = square[same].mean() if same.any() else square.sum() * 0
        inter = hinge[other].mean() if other.any() else square.sum() * 0
        return self.how.share * intra + (1 - self.how.share) * inter

    def labels(self) -> "torch.Tensor":
        """Return the pseudo-labels, (n,) argmax_k cos(w_i, z_k)."""
        import torch
        from torch.nn.functional import normalize

        with torch.no_grad():
            return (normalize(self.proxies(), dim=1) @ normalize(self.basis, dim=1).T).argmax(1)

    def learn(self, rate: float, seed: int, progress: Progress, key: str) -> None:
        """Alternate the two phases until a cycle changes no pseudo-label."""
        import torch

        how = self.how
        cycle = how.first + how.second

        def losses(epoch: int) -> "Iterator[torch.Tensor]":
            labels = self.labels()
            for rows in batches(len(self.ground), how.batch, seed, epoch):
                if epoch % cycle < how.first:
                    yield self.likeness(rows)
                elif how.projection:
                    yield self.compactness(rows, labels)

        def stop(epoch: int) -> bool:
            if (epoch + 1) % cycle:
                return False
            labels = self.labels().float()
            same = bool((labels == self.state["labels"]).all())
            with torch.no_grad():
                self.state["labels"].copy_(labels)
            return same

        epochs = how.cycles * cycle
        train(
            self.state,
            losses,
            Plan(epochs, rate, patience=epochs + 1),
            stage=how.name,
            progress=progress,
            checkpoint=how.checkpoint,
            key=key,
            stop=stop,
        )

    def pilot_loss(self, rate: float, epochs: int) -> float:
        """Return the loss of phase I on some of the images after a few epochs at a rate, and restore the state."""
        import torch

        before = {name: value.detach().clone() for name, value in self.state.items()}
        rows = torch.arange(min(len(self.ground), READ))
        train(
            self.state,
            lambda epoch: iter([self.likeness(rows)]),
            Plan(epochs, rate),
            stage=self.how.name,
            progress=silent,
        )
        with torch.no_grad():
            loss = float(self.likeness(rows))
            for name, value in self.state.items():
                value.copy_(before[name])
        return loss


def _squares(v: "torch.Tensor") -> "torch.Tensor":
    length = (v**2).sum(1)
    return (length[:, None] + length[None] - 2 * v @ v.T).clamp(min=0)
