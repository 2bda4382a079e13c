"""Compares the calls that a sentence leads to with what it names: groups, values, images, numbers and criteria.

This is the one place for that, for every tool and every brain. What a sentence names and no call holds is asked about
before anything is done or told: "how many Canon pictures are in Berlin" must not count Berlin.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from assistant.agent.builtin.clauses import steps_of
from assistant.agent.builtin.entities import mentions
from assistant.agent.builtin.lexicon import image
from assistant.agent.builtin.named_here import NamedHere, named_here
from assistant.agent.builtin.other_language import DENIALS, foreign_words
from assistant.agent.calls import Call
from assistant.agent.pictures_beside import pictures_beside
from assistant.agent.tools.base import DialogueContext, Effect
from assistant.agent.tools.registry import tools
from tools.fuse.registry import ways_to_write
from tools.metadata.metadata_criteria import named_criterion
from tools.singular import in_singular, singular_words

_ABOUT_THE_PAST = frozenset(
    {"answer", "help", "undo", "redo", "history", "as_before", "ask_again", "snapshot", "branch"}
)
"""The tools that take whatever is said, or are about what was done: a sentence about them names more than they take."""
_TELLS_THE_GROUP = frozenset({"explain", "what_if"})
"""The tools whose answer says which group an image is in: "why is #5 happy" need not hold "happy"."""
_TOLD_ONE_BY_ONE = {"show": "cluster", "count": "cluster", "describe_group": "cluster", "explain": "image"}
"""The tools that tell of one group or image, each with the argument that names it."""
_LEAVES_OUT = frozenset({"but", "none_of"})
"""The arguments that hold what is left out on purpose."""
_EXCEPT = re.compile(
    r"\b(?:except(?: for)?|excluding|other than|apart from|besides|but not|leaving out"
    r"|(?:all|everything|everyone|anything|those|each|every one) but|(?:are|is|were|was)(?: not|n't))\b",
    re.IGNORECASE,
)
"""Matches what says that what is named behind it is left out."""
_IS_NOT = re.compile(r"(?:are|is|were|was)(?: not|n't)", re.IGNORECASE)
"""Matches the one of them that asks why, in "why aren't river and sea one group"."""
_TELLS_WHY = frozenset({"explain", "describe_group", "compare"})
"""The tools that tell of what is named, also where it is not so."""
_SET_AGAINST = re.compile(
    r"(?:\b(?:not|n't|instead of|rather than|than|no longer|never)|n't)\s+(?:in |from |a |an |the |with |one of )*$",
    re.IGNORECASE,
)
"""Matches what stands before something that is named only to say what it is not: "happy rather than sad"."""
_LEFT_BEHIND = re.compile(
    r"\b(?:from|out of|in|off|was|is|are|were|be|called|called it|says|said|under)\s+(?:the |a |an )?$",
    re.IGNORECASE,
)
"""Matches what stands before the place where an image was, which a move need not hold."""
_PEOPLE = re.compile(
    r"\s*(?:please )?(?:split|divide|sort|separate|group|break)(?: up)? (?:all )?(?:the |my )?"
    r"(?P<who>people|persons|faces) (?:up )?(?:into|in|by)\b",
    re.IGNORECASE,
)
"""Matches the sorting of people, which are all pictures where no group is called so."""
_NUMBER = re.compile(r"(?<![\w#.,:/~-])\d{1,3}(?![\w%:/~-]|[.,]\d)")
_SIZES = re.compile(
    r"\b(?:(?:more|less|fewer|bigger|smaller|larger) than|at least|at most|over|under|only|exactly) \d+\b",
    re.IGNORECASE,
)
"""Matches how many pictures groups have that are asked for: the list of all groups tells it."""
_BY = re.compile(r"\b(?:by|per) (?:the |their |its )?(?P<what>[\w-]+(?: [\w-]+)?)", re.IGNORECASE)


def left_out(text: str, calls: Sequence[Call], dialogue: DialogueContext) -> tuple[str, ...]:
    """Return what a sentence names and no call of it holds, as it was said; nothing where all is held.

    Args:
        text: What the person typed.
        calls: All calls that come of it.
        dialogue: What is known here.
    """
    made = [call for call in calls if call.tool not in _ABOUT_THE_PAST]
    if not made or len(made) < len(calls) or not dialogue.informed or len(steps_of(text)) > len(calls):
        return ()
    bare = re.sub(r"[\"“”«»]", "", text)
    held = [value for call in made for value in _values(call, dialogue)]
    words = [singular_words(value) for value in held]
    missing = [
        named for named in named_here(bare, dialogue)
        if not _is_held(named, bare, words) and not _is_said_aside(named, bare, made)
    ]  # fmt: skip
    said = [bare[named.start : named.end] for named in missing]
    mentioned = mentions(bare)
    known = {image(value).casefold() for value in held}
    without = mentions(bare[match.end() :]).images if (match := _EXCEPT.search(bare)) else []
    said += [
        each
        for each in mentioned.images
        if not any(f" {name}".endswith(f" {each.casefold()}") for name in known) and each not in without
    ]  # of a file name with spaces the last word alone is mentioned
    lists_all = all(call.tool == "show" and not call.arguments for call in made)
    said += [
        each
        for each in _NUMBER.findall(_SIZES.sub(" ", bare) if lists_all else bare)
        if f"#{each}" not in mentioned.images and not _counts(int(each), held, made)
    ]
    said += pictures_beside(bare, made)
    if any(call.tool in changing() for call in made):
        kept = {word for value in _said_freely(made, dialogue) for word in singular_words(value)}
        methods = [way for call in made for way in ways_to_write(str(call.arguments.get("method", "")))]
        foreign = foreign_words(bare, (*dialogue.names, *dialogue.criteria, *methods))
        said += [word for word in foreign if in_singular(word.casefold()) not in kept or _denies(word, text)]
    said += [match["what"] for match in _BY.finditer(bare) if _is_lost(match["what"], words, dialogue)]
    return tuple(dict.fromkeys(said))


def is_about_the_past(tool: str) -> bool:
    """Return whether a tool takes whatever is said, or is about what was done."""
    return tool in _ABOUT_THE_PAST


@cache
def changing() -> frozenset[str]:
    """Return the tools that change groups or touch files."""
    return frozenset(name for name, tool in tools().items() if tool.effect is not Effect.READ)


def mended(text: str, calls: Sequence[Call], dialogue: DialogueContext) -> list[Call]:
    """Return calls that hold what a sentence names, where that is plain; else the calls as they are.

    A call that tells of one group or image is made for each that is named, and images that are named as left out are
    left out.
    """
    if len(calls) != 1 or not dialogue.informed:
        return list(calls)
    call = calls[0]
    if call.tool == "move_images" and (match := _EXCEPT.search(text)):
        out = {each.casefold() for each in mentions(text[match.end() :]).images}
        left = [each for each in call.arguments["images"] if image(str(each)).casefold() not in out]
        return [Call(call.tool, {**call.arguments, "images": left})] if left else [call]
    if (
        (people := _PEOPLE.match(text))
        and (within := _called(people["who"], dialogue))
        and "within" not in call.arguments
    ):
        if call.tool == "sort_into" and within not in call.arguments["values"]:
            return [Call(call.tool, {**call.arguments, "within": within})]
        if call.tool == "group_by" and call.arguments.keys() == {"criterion"}:
            return [Call("split_cluster", {"cluster": within, "by": call.arguments["criterion"]})]
    key = _TOLD_ONE_BY_ONE.get(call.tool, "")
    if not key or call.arguments.keys() != {key} or not left_out(text, calls, dialogue):
        return [call]
    if key == "image":
        named = mentions(text).images
    else:
        here = [each for each in named_here(text, dialogue) if each.is_group]
        named = [each.name for each in here] if len({each.criterion for each in here}) == 1 else []
        named = named or mentions(text).groups
    each_one = [Call(call.tool, {key: name}) for name in dict.fromkeys(named)]
    return each_one if each_one and not left_out(text, each_one, dialogue) else [call]


def _called(name: str, dialogue: DialogueContext) -> str:
    """Return the group of the current grouping that has a name; "" for none."""
    here = dialogue.names[: dialogue.current]
    return next((group for group in here if in_singular(group) == in_singular(name)), "")


def _values(call: Call, dialogue: DialogueContext) -> Iterator[str]:
    """Yield what a call holds as text, groups by their name as well as by their number."""
    for value in call.arguments.values():
        for each in value if isinstance(value, list) else [value]:
            yield str(each)
            yield dialogue.named(str(each).casefold().removeprefix("c"))


def _said_freely(calls: Sequence[Call], dialogue: DialogueContext) -> Iterator[str]:
    """Yield what calls hold in the person's own words: a name, a criterion, but no group that is not there."""
    for call in calls:
        for key, value in call.arguments.items():
            for each in value if isinstance(value, list) else [value]:
                if key not in ("cluster", "clusters", "within", "out_of") or dialogue.has(str(each)):
                    yield str(each)


def _denies(word: str, text: str) -> bool:
    """Return whether a text ends in a word that denies, without a quote behind it that makes it a part of a name."""
    return word.casefold() in DENIALS and text.rstrip(" .!?").endswith(word)


def _is_held(named: NamedHere, text: str, held: Sequence[frozenset[str]]) -> bool:
    """Return whether a value of the calls has the words of what is named, as it was said or as it is called."""
    said = singular_words(text[named.start : named.end])
    return any(said <= value or singular_words(named.name) <= value for value in held)


def _is_said_aside(named: NamedHere, text: str, calls: Sequence[Call]) -> bool:
    """Return whether something is named that the calls need not hold: what it is not, or where an image was."""
    if all(call.tool in _TELLS_THE_GROUP for call in calls):
        return named.is_group
    before = text[: named.start]
    if _SET_AGAINST.search(before):
        return not any(call.tool in ("show", "count", "export_clusters", "pick_out") for call in calls)
    return any(call.tool == "move_images" for call in calls) and _LEFT_BEHIND.search(before) is not None


def _counts(number: int, held: Sequence[str], calls: Sequence[Call]) -> bool:
    """Return whether a number is among the values, or is how many of them there are."""
    lengths = {len(v) for call in calls for v in call.arguments.values() if isinstance(v, list)}
    lengths |= {
        len(call.arguments["values"]) + 1
        for call in calls
        if call.arguments.get("rest") and "values" in call.arguments
    }
    return str(number) in (re.sub(r"\D", "", value) for value in held) or number in lengths | {len(calls)}


def _is_lost(what: str, held: Sequence[frozenset[str]], dialogue: DialogueContext) -> bool:
    """Return whether words behind "by" are a criterion that no call holds."""
    known = {criterion.casefold() for criterion in (*dialogue.criteria, *dialogue.sees)}
    for said in (what, what.split()[0]):
        if said.casefold() in known or named_criterion(said):
            named = named_criterion(said)
            return not any(
                singular_words(said) <= value or (named and named_criterion(" ".join(value)) is named)
                for value in held
            )
    return False


def turned_round(text: str, calls: Sequence[Call], dialogue: DialogueContext) -> tuple[str, ...]:
    """Return what a sentence names as left out and the calls are about: they do the opposite of what is meant."""
    match = _EXCEPT.search(text)
    if match is None or any(call.tool in (*_ABOUT_THE_PAST, "keep_apart") for call in calls):
        return ()  # "keep #3 apart from #7"
    if _IS_NOT.fullmatch(match[0]) and all(call.tool in _TELLS_WHY for call in calls):
        return ()
    behind = mentions(text[match.end() :], dialogue.names)
    positive = {
        str(each).casefold()
        for call in calls
        for key, value in call.arguments.items()
        if key not in _LEAVES_OUT
        for each in (value if isinstance(value, list) else [value])
    }
    out = {
        str(each).casefold() for call in calls for key in _LEAVES_OUT for each in call.arguments.get(key, ())
    }
    if any(group.casefold() in out for group in behind.groups):
        return ()  # "not blond and outdoor" leaves out the one, and may mean the other
    moves = any(call.tool in ("move_images", "keep_together", "rename_cluster", "explain") for call in calls)
    # "#12 is not happy, it goes to sad" names where it was and where it is to be.
    named: list[Any] = [*([] if moves else behind.groups), *behind.images]
    return tuple(f"{match[0]} {each}" for each in named if str(each).casefold() in positive)
