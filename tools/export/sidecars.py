"""Plans keywords in XMP sidecars: which sidecar belongs to a picture, and what it holds once its groups are added."""

import hashlib
import os
from collections import Counter
from collections.abc import Collection as Paths
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tools.clustering.clustering import Cluster, Clustering
from tools.errors import RegroupError
from tools.export.disk import open_regular
from tools.export.free_names import LONGEST_FILE_NAME
from tools.export.manifest import SIDECAR
from tools.export.plan import members
from tools.export.write_file import Text
from tools.metadata.add_keywords import CannotAdd, with_keywords
from tools.metadata.metadata import clean_text
from tools.metadata.xmp import LARGEST
from tools.names import path_key, visible
from tools.progress import Progress, silent
from tools.scan.collection import Collection, ImageFile

SidecarName = Literal["img.jpg.xmp", "img.xmp"]
"""How a new sidecar is called: by the whole name of its picture, or by that without its extension."""


@dataclass(frozen=True, slots=True)
class Tagging:
    """Holds what keywords would be written.

    Attributes:
        texts: The sidecars.
        left: The pictures without a new keyword, relative to the collection's folder, each with the reason.
        tags: Each keyword with the number of pictures that get it.
    """

    texts: tuple[Text, ...]
    left: tuple[tuple[Path, str], ...]
    tags: tuple[tuple[str, int], ...]


class _Stays(Exception):
    """Raised where a picture gets no keyword; its text is the reason."""


def plan_tags(
    collection: Collection,
    clusterings: Sequence[Clustering],
    only: Sequence[str] = (),
    naming: SidecarName = "img.jpg.xmp",
    progress: Progress = silent,
) -> Tagging:
    """Plan the sidecars that say which groups pictures are in. Nothing is written.

    A group is a keyword (`dc:subject`), and stands below its criterion among those that have an order
    (`lr:hierarchicalSubject`, "season|spring"). A sidecar that is there is added to, and keeps all else.

    Args:
        collection: The collection.
        clusterings: Its clusterings.
        only: The ids of the clusters; empty for all.
        naming: How new sidecars are called.
        progress: Called with the stage "read".
    """
    words: dict[str, tuple[list[str], list[str]]] = {}
    for clustering in clusterings:
        for cluster, ids in members(collection, clustering, only):
            if cluster is None:
                continue
            for id in ids:
                subjects, paths = words.setdefault(id, ([], []))
                subjects += _keywords(cluster)
                paths.append(_path(clustering.criterion, cluster))
    stems = Counter(map(_stem, _pictures(collection)))
    companions = {path_key(str(companion.path)) for companion in collection.companions}
    texts: list[Text] = []
    taken: set[str] = set()
    left: list[tuple[Path, str]] = []
    count: Counter[str] = Counter()
    for done, image in enumerate(collection.images):
        progress("read", done, len(collection))
        if image.sha256 not in words:
            left.append((image.path, "in no group"))
            continue
        try:
            path = _sidecar(collection, image, naming, stems, companions | taken)
            taken.add(path_key(str(path)))
            texts.append(_text(collection.folder / path, *words[image.sha256]))
            count.update(dict.fromkeys(words[image.sha256][0], 1))
        except (_Stays, CannotAdd) as error:
            left.append((image.path, str(error)))
    for duplicate in collection.duplicates:
        left.append((duplicate.path, f"a duplicate of {visible(str(collection.by_id(duplicate.of).path))}"))
    left += [(unreadable.path, unreadable.reason) for unreadable in collection.unreadable]
    return Tagging(tuple(texts), tuple(left), tuple(count.items()))


def _keywords(cluster: Cluster) -> list[str]:
    """Return the keywords of a cluster; of one that was crossed from two, both."""
    return [_word(name) for name in cluster.parts or (cluster.name,)]


def _path(criterion: str, cluster: Cluster) -> str:
    """Return the keyword of a cluster with its criterion above it. A bar in a name would be another step."""
    return "|".join(
        _word(name).replace("|", "/") for name in (criterion, *(cluster.parts or (cluster.name,)))
    )


def _word(name: str) -> str:
    """Return a name as a keyword, which XML can hold and which reads back as the same."""
    return clean_text(name) or visible(name)


def _pictures(collection: Collection) -> list[Path]:
    copies = (duplicate.path for duplicate in collection.duplicates)
    return [*(image.path for image in collection.images), *copies, *(u.path for u in collection.unreadable)]


def _stem(path: Path) -> tuple[Path, str]:
    return path.parent, path_key(path.stem)


def _sidecar(
    collection: Collection,
    image: ImageFile,
    naming: SidecarName,
    stems: Mapping[tuple[Path, str], int],
    others: Paths[str],
) -> Path:
    """Return the path of a picture's sidecar, relative to the collection's folder. Raise _Stays where it has none.

    One without the picture's extension is that of a picture alone, or of one with its raw file: where two pictures
    have the name in common, each gets its own. What belongs to another picture already (`others`) is none of this one.
    """
    full, short = f"{image.path.name}{SIDECAR}", f"{image.path.stem}{SIDECAR}"
    shared = stems[_stem(image.path)] > 1
    names = [full] if shared else [short, full] if naming == "img.xmp" else [full, short]
    beside = {path_key(c.path.name): c.path for c in collection.companions_of(image.sha256)}
    for name in names:
        if path_key(name) in beside:
            return beside[path_key(name)]
    fitting = [name for name in names if len(os.fsencode(name)) <= LONGEST_FILE_NAME]
    if not fitting:
        raise _Stays("its name is too long for a sidecar")
    free = [path for name in fitting if path_key(str(path := image.path.with_name(name))) not in others]
    if not free:
        raise _Stays("its sidecar would be that of another picture")
    return free[0]


def _text(place: Path, subjects: Sequence[str], paths: Sequence[str]) -> Text:
    """Return the sidecar at a path with more keywords. Raise _Stays or CannotAdd where it cannot be written."""
    named = visible(place.name)
    if not os.access(place.parent, os.W_OK | os.X_OK):
        raise _Stays(f"no permission to write in {visible(place.parent.name)}")
    about = ", ".join(subjects)
    if not os.path.lexists(place):
        return Text(place, with_keywords(b"", subjects, paths), about=about)
    try:
        status = place.lstat()
        if place.is_symlink() or not place.is_file():
            raise _Stays(f"{named} is a link, or no file")
        if status.st_nlink > 1:
            raise _Stays(f"{named} has other names (hard links), which would be cut off")
        if hasattr(os, "geteuid") and os.geteuid() not in (0, status.st_uid):
            raise _Stays(f"{named} belongs to another user")
        if not os.access(place, os.W_OK):
            raise _Stays(f"{named} may not be written")
        with open_regular(place) as file:
            packet = file.read(LARGEST + 1)
        added = with_keywords(packet, subjects, paths)
        if added == packet:
            raise _Stays(f"{named} has these keywords already")
        return Text(place, added, hashlib.sha256(packet).hexdigest(), about)
    except CannotAdd as error:
        raise _Stays(f"{named}: {error}") from error
    except (OSError, RegroupError) as error:
        raise _Stays(f"{named} cannot be read") from error
