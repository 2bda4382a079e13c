"""Why an image is where it is, and what a cluster has in common."""

from collections import Counter

from tools.clustering import UNSORTED, Clustering
from tools.describe import Descriptions

_OTHERS = 6
"""So many further things that were seen are named."""


def explain_image(image: str, clustering: Clustering, descriptions: Descriptions) -> str:
    """Where an image is in a clustering, how sure that is, and what the experts say of it; a few short lines.

    What is said under the criterion itself comes first, then what is surest.

    Raises:
        KeyError: The image is not in the clustering.
    """
    if image not in clustering.images:
        raise KeyError(image)
    row = clustering.images.index(image)
    label = int(clustering.labels[row])
    if label == UNSORTED:
        where = f"unsorted under {clustering.criterion}: {', '.join(clustering.sources)} saw nothing to go by"
    else:
        name = clustering.clusters[label].name
        where = f'in "{name}" under {clustering.criterion}, {clustering.confidence[row]:.0%} sure'
    lines = [where]
    if not clustering.sure:
        lines.append("no expert sees this criterion; the group was made from plain image features")
    if image in descriptions.images:
        said = descriptions.slots(descriptions.images.index(image))
        titles = {name: spec.title or name for name, spec in descriptions.specs.items()}
        asked = {source.rpartition(": ")[2] for source in clustering.sources}
        words = sorted(said.values(), key=lambda slot: (titles[slot.name] not in asked, -slot.confidence))
        lines += [
            f"{titles[slot.name]}: {slot.value} ({slot.confidence:.0%} sure)" for slot in words[: 1 + _OTHERS]
        ]
    return "\n".join(lines)


def in_common(
    cluster_id: str, clustering: Clustering, descriptions: Descriptions, most: int = 3
) -> list[str]:
    """What most members of a cluster share and few others have: "expression happy in 28 of 30", best first."""
    members = set(clustering.members(cluster_id))
    found = []
    for slot in descriptions.specs:
        values, _ = descriptions.column(slot)
        pairs = list(zip(descriptions.images, values, strict=True))
        inside = Counter(value for image, value in pairs if value and image in members)
        outside = Counter(value for image, value in pairs if value and image not in members)
        if not inside:
            continue
        value, count = inside.most_common(1)[0]
        others = max(1, len(pairs) - len(members))
        lift = count / max(1, len(members)) - outside[value] / others
        if lift > 0.2:
            found.append((lift, f"{slot} {value} in {count} of {len(members)}"))
    return [text for _, text in sorted(found, reverse=True)[:most]]
