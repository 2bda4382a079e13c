"""Joins the calls of two clauses that say one thing together: "#3 is no bird and #7 neither"."""

from collections.abc import Sequence

from assistant.agent.calls import Call


def as_one(before: Sequence[Call], further: Sequence[Call]) -> list[Call] | None:
    """Return the calls of the clauses before with those of one more, where that only adds to the last of them; None
    where it asks for something else.

    A group that is named once it was merged is merged under that name; pictures that are said not to be in a group
    either are asked about together; and what a picture is said to be instead is where it goes.
    """
    if not before or len(further) != 1:
        return None
    last, (more,) = before[-1], further
    given = more.arguments
    merged = last.arguments["clusters"] if last.tool == "merge_clusters" else ()
    if more.tool == "rename_cluster" and given["cluster"] in merged and not last.arguments.get("name"):
        return [*before[:-1], Call(last.tool, {**last.arguments, "name": given["name"]})]
    if not last.arguments.get("not_in"):
        return None
    images = [last.arguments["image"], *last.arguments.get("more", ())]
    if given.get("not_in") == last.arguments["not_in"]:
        first, *others = dict.fromkeys([*images, given["image"], *given.get("more", ())])
        return [*before[:-1], Call(last.tool, {"image": first, "not_in": given["not_in"], "more": others})]
    if more.tool == "show" and given.keys() == {"cluster"}:  # "#4 isn't a bag, I'd say a shoe"
        return [*before[:-1], Call("move_images", {"images": images, "to": given["cluster"]})]
    return None
