"""Finds stacks: pictures that are one picture, or one moment, of which somebody may want to keep the best.

A false stack costs more than a missed one, so a pair counts only where nothing speaks against it: two shots at
different times are two pictures however alike they are, and every picture of a stack is compared with its best one.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from tools.metadata.metadata import EXIF, XMP, Metadata
from tools.near_duplicates.candidates import MOST_NEAR, NEAR, hashes, near_pairs, near_to
from tools.near_duplicates.same_picture import SAVED, Small, is_flat, sameness

BURST_SECONDS = 2.0
"""The most seconds between two successive pictures of a burst."""
_ALIKE = 0.75
"""The least correlation of two successive pictures of a burst."""
MOST_CUTS = 30_000
"""The most candidates of which it is tried whether one is a part of the other; of more it would take too long."""
MOST_FURTHER = 200_000
"""The most comparisons beyond those pairs, which would take too long."""
BEST = "best"
"""What is said of the best picture of a stack in place of how it came from another."""


@dataclass(frozen=True, slots=True)
class Shot:
    """Holds what is known of one picture.

    Attributes:
        id: The id of the picture.
        small: The picture as it is compared (`tools.near_duplicates.same_picture.small_picture`).
        sharpness: How sharp it is; only the order means something.
        pixels: Its width times its height.
        bytes: The size of its file.
        known: What its file says.
    """

    id: str
    small: Small
    sharpness: float
    pixels: int
    bytes: int
    known: Metadata


@dataclass(frozen=True, slots=True)
class Stack:
    """Holds pictures that are one, or of one moment.

    Attributes:
        images: Their ids, the best first.
        how: For each of them `BEST`, how it came from the best, or how many seconds after the first it was taken.
        taken: When the first was taken; None where that is unknown.
    """

    images: tuple[str, ...]
    how: tuple[str, ...]
    taken: datetime | None = None


def near_duplicates(
    shots: Sequence[Shot], tick: Callable[[int, int], None] = lambda done, of: None
) -> list[Stack]:
    """Return the stacks of pictures that were saved again, edited or cut, in the order of the first of each.

    Args:
        shots: The pictures, each once.
        tick: Called with how many candidates were compared, and of how many.
    """
    seen = [row for row, shot in enumerate(shots) if not is_flat(shot.small)]
    if len(seen) < 2:
        return []
    tick(0, len(seen))
    all_hashes = np.stack([hashes(shots[row].small) for row in seen])
    pairs = list(near_pairs(all_hashes, NEAR))
    place = {row: at for at, row in enumerate(seen)}
    paired = Counter(seen[at] for pair in pairs for at in pair)
    further = MOST_FURTHER
    alike: dict[int, dict[int, str]] = {}
    for done, (i, j) in enumerate(pairs):
        a, b = seen[i], seen[j]
        if done % 50 == 0:
            tick(done, len(pairs))
        if two_shots(shots[a].known, shots[b].known):
            continue
        if (same := sameness(shots[a].small, shots[b].small, cuts=len(pairs) <= MOST_CUTS)) is not None:
            alike.setdefault(a, {})[b] = same.how
            alike.setdefault(b, {})[a] = same.how
    stacks: list[tuple[int, Stack]] = []
    left = set(alike)
    # The best picture of all takes its copies, then the best of what is left.
    for best in sorted(alike, key=lambda row: _worth(shots[row], row)):
        if best not in left:
            continue
        if paired[best] >= MOST_NEAR and further > 0:  # of a crowd it was compared with the nearest alone
            others = [seen[at] for at in near_to(all_hashes, place[best]).tolist()]
            for row in [row for row in others if row in left and row not in alike[best]][:further]:
                further -= 1
                if two_shots(shots[best].known, shots[row].known):
                    continue
                if (same := sameness(shots[best].small, shots[row].small, cuts=False)) is not None:
                    alike[best][row] = same.how
        members = sorted(row for row in alike[best] if row in left and row != best)
        if not members:
            continue
        left -= {best, *members}
        how = (BEST, *(alike[best][row] for row in members))
        images = tuple(shots[row].id for row in (best, *members))
        stacks.append((min(best, *members), Stack(images, how, shots[best].known.taken)))
    return [stack for _, stack in sorted(stacks, key=lambda pair: pair[0])]


def _worth(shot: Shot, row: int) -> tuple[int, bool, int, int]:
    """Return the sort key of a picture among its copies, the best first: the largest, the one of a camera."""
    return -shot.pixels, not shot.known.camera, -shot.bytes, row


def bursts(shots: Sequence[Shot]) -> list[Stack]:
    """Return the stacks of pictures that one camera took within seconds and that are alike, in the order of time."""
    timed = sorted(
        (row for row, shot in enumerate(shots) if _is_timed(shot.known)),
        key=lambda row: (shots[row].known.camera, shots[row].known.taken or datetime.min, row),
    )
    runs: list[list[int]] = []
    for row in timed:
        if runs and _goes_on(shots[runs[-1][-1]], shots[row]):
            runs[-1].append(row)
        else:
            runs.append([row])
    stacks = [_burst([shots[row] for row in run]) for run in runs if len(run) > 1]
    return sorted(stacks, key=lambda stack: stack.taken or datetime.min)


def two_shots(a: Metadata, b: Metadata) -> bool:
    """Return whether two files say that their pictures were taken at different times, or by different cameras."""
    if a.camera and b.camera and a.camera != b.camera:
        return True
    sure = {a.taken_by, b.taken_by} <= {EXIF, XMP}
    return sure and a.to_the == b.to_the == "second" and a.taken is not None and a.taken != b.taken


def _is_timed(known: Metadata) -> bool:
    return known.taken is not None and known.to_the == "second"


def _goes_on(before: Shot, after: Shot) -> bool:
    """Return whether a picture goes on with the burst that another one is in."""
    if before.known.camera != after.known.camera or before.known.taken is None or after.known.taken is None:
        return False
    seconds = (after.known.taken - before.known.taken).total_seconds()
    return seconds <= BURST_SECONDS and likeness(before.small, after.small) >= _ALIKE


def likeness(a: Small, b: Small) -> float:
    """Return how alike two grey pictures are, as the correlation of their tones in [-1, 1]."""
    x, y = a.astype(np.float64) - a.mean(), b.astype(np.float64) - b.mean()
    spread = float(x.std() * y.std())
    return float((x * y).mean()) / spread if spread > 1e-9 else 0.0


def _burst(run: Sequence[Shot]) -> Stack:
    first = run[0].known.taken
    best = max(run, key=lambda shot: (shot.sharpness, shot.pixels))
    others = [shot for shot in run if shot is not best]
    return Stack(
        tuple(shot.id for shot in (best, *others)), (BEST, *(_later(shot, first) for shot in others)), first
    )


def _later(shot: Shot, first: datetime | None) -> str:
    if first is None or shot.known.taken is None:
        return SAVED
    return f"{(shot.known.taken - first).total_seconds():g} s"
