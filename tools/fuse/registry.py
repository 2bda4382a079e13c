"""Registers the methods by name."""

import re
from functools import cache

from tools.errors import UsageError
from tools.fuse.base import Method
from tools.fuse.gated import Gated
from tools.fuse.kmeans import VIEW_PREFIX, ConcatenatedKMeans, RoutedKMeans, SingleView
from tools.fuse.method_options import configured
from tools.fuse.mfavbs.mfavbs import Mfavbs
from tools.fuse.mllm_mc import MllmMc
from tools.fuse.multi_sub import MultiSub
from tools.fuse.orthogonalise import Orthogonalise
from tools.fuse.sac import Sac
from tools.fuse.tac import Tac
from tools.fuse.taught import Taught
from tools.fuse.walk.walk import Walk
from tools.fuse.zero_shot import ZeroShot
from tools.names import quoted

DEFAULT = RoutedKMeans.name
"""The method where the user named none."""
DEFAULT_WITH_ANSWERS = Taught.name
"""The method where the user named none and has answered questions about images."""
DEFAULT_FUSION = Gated.name
"""The method that fuses pictures and words where the user named none: of those it is the quickest to be tried."""
METHODS: dict[str, type[Method]] = {
    method.name: method
    for method in (
        RoutedKMeans,
        ConcatenatedKMeans,
        Tac,
        MllmMc,
        MultiSub,
        ZeroShot,
        Sac,
        Mfavbs,
        Gated,
        Orthogonalise,
        Walk,
        Taught,
    )
}
"""Every method, in the order in which they are listed."""
OPTIONS = ":"
"""The character between the name of a method and its options."""
OTHER_NAMES = {"left": Orthogonalise.name}
"""The former names of methods, which the command line still understands."""


def find_method(name: str | None = None, answered: bool = False) -> Method:
    """Return the method of a name, the default one for None; "view:NAME" is k-means on one view alone.

    Options follow the name: "sac:intra=off,epochs=50" (`tools.fuse.method_options`).

    Args:
        name: A name in `METHODS` or `OTHER_NAMES`, with or without options, or "view:NAME".
        answered: Whether the user has answered questions about images, which decides on the default.

    Raises:
        tools.errors.UsageError: There is no such method, or it has no such option.
    """
    name = name or (DEFAULT_WITH_ANSWERS if answered else DEFAULT)
    if name.startswith(VIEW_PREFIX):
        return SingleView(name.removeprefix(VIEW_PREFIX))
    return configured(*_meant(name))


def method_label(name: str) -> str:
    """Return what a clustering keeps of a method: its name, and the options that were given. Raise as `find_method`."""
    if name.startswith(VIEW_PREFIX):
        return name
    method, options = _meant(name)
    return f"{method.name}:{options}" if options else method.name


def method_of(label: str) -> type[Method] | None:
    """Return the method of a label that a clustering keeps; None where it was made otherwise."""
    return METHODS.get(label.partition(OPTIONS)[0])


def _meant(name: str) -> tuple[type[Method], str]:
    """Return the method of a name with options, and these."""
    bare, _, options = name.partition(OPTIONS)
    known = method_name(OTHER_NAMES.get(bare, bare))
    if known is None:
        raise UsageError(f"there is no method {quoted(bare)}; choose one of {', '.join(METHODS)}")
    return METHODS[known], options


def method_name(text: str) -> str | None:
    """Return the name of the method that is meant, however it is written: "Multi-Sub", "the walkers"; else None."""
    return _names().get(_bare(text))


def ways_to_write(label: str) -> list[str]:
    """Return the words that stand for the method of a label; none for a label that is no method's."""
    method = method_of(label)
    return [method.name, method.name.replace("_", "-"), *method.aliases] if method else []


@cache
def _names() -> dict[str, str]:
    """Return every way to write a name, without spaces and hyphens, and the method of it."""
    names = {_bare(name): name for name in METHODS}
    return names | {_bare(alias): name for name, method in METHODS.items() for alias in method.aliases}


def _bare(text: str) -> str:
    bare = re.sub(r"^(?:the|a|an)\s+", "", text.strip().casefold())
    bare = re.sub(r"^(?:method|algorithm|technique|approach)\s+", "", bare)  # "use the method SAC"
    return re.sub(r"[\s_-]+", "", bare)
