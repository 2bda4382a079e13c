"""Reads sentences that carry on the call before: "and the sad ones", "same for age", "no, I meant #4".

They name only what is different; the rest is as it was. The wordings are data, `_carry_on.yaml`.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from assistant.agent.builtin.entities import GROUP, IMAGE, Mentions, mentions
from assistant.agent.builtin.lexicon import ATTRIBUTES, is_quoted, plain
from assistant.agent.builtin.pronouns import at_an_end
from assistant.agent.builtin.templates import Templates
from assistant.agent.builtin.values_listed import NO_VERB_OF_SORTING, values_listed
from assistant.agent.calls import Call, Reply
from assistant.agent.sentence_files import ENGLISH, sentence_data
from assistant.agent.tools.base import DialogueContext
from tools.singular import in_singular

_DENIES = re.compile(
    r"(?:no|nope|nah|sorry|not that|not those|rather|wait|oops|i (?:meant|mean|said))\b", re.IGNORECASE
)
"""Matches the beginning of a sentence that sets the call before right."""
_BY_INSTEAD = re.compile(r"(?:actually|rather|make that|better|hm+|well)[, ]+(?:rather )?by\b", re.IGNORECASE)
"""Matches the beginning of another criterion for the group that was split: "actually by brand"."""
_CONTRAST = re.compile(
    r"(?:no[, ]+)?not (?:by )?(?P<wrong>.+?)(?:, (?:but |rather )?| but (?:rather )?)(?:by )?(?P<right>.+?)"
    r"(?: instead)?",
    re.IGNORECASE,
)
"""Matches what says what is wrong before what is meant: "not indoors, outdoors"."""
_WRONG_ONES = re.compile(
    r"(?:(?:no|nope|nah|sorry|oops|wait|argh|hm+|actually)[,.!: ]+)*"
    r"(?:(?:(?:that|those|these|this|it|they)(?:'s|'re| is| are| was| were) )?(?:the |all )?wrong"
    r"(?: (?:ones?|groups?|two|pair|pictures?|images?|photos?|way round|thing|place))?"
    r"|not (?:those|these|that|them|that one|this one|the right ones?|what i (?:meant|wanted|said)))(?: ones| two)?"
    r"[,.;:!]*(?: [-–])? (?:(?:(?:i|we) (?:meant|mean|said|wanted|want)"
    r"|(?:it|that|they) (?:should|must|ought to) (?:be|have been)"
    r"|should (?:be|have been)|make (?:that|it|them)|rather|take|use|merge|it's|it is)(?: it)? )?"
    r"(?:to be )?(?P<right>\S.*)",
    re.IGNORECASE,
)
"""Matches what says that what was done was about the wrong ones, and which are meant: "nope, wrong ones. 1 and 2"."""
_ORDERS_POLITELY = re.compile(r"\b(?:can|could|would|will) (?:you|we)\b|\bplease\b", re.IGNORECASE)
"""Matches what makes an order of a question: "no, can you split it by camera?"."""
_TO = re.compile(r"^(?:in)?to \S", re.IGNORECASE)
"""Matches another place for the same images, which may be a new group."""
_NUMBERED = re.compile(r"\d+(?:(?:, ?and |, ?| and | & )\d+)+")
"""Matches several bare numbers, which are pictures where pictures were moved: "no, 7 and 8"."""
TOGETHER = ("keep_together", "keep_apart")
"""The tools that need two pictures or more."""
ONLY_ASKED = Reply(
    'That is a question, so nothing was changed. Say what is meant instead, as in "no, by camera", or "undo".',
    asks=True,
)
"""The answer to a question that sets the call before right: it may be in doubt itself."""
MOST_WORDS = 4
"""The most words of a criterion or a name that a sentence corrects, as in "no, I meant hair colour"."""


def carried_on(text: str, dialogue: DialogueContext) -> list[Call]:
    """Return the call before with what the sentence names put in the place of what the call was about; none where it
    names nothing that fits there."""
    last = dialogue.last
    if last is None:
        return []
    dialogue = before_call(last, dialogue)
    for match in _templates().matches(text.strip(" .!?")):
        other = at_an_end(_bare(plain(match.slots["other"]), last), dialogue)
        if not other:
            continue
        for given in _replaced(last, other, match.key, dialogue, match.slots["other"]):
            instead = Call(last.tool, {k: v for k, v in {**last.arguments, **given}.items() if v is not None})
            done = match.key != "more" and not dialogue.offered
            taken_back = done and _must_be_taken_back(last, given)
            return [Call("undo"), instead] if taken_back else [instead]
    return []


def in_place_of_which(text: str, dialogue: DialogueContext) -> Reply | None:
    """Return the question which picture of several that were tied together another one takes the place of: "no, I meant
    #4" after "#3 belongs with #5"; None for any other sentence."""
    last = dialogue.last
    if last is None or last.tool not in TOGETHER or not _DENIES.match(text):
        return None
    for match in _templates().matches(text.strip(" .!?")):
        mentioned = mentions(plain(match.slots["other"]), dialogue.names)
        if match.key != "more" and only(mentioned, IMAGE) and len(mentioned.images) == 1:
            (instead,), before = mentioned.images, list(map(str, last.arguments["images"]))
            said = f'"no, {instead} and {before[-1]}"'
            return Reply(
                f"{instead} in place of {' or of '.join(before)}? Say both, as in {said}.", asks=True
            )
    return None


def corrected(text: str, dialogue: DialogueContext) -> list[Call]:
    """Return the calls of a sentence that only names another group or image than the call before: "no, the first two",
    "no, to June". It comes before whatever else such words might mean; none for any other sentence."""
    if dialogue.last is None or dialogue.last.tool not in EDITS:
        return []
    splits = dialogue.last.tool == "split_cluster" and _BY_INSTEAD.match(text)
    if not (splits or _DENIES.match(text)):
        return []
    calls = carried_on(text, dialogue)
    if not calls and dialogue.last.tool == "merge_clusters" and not dialogue.offered:
        here = before_call(dialogue.last, dialogue)
        for match in _templates().matches(text.strip(" .!?")):
            mentioned = mentions(_bare(plain(match.slots["other"]), dialogue.last), here.names)
            if only(mentioned, GROUP) and len(mentioned.groups) == 1:
                return [Call("undo")]  # one group alone is no merge
    return [] if calls and calls[-1].arguments == dialogue.last.arguments else calls


def contrasted(text: str, dialogue: DialogueContext) -> str:
    """Return a sentence that sets right what it names of the call before as a plain correction.

    "Not #1 but #4" and "not #1, #4" say the same as "no, I meant #4".
    """
    if (
        dialogue.last is not None
        and dialogue.last.tool == "merge_clusters"
        and (wrong_ones := _WRONG_ONES.fullmatch(text))
    ):
        plainly = f"no, I meant {wrong_ones['right']}"
        if corrected(plainly, dialogue):
            return plainly
    match = _CONTRAST.fullmatch(text.strip(" .!"))
    if match is None or dialogue.last is None:
        return text
    said = _bare(plain(match["wrong"]), dialogue.last)
    mentioned = mentions(said, before_call(dialogue.last, dialogue).names)
    wrong = {said, *mentioned.groups, *mentioned.images}
    values = (
        v
        for value in dialogue.last.arguments.values()
        for v in (value if isinstance(value, list) else [value])
    )
    held = {in_singular(dialogue.named(str(value))) for value in values}
    return f"no, I meant {match['right']}" if any(in_singular(each) in held for each in wrong) else text


def is_doubted(text: str) -> bool:
    """Return whether a text sets the call before right and is a question, which changes nothing: "no, by what?"."""
    asks = text.rstrip(" .!").endswith("?")
    return asks and _DENIES.match(text.strip()) is not None and not _ORDERS_POLITELY.search(text)


def before_call(last: Call, dialogue: DialogueContext) -> DialogueContext:
    """Return the context with the groups and their number as they were before a call, which may be there no more."""
    keys = ("cluster", "to", "name")
    named = [*map(str, last.arguments.get("clusters", ())), *(str(last.arguments.get(k) or "") for k in keys)]
    gone = [
        name for name in named if name and not re.fullmatch(r"c?\d+", name) and name not in dialogue.names
    ]
    more = len(last.arguments.get("clusters", ())) - 1 if last.tool == "merge_clusters" else 0
    fewer = int(last.arguments.get("parts") or 2) - 1 if last.tool == "split_cluster" else 0
    return replace(dialogue, names=(*dialogue.names, *gone), current=dialogue.current + more - fewer)


def _bare(other: str, last: Call) -> str:
    """Return what is meant instead without the words that only tie it to the call before: "to June", "only #3"."""
    other = re.sub(r"^(?:only|just|rather|not (?:that|those|them)[,]? but) ", "", other, flags=re.IGNORECASE)
    if last.tool in ("move_images", "rename_cluster"):
        other = re.sub(r"^(?:in|to|into|with) (?=\S)", "", other, flags=re.IGNORECASE)
    return other


def _replaced(
    last: Call, other: str, kind: str, dialogue: DialogueContext, said: str
) -> Iterator[dict[str, Any]]:
    """Yield the arguments that are different."""
    counted = re.fullmatch(r"(?:in|into) (\d+)(?: \w+)?|(\d+)", other)
    if counted and last.tool == "split_cluster":
        yield {"parts": int(counted[1] or counted[2])}
        return
    if other.isdecimal() and last.tool == "group_by":
        yield {"groups": int(other)}
        return
    if last.tool == "split_cluster" and (
        by := re.fullmatch(r"by (?:the |their )?(.+)", other, re.IGNORECASE)
    ):
        yield {"by": by[1], "parts": None}
        return
    if last.tool == "sort_into" and kind in ("meant", "rather") and (listed := values_listed(other)):
        yield {"values": list(listed.values), "rest": listed.rest}
        return
    if (numbered := _NUMBERED.fullmatch(other)) and last.tool == "move_images":
        yield {"images": [f"#{number}" for number in re.findall(r"\d+", numbered[0])]}
        return
    if other.isdecimal() and any(key in last.arguments for key in ("cluster", "to")):
        other = f"group {other}"  # "no, I meant 3"
    mentioned = mentions(other, dialogue.names)
    if only(mentioned, IMAGE):
        if "images" in last.arguments and (len(mentioned.images) > 1 or last.tool not in TOGETHER):
            yield {"images": mentioned.images}
        if "image" in last.arguments:
            yield {"image": mentioned.images[0]}
    elif only(mentioned, GROUP) and len(mentioned.groups) > 1 and "clusters" in last.arguments:
        yield {"clusters": mentioned.groups}
    elif only(mentioned, GROUP) and len(mentioned.groups) == 1:
        # What is added is another group to look at; what is meant instead is another place for the images.
        keys = ("cluster",) if kind == "more" or last.tool == "export_clusters" else ("to", "cluster")
        yield from ({key: mentioned.groups[0]} for key in keys if key in last.arguments)
        if last.tool in ("show", "count") and not last.arguments:
            yield {"cluster": mentioned.groups[0]}
    elif len(words := other.split()) > MOST_WORDS or (
        len(words) > 1 and NO_VERB_OF_SORTING.fullmatch(words[0])
    ):  # "I said to merge 1 and 2" names no place
        return
    elif last.tool == "move_images" and _TO.search(said):
        yield {"to": other}
    elif last.tool == "group_by" and (kind == "meant" or other.split()[-1].casefold() in ATTRIBUTES):
        yield {"criterion": other.removeprefix("by ")}
    elif last.tool == "rename_cluster" and (kind == "meant" or is_quoted(other)):
        yield {"cluster": last.arguments["name"], "name": other}


def other_parts(text: str, dialogue: DialogueContext) -> list[Call]:
    """Return the calls that split the group that was split just before into another number of parts: "no, into 3"."""
    last = dialogue.last
    if last is None or last.tool != "split_cluster":
        return []
    calls = carried_on(text, dialogue)
    same = not calls or calls[-1].arguments.get("parts") == last.arguments.get("parts")
    return [] if same else calls


EDITS = (
    "merge_clusters", "split_cluster", "move_images", "lock_group", "rename_cluster", "keep_together", "keep_apart",
    "swap_names",
)  # fmt: skip
"""The tools whose call stays in force beside a corrected one, unless it is taken back first."""


def _must_be_taken_back(last: Call, given: dict[str, Any]) -> bool:
    """Return whether a call has to be undone before the corrected one: not where that only names another place or
    another name for the same images."""
    return last.tool in EDITS and not given.keys() <= {"to", "name"} and "name" not in given


def only(mentioned: Mentions, kind: str) -> bool:
    """Return whether a text mentions something of one kind, and says nothing else but "and"."""
    rest = re.sub(rf"{kind}|,|\band\b", "", mentioned.text, flags=re.IGNORECASE)
    return not rest.strip() and re.search(kind, mentioned.text) is not None


@cache
def _templates() -> Templates:
    written = sentence_data(ENGLISH, "_carry_on")
    return Templates([(kind, written[kind]) for kind in ("meant", "rather", "made", "more")])


def after(call: Call, dialogue: DialogueContext) -> DialogueContext:
    """Return the context once a call was made: what it was about is what was spoken of last."""
    arguments = call.arguments
    images = arguments.get("images") or (
        [arguments["image"], *arguments.get("more", ())] if arguments.get("image") else []
    )
    groups = arguments.get("clusters") or [arguments[key] for key in ("cluster", "to") if arguments.get(key)]
    if call.tool == "rename_cluster":
        groups = [arguments["name"]]
    if call.tool == "merge_clusters" and arguments.get("name"):
        groups = [arguments["name"]]
    if not images and not groups:
        return replace(dialogue, last=call)
    return replace(dialogue, last=call, images=tuple(map(str, images)), spoken=tuple(map(str, groups)))
