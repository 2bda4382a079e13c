"""Sorts folders of images the way their owner says, from Python.

    >>> import regroup
    >>> with regroup.open("photos") as collection:       # doctest: +SKIP
    ...     emotion = collection.group(by="emotion")
    ...     emotion.names
    ('happy', 'sad', 'surprised')

`open` gives a `Collection`, its `group` a `Grouping`, and the `export` of that an `Export`, which can be undone. It is
the same core as the chat's: the same workspace, the same journal, the same groups. `regroup.estimators` has the methods
on arrays, as scikit-learn's estimators.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regroup.export import Export
    from regroup.live_grouping import Grouping, Question
    from regroup.open_collection import Collection, open
    from tools.errors import Cancelled, RegroupError, UsageError

__all__ = [
    "Cancelled",
    "Collection",
    "Export",
    "Grouping",
    "Question",
    "RegroupError",
    "UsageError",
    "open",
]

_HOMES = {
    "Export": "regroup.export",
    "Grouping": "regroup.live_grouping",
    "Question": "regroup.live_grouping",
    "Collection": "regroup.open_collection",
    "open": "regroup.open_collection",
    "Cancelled": "tools.errors",
    "RegroupError": "tools.errors",
    "UsageError": "tools.errors",
}


def __getattr__(name: str) -> object:
    """Return what the package offers, loaded when it is first asked for, once its packages are known to be its own.

    Raises:
        ImportError: Another distribution has taken the name of a package behind this one.
        AttributeError: There is nothing of this name.
    """
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from regroup.foreign_packages import foreign_package

    if line := foreign_package():
        raise ImportError(line)
    found: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """Return the names that the package offers."""
    return sorted(__all__)
