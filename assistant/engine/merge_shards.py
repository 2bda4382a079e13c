"""Brings the findings of shards into the workspace. What is in their folders is data from elsewhere and is checked."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.engine.batch import batch_files, read_batch
from assistant.engine.shard_manifest import BATCHES, FILE, Manifest, read_manifest, weights_here
from tools.describe.describe import key
from tools.errors import RegroupError, UsageError
from tools.models.ports import Expert, Findings, FindingsStore, joined
from tools.names import quoted, visible
from tools.progress import Progress, silent

TOGETHER = 2048
"""The pictures whose findings are kept together, so that a large collection lies in few files."""
_TOLERANCE = 0.01
"""The share of the largest number of a view by which two machines may differ about one picture."""
_NAMED = 20
"""The most numbers of shards that are named in a line."""
_SIDE = 64
"""The side in pixels of the grey picture that shows what an expert measures here."""


@dataclass(frozen=True, slots=True)
class FoundShard:
    """Is a folder of a shard with its manifest."""

    folder: Path
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class FoundBatch:
    """Is a file of findings of a shard.

    Attributes:
        shard: The shard.
        path: The file.
        sha256: The hash of its bytes, which is compared whenever it is read; "" where none is known yet, since only
            the manifest of a finished shard says it.
    """

    shard: FoundShard
    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class Measured:
    """Says what the findings of an expert hold.

    Attributes:
        slots: The names of the slots that it can fill.
        views: The width of each view that it makes; None where the expert cannot look here.
        own_views: The views that its slots need.
    """

    slots: frozenset[str]
    views: Mapping[str, int] | None
    own_views: frozenset[str]


@dataclass(frozen=True, slots=True)
class Merged:
    """Says what a merge brought.

    Attributes:
        shards: The numbers of the shards that were there, in order.
        of: The number of all shards.
        pictures: The number of distinct pictures in them.
        new: How many of them the workspace had not seen with all these experts.
        missing: The numbers of shards that are not there.
        unfinished: The numbers of shards that are there in part.
        lines: What else the user should know, such as an expert that could not look somewhere.
    """

    shards: tuple[int, ...]
    of: int
    pictures: int
    new: int
    missing: tuple[int, ...]
    unfinished: tuple[int, ...]
    lines: tuple[str, ...]


def merge_shards(
    places: Sequence[Path], experts: Sequence[Expert], cache: FindingsStore, progress: Progress = silent
) -> Merged:
    """Keep the findings of shards, so that their pictures need not be looked at again. What is kept already stays.

    Everything is checked before anything is kept.

    Args:
        places: Folders of shards, or folders in which these are.
        experts: All experts of this version.
        cache: Where findings are kept.
        progress: Called with the stages "checking" and "merging".

    Raises:
        tools.errors.UsageError: There is no shard, or shards are not parted in one way.
        tools.errors.RegroupError: A shard is of another version or damaged, or two contradict each other.
    """
    shards = [FoundShard(folder, read_manifest(folder)) for folder in find_shards(places)]
    _of_one_kind(shards, {key(expert) for expert in experts})
    looked = {version for shard in shards for version in shard.manifest.experts.values()}
    here = {key(expert): _measured(expert) for expert in experts if key(expert) in looked}
    batches, pictures = _checked([batch for shard in shards for batch in _batches(shard)], here, progress)
    new = 0
    for n, (images, findings) in enumerate(_together(batches)):
        progress("merging", min(n * TOGETHER, pictures), pictures)
        new += _keep(cache, images, findings)
    progress("merging", pictures, pictures)
    of = shards[0].manifest.of
    there = {shard.manifest.shard for shard in shards}
    complete = {shard.manifest.shard for shard in shards if shard.manifest.complete}
    lines = [f"shard {s.manifest.shard}: {line}" for s in shards for line in s.manifest.missing]
    sources = sorted({shard.manifest.source for shard in shards})
    if len(sources) > 1:  # one folder has other paths on other machines
        named = ", ".join(visible(source) for source in sources[:_NAMED])
        lines.append(f"the shards name {len(sources)} folders: {named}; are they one folder?")
    return Merged(
        tuple(sorted(there)),
        of,
        pictures,
        new,
        tuple(number for number in range(1, of + 1) if number not in there),
        tuple(sorted(there - complete)),
        tuple(dict.fromkeys(lines)),
    )


def find_shards(places: Sequence[Path]) -> list[Path]:
    """Return the folders with a manifest among these and right inside them. Raise UsageError where there is none."""
    found: list[Path] = []
    for place in places:
        if (place / FILE).is_file():
            found.append(place)
            continue
        try:
            with os.scandir(place) as entries:
                inside = [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
        except OSError as error:
            raise UsageError(f"cannot read {visible(str(place))}: {error.strerror or error}") from None
        shards = [Path(path) for path in sorted(inside) if Path(path, FILE).is_file()]
        if not shards:
            raise UsageError(
                f"there is no shard in {visible(str(place))}; regroup look SOURCE --to DIR makes them"
            )
        found += shards
    return list(dict.fromkeys(folder.resolve() for folder in found))


def numbers(of: Sequence[int]) -> str:
    """Return numbers for a line: "2, 5, 7", and how many more there are."""
    more = len(of) - _NAMED
    return ", ".join(map(str, of[:_NAMED])) + (f" and {more:,} more" if more > 0 else "")


def _of_one_kind(shards: Sequence[FoundShard], known: set[str]) -> None:
    """Raise where shards are parts of different wholes, or of other versions than this one."""
    first = shards[0].manifest
    weights = weights_here()
    for shard in shards:
        manifest, name = shard.manifest, visible(str(shard.folder))
        if manifest.of != first.of:
            raise UsageError(
                f"{name} is one of {manifest.of} shards, {visible(str(shards[0].folder))} one of {first.of}; "
                "merge those of one number at a time"
            )
        if others := sorted(set(manifest.experts.values()) - known):
            raise RegroupError(
                f"shard {manifest.shard} ({name}) was looked at by {', '.join(others)}, which this version of Regroup "
                "does not have; look at it again with this version"
            )
        if manifest.weights != weights:
            raise RegroupError(
                f"shard {manifest.shard} ({name}) was looked at with other weights than this version has; "
                "look at it again with this version"
            )


def _measured(expert: Expert) -> Measured:
    """Return what an expert says and measures, from a look at a picture that shows nothing."""
    views = None
    if expert.missing() is None:
        found = expert.look([np.full((_SIDE, _SIDE, 3), 128, np.uint8)])
        views = {view: rows.shape[1] for view, rows in found.views.items()}
    return Measured(
        frozenset(spec.name for spec in expert.specs),
        views,
        frozenset(view for spec in expert.specs for view in spec.own_views),
    )


def _batches(shard: FoundShard) -> Iterator[FoundBatch]:
    """Yield the files of findings of a shard."""
    place = shard.folder / BATCHES
    if place.is_symlink():
        raise RegroupError(f"{visible(str(place))} is a link; copy what it leads to in its place")
    if shard.manifest.complete:
        named = sorted(shard.manifest.batches.items())
        yield from (FoundBatch(shard, place / name, digest) for name, digest in named)
    else:
        yield from (FoundBatch(shard, path, "") for path in batch_files(place))


def _checked(
    batches: Sequence[FoundBatch], here: Mapping[str, Measured], progress: Progress
) -> tuple[list[FoundBatch], int]:
    """Read all that is to be kept. Return the batches, each with its hash, and the number of distinct pictures.

    Raises:
        tools.errors.RegroupError: Something is damaged or not what the experts here make, or two batches contradict
            each other about a picture.
    """
    checked: list[FoundBatch] = []
    first: dict[bytes, int] = {}  # the number of the batch by picture
    widths: dict[str, Mapping[str, int]] = {
        expert: measured.views for expert, measured in here.items() if measured.views is not None
    }
    for n, batch in enumerate(batches):
        progress("checking", n, len(batches))
        read = read_batch(batch.path, batch.sha256)
        checked.append(FoundBatch(batch.shard, batch.path, read.sha256))
        keys = set(batch.shard.manifest.experts.values())
        if read.images and set(read.findings) != keys:
            raise _unfit(batch, "is of other experts than its shard")
        for expert, found in read.findings.items():
            seen = {view: rows.shape[1] for view, rows in found.views.items()}
            if widths.setdefault(expert, seen) != seen or not here[expert].own_views <= seen.keys():
                raise _unfit(
                    batch, f"has other views of {expert.partition('@')[0]}, or of another width, than here"
                )
            said = {slot.name for row in found.slots for slot in row}
            if more := sorted(said - here[expert].slots):
                raise _unfit(
                    batch, f"has words for {quoted(more[0])}, of which {expert.partition('@')[0]} says none"
                )
        again: dict[int, list[str]] = {}
        for image in read.images:
            before = first.setdefault(bytes.fromhex(image), n)
            if before != n:
                again.setdefault(before, []).append(image)
        for before, images in again.items():
            other = read_batch(checked[before].path, checked[before].sha256)
            wrong = _contradiction(images, read.images, read.findings, other.images, other.findings)
            if wrong is not None:
                pair = sorted({checked[before].shard.manifest.shard, batch.shard.manifest.shard})
                raise RegroupError(
                    f"what was found in the picture {wrong[:12]} differs in {visible(str(checked[before].path))} and "
                    f"{visible(str(batch.path))}; look at shard {numbers(pair)} again"
                )
    progress("checking", len(batches), len(batches))
    return checked, len(first)


def _unfit(batch: FoundBatch, why: str) -> RegroupError:
    return RegroupError(f"{visible(str(batch.path))} {why}; look at that shard again with this version")


def _contradiction(
    images: Sequence[str],
    here: Sequence[str],
    findings: Mapping[str, Findings],
    there: Sequence[str],
    other: Mapping[str, Findings],
) -> str | None:
    """Return a picture of which two batches say other things; None where they agree but for rounding."""
    rows = {image: row for row, image in enumerate(here)}
    other_rows = {image: row for row, image in enumerate(there)}
    for expert in findings.keys() & other.keys():
        for view, values in findings[expert].views.items():
            others = other[expert].views.get(view)
            for image in images:
                a = values[rows[image]]
                b = others[other_rows[image]] if others is not None else None
                most = _TOLERANCE * float(np.nanmax(np.abs(a), initial=0.0))
                if b is None or not np.allclose(a, b, rtol=0.0, atol=most, equal_nan=True):
                    return image
    return None


def _together(batches: Sequence[FoundBatch]) -> Iterator[tuple[list[str], dict[str, Findings]]]:
    """Yield the findings of many batches of one shard at once, each picture of them once."""
    waiting: list[dict[str, Findings]] = []
    images: list[str] = []
    last: Path | None = None
    for batch in batches:
        if images and (len(images) >= TOGETHER or batch.shard.folder != last):
            yield images, _joined(waiting)
            waiting, images = [], []
        last = batch.shard.folder
        read = read_batch(batch.path, batch.sha256)
        known = set(images)
        rows = [row for row, image in enumerate(read.images) if image not in known]
        if rows:
            images += [read.images[row] for row in rows]
            waiting.append({expert: _rows(found, rows) for expert, found in read.findings.items()})
    if images:
        yield images, _joined(waiting)


def _joined(parts: Sequence[Mapping[str, Findings]]) -> dict[str, Findings]:
    return {expert: joined([part[expert] for part in parts]) for expert in parts[0]}


def _rows(findings: Findings, rows: Sequence[int]) -> Findings:
    return Findings(
        {view: values[list(rows)] for view, values in findings.views.items()},
        [findings.slots[row] for row in rows],
    )


def _keep(cache: FindingsStore, images: Sequence[str], findings: Mapping[str, Findings]) -> int:
    """Keep what the cache does not have, and return the number of pictures of which something is new."""
    rows = {image: row for row, image in enumerate(images)}
    new: set[str] = set()
    for expert, found in findings.items():
        if wanted := cache.missing(expert, images):
            cache.put(expert, wanted, _rows(found, [rows[image] for image in wanted]))
            new.update(wanted)
    return len(new)
