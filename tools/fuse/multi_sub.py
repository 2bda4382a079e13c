"""Groups by Multi-Sub: a proxy word per image between the reference words of a criterion (our second paper, Eq.
2-8)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tools.clustering.constraints import Constraint
from tools.errors import UsageError
from tools.fuse.base import Method
from tools.fuse.constrained import constrained_assignment, constrained_kmeans
from tools.fuse.method_context import MethodContext
from tools.fuse.reference_words import FEWEST, reference_words
from tools.models.ports import PromptTuner
from tools.number_of_groups import k_or_estimate
from tools.progress import Progress, silent
from tools.training import Plan, batches, checkpoint_in, digest, threads, train
from tools.views import View, unit

if TYPE_CHECKING:
    import torch

READ = 256
"""The most prompts that pass through the text tower at once."""
SHARP = 0.05
"""The temperature of the start: the gain in cosine with a word's prompt that makes an image e times surer of it."""
RATES = (1e-1, 5e-2, 1e-2, 5e-3, 1e-3, 5e-4)
"""The learning rates that are searched."""
DECAYS = (5e-4, 1e-4, 5e-5, 1e-5, 0.0)
"""The weight decays that are searched."""


@dataclass(frozen=True, slots=True)
class MultiSub(Method):
    """Subspace proxies, learned in two alternating phases.

    Phase I learns p_i, and so a_ik = softmax_k(p_i . z_k) and the proxy word w_i = sum_k a_ik phi(z_k) (Eq. 2-3), so
    that the prompt "a {thing} with the {criterion} of *", the star replaced by w_i, is like the image (Eq. 4-5). Phase
    II pulls v_i = [w_i, x_i] of one pseudo-label argmax_k cos(w_i, z_k) together, others apart (Eq. 6-8). In both the
    image tower's last projection is trained and all else is frozen. It is trained as a (d, d) matrix after the
    projection that starts at the identity, so that the cached vectors of the images are enough.

    The number K of reference words is not that of the groups: k-means on v makes these. As printed, p starts even, its
    rate is the one with the smallest loss, and the pseudo-labels are the groups (`start=off,search=on,pseudo=on`). On
    400 drawings with the tests' own CLIP and the true words that reaches a mean NMI of .65 for colour and shape,
    zero-shot classification by the same prompts .73 and the default .81 (docs/benchmarks/multi_sub.csv): mixtures of
    words can be likelier than any single word, and even weights and large rates lead to them.

    In phase I each epoch passes one short prompt per image through the text tower, forward and back, which with
    ViT-B/32 on two cores takes about 0.03 s per image and epoch, so an hour for 100 epochs of 1,000 images; phase II is
    matrix products. Fewer `cycles` cost less.

    Attributes:
        words: The reference words z_k with "/" between them; without any, see `tools.fuse.reference_words`.
        thing: The noun for what the images show, in the prompt; without one, that of most images.
        start: Whether p starts at the words whose prompts are like the image, and not even.
        search: Whether learning rate and weight decay are those of the smallest loss after a pilot.
        rate: The learning rate of Adam where it is not searched.
        decay: The weight decay where it is not searched.
        pilot: The number of epochs of a pilot.
        first: The number of epochs of phase I in a cycle.
        second: The number of epochs of phase II in a cycle.
        cycles: The most cycles; training ends earlier when a cycle changes no pseudo-label.
        share: lambda of Eq. 8, in [0, 1].
        margin: m of Eq. 7, >= 0.
        projection: Whether the projection is trained.
        slow: The ratio of the projection's learning rate to that of p, > 0. At 1 it would turn all images towards one
            text, which has the smallest loss of phase I and no groups.
        pseudo: Whether the pseudo-labels are the groups where each of K = k words has images.
        batch: The number of images in one step.
    """

    name = "multi_sub"
    about = "a word that is learned for each picture, and a subspace for the criterion"
    aliases = ("multisub",)
    multimodal = True
    asks_thinker = True
    trains = True

    words: str = ""
    thing: str = ""
    start: bool = True
    search: bool = False
    rate: float = 1e-2
    decay: float = 0.0
    pilot: int = 5
    first: int = 100
    second: int = 10
    cycles: int = 3
    share: float = 0.5
    margin: float = 1.0
    projection: bool = True
    slow: float = 0.01
    pseudo: bool = False
    batch: int = 512

    def missing_requirements(self, views: Sequence[View], context: MethodContext | None = None) -> str | None:
        """Return None where there are words and an encoder whose text tower passes gradients; otherwise one line."""
        if context is None or context.tuner is None or context.aligned is None:
            return (
                f"{self.name} looks for words with a model that sees images and texts in one space, and none is in use;"
                " choose an encoder (regroup models lists them)"
            )
        if reason := context.tuner.untunable():
            return f"{self.name} cannot look for words with {context.tuner.name}: {reason}; choose another encoder"
        return missing_words(self.name, self.words, context)

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
        if missing or context is None or context.tuner is None:
            raise UsageError(missing or f"{self.name} needs a context")
        k, seen, words = begun(context, self.words, k, seed)
        proxies, x = self._learned(context, words, seen, seed, progress)
        likeness = unit(proxies) @ unit(context.tuner.word_vectors(words)).T
        if self.pseudo and len(set(likeness.argmax(1).tolist())) == len(words) == k:
            soft = np.zeros((len(seen), k), np.float32)
            soft[np.flatnonzero(seen), likeness.argmax(1)] = 1.0
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
        prompt = prompt_of(context, self.thing)
        model = Proxies(context.tuner, prompt, torch.from_numpy(ground), torch.from_numpy(basis), self)
        with threads():
            if len(ground):
                if self.start:
                    model.begin()
                rate, decay = model.searched() if self.search else (self.rate, self.decay)
                key = digest(ground, basis, prompt, seed, self)
                kept = checkpoint_in(context.checkpoints, self.name, key)
                model.learn(rate, decay, seed, progress, key, kept)
            with torch.no_grad():
                return model.proxies().numpy(), model.images().numpy()


def begun(
    context: MethodContext, given: str, k: int | None, seed: int
) -> tuple[int, NDArray[np.bool_], tuple[str, ...]]:
    """Return what a method over an encoder's vectors begins with.

    Returns:
        The number of groups; (n,) bool, which images have a vector; the reference words.

    Raises:
        tools.errors.UsageError: k is not in 1..n, or there is no encoder's view.
    """
    if context.aligned is None:
        raise UsageError("there is no view of an encoder here; choose one (regroup models lists them)")
    k = k_or_estimate(np.asarray(context.aligned, np.float32), k, context.values, seed)
    seen = np.asarray(np.isfinite(context.aligned).all(axis=1))
    return k, seen, tuple(reference_words(context, given, seed))


def prompt_of(context: MethodContext, thing: str = "") -> str:
    """Return the beginning of a prompt that a word of the criterion ends (Eq. 4)."""
    criterion = " ".join(context.criterion.split())
    return f"a {thing or context.thing} with the {criterion} of"


def missing_words(name: str, given: str, context: MethodContext) -> str | None:
    """Return None where there are reference words of the criterion; otherwise one line."""
    if len(reference_words(replace(context, thinker=None, notes=[]), given)) >= FEWEST or context.thinker:
        return None
    return f"{name} needs words of the criterion to begin with, and nobody here knows any; use kmeans"


class Proxies:
    """Return the trained parameters p, (n, e), and the projection, (d, d), with the losses of both phases.

    Args:
        tuner: The text tower.
        prompt: The beginning of all prompts.
        images: (n, d) the images, of length 1.
        basis: (K, e) the vectors z_k of the reference words.
        how: The settings.
    """

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

    def begin(self) -> None:
        """Start p where a_ik is the softmax of the image's likeness to the prompts of single words over `SHARP`.

        Of all p with these weights it is the shortest; with more words than e some weights are only near.
        """
        import torch

        with torch.no_grad():
            likeness = self.ground @ self.tuner.read(self.prompt, self.basis).cpu().T / SHARP
            centred = likeness - likeness.mean(1, keepdim=True)
            self.state["p"].copy_(centred @ torch.linalg.pinv(self.basis.T))

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

    def searched(self) -> tuple[float, float]:
        """Return the learning rate with the smallest loss of phase I after a pilot, and the weight decay likewise at
        that rate (the paper chooses both by the loss)."""
        pilot = self.how.pilot
        rate = min(RATES, key=lambda rate: (self.pilot_loss(rate, 0.0, pilot), rate))
        return rate, min(DECAYS, key=lambda decay: (self.pilot_loss(rate, decay, pilot), decay))

    def learn(
        self,
        rate: float,
        decay: float,
        seed: int,
        progress: Progress,
        key: str = "",
        checkpoint: Path | None = None,
    ) -> None:
        """Alternate the two phases until a cycle changes no pseudo-label; a stopped run is kept under a key."""
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
            Plan(epochs, rate, decay, patience=epochs + 1),
            stage=how.name,
            progress=progress,
            checkpoint=checkpoint,
            key=key,
            stop=stop,
        )

    def pilot_loss(self, rate: float, decay: float, epochs: int) -> float:
        """Return the loss of phase I on some of the images after a few epochs at a rate, and restore the state."""
        import torch

        before = {name: value.detach().clone() for name, value in self.state.items()}
        rows = torch.arange(min(len(self.ground), READ))
        train(
            self.state,
            lambda epoch: iter([self.likeness(rows)]),
            Plan(epochs, rate, decay),
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
