"""Finds the groups that an export is of: those of the grouping that is meant, some alone, or all but some."""

from collections.abc import Sequence

from assistant.agent.builtin.lexicon import group, listed
from assistant.agent.context import Context
from tools.errors import UsageError
from tools.names import name_key, quoted


def groups_meant(context: Context, what: str | None) -> tuple[str, list[str], list[str]]:
    """Return the grouping of a name, or the current one with those of its groups that are meant, and further ones."""
    desk = context.desk
    exact = desk.clusterings.find(what) if what is not None else desk.clusterings.get()
    if exact is not None:
        return exact.id, [], []
    several = [desk.clusterings.find(name) for name in listed(what or "")]
    if len(several) > 1 and all(several):
        first, *others = [clustering.id for clustering in several if clustering is not None]
        return first, [], others
    current = desk.clusterings.get()
    try:  # before groupings of which it is only a word: "cats" is no short name of "cats, dogs or other"
        only = [desk.clusterings.find_cluster(group(name)).id for name in listed(what or "")]
        return current.id, only, []
    except UsageError:
        meant = [name_key(group(name)) for name in listed(what or "")]
        for other in reversed(desk.clusterings.all()):
            for names in ([name_key(what or "")], meant):  # a group may have a list for its name
                called = [c.id for c in other.clusters if name_key(c.name) in names]
                if called and len(called) == len(names):
                    return other.id, called, []
        try:
            return desk.clusterings.get(what).id, [], []
        except UsageError:
            raise UsageError(
                f"there is no grouping or group {quoted(what or '')}; say a criterion, or groups of the current one"
            ) from None


def groups_alone(
    context: Context, chosen: str, only: Sequence[str], asked: str | None
) -> tuple[str, list[str]]:
    """Return the grouping that has the groups which alone are written, and these."""
    if asked is None and (other := context.elsewhere(only)) is not None:
        chosen = other.id
    find = context.desk.clusterings.find_cluster
    return chosen, [find(group(name), chosen).id for name in only]


def groups_without(
    context: Context, chosen: str, only: Sequence[str], but: Sequence[str], asked: str | None
) -> tuple[str, list[str]]:
    """Return a grouping with those of its groups that are left where some are left out."""
    if asked is None and (other := context.elsewhere(but)) is not None:
        chosen = other.id
    return chosen, groups_left(context, chosen, only, but)


def groups_left(context: Context, chosen: str, only: Sequence[str], but: Sequence[str]) -> list[str]:
    """Return the ids of those groups of a grouping that are left without some. Raise UsageError where none is."""
    desk = context.desk
    out = {desk.clusterings.find_cluster(group(name), chosen).id for name in but}
    left = [
        c.id for c in desk.clusterings.get(chosen).clusters if c.id not in out and (not only or c.id in only)
    ]
    if not left:
        raise UsageError("that leaves no group to write; say which groups are meant")
    return left


def groups_instead(context: Context, shown: str, names: Sequence[str]) -> tuple[str, list[str], list[str]]:
    """Return the grouping, the groups and the further groupings that are named in place of those shown."""
    clusterings = context.desk.clusterings
    try:  # the groups of what was shown come first, whatever is the current grouping by now
        found = [clusterings.find_cluster(group(name), shown).id for name in names]
        return shown, found, []
    except UsageError:
        others = [clusterings.find(name) for name in names]
        if not all(others):
            raise
        first, *rest = [other.id for other in others if other is not None]
        return first, [], rest
