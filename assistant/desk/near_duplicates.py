"""Finds near-duplicates and bursts, and groups them. It proposes; nothing is deleted, and no file is touched."""

from collections.abc import Sequence

import numpy as np

from assistant.desk.changes import Changes
from assistant.desk.core import Core
from tools.clustering.clustering import UNSORTED, Cluster, Clustering, slug
from tools.clustering.cross_clusterings import STACKED
from tools.errors import UsageError
from tools.models.ports import Pixels
from tools.names import amount
from tools.near_duplicates.same_picture import Small, small_picture
from tools.near_duplicates.stacks import BEST, Shot, Stack, bursts, near_duplicates
from tools.progress import Progress, silent
from tools.scan.prefetch import decoded

NEAR, BURSTS = "near duplicates", "bursts"
"""The two kinds of stacks, which are what their groupings are called."""
OTHERS, KEPT = "_others", "kept"
"""The names of the groups of the best of each stack with all that is in none, and of the other pictures."""
_SIDE = 320
"""The longest side in pixels at which pictures are decoded to be compared."""
_KEPT_TOGETHER = 200
"""The number of pictures that are kept in one step, so that stopping loses no more."""


class NearDuplicates:
    """Finds stacks of pictures in the collection."""

    def __init__(self, core: Core, changes: Changes) -> None:
        self._core, self._changes = core, changes

    def find(self, kind: str = NEAR, progress: Progress = silent) -> list[Stack]:
        """Return the stacks of a kind, `NEAR` or `BURSTS`. Nothing is changed."""
        with self._core.lock:
            shots = self._shots(progress)
            if kind == BURSTS:
                return bursts(shots)
            return near_duplicates(shots, lambda done, of: progress("comparing", done, of))

    def group(self, kind: str = NEAR, best: bool = False, progress: Progress = silent) -> Clustering:
        """Group the pictures of each stack; all others are unsorted. A grouping of this name is replaced.

        Args:
            kind: `NEAR` or `BURSTS`.
            best: Whether there are two groups instead: the best of each stack with all pictures that are in none, and
                the others, which an export puts into a folder of their own.
            progress: Called during the work.

        Raises:
            tools.errors.UsageError: There are no such stacks.
        """
        with self._core.lock:
            stacks = self.find(kind, progress)
            if not stacks:
                raise UsageError(f"there are no {kind} among these pictures; nothing was grouped")
            images = self._core.collection.ids
            made = _kept_and_others(images, stacks, kind) if best else _by_stack(images, stacks, kind)
            count = amount(len(stacks), "stack")
            return self._changes.record(
                "group", f"grouped the {kind}: {count}", made, {"k": None, "method": STACKED}
            )

    def _shots(self, progress: Progress) -> list[Shot]:
        """Return what is known of each picture that can be decoded."""
        core = self._core
        collection, known = core.collection, core.metadata.all(progress)
        kept = core.shelf.likeness.all()
        todo = [image.sha256 for image in collection.images if image.content not in kept]
        news: dict[str, tuple[Small, float]] = {}
        for done, (id, pixels, _) in enumerate(decoded(collection, todo, _SIDE, waiting=lambda: None)):
            progress("comparing", done, len(todo))
            if pixels is not None:
                content = collection.by_id(id).content
                kept[content] = news[content] = small_picture(pixels), sharpness(pixels)
            if len(news) == _KEPT_TOGETHER:
                self._keep(news)
        self._keep(news)
        return [
            Shot(
                image.sha256,
                *kept[image.content],
                image.width * image.height,
                image.bytes,
                known[image.sha256],
            )
            for image in collection.images
            if image.content in kept
        ]

    def _keep(self, news: dict[str, tuple[Small, float]]) -> None:
        if self._core.shelf.exclusive and news:
            self._core.shelf.likeness.keep(news)
        news.clear()


def sharpness(pixels: Pixels) -> float:
    """Return how sharp a picture is, as the variance of its second differences; only the order means something."""
    grey = pixels.astype(np.float32).mean(axis=2)
    if min(grey.shape) < 3:
        return 0.0
    middle = grey[1:-1, 1:-1]
    edges = 4 * middle - grey[:-2, 1:-1] - grey[2:, 1:-1] - grey[1:-1, :-2] - grey[1:-1, 2:]
    return float(edges.var())


def _clustering(
    images: tuple[str, ...],
    kind: str,
    names: Sequence[str],
    label: dict[str, int],
    why: dict[str, str],
    note: str,
) -> Clustering:
    labels = np.array([label.get(image, UNSORTED) for image in images], np.int32)
    return Clustering(
        id=slug(kind),
        criterion=kind,
        images=images,
        clusters=tuple(Cluster(f"c{i + 1}", name) for i, name in enumerate(names)),
        labels=labels,
        confidence=np.where(labels == UNSORTED, 0.0, 1.0).astype(np.float32),
        method=STACKED,
        sources=(
            "comparing the pictures with each other"
            + (" and when they were taken" if kind == BURSTS else ""),
        ),
        next_number=len(names) + 1,
        notes=(note,),
        why=tuple(why.get(image, "") for image in images),
    )


def _by_stack(images: tuple[str, ...], stacks: Sequence[Stack], kind: str) -> Clustering:
    label = {image: i for i, stack in enumerate(stacks) for image in stack.images}
    why = {
        image: "it was the best of its stack" if how == BEST else f"it was one of a stack: {how}"
        for stack in stacks
        for image, how in zip(stack.images, stack.how, strict=True)
    }
    word = "burst" if kind == BURSTS else "stack"
    names = [f"{word} {i + 1}" for i in range(len(stacks))]
    note = "all other pictures are unsorted; look through the groups before you act on them"
    return _clustering(images, kind, names, label, why, note)


def _kept_and_others(images: tuple[str, ...], stacks: Sequence[Stack], kind: str) -> Clustering:
    aside = {image for stack in stacks for image in stack.images[1:]}
    label = {image: int(image in aside) for image in images}
    why = dict.fromkeys(aside, "another picture of its stack is kept")
    note = f"nothing is deleted: an export puts the others into the folder {OTHERS}"
    return _clustering(images, f"best of the {kind}", (KEPT, OTHERS), label, why, note)
