"""Reads "now sort those by colour" as being about what was narrowed to just before: "only the cats"."""

import re

from assistant.agent.calls import Call, Reply, Understood
from assistant.agent.tools.base import DialogueContext
from tools.names import quoted, visible

_THOSE = re.compile(
    r"\b(?:those|these|them|they|that lot|this lot|that part"
    r"|(?:within|in|inside|among|of) (?:it|that|this))\b",
    re.IGNORECASE,
)
"""Matches the words by which a sentence means what was narrowed to, where it would else mean all pictures."""
_ALL = re.compile(r"\b(?:all|everything|every|whole|again|instead|as well|too)\b", re.IGNORECASE)
"""Matches what says that all pictures are meant, or the same as before."""


def narrowed(text: str, understood: list[Call], dialogue: DialogueContext) -> Understood:
    """Return the calls of a sentence, with a grouping of "those" as one of what was narrowed to just before; a reply
    where that is no group, of which alone a part can be grouped."""
    if len(understood) != 1 or dialogue.last is None or not _THOSE.search(text) or _ALL.search(text):
        return understood
    (call,) = understood
    by = call.arguments.get("criterion")
    if call.tool != "group_by" or not by or "method" in call.arguments:
        return understood
    last, given = dialogue.last, dialogue.last.arguments
    group = _group_of(last)
    if given.get("also") or given.get("but"):
        return _no_group(given, str(by))
    if group is None or not (dialogue.has(group) or last.tool in ("sort_into", "pick_out")):
        return understood
    parts = {"parts": call.arguments["groups"]} if "groups" in call.arguments else {}
    return [Call("split_cluster", {"cluster": group, "by": by, **parts})]


def _group_of(last: Call) -> str | None:
    """Return the group that a call showed, counted or picked out; None where it was about all pictures."""
    given = last.arguments
    if last.tool in ("show", "count", "describe_group"):
        return str(given["cluster"]) if given.get("cluster") else None
    if last.tool == "sort_into" and len(given.get("values", ())) == 1:
        return str(given["values"][0])
    return "1" if last.tool == "pick_out" else None


def _no_group(given: dict[str, object], by: str) -> Reply:
    """Return what is said where several conditions were shown: they are a group once they are put together."""
    also = [str(each) for each in _list(given.get("also"))]
    but = [str(each) for each in _list(given.get("but"))]
    both = " and ".join([*([str(given["cluster"])] if given.get("cluster") else []), *also])
    put = (
        f"put the pictures{f' that are {both}' if both else ''}{f' without {but[0]}' if but else ''} together"
    )
    return Reply(
        f"Those are no group yet, and I group either all pictures or one group. Say {quoted(put)}, then "
        f'"split 1 by {visible(by)}".',
        (put,),
        asks=True,
    )


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []
