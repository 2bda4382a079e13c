"""Finds which clustering, cluster or image the user means, and says how an image is named in a line for the user."""

import re
from collections.abc import Sequence
from contextlib import suppress

from tools.clustering.clustering import Cluster, Clustering, slug
from tools.errors import UsageError
from tools.names import quoted, visible
from tools.scan.collection import Collection
from tools.singular import in_singular

BY_SIZE = {
    **dict.fromkeys(("biggest", "largest", "fullest", "greatest"), True),
    **dict.fromkeys(("smallest", "littlest", "tiniest"), False),
}
"""Maps a word for a group by its size to whether the largest comes first; a group of that name goes before."""
NUMBERED = re.compile(r"c?\d{1,6}", re.IGNORECASE)
"""Matches the number or the id of a group, which is one of the current grouping."""
_ORDERED = re.compile(
    r"(?:the )?(?:(?P<place>\d{1,3})(?:st|nd|rd|th) )?(?P<by>\w+)(?: group| cluster| pile| one)?"
)
"""Matches a group by its size, and by its place among all where it is not the first: "2nd smallest"."""


def find_clustering(text: str, clusterings: Sequence[Clustering], near: bool = False) -> Clustering:
    """Return the clustering of an id or criterion, whatever the case; with `near` also the only one whose criterion has
    all of the words. Raises UsageError with the choices for none."""
    wanted = slug(text)
    for clustering in clusterings:
        if wanted in (clustering.id, slug(clustering.criterion)):
            return clustering
    meant = find_criterion(text, [clustering.criterion for clustering in clusterings]) if near else None
    for clustering in clusterings:
        if clustering.criterion == meant:
            return clustering
    have = ", ".join(quoted(clustering.criterion) for clustering in clusterings) or "none yet"
    raise UsageError(f"there is no clustering {quoted(text)}; there are: {have}")


def find_criterion(text: str, criteria: Sequence[str]) -> str | None:
    """Return the one of some criteria that is meant: the same words, or the only one that has all of these words."""
    wanted = [in_singular(word) for word in re.findall(r"\w+", text.casefold())]
    words = {
        criterion: [in_singular(w) for w in re.findall(r"\w+", criterion.casefold())]
        for criterion in criteria
    }
    for criterion, own in words.items():
        if own == wanted:
            return criterion
    near = [criterion for criterion, own in words.items() if wanted and set(wanted) <= set(own)]
    return near[0] if len(near) == 1 else None


def find_cluster(text: str, clustering: Clustering, others: Sequence[Clustering] = ()) -> Cluster:
    """Return the cluster of an id ("c2"), a name, the beginning of one, or a number from 1 on, whatever the case.

    An id takes precedence over a name, and a name over a number: "2" means the cluster called "2", if there is one.

    Raises:
        UsageError: There is no such cluster. The message has the choices, or the one of `others` that has it.
    """
    wanted = text.strip().strip("\"'").casefold()
    names = [cluster.name.casefold() for cluster in clustering.clusters]
    for cluster in clustering.clusters:
        if wanted == cluster.id:
            return cluster
    if wanted in names:
        return clustering.clusters[names.index(wanted)]
    number = re.fullmatch(r"(?:#|no\.? ?|group |cluster )?(\d{1,6})", wanted)
    if number and 1 <= int(number[1]) <= len(names):
        return clustering.clusters[int(number[1]) - 1]
    ordered = _ORDERED.fullmatch(wanted)
    if ordered and (largest_first := BY_SIZE.get(ordered["by"])) is not None:
        by_size = sorted(
            clustering.clusters, key=lambda cluster: clustering.size(cluster.id), reverse=largest_first
        )
        place = int(ordered["place"] or 1)
        if 1 <= place <= len(by_size):
            return by_size[place - 1]
    alike = [c for c in clustering.clusters if in_singular(c.name) == in_singular(wanted)]
    if wanted and len(alike) == 1:
        return alike[0]
    starts = [
        cluster for cluster, name in zip(clustering.clusters, names, strict=True) if name.startswith(wanted)
    ]
    if wanted and len(starts) == 1:
        return starts[0]
    for other in others:
        if other.id != clustering.id and wanted in (cluster.name.casefold() for cluster in other.clusters):
            raise UsageError(
                f"{quoted(text)} is a group under {visible(other.criterion)}; "
                f'say "show the {visible(other.criterion)} grouping" to work on that'
            )
    have = (
        ", ".join(f"{i + 1} {visible(cluster.name)}" for i, cluster in enumerate(clustering.clusters))
        or "none"
    )
    raise UsageError(
        f"there is no group {quoted(text)} under {visible(clustering.criterion)}; there are: {have}"
    )


def find_images(texts: Sequence[str], collection: Collection) -> tuple[str, ...]:
    """Return the ids of the images that are meant, each once.

    Args:
        texts: References, each a SHA-256, the beginning of one (8 digits or more), a file name, its stem, its path in
            the collection, or a number from 1 on ("#12", "12").
        collection: The collection to search.

    Raises:
        UsageError: There is no such image, or several have the name.
    """
    return tuple(dict.fromkeys(_find_image(text, collection) for text in texts))


def _find_image(text: str, collection: Collection) -> str:
    wanted = text.strip().strip("\"'")
    with suppress(KeyError):  # complete hashes, as programs give them, thousands at once
        return collection.by_id(wanted).sha256
    number = re.fullmatch(r"#?(\d{1,9})", wanted)
    paths = [
        image for image in collection.images if wanted in (str(image.path), image.path.name, image.path.stem)
    ]
    if len(paths) == 1:
        return paths[0].sha256
    if len(paths) > 1:
        raise UsageError(
            f"{quoted(text)} is the name of {len(paths)} images; say its path or number, such as #12"
        )
    if number and (called := [id for id in collection.ids if collection.number(id) == int(number[1])]):
        return called[0]
    if re.fullmatch(r"[0-9a-f]{8,64}", wanted.lower()):
        hashes = [i.sha256 for i in collection.images if i.sha256.startswith(wanted.lower())]
        if len(hashes) == 1:
            return hashes[0]
    for other in collection.unreadable:
        if wanted in (str(other.path), other.path.name, other.path.stem):
            raise UsageError(f"{quoted(text)} is in no group: {visible(other.reason)}")
    raise UsageError(
        f"there is no image {quoted(text)}; say a number from #1 to "
        f"#{max(map(collection.number, collection.ids), default=0)} or a file name"
    )


def listed(images: Sequence[str], collection: Collection) -> str:
    """Return images by their numbers, the first three and how many more, for a line of the journal."""
    shown = ", ".join(f"#{collection.number(image)}" for image in images[:3])
    return shown + (f" and {len(images) - 3} more" if len(images) > 3 else "")


def called(image: str, collection: Collection) -> str:
    """Return the number and the file name of an image, or the beginning of its hash where it is no longer here."""
    if image not in collection.ids:
        return f"{image[:8]} (no longer here)"
    return f"#{collection.number(image)} {quoted(collection.by_id(image).path.name)}"
