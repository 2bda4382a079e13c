"""Has a grouping learned from the pictures in a folder of folders, which need not lie in the collection."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from assistant.desk.experts import Experts
from assistant.desk.feedback import Feedback
from tools.clustering.clustering import Clustering
from tools.clustering.constraints import Constraint, consistent
from tools.clustering.cross_clusterings import AND
from tools.clustering.refine import tidy
from tools.names import quoted
from tools.request import Request


def with_folder_examples(request: Request, feedback: Feedback, experts: Experts) -> Request:
    """Return a request over the images of the collection and, after them, those of the folder that are learned from.

    Nothing is tuned in it, and nothing that was accepted is taken out: the examples alone say what the groups are.
    """
    beside = experts.look_beside(feedback.outside, request.progress)
    return replace(request, descriptions=beside, by_examples=True, accepted=(), tuned=None)


def all_labels(feedback: Feedback) -> tuple[Constraint, ...]:
    """Return what the folder and the user say of images, without contradictions: what the user says comes later."""
    return tuple(consistent((*feedback.examples, *feedback.constraints))[0])


def without_outside(made: Clustering, feedback: Feedback, images: Sequence[str]) -> Clustering:
    """Return a clustering of the images of the collection alone, with a folder in another for each nested group.

    Args:
        made: A clustering of the images of the collection and of the folder.
        feedback: What the user has said about it.
        images: The images of the collection.
    """
    here = made.over(tuple(images))
    parts = [(cluster, tuple(cluster.name.split(AND))) for cluster in here.clusters]
    clusters = [replace(c, parts=names if len(names) > 1 else ()) for c, names in parts]
    source = f"the pictures in {quoted(Path(feedback.like).name)}"
    return tidy(here.with_changes(sources=(source,)), clusters, here.labels)
