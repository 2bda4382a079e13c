"""The methods by name."""

from typing import cast

from tools.errors import UsageError
from tools.fuse.base import Method
from tools.fuse.gated import Gated
from tools.fuse.kmeans import ConcatenatedKMeans, RoutedKMeans
from tools.fuse.left import WhatIsLeft
from tools.fuse.mfavbs.method import Mfavbs
from tools.fuse.mllm_mc import MllmMc
from tools.fuse.multi_sub import MultiSub
from tools.fuse.sac import Sac
from tools.fuse.single import PREFIX, SingleView
from tools.fuse.tac import Tac
from tools.fuse.taught import Taught
from tools.fuse.walked import Walk

DEFAULT = RoutedKMeans.name
METHODS: dict[str, type[Method]] = {
    m.name: m
    for m in (
        RoutedKMeans,
        ConcatenatedKMeans,
        Tac,
        MllmMc,
        MultiSub,
        Sac,
        Mfavbs,
        Gated,
        WhatIsLeft,
        Walk,
        Taught,
    )
}


def method(name: str | None = None) -> Method:
    """The method of a name, the default one for None; "view:NAME" is k-means on one view alone.

    Raises:
        tools.errors.UsageError: There is no such method.
    """
    name = name or DEFAULT
    if name.startswith(PREFIX):
        return cast(Method, SingleView(name.removeprefix(PREFIX)))  # its name depends on the view
    if name not in METHODS:
        raise UsageError(f"there is no method {name!r}; choose one of {', '.join(METHODS)}")
    return METHODS[name]()
