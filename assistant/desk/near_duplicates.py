"""Finds near-duplicates and bursts, and groups them. It proposes; nothing is deleted, and no file is touched."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from assistant.desk.changes import Changes
from assistant.desk.core import Core
from tools.clustering.clustering import UNSORTED, Cluster, Clustering, slug
from tools.clustering.cross_clusterings import STACKED
from tools.errors import UsageError
from tools.models.bundled.face.eyes_open import FaceReader, Faces
from tools.models.ports import Pixels
from tools.models.weight_store import WeightStore
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
_LARGE = 640
"""The longest side in pixels at which faces are looked for."""
_WIDER = 0.06
"""How much wider than in another picture of the stack eyes must be open to be worth a word."""
_KEPT_TOGETHER = 200
"""The number of pictures that are kept in one step, so that stopping loses no more."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Holds what may decide whether a picture of a stack is the one to keep.

    Attributes:
        image: Its id.
        how: `BEST`, or how it came from the best, or when it was taken.
        sharpness: How sharp it is, in (0, 1]; 1 is the sharpest of those that have the size of the best. None for other
            sizes, which cannot be compared, and where no other has this one.
        faces: The number of faces; None where the weights to see them are not here.
        eyes_widest: Whether the eyes are clearly wider open than in another picture of the stack.
    """

    image: str
    how: str
    sharpness: float | None
    faces: int | None
    eyes_widest: bool


class NearDuplicates:
    """Finds stacks of pictures in the collection."""

    def __init__(self, core: Core, changes: Changes, store: WeightStore) -> None:
        self._core, self._changes = core, changes
        self._faces = FaceReader(store)

    def find(self, kind: str = NEAR, progress: Progress = silent) -> list[Stack]:
        """Return the stacks of a kind, `NEAR` or `BURSTS`. Nothing is changed."""
        with self._core.lock:
            shots = self._shots(progress)
            if kind == BURSTS:
                return bursts(shots)
            return near_duplicates(shots, lambda done, of: progress("comparing", done, of))

    def compare(self, stack: Stack, progress: Progress = silent) -> list[Candidate]:
        """Return what tells the pictures of a stack apart, in their order. Nothing is changed.

        Args:
            stack: One of those that `find` returns.
            progress: Called for each picture.
        """
        with self._core.lock:
            collection = self._core.collection
            sharp: dict[str, float] = {}
            seen: dict[str, Faces | None] = {}
            images = list(stack.images)
            for done, (id, pixels, _) in enumerate(decoded(collection, images, _LARGE, waiting=lambda: None)):
                progress("looking for faces", done, len(images))
                if pixels is not None:
                    sharp[id], seen[id] = sharpness(pixels), self._faces.read(pixels)
            sizes = {id: (file.width, file.height) for id in images for file in [collection.by_id(id)]}
            sharp = {id: value for id, value in sharp.items() if sizes[id] == sizes[images[0]]}
            sharpest = max(sharp.values(), default=0.0) if len(sharp) > 1 else 0.0
            open_by = {
                id: faces.openness for id, faces in seen.items() if faces and faces.openness is not None
            }
            widest = max(open_by.values(), default=0.0)
            told = len(open_by) > 1 and widest - min(open_by.values()) >= _WIDER
            return [
                Candidate(
                    id,
                    how,
                    sharp[id] / sharpest if sharpest and id in sharp else None,
                    faces.count if (faces := seen.get(id)) else None,
                    told and open_by.get(id) == widest,
                )
                for id, how in zip(images, stack.how, strict=True)
            ]

    def set_aside(self, kind: str, aside: Collection[str]) -> Clustering:
        """Group these pictures of stacks, which the user does not keep, apart from all others. No file is touched.

        Raises:
            tools.errors.UsageError: There are none, or nothing would be kept.
        """
        with self._core.lock:
            images = self._core.collection.ids
            others = set(aside) & set(images)
            if not others:
                raise UsageError("no picture was chosen to be set aside; nothing was grouped")
            if len(others) == len(images):
                raise UsageError("all pictures would be set aside; keep one at least")
            made = _kept_and_others(images, others, kind)
            text = f"set {amount(len(others), 'picture')} of the {kind} aside"
            return self._changes.record("group", text, made, {"k": None, "method": STACKED})

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
            aside = {image for stack in stacks for image in stack.images[1:]}
            made = _kept_and_others(images, aside, kind) if best else _by_stack(images, stacks, kind)
            count = amount(len(stacks), "stack")
            return self._changes.record(
                "group", f"grouped the {kind}: {count}", made, {"k": None, "method": STACKED}
            )

    def sharpness_of(self, images: Sequence[str], progress: Progress = silent) -> dict[str, float]:
        """Return how sharp each of some images is, as far as they decode; only the order means something."""
        with self._core.lock:
            kept, by_id = self._measured(images, progress), self._core.collection.by_id
            return {id: kept[content][1] for id in images if (content := by_id(id).content) in kept}

    def _shots(self, progress: Progress) -> list[Shot]:
        """Return what is known of each picture that can be decoded."""
        core = self._core
        collection, known = core.collection, core.metadata.all(progress)
        kept = self._measured(collection.ids, progress)
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

    def _measured(self, images: Sequence[str], progress: Progress) -> dict[str, tuple[Small, float]]:
        """Return each picture as it is compared and its sharpness, by its content; those that decode are kept."""
        collection, kept = self._core.collection, self._core.shelf.likeness.all()
        todo = [id for id in images if collection.by_id(id).content not in kept]
        news: dict[str, tuple[Small, float]] = {}
        for done, (id, pixels, _) in enumerate(decoded(collection, todo, _SIDE, waiting=lambda: None)):
            progress("comparing", done, len(todo))
            if pixels is not None:
                content = collection.by_id(id).content
                kept[content] = news[content] = small_picture(pixels), sharpness(pixels)
            if len(news) == _KEPT_TOGETHER:
                self._keep(news)
        self._keep(news)
        return kept

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


def _kept_and_others(images: tuple[str, ...], aside: Collection[str], kind: str) -> Clustering:
    label = {image: int(image in aside) for image in images}
    why = dict.fromkeys(aside, "another picture of its stack is kept")
    note = f"nothing is deleted: an export puts the others into the folder {OTHERS}"
    return _clustering(images, f"best of the {kind}", (KEPT, OTHERS), label, why, note)
