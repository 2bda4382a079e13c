"""Puts a clustering into a document, as every command that prints JSON has it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tools.clustering.clustering import Clustering
    from tools.scan.collection import Collection


def file_names(images: Iterable[str], collection: "Collection") -> list[str]:
    """Return the paths of images, by their ids, relative to the collection's folder."""
    return [str(collection.by_id(image).path) for image in images]


def cluster_documents(clustering: "Clustering", collection: "Collection") -> list[dict[str, Any]]:
    """Return for each cluster its id, name, size and files, the surest first."""
    return [
        {
            "id": cluster.id,
            "name": cluster.name,
            "size": clustering.size(cluster.id),
            "files": file_names(clustering.members(cluster.id), collection),
        }
        for cluster in clustering.clusters
    ]
