"""Brings the findings of shards into the workspace. What is in their folders is data from elsewhere and is checked."""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.engine.batch import batch_files, read_batch, read_bytes
from assistant.engine.shard_manifest import BATCHES, FILE, Manifest, read_manifest, weights_here
from tools.describe.describe import key
from tools.errors import RegroupError, UsageError
from tools.models.ports import Expert, Findings, FindingsStore, joined
from tools.names import visible
from tools.progress import Progress, silent

TOGETHER = 2048
"""The pictures whose findings are kept together, so that a large collection lies in few files."""
_TOLERANCE = 0.01
"""The share of the largest number of a view by which two machines may differ about one picture."""
_NAMED = 20
"""The most numbers of shards that are named in a line."""


@dataclass(frozen=True, slots=True)
class FoundShard:
    """Is a folder of a shard with its manifest."""

    folder: Path
    manifest: Manifest


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
    batches = [(shard, path, digest) for shard in shards for path, digest in _batches(shard)]
    pictures = _checked(batches, experts, progress)
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


def _batches(shard: FoundShard) -> Iterator[tuple[Path, str]]:
    """Yield the files of findings of a shard, each with the hash that is checked whenever it is read."""
    place = shard.folder / BATCHES
    if place.is_symlink():
        raise RegroupError(f"{visible(str(place))} is a link; copy what it leads to in its place")
    if shard.manifest.complete:
        yield from ((place / name, digest) for name, digest in sorted(shard.manifest.batches.items()))
    else:
        yield from ((path, hashlib.sha256(read_bytes(path)).hexdigest()) for path in batch_files(place))


def _checked(
    batches: Sequence[tuple[FoundShard, Path, str]], experts: Sequence[Expert], progress: Progress
) -> int:
    """Read all that is to be kept, and return the number of distinct pictures.

    Raises:
        tools.errors.RegroupError: Something is damaged, or two batches contradict each other about a picture.
    """
    first: dict[bytes, int] = {}  # the number of the batch by picture
    widths: dict[tuple[str, str], int] = {}
    wanted = {key(expert): {view for spec in expert.specs for view in spec.own_views} for expert in experts}
    views: dict[str, set[str]] = {}
    for n, (shard, path, digest) in enumerate(batches):
        progress("checking", n, len(batches))
        about, findings = read_batch(path, digest)
        keys = set(shard.manifest.experts.values())
        if about.images and set(findings) != keys:
            raise RegroupError(
                f"{visible(str(path))} is of other experts than its shard; look at that shard again"
            )
        for expert, found in findings.items():
            there = set(found.views)
            if not wanted[expert] <= there or views.setdefault(expert, there) != there:
                raise RegroupError(
                    f"{visible(str(path))} lacks views of its experts; look at that shard again"
                )
            for view, rows in found.views.items():
                if widths.setdefault((expert, view), rows.shape[1]) != rows.shape[1]:
                    raise RegroupError(
                        f"{visible(str(path))} has another width of {visible(view)} than the others; "
                        "look at that shard again"
                    )
        again: dict[int, list[str]] = {}
        for image in about.images:
            before = first.setdefault(bytes.fromhex(image), n)
            if before != n:
                again.setdefault(before, []).append(image)
        for before, images in again.items():
            other_about, other = read_batch(batches[before][1], batches[before][2])
            wrong = _contradiction(images, about.images, findings, other_about.images, other)
            if wrong is not None:
                pair = sorted({batches[before][0].manifest.shard, shard.manifest.shard})
                raise RegroupError(
                    f"what was found in the picture {wrong[:12]} differs in {visible(str(batches[before][1]))} and "
                    f"{visible(str(path))}; look at shard {numbers(pair)} again"
                )
    progress("checking", len(batches), len(batches))
    return len(first)


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


def _together(
    batches: Sequence[tuple[FoundShard, Path, str]],
) -> Iterator[tuple[list[str], dict[str, Findings]]]:
    """Yield the findings of many batches of one shard at once, each picture of them once."""
    waiting: list[dict[str, Findings]] = []
    images: list[str] = []
    last: Path | None = None
    for shard, path, digest in batches:
        if images and (len(images) >= TOGETHER or shard.folder != last):
            yield images, _joined(waiting)
            waiting, images = [], []
        last = shard.folder
        about, findings = read_batch(path, digest)
        known = set(images)
        rows = [row for row, image in enumerate(about.images) if image not in known]
        if rows:
            images += [about.images[row] for row in rows]
            waiting.append({expert: _rows(found, rows) for expert, found in findings.items()})
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
