"""What the user moved by hand under a criterion, and what that says about a new grouping by it."""

from collections.abc import Iterable, Sequence

from assistant.find import find_clustering
from assistant.workspace import Event
from tools.clustering import Clustering
from tools.constraints import Constraint, Label
from tools.errors import UsageError

_COMPANY = 5
"""So many more images say where a group is than were put there by hand."""


def moved(
    criterion: str, clusterings: Sequence[Clustering], done: Iterable[Event]
) -> tuple[Clustering | None, set[str]]:
    """The clustering of a criterion as it is, if there is one, and the images that the user moved in it."""
    try:
        clustering = find_clustering(criterion, clusterings)
    except UsageError:
        return None, set()
    moves = (event for event in done if event.kind == "move" and event.clustering == clustering.id)
    return clustering, {image for event in moves for image in event.detail["images"]}


def said(clustering: Clustering | None, moved: set[str]) -> list[Constraint]:
    """What the user's moves say: each image belongs with those that it was put to.

    The surest of every group are named as well. Alone, a moved image would only name the group that it is most like,
    which is the one that it was taken out of, and one correction would shuffle all the others.
    """
    if clustering is None or not moved:
        return []
    said: list[Constraint] = []
    for cluster in clustering.clusters:
        members = clustering.members(cluster.id)
        put = [image for image in members if image in moved]
        company = [image for image in members if image not in moved][: len(put) + _COMPANY]
        said += [Label(image, cluster.name) for image in [*company, *put]]
    return said
