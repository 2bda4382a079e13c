"""Joins the calls of two clauses that say one thing together: "#3 is no bird and #7 neither"."""

import re
from collections.abc import Sequence

from assistant.agent.calls import Call

_ASKS_TO_SEE = re.compile(
    r"\W*(?:but |and |so |now |then |please )*"
    r"(?:show|see|look|open|view|list|display|give|let|what|where|who|which|how)\b",
    re.IGNORECASE,
)
"""The beginning of a clause that wants to see something, and says nothing of the pictures before."""
_OF_BOTH = re.compile(
    r"\b(?:it|them|that|this|both|those|these|the (?:two|result|new|merged|whole))\b", re.IGNORECASE
)
"""Matches what stands for all that was merged."""


def as_one(before: Sequence[Call], further: Sequence[Call], said: str) -> list[Call] | None:
    """Return the calls of the clauses before with those of one more, where that only adds to the last of them; None
    where it asks for something else.

    A group that is named once it was merged is merged under that name; pictures that are said not to be in a group
    either are asked about together; and what a picture is said to be instead is where it goes.

    Args:
        before: The calls of the clauses before.
        further: Those of one more.
        said: That clause.
    """
    if not before or len(further) != 1:
        return None
    last, (more,) = before[-1], further
    given = more.arguments
    merged = last.arguments["clusters"] if last.tool == "merge_clusters" else ()
    named = more.tool == "rename_cluster" and given["cluster"] in merged and _OF_BOTH.search(said)
    if named and not last.arguments.get("name"):
        return [*before[:-1], Call(last.tool, {**last.arguments, "name": given["name"]})]
    if not last.arguments.get("not_in"):
        return None
    images = [last.arguments["image"], *last.arguments.get("more", ())]
    if given.get("not_in") == last.arguments["not_in"]:
        first, *others = dict.fromkeys([*images, given["image"], *given.get("more", ())])
        return [*before[:-1], Call(last.tool, {"image": first, "not_in": given["not_in"], "more": others})]
    tells = more.tool == "show" and given.keys() == {"cluster"} and not _ASKS_TO_SEE.match(said)
    if tells:  # "#4 isn't a bag, I'd say a shoe"
        return [*before[:-1], Call("move_images", {"images": images, "to": given["cluster"]})]
    return None
