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
