"""The methods by name."""

from tools.errors import UsageError
from tools.fuse.base import Method
from tools.fuse.kmeans import ConcatenatedKMeans, RoutedKMeans

DEFAULT = RoutedKMeans.name
METHODS: dict[str, type[Method]] = {m.name: m for m in (RoutedKMeans, ConcatenatedKMeans)}


def method(name: str | None = None) -> Method:
    """The method of a name, the default one for None. Raises UsageError for an unknown name."""
    if (name or DEFAULT) not in METHODS:
        raise UsageError(f"there is no method {name!r}; choose one of {', '.join(METHODS)}")
    return METHODS[name or DEFAULT]()
