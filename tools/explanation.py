"""Explains why an image is where it is, what a cluster has in common, and what sets it apart."""

from collections import Counter
from collections.abc import Collection, Sequence

from tools.clustering.clustering import UNSORTED, Clustering
from tools.describe.describe import GENERAL, Descriptions, GeneralDescriptions
from tools.embed.route import slots_here
from tools.names import quoted, visible

_MOST_FURTHER = 6
"""The most values that are named of an image besides the first."""
_LEAST_LIFT = 0.2
"""The least difference between a value's share of a cluster and its share of the other images for it to be named."""


def explain_image(image: str, clustering: Clustering, descriptions: Descriptions) -> str:
    """Say in a few short lines where an image is in a clustering, how sure that is, and what the experts say of it.

    The values of the criterion's own slot come first, then the others, surest first. What is seen only in a special
    kind of picture, such as the suit of a card, is left out where most pictures are of another.

    Raises:
        KeyError: The image is not in the clustering.
    """
    label = clustering.label_of(image)
    row = clustering.images.index(image)
    if label == UNSORTED:
        where = f"unsorted under {clustering.criterion}: {', '.join(clustering.sources)} saw nothing to go by"
    else:
        name = clustering.clusters[label].name
        where = f"in {quoted(name)} under {clustering.criterion}, {clustering.confidence[row]:.0%} sure"
    lines = [where]
    if clustering.why and clustering.why[row]:
        lines.append(f"when it was grouped, {clustering.why[row]}")
    if not clustering.sure:
        lines.append("no expert sees this criterion; the group was made from plain image features")
    if image in descriptions.images:
        slots = descriptions.slots(descriptions.images.index(image))
        titles = _titles(descriptions)
        asked = {source.rpartition(": ")[2] for source in clustering.sources}
        here = {spec.name for spec in slots_here(descriptions)} | {n for n in titles if titles[n] in asked}
        told = [slot for slot in slots.values() if slot.name in here]
        words = sorted(told, key=lambda slot: (titles[slot.name] not in asked, -slot.confidence))
        lines += [
            f"{titles[slot.name]}: {slot.value} ({slot.confidence:.0%} sure)"
            for slot in words[: 1 + _MOST_FURTHER]
        ]
    return "\n".join(lines)


def described(images: Collection[str], descriptions: Descriptions, most: int = 5) -> list[str]:
    """Say what is said of some images: a line for each slot with its most frequent words, the fullest slots first.

    Args:
        images: The ids of the images, quick to look up; those that are not described are left out.
        descriptions: Of the collection.
        most: The most words of a slot that are named.
    """
    rows = [row for row, image in enumerate(descriptions.images) if image in images]
    titles, told = _titles(descriptions), []
    for slot in (spec.name for spec in slots_here(descriptions)):
        values, _ = descriptions.column(slot)
        count = Counter(value for row in rows if (value := values[row]))
        if count:
            told.append((-count.total(), f"{titles[slot]}: {counted(count, len(rows), most)}"))
    return [line for _, line in sorted(told)]


def described_in_general(general: GeneralDescriptions, most: int = 5) -> list[str]:
    """Say what a describer says of some images in general: a line for each slot with its most frequent words."""
    lines = []
    for slot in GENERAL.slots:
        found = (said.value for slots in general.slots.values() for said in slots if said.name == slot)
        if count := Counter(map(visible, found)):
            lines.append(f"{slot}: {counted(count, len(general.slots), most)}")
    return lines


def counted(count: Counter[str], of: int, most: int = 5) -> str:
    """Return words with how many images they are said of: "happy 12, sad 9; of 3 nothing is said"."""
    named = ", ".join(f"{word} {number}" for word, number in count.most_common(most))
    rest = len(count) - most
    more = f" and {rest} more" if rest > 0 else ""
    unsaid = of - count.total()
    return f"{named}{more}" + (f"; of {unsaid} nothing is said" if unsaid else "")


def neighbours(image: str, clustering: Clustering, near: Sequence[str]) -> tuple[list[str], str | None]:
    """Return the images that hold an image in its cluster, and the name of the next nearest cluster.

    Args:
        image: The id of the image.
        clustering: A clustering that has the image.
        near: The ids of all other images, the most alike first.

    Returns:
        At most three images of its own cluster, the most alike first; and the name of the cluster that the most alike
        image outside it is in, None where all others are in its own cluster or unsorted.
    """
    label_of = dict(zip(clustering.images, clustering.labels.tolist(), strict=True))
    label = label_of[image]
    same = [other for other in near if label_of.get(other, UNSORTED) == label != UNSORTED]
    others = (label_of[other] for other in near if label_of.get(other, UNSORTED) not in (label, UNSORTED))
    second = next(others, None)
    return same[:3], None if second is None else clustering.clusters[second].name


def in_common(
    cluster_id: str,
    clustering: Clustering,
    descriptions: Descriptions,
    unsaid: Collection[str] = (),
    most: int = 3,
) -> list[str]:
    """Say what most members of a cluster share and few others have: "expression happy in 28 of 30", best first.

    The values `unsaid` are left out: where groups are what files say, their names say that already.
    """
    return [
        f"{title} {value} in {inside} of {size}"
        for lift, title, value, inside, size, _ in _lifts(cluster_id, clustering, descriptions)
        if lift > _LEAST_LIFT and 2 * inside > size and value not in unsaid
    ][:most]


def sets_apart(
    cluster_id: str,
    clustering: Clustering,
    descriptions: Descriptions,
    unsaid: Collection[str] = (),
    most: int = 3,
) -> list[str]:
    """Say what few members of a cluster have and many others do: "glasses in 1 of 30, elsewhere 55%", best first, but
    for the values `unsaid`."""
    lifts = _lifts(cluster_id, clustering, descriptions)[::-1]
    return [
        f"{title} {value} in {inside} of {size}, elsewhere {elsewhere:.0%}"
        for lift, title, value, inside, size, elsewhere in lifts
        if lift < -_LEAST_LIFT and 4 * inside < size and value not in unsaid
    ][:most]


def _lifts(
    cluster_id: str, clustering: Clustering, descriptions: Descriptions
) -> list[tuple[float, str, str, int, int, float]]:
    """Return for each word that is said of any image: how much more often of members, title and word, how many members
    have it of how many, and the share of the others. The most telling first."""
    members = set(clustering.members(cluster_id))
    titles, lifts = _titles(descriptions), []
    for slot in (spec.name for spec in slots_here(descriptions)):
        values, _ = descriptions.column(slot)
        pairs = list(zip(descriptions.images, values, strict=True))
        inside = Counter(value for image, value in pairs if value and image in members)
        outside = Counter(value for image, value in pairs if value and image not in members)
        others = max(1, len(pairs) - len(members))
        for value in inside | outside:
            share, elsewhere = inside[value] / max(1, len(members)), outside[value] / others
            lifts.append((share - elsewhere, titles[slot], value, inside[value], len(members), elsewhere))
    return sorted(lifts, key=lambda item: (-item[0], item[1:3]))


def _titles(descriptions: Descriptions) -> dict[str, str]:
    return {name: spec.title or name for name, spec in descriptions.specs.items()}
