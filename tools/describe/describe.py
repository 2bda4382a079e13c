"""Has every expert look once at every image of a collection, and keeps what they say for the later stages."""

import os
import time
from collections import deque
from collections.abc import Callable, Generator, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from tools.decode.decode import RULES
from tools.describe.picture_frame import inside_frame
from tools.models.ports import (
    Decode,
    Decoded,
    Expert,
    Findings,
    FindingsStore,
    Pixels,
    Question,
    Slot,
    SlotSpec,
    Vectors,
    joined,
)
from tools.progress import Progress, silent

BATCH = 32
"""The number of images whose findings are cached together, so that stopping loses the findings of fewer than these."""

STEP = 8
"""The most images that an expert looks at in one call; more are hardly faster, take memory and delay the progress."""

LOOKERS = 8
"""The most threads that look at images side by side, one a core. Each takes some 40 MB for its networks."""

FAMILIAR = 0.15
"""The median of the largest probability from which a classifier knows the pictures of a collection. On aerial pictures,
faces, drawings and flowers it is .09 to .14, so that its words mean nothing; on objects, animals and places .19 to .5.
"""

SCENES = ("place", "building")
"""The values of the slot "type" that are places rather than things in a place."""

REMEMBERED = 16
"""The most results of later stages that `Descriptions.once` keeps, of all kinds together."""

VIEW_CACHE_BYTES = 32_000_000
"""The most bytes of loaded views that stay in memory. The views of a small collection are read once; those of a large
one are read again when they are needed again, which is seldom."""

GENERAL = Question(None, ("subject", "kind", "colour", "shape", "action", "setting", "style"))
"""The question about an image in general (MLLM_MC, section 3.1: the descriptions that Eq. 1 reads)."""

T = TypeVar("T")


@dataclass(slots=True)
class Meter:
    """Counts what looking at images has cost.

    Attributes:
        calls: The number of times that an expert looked at an image.
        seconds: The time that all looks took together.
    """

    calls: int = 0
    seconds: float = 0.0


class Words(NamedTuple):
    """Holds what one slot says of n images.

    Attributes:
        values: The word for each image, such as "happy"; None where nothing is visible.
        confidence: (n,) float32 in [0, 1], how sure each word is.
    """

    values: list[str | None]
    confidence: NDArray[np.float32]


def _no_view(name: str) -> Vectors:
    raise KeyError(name)


@dataclass(slots=True)
class Descriptions:
    """Holds what the experts say about a collection of n images.

    Attributes:
        images: The n image ids, in collection order.
        specs: Slot name to what the slot means and which views belong to it.
        unreadable: Image id to reason, for images that could not be decoded; they are not in `images`.
        missing: One line for each reason why an expert cannot run here, for the status line.
        views: The names of all views.
        absent: The slots of the experts that cannot run here, each with the line that says why.
        unfamiliar: Whether the classifier does not know such pictures, so that its words are not among the slots.
        scenic: Whether most of the pictures show a place, and so have no surroundings beside their subject.
        reasons: Slot name to a line for each image on where its word is from, or why it has none.
        prepared: Name to a view that a later stage prepared, kept because preparing takes a while.
        memo: Other results of later stages, which `once` keeps.
    """

    images: tuple[str, ...]
    specs: dict[str, SlotSpec]
    unreadable: dict[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    views: tuple[str, ...] = ()
    absent: tuple[tuple[SlotSpec, str], ...] = ()
    _slots: list[dict[str, Slot]] = field(default_factory=list, repr=False)
    _load: Callable[[str], Vectors] = field(default=_no_view, repr=False)
    _views: dict[str, Vectors] = field(default_factory=dict, repr=False)
    _widths: dict[str, int] = field(default_factory=dict, repr=False)
    unfamiliar: bool = False
    scenic: bool = False
    reasons: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    prepared: dict[str, Vectors] = field(default_factory=dict, repr=False)
    memo: dict[tuple[Hashable, ...], Any] = field(default_factory=dict, repr=False)

    def slots(self, row: int) -> Mapping[str, Slot]:
        """Return the slots of one image, by name."""
        return self._slots[row]

    def column(self, slot: str) -> Words:
        """Return what one slot says of each image."""
        column = [slots.get(slot) for slots in self._slots]
        values = [s.value if s else None for s in column]
        return Words(values, np.array([s.confidence if s else 0.0 for s in column], np.float32))

    def view(self, name: str) -> Vectors:
        """Return a view as its expert gave it: (n, d) float32, with a row of NaN where it saw nothing.

        Raises:
            KeyError: There is no view of this name.
        """
        view = self._views[name] if name in self._views else self._load(name)
        self._widths[name] = view.shape[1]
        return view

    def width(self, name: str) -> int:
        """Return the number of columns of a view. Raise KeyError where there is none of this name."""
        return self._widths[name] if name in self._widths else self.view(name).shape[1]

    def once(self, about: tuple[Hashable, ...], work: Callable[[], T], most: int = REMEMBERED) -> T:
        """Return the result of `work`, computed once for everything that it depends on.

        Args:
            about: The kind of result, followed by everything that it depends on.
            work: Computes the result.
            most: The most results of this kind that are kept, those that were asked for last. Of all kinds together at
                most `REMEMBERED` are kept.
        """
        if about in self.memo:
            self.memo[about] = self.memo.pop(about)
        else:
            kind = [other for other in self.memo if other[0] == about[0]]
            for other in kind[: max(0, len(kind) - most + 1)]:
                del self.memo[other]
            while len(self.memo) >= REMEMBERED:
                self.memo.pop(next(iter(self.memo)))
            self.memo[about] = work()
        result: T = self.memo[about]
        return result

    def sample(self, most: int, seed: int) -> "Descriptions":
        """Return the descriptions of at most `most` of the images, drawn at random and in their order; these
        themselves where there are no more. Nothing that was worked out for all is taken over."""
        if len(self.images) <= most:
            return self
        rows = np.sort(np.random.default_rng(seed).permutation(len(self.images))[:most])
        return replace(
            self,
            images=tuple(self.images[row] for row in rows),
            reasons={name: tuple(said[row] for row in rows) for name, said in self.reasons.items()},
            _slots=[self._slots[row] for row in rows],
            _load=RecentViews(lambda name: self.view(name)[rows]),
            _views={},
            prepared={},
            memo={},
        )

    def with_slot(
        self,
        spec: SlotSpec,
        column: Sequence[Slot | None],
        views: Mapping[str, Vectors],
        reasons: tuple[str, ...] = (),
    ) -> "Descriptions":
        """Return the descriptions with one more slot and its views, put before all others.

        Args:
            spec: The meaning of the slot; its name and its views are new.
            column: The slot of each of the n images, None where it is not visible.
            views: Name to (n, d) float32.
            reasons: For each image where its slot is from, or why it has none; empty where nobody says that.
        """
        rows = [
            {**slots, spec.name: slot} if slot else slots
            for slots, slot in zip(self._slots or [{} for _ in column], column, strict=True)
        ]
        return replace(
            self,
            specs={spec.name: spec, **self.specs},
            reasons={**self.reasons, spec.name: reasons} if reasons else self.reasons,
            views=(*views, *self.views),
            _slots=rows,
            _load=self.view,
            _views=dict(views),
            _widths={},
            prepared={name: rows for name, rows in self.prepared.items() if name not in views},
            memo={},
        )

    def with_views(self, views: Mapping[str, Vectors]) -> "Descriptions":
        """Return the descriptions with more views, (n, d) float32 each, put after all others or in place of their
        namesakes."""
        return replace(
            self,
            views=(*(name for name in self.views if name not in views), *views),
            _load=self.view,
            _views=dict(views),
            _widths={},
            prepared={name: rows for name, rows in self.prepared.items() if name.split(",")[0] not in views},
            memo={},
        )


@dataclass(frozen=True, slots=True)
class GeneralDescriptions:
    """Holds what a describer says of some images in general.

    Attributes:
        by: The name of the describer, for people.
        slots: Image id to what is visible in it of `GENERAL`; images without a usable answer are missing.
    """

    by: str
    slots: Mapping[str, Sequence[Slot]]


def look(
    images: Sequence[str],
    decode: Decode,
    experts: Sequence[Expert],
    cache: FindingsStore,
    *,
    meter: Meter | None = None,
    progress: Progress = silent,
) -> Descriptions:
    """Have every expert look at every image that it has not looked at before.

    An image is decoded once for all experts. A thread on each core takes a few images through all of them, one expert
    after another, so that what one has measured is still at hand for the next and no thread waits for another one;
    the following images are decoded meanwhile. What was found is kept batch by batch, so stopping loses at most one
    batch and what is under way.

    Args:
        images: Image ids, in collection order.
        decode: Decodes images by id.
        experts: Every expert that is to look; those that cannot run are skipped, and `Descriptions.missing` says why.
        cache: Keeps the findings by expert, version and image.
        meter: Counts the calls and the time.
        progress: Called after every few images, with the stage "looking".

    Raises:
        tools.errors.Cancelled: `progress` asked to stop.
    """
    meter = meter or Meter()
    start = time.monotonic()
    if any(cache.missing(key(expert), images) for expert in experts):
        progress("loading the models", 0, 0)  # the first images are done only after that
    reasons = {expert.name: expert.missing() for expert in experts}
    available = [expert for expert in experts if reasons[expert.name] is None]
    absent = tuple((spec, line) for e in experts if (line := reasons[e.name]) for spec in e.specs)
    wanted = {expert.name: set(cache.missing(key(expert), images)) for expert in available}
    todo = [image for image in images if any(image in w for w in wanted.values())]
    unreadable: dict[str, str] = {}
    done = 0
    batch: list[_Step] = []

    def keep() -> None:
        for expert in available:
            looked_at = [step for step in batch if expert.name in step.findings]
            if looked_at:
                images = [image for step in looked_at for image in step.seen[expert.name]]
                cache.put(key(expert), images, joined([step.findings[expert.name] for step in looked_at]))
                meter.calls += len(images)
        batch.clear()

    with closing(_looked_at(_batches(decode(todo), STEP, unreadable), available, wanted)) as steps:
        for step in steps:
            batch.append(step)
            done += step.size
            if sum(step.size for step in batch) >= BATCH:
                keep()
            progress("looking", done + len(unreadable), len(todo))
    keep()
    meter.seconds += time.monotonic() - start
    return _descriptions([i for i in images if i not in unreadable], available, cache, unreadable, absent)


def key(expert: Expert) -> str:
    """Return the key under which the findings of one version of an expert are cached, in pixels decoded by one version
    of the rules: what was once decoded to black must not stay a black picture."""
    return f"{expert.name}@{expert.version}+{RULES}"


@dataclass(frozen=True, slots=True)
class _Step:
    """Holds what was found in a few images, and which of them each expert saw, by its name."""

    size: int
    seen: dict[str, list[str]]
    findings: dict[str, Findings]


def _looked_at(
    steps: Iterable[list[tuple[str, Pixels]]], experts: Sequence[Expert], wanted: Mapping[str, set[str]]
) -> Generator[_Step]:
    """Yield what the experts find in images, in the order of these, a step at a time."""
    from threadpoolctl import threadpool_limits

    def look_at(step: list[tuple[str, Pixels]]) -> _Step:
        seen = {e.name: [image for image, _ in step if image in wanted[e.name]] for e in experts}
        findings = {
            expert.name: expert.look([pixels for image, pixels in step if image in wanted[expert.name]])
            for expert in experts
            if seen[expert.name]
        }
        return _Step(len(step), seen, findings)

    lookers = min(os.cpu_count() or 1, LOOKERS)
    under_way: deque[Future[_Step]] = deque()
    # Each core has its thread already; those of a matrix product would only wait for them.
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(lookers, thread_name_prefix="look") as pool:
        try:
            for step in steps:
                under_way.append(pool.submit(look_at, step))
                del step  # otherwise its pictures would stay in memory
                while under_way and (len(under_way) > lookers or under_way[0].done()):
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:  # also when the caller stops early
            pool.shutdown(wait=True, cancel_futures=True)


def _batches(decoded: Decoded, size: int, unreadable: dict[str, str]) -> Iterable[list[tuple[str, Pixels]]]:
    """Yield batches of the images that could be decoded; the others go to `unreadable`."""
    batch: list[tuple[str, Pixels]] = []
    for image, pixels, reason in decoded:
        if pixels is None:
            unreadable[image] = reason or "cannot be decoded"
            continue
        batch.append((image, inside_frame(pixels)))
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _descriptions(
    images: Sequence[str],
    experts: Sequence[Expert],
    cache: FindingsStore,
    unreadable: dict[str, str],
    absent: tuple[tuple[SlotSpec, str], ...],
) -> Descriptions:
    slots: list[dict[str, Slot]] = [{} for _ in images]
    owner: dict[str, str] = {}
    specs: dict[str, SlotSpec] = {}
    for expert in experts:
        for spec in expert.specs:
            specs[spec.name] = spec
            owner.update(dict.fromkeys(spec.own_views, key(expert)))
        for row, cached in zip(slots, cache.slots(key(expert), images), strict=True):
            row.update({slot.name: slot for slot in cached})
    unknown = {
        name
        for name in {spec.labels for spec in specs.values() if spec.labels}
        if not _knows(specs[name], slots)
    }
    silent_slots = {spec.name for spec in specs.values() if spec.labels in unknown}
    slots = [{name: slot for name, slot in row.items() if name not in silent_slots} for row in slots]
    scenic = 2 * sum(slot.value in SCENES for row in slots if (slot := row.get("type"))) > len(slots)

    def load(name: str) -> Vectors:
        return cache.view(owner[name], name, images)

    missing = tuple(dict.fromkeys(line for _, line in absent))
    return Descriptions(
        tuple(images),
        specs,
        unreadable,
        missing,
        tuple(owner),
        absent,
        slots,
        RecentViews(load),
        unfamiliar=bool(silent_slots),
        scenic=scenic,
    )


def _knows(labels: SlotSpec, slots: Sequence[Mapping[str, Slot]]) -> bool:
    """Return whether a classifier knows the pictures: it is sure, by the median confidence of its slot, and takes most
    of them for things and not for patterns. True where it said nothing."""
    said = [slot for row in slots if (slot := row.get(labels.name))]
    patterns = sum(slot.value in labels.patterns for slot in said)
    sure = float(np.median([slot.confidence for slot in said])) if said else 1.0
    return sure >= FAMILIAR and 2 * patterns <= len(said)


class RecentViews:
    """Loads views by name and keeps those that were asked for last, as far as `VIEW_CACHE_BYTES` holds them."""

    def __init__(self, load: Callable[[str], Vectors]) -> None:
        self._load = load
        self._recent: dict[str, Vectors] = {}

    def __call__(self, name: str) -> Vectors:
        loaded = self._recent.pop(name) if name in self._recent else self._load(name)
        self._recent[name] = loaded
        while sum(view.nbytes for view in self._recent.values()) > VIEW_CACHE_BYTES:
            del self._recent[next(iter(self._recent))]
        return loaded
