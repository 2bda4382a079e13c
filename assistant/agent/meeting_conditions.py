"""Finds the images that a call names by more than one group of the current grouping."""

import re
from dataclasses import dataclass
from typing import Any

from assistant.agent.context import Context
from assistant.agent.stays_here import FROM_FILES
from assistant.agent.tools.base import Conditions
from tools.errors import UsageError

_NUMBER = re.compile(r"\d{1,3}")
"""Matches the number of a group, also where there is none; a year is longer, and no day of the month is meant by it."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """Holds the images that are meant.

    Attributes:
        images: Their ids, in the order of the collection.
        words: What holds for them: 'in "Berlin" and "happy"'.
        ids: The artifact of an answer about them.
    """

    images: tuple[str, ...]
    words: str
    ids: dict[str, Any]


def meets(context: Context, cluster: str | None, arguments: Conditions) -> Meeting | None:
    """Return the images that a call is about, where it names several conditions, or one that no group is called; None
    where it is about all groups, or about one that there is.

    Raises:
        tools.errors.UsageError: There is no such group, and no file says it.
    """
    desk = context.desk
    if not arguments.also and not arguments.but and (cluster is None or _is_group(context, cluster)):
        return None
    met = desk.conditions.met(
        [*([cluster] if cluster else []), *arguments.also], arguments.but, context.progress
    )
    return Meeting(met.images, met.words, {FROM_FILES: True} if met.from_files else {})


def _is_group(context: Context, cluster: str) -> bool:
    """Return whether the current grouping has a group that is called so, or nothing else is either: the error about
    it is that of a group."""
    desk = context.desk
    if cluster.casefold() == "unsorted" or _NUMBER.fullmatch(cluster):
        return True
    try:
        desk.clusterings.find_cluster(cluster)
    except UsageError:
        try:
            return not desk.conditions.one(cluster, context.progress, looks=True).images
        except UsageError:
            return True
    return True
