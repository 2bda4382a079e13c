"""Reads what is said of pictures that were shown or counted just before: "now sort those by colour" sorts what was
narrowed to, and "only the red ones" or "how many of them are red?" narrows it further."""

import re

from assistant.agent.builtin.lexicon import PICTURES
from assistant.agent.builtin.named_here import NamedHere, named_here
from assistant.agent.builtin.phrases import phrases
from assistant.agent.calls import Call, Reply, Understood
from assistant.agent.tools.base import DialogueContext
from assistant.agent.unknown_words import told_by_experts
from tools.names import quoted, visible

_THOSE = re.compile(
    r"\b(?:those|these|them|they|that lot|this lot|that part"
    r"|(?:within|in|inside|among|of) (?:it|that|this))\b",
    re.IGNORECASE,
)
"""Matches the words by which a sentence means what was narrowed to, where it would else mean all pictures."""
_ALL = re.compile(r"\b(?:all|everything|every|whole|again|instead|as well|too)\b", re.IGNORECASE)
"""Matches what says that all pictures are meant, or the same as before."""
_THEM = (
    rf"(?:of (?:them|those|these|that|it)|of (?:those|these|the) (?:ones|{PICTURES})"
    rf"|(?:those|these)(?: {PICTURES})?|they|them)"
)
_ARE = (
    r"(?:are|is|were|was|have|has|show|shows|had|got)"
    r"(?: (?:also|in|at|on|from|with|of|by|a|an|any|the|taken|shot|made))*"
)
_THAT = r"(?:that|those|these|they|them|it|there)"
_OF_THEM = re.compile(
    rf"(?:(?:show|tell) me )?(?:(?P<counts>how many|count) {_THEM}|{_THEM},? (?P<counts_so>how many)"
    rf"|(?:which|what|any|all|only) (?:ones )?{_THEM}|{_THEM},? (?:which|what)(?: ones)?)"
    rf"(?: (?:is|are|were) there)?(?: {_ARE})?(?P<not> not)? (?P<what>.+)",
    re.IGNORECASE,
)
_ONES = rf"(?:ones?|{PICTURES})"
_ANY_OF_THEM = re.compile(
    rf"(?:are|is|do|does|have|has) (?:any|some|one|all|many|most) {_THEM} (?P<what>(?:show |have |got )?.+)",
    re.IGNORECASE,
)
"""Matches the question whether something holds for any of what was shown: "are any of them cats?"."""
_JOINED = (
    r"(?:with|in|at|on|from|of|by|taken (?:with|in|at|on|by)|that (?:are|is|have|show|were)"
    r"|which (?:are|have|show|were))"
)
_ONLY = re.compile(
    rf"(?:show (?:me )?)?(?:only |just )(?:(?:the|those) )?(?:{_ONES} )?(?:{_JOINED} )?"
    rf"(?P<what>.+?)(?P<ones> {_ONES})?",
    re.IGNORECASE,
)
_WITH = re.compile(
    rf"(?:(?:only|just) )?(?:(?:the|those) )?(?:{_ONES} )?{_JOINED} (?P<what>.+?)(?P<ones> {_ONES})?",
    re.IGNORECASE,
)
_WITHOUT = re.compile(
    r"(?:(?:all )?(?:but )?(?:without|not|except(?: for)?|minus|leave out|no|but no|skip|hide)) (?:any )?"
    rf"(?:{_ONES} )?(?:(?:with|in|at|on|from|of) )?(?P<what>.+?)(?P<ones> {_ONES})?",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(
    rf"how many (?:is|are|were) {_THAT}(?: (?:in all|in total|altogether|together|now))?"
    rf"|how many (?:of {_THAT}|of {_THAT} are there|{_ONES} is that)|count {_THAT}",
    re.IGNORECASE,
)
"""Match sentences about what was shown or counted: "which of them are red", "only the red ones", "without the red
ones", "how many are that"."""


def narrower(text: str, dialogue: DialogueContext) -> list[Call]:
    """Return the call that shows or counts what the call before was about with one condition more, or counts it; none
    where a sentence says anything else.

    A group of the same grouping is no further condition: after "show the sad ones", "only the happy ones" are others.
    """
    last = dialogue.last
    if last is None or last.tool not in ("show", "count") or not dialogue.informed:
        return []
    given = {key: last.arguments[key] for key in ("cluster", "also", "but") if last.arguments.get(key)}
    about = str(given.get("cluster", ""))
    if not given or (about and not dialogue.has(about)):
        return []
    bare = phrases("_polite", "end").before_end(text.strip(" .!?"))
    said = _IN_THEM.sub("", _LEAD.sub("", bare))
    if match := _ONES_ONLY.fullmatch(said):
        said = f"only the {match['what']} ones"
    if match := _ANY_OF_THEM.fullmatch(said):
        said = f"which of them are {match['what']}"
    if _HOW_MANY.fullmatch(said):
        return [Call("count", given)]
    for pattern, key in ((_OF_THEM, "also"), (_WITHOUT, "but"), (_ONLY, "also"), (_WITH, "also")):
        if (match := pattern.fullmatch(said)) is None:
            continue
        counts = any(match.groupdict().get(word) for word in ("counts", "counts_so"))
        tool = "count" if counts or (pattern is _WITH and last.tool == "count") else "show"
        leaves_out = key == "but" or bool(match.groupdict().get("not"))
        ones = match.groupdict().get("ones") or ""  # "the two people ones", "with two people"
        named = _all_of(match["what"] + ones, dialogue) or _all_of(match["what"], dialogue)
        if named and not _is_of_the_same(named, about, dialogue):
            held = "but" if leaves_out else "also"
            names = [*given.get(held, ()), *(each.name for each in named)]
            return [Call(tool, {**given, held: list(dict.fromkeys(names))})]
        if (
            not named
            and pattern is _OF_THEM
            and about
            and not leaves_out
            and not _here(match["what"], dialogue)
        ):
            return told_by_experts(text, [Call(tool, given)], dialogue)  # what is not known is told beside it
    return []


_LEAD = re.compile(r"^(?:(?:and|but|now|ok|okay|then|so|also|please|yes|again)[ ,]+)+", re.IGNORECASE)
_IN_THEM = re.compile(r" (?:in|on) (?:them|it)$", re.IGNORECASE)
_ONES_ONLY = re.compile(rf"(?:the )?(?P<what>[\w' -]+?) {_ONES} only", re.IGNORECASE)
_NOTHING_MORE = re.compile(r"(?:\b(?:the|a|an|in|at|on|from|with|of|by|and|or|both)\b|,|\s)*", re.IGNORECASE)


def _all_of(what: str, dialogue: DialogueContext) -> list[NamedHere]:
    """Return what a text names here, where it says nothing else; else nothing."""
    named, rest = named_here(what, dialogue), what
    for each in reversed(named):
        rest = rest[: each.start] + rest[each.end :]
    return named if named and _NOTHING_MORE.fullmatch(rest) else []


def _here(what: str, dialogue: DialogueContext) -> bool:
    return bool(named_here(what, dialogue))


def _is_of_the_same(named: list[NamedHere], about: str, dialogue: DialogueContext) -> bool:
    """Return whether one of what is named is a group of the grouping of the group that was spoken of."""
    of = next((each.criterion for each in named_here(dialogue.named(about), dialogue)), "") if about else ""
    return any(each.criterion == of for each in named)


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
