"""The registry of the methods by name."""

from tools.errors import UsageError
from tools.fuse.base import Method
from tools.fuse.gated import Gated
from tools.fuse.kmeans import VIEW_PREFIX, ConcatenatedKMeans, RoutedKMeans, SingleView
from tools.fuse.mfavbs.mfavbs import Mfavbs
from tools.fuse.mllm_mc import MllmMc
from tools.fuse.multi_sub import MultiSub
from tools.fuse.orthogonalise import Orthogonalise
from tools.fuse.sac import Sac
from tools.fuse.tac import Tac
from tools.fuse.taught import Taught
from tools.fuse.walk.walk import Walk

DEFAULT = RoutedKMeans.name
"""The method where the user named none."""
DEFAULT_WITH_ANSWERS = Taught.name
"""The method where the user named none and has answered questions about images."""
METHODS: dict[str, type[Method]] = {
    method.name: method
    for method in (
        RoutedKMeans,
        ConcatenatedKMeans,
        Tac,
        MllmMc,
        MultiSub,
        Sac,
        Mfavbs,
        Gated,
        Orthogonalise,
        Walk,
        Taught,
    )
}
"""Every method, in the order in which they are listed."""
OTHER_NAMES = {"left": Orthogonalise.name}
"""Former names of methods, which the command line still understands."""


def find_method(name: str | None = None, answered: bool = False) -> Method:
    """Return the method of a name, the default one for None; "view:NAME" is k-means on one view alone.

    Args:
        name: A name in `METHODS` or `OTHER_NAMES`, or "view:NAME".
        answered: Whether the user has answered questions about images, which decides on the default.

    Raises:
        tools.errors.UsageError: There is no such method.
    """
    name = name or (DEFAULT_WITH_ANSWERS if answered else DEFAULT)
    if name.startswith(VIEW_PREFIX):
        return SingleView(name.removeprefix(VIEW_PREFIX))
    name = OTHER_NAMES.get(name, name)
    if name not in METHODS:
        raise UsageError(f"there is no method {name!r}; choose one of {', '.join(METHODS)}")
    return METHODS[name]()
