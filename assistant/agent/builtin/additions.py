"""Reads sentences that only add pictures or groups to the call before, or take some from it.

"And #13 as well", "the sad ones too", "but not #7": the wordings are data, `_carry_on.yaml`.

What was only offered so far is offered again with them: an addition is no yes.
"""

import re
from collections.abc import Sequence
from functools import cache

from assistant.agent.builtin.carry_on import EDITS, TOGETHER, before_call, only
from assistant.agent.builtin.entities import GROUP, mentions
from assistant.agent.builtin.lexicon import group, images, is_path, listed
from assistant.agent.builtin.nearest import one_of
from assistant.agent.builtin.templates import Templates
from assistant.agent.builtin.values_listed import picked_out
from assistant.agent.builtin.words_for_all import THE_REST, all_others, rest_group
from assistant.agent.calls import Call, Reply
from assistant.agent.sentence_files import ENGLISH, sentence_data
from assistant.agent.tools.base import DialogueContext
from assistant.agent.wording import enumerated
from tools.names import quoted
from tools.singular import in_singular

_YES = re.compile(r"(?:yes|yep|yeah|ok|okay|sure|fine|good)(?:, |[,.!;]? )(?:but )?", re.IGNORECASE)
"""Matches a yes before an addition, with which what was offered is agreed to: "yes, and #13 too"."""
_NO = re.compile(r"(?:(?:no|nope|sorry|wait|oops|hm+|actually)\b[,. ]*)+", re.IGNORECASE)
_THE_REST = re.compile(
    rf"(?:(?:and|now|then|also|what about|how about) )*{THE_REST}(?: (?:too|as well|also))?", re.IGNORECASE
)
_INTO_FOLDER = re.compile(
    r"(?:(?:and|then|also|now) )*(?P<what>.+?)(?: go(?:es)?)? (?:in)?to (?P<folder>\S+)", re.IGNORECASE
)
_ALL_BUT = re.compile(r"all but|except", re.IGNORECASE)
"""Matches what leaves something over: where nothing would be left, it means other pictures than those before."""
_UNSORTED = "unsorted"
"""The pile for pictures that are taken out of a group."""
_ONE_BY_ONE = ("show", "count", "describe_group", "lock_group", "split_cluster")
"""The tools that are called for each further group."""


def added(text: str, dialogue: DialogueContext) -> list[Call]:
    """Return the calls that do for further pictures or groups what the call before did, or all of what is offered with
    them or without them; none where a sentence says anything else."""
    base = _base(dialogue)
    if base is None:
        return []
    said = _YES.sub("", text.strip(" .!?"), count=1)
    if _THE_REST.fullmatch(said) and (calls := _with(base, said, dialogue)):
        return calls
    if calls := _elsewhere(base, said, dialogue):
        return calls
    for match in _templates(*_adding(dialogue)).matches(said):
        if calls := _with(base, match.slots["other"], dialogue):
            return calls
    if _denies(dialogue.last):
        for match in _templates("denies").matches(said):
            other = match.slots["other"]
            if calls := _denied_too(base, other, dialogue) or _with(base, other, dialogue):
                return calls
    for match in _templates("drops").matches(_NO.sub("", said, count=1)):
        calls = _less_of(base, match.slots["other"], dialogue)
        if calls and not (_ALL_BUT.match(said) and calls == [Call("undo")]):
            return calls
    return []


def contradicted(text: str, dialogue: DialogueContext) -> Reply | None:
    """Return the question what is meant where something is said of further pictures that was denied of those before:
    "#4 is not a dog" and "so is #5"; None for any other sentence."""
    if _agreeing(dialogue):
        return None
    for match in _templates("agrees").matches(text.strip(" .!?")):
        if more := _images(match.slots["other"], dialogue):
            said, be = " and ".join(more), "are" if more[1:] else "is"
            asked = f"Before, you said what is not so. {be.capitalize()} {said}, or not?"
            return Reply(f'{asked} Say "neither {be} {said}", or "move {said} to" and a group.', asks=True)
    return None


def moved_too(text: str, dialogue: DialogueContext) -> Reply | None:
    """Return the question whether all of a group goes where single pictures were moved, which merges two groups: "and
    the red ones too"; None for any other sentence."""
    base = _base(dialogue)
    if base is None or base.tool != "move_images":
        return None
    to, here = dialogue.named(str(base.arguments["to"])), dialogue.names[: dialogue.current or None]
    for match in _templates(*_adding(dialogue)).matches(text.strip(" .!?")):
        groups = [dialogue.named(name) for name in _groups(match.slots["other"], dialogue)]
        others = [name for name in groups if in_singular(name) != in_singular(to)]
        if not others:
            continue
        every = " and ".join([to, *others])
        merge = (f"merge {every}",) if all(name in here for name in (to, *others)) else ()
        examples = (*merge, *(f"show {name}" for name in others), "show")
        said = enumerated(others)
        return Reply(
            f"All of {said} to {quoted(to)}? That is a merge, not a few pictures. {one_of(examples)}",
            examples,
        )
    return None


def joins_offer(text: str, dialogue: DialogueContext) -> bool:
    """Return whether a text only adds something to what is offered, or takes something from it, without a yes."""
    agrees = _YES.match(text.strip()) is not None
    return dialogue.offer is not None and not agrees and bool(added(text, dialogue))


def _base(dialogue: DialogueContext) -> Call | None:
    """Return the call that is added to: what is offered, where that is about pictures, else the call before."""
    offer = dialogue.offer
    return offer if offer is not None and "images" in offer.arguments else dialogue.last


def _with(base: Call, other: str, dialogue: DialogueContext) -> list[Call]:
    before = list(base.arguments.get("images") or ())
    if before and (more := _images(other, dialogue)):
        together = dialogue.offer is not None or base.tool in TOGETHER
        every = list(dict.fromkeys([*before, *more])) if together else more
        return [Call(base.tool, {**base.arguments, "images": every})]
    if _made_one(base) and (value := picked_out(other)):
        return [Call(base.tool, {"values": [value], "beside": True})]
    left = base.tool == "export_clusters" and _THE_REST.fullmatch(other)
    groups = _not_written(base, dialogue) if left else _groups(other, dialogue)
    if not groups:
        return []
    if base.tool == "merge_clusters":
        return _merged_too(base, groups, dialogue)
    if base.tool == "export_clusters" and not dialogue.offered and base.arguments.get("to"):
        kept = {key: base.arguments[key] for key in ("to", "mode", "order") if base.arguments.get(key)}
        form = base.arguments.get("form", "folders")
        return [Call(base.tool, {**kept, "only": groups, "add": True})] if form == "folders" else []
    if base.tool == "sort_into" and base.arguments.get("within"):
        return [Call(base.tool, {**base.arguments, "within": group}) for group in groups]
    if base.tool in _ONE_BY_ONE and "cluster" in base.arguments:
        return [Call(base.tool, {**base.arguments, "cluster": group}) for group in groups]
    return []


def _made_one(base: Call) -> bool:
    """Return whether a call made one group of what was named, beside which a further one can be made."""
    made = base.tool == "sort_into" and len(base.arguments["values"]) == 1
    return made and not base.arguments.get("within")


def _denied_too(base: Call, other: str, dialogue: DialogueContext) -> list[Call]:
    """Return the call that asks where pictures belong, of further ones as well."""
    more = _images(other, dialogue)
    if not more or not base.arguments.get("not_in"):
        return []
    first, *others = dict.fromkeys([base.arguments["image"], *base.arguments.get("more", ()), *more])
    return [Call(base.tool, {**base.arguments, "image": first, "more": others})]


def _adding(dialogue: DialogueContext) -> Sequence[str]:
    """Return the kinds of sentences that add something to the call before."""
    return ("adds", "agrees") if _agreeing(dialogue) else ("adds",)


def _agreeing(dialogue: DialogueContext) -> bool:
    """Return whether "so is #5" says the same as what was said before, which denied nothing."""
    last = dialogue.last
    if last is None:
        return True
    taken_out = "out_of" in last.arguments and last.arguments.get("to") == _UNSORTED
    return not (taken_out or "not_in" in last.arguments or last.tool == "keep_apart")


def _denies(last: Call | None) -> bool:
    """Return whether the call before was about where pictures do not belong, so that others may not either."""
    if last is None:
        return False
    return "not_in" in last.arguments or last.arguments.get("to") == _UNSORTED or last.tool == "keep_apart"


def _merged_too(base: Call, groups: Sequence[str], dialogue: DialogueContext) -> list[Call]:
    """Return the call that merges further groups into the one that came of a merge; where it was only offered, all."""
    merged = base.arguments["clusters"] if dialogue.offered else dialogue.spoken[:1]
    every = [*merged, *groups]
    named = {"name": base.arguments["name"]} if base.arguments.get("name") else {}
    return [Call(base.tool, {"clusters": every, **named})] if len(every) > len(groups) else []


def _less_of(base: Call, other: str, dialogue: DialogueContext) -> list[Call]:
    """Return the call before without some of its pictures or groups, which is taken back first where it was done."""
    dialogue = before_call(base, dialogue)  # a group that was merged is there no more
    key = next((key for key in ("images", "clusters") if base.arguments.get(key)), "")
    out = _images(other, dialogue) if key == "images" else _groups(other, dialogue)
    before = list(base.arguments.get(key) or ())
    gone = {_key(each, dialogue) for each in out}
    left = [each for each in before if _key(each, dialogue) not in gone]
    none_left = bool(gone) and not left and len(gone) == len(before)
    if none_left and base.tool in EDITS and not dialogue.offered:
        return [Call("undo")]  # "not #7" where #7 alone was moved
    least = 2 if key == "clusters" or base.tool in TOGETHER else 1
    if not gone or len(left) + len(gone) != len(before) or len(left) < least:
        return []
    instead = Call(base.tool, {**base.arguments, key: left})
    return [instead] if dialogue.offered else [Call("undo"), instead]


def _key(name: str, dialogue: DialogueContext) -> str:
    return in_singular(dialogue.named(name))


def _images(other: str, dialogue: DialogueContext) -> list[str]:
    """Return the pictures that a text names and nothing else, a bare number among them; else none."""
    if is_path(other) or (dialogue.informed and not other.isdecimal() and dialogue.has(other)):
        return []
    found = images(other)
    return found if isinstance(found, list) else []


def _elsewhere(base: Call, said: str, dialogue: DialogueContext) -> list[Call]:
    """Return the export of further groups into another folder, after one: "and the bags to ~/bags"."""
    match = _INTO_FOLDER.fullmatch(said)
    if base.tool != "export_clusters" or dialogue.offered or match is None or not is_path(match["folder"]):
        return []
    kept = {key: base.arguments[key] for key in ("mode", "form", "order") if base.arguments.get(key)}
    groups = _groups(match["what"], dialogue)
    if not groups and _THE_REST.fullmatch(match["what"]):
        groups = _not_written(base, dialogue)
    return [Call(base.tool, {"to": match["folder"], **kept, "only": groups})] if groups else []


def _not_written(export: Call, dialogue: DialogueContext) -> list[str]:
    """Return the groups that an export left out; none where it wrote all."""
    written = [*export.arguments.get("only", ()), *listed(export.arguments.get("clustering") or "")]
    return all_others(dialogue.names[: dialogue.current or None], [group(name) for name in written])


def _groups(other: str, dialogue: DialogueContext) -> list[str]:
    """Return the groups that a text names and nothing else; else none."""
    if _THE_REST.fullmatch(other):
        here = dialogue.names[: dialogue.current or None]
        group_of_rest = rest_group(here)
        return [group_of_rest] if group_of_rest else all_others(here, dialogue.spoken)
    mentioned = mentions(other, dialogue.names)
    return mentioned.groups if only(mentioned, GROUP) else []


@cache
def _templates(*kinds: str) -> Templates:
    return Templates([(kind, sentence_data(ENGLISH, "_carry_on")[kind]) for kind in kinds])
