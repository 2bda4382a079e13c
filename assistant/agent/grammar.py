"""The built-in brain's grammar: what a person types becomes calls of tools, or an answer that says what is missing.

Every rule has to match a whole sentence. Where none does, or where a rule would call for a group that there is not,
what is mentioned and a few words may tell (`loose`). What neither understands is not guessed at.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from assistant.agent import loose
from assistant.agent.meanings import EXAMPLES, MOST_STEPS, Answer, Call, Reply, either
from assistant.agent.rules import COURTESIES, RULES
from assistant.agent.words import ATTRIBUTES, PICTURES, Quotes, is_quoted, plain

LONGEST = 1000
"""How many characters of a request are read: no rule takes long over so many, whatever they are."""

_STEPS = re.compile(
    r"\s*;\s*|\s*\n\s*|\.\s+(?=then\b)|,?\s+(?:and\s+)?then\s+(?=\S)|"
    r",?\s+and\s+(?=(?:show|export|save|merge|rename|split|group|sort|undo|redo|explain|move #)\b)",
    re.IGNORECASE,
)
_SEARCH = re.compile(
    rf"(?:find|search(?: for)?|look for|get|show|list)(?: me)?(?: all| every| any)?(?: of)?(?: the| my)?"
    rf" (?:{PICTURES}|ones|\w+s) (?:with|wearing|showing|in|that (?:have|show|wear)) (?:an? |the )?(?P<by>[\w -]+)"
    rf"|(?:which|what|who)(?: of (?:them|these))?(?: {PICTURES}| ones)? (?:is|are|has|have|wears?) (?P<are>[\w -]+)",
    re.IGNORECASE,
)
"""A search for some pictures: they can be had by grouping."""
_NESTED = re.compile(
    r"(?:group|sort|cluster|organi[sz]e)(?: (?:them|these|it|all|everything))? by (?:the |their )?(?P<first>[^,;]+?),?"
    r"(?: and)? then by (?:the |their )?(?P<second>[^,;]+)",
    re.IGNORECASE,
)
"""One criterion within the other, no two steps."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is grouped while a request is made.

    Attributes:
        criteria: What was grouped by, the current one first.
        names: The names of all groups that there are.
    """

    criteria: Sequence[str] = ()
    names: Sequence[str] = ()


def parse(text: str, last: str | None = None, known: Known | None = None) -> Answer:
    """What a request asks for: calls to be made one after the other, or a reply.

    Args:
        text: What the user typed.
        last: The criterion that was grouped by last, for "make it five groups".
        known: What is grouped; None where that is not told.
    """
    if len(text) > LONGEST:
        return Reply(f"That is longer than I can read ({LONGEST} characters). Say one thing at a time.")
    quotes = Quotes()
    calls: list[Call] = []
    hidden = re.sub(r"[^\S\n]+", " ", quotes.hide(text))
    if nested := _NESTED.fullmatch(plain(hidden)):
        return [Call("cross", {key: quotes.show(by) for key, by in nested.groupdict().items()})]
    steps = [step for step in _STEPS.split(hidden) if step.strip()]
    for step in steps:
        answer = _one(step, last, known)
        if isinstance(answer, Reply):
            if len(steps) > 1 and answer.text in COURTESIES:
                continue
            return replace(answer, text=quotes.quote(answer.text))
        calls += [Call(call.tool, _filled(quotes, call.arguments)) for call in answer]
    if len(calls) > MOST_STEPS:
        return Reply(f"That is {len(calls)} steps; I do at most {MOST_STEPS} in one go.")
    return calls or _lost(text.strip())


def _one(step: str, last: str | None, known: Known | None) -> Answer:
    if step.strip() == "?":
        return [Call("help")]
    said = plain(step)
    answer = _ruled(said, last)
    if isinstance(answer, Reply) and not answer.asks:
        return answer
    if isinstance(answer, list) and (known is None or all(_there(call, known) for call in answer)):
        return answer
    there = known or Known()
    whole = step.strip(" .!?")  # with what may be no more than polite: "try breed"
    for wording in (said, whole):
        if meant := loose.read(wording, last, there.criteria, there.names):
            return meant
    return answer or _lost(said)


def _ruled(said: str, last: str | None) -> Answer | None:
    for make, wordings in RULES:
        for wording in wordings:
            if match := wording.fullmatch(said):
                answer = make({k: v.strip() for k, v in match.groupdict().items() if v}, last)
                if answer is not None:
                    return answer
    return None


def _there(call: Call, known: Known) -> bool:
    """Whether the groups that a call is about are there: if not, something else may be meant."""
    named = [call.arguments.get("cluster"), *call.arguments.get("clusters", [])]
    here = {name.casefold() for name in known.names} | {"unsorted", "unreadable", "duplicates", "doubtful"}
    return all(re.fullmatch(r"c?\d+", n, re.I) or n.casefold() in here or is_quoted(n) for n in named if n)


def _lost(said: str) -> Reply:
    examples = EXAMPLES
    words = said.lower().split()
    if words and words[-1] in ATTRIBUTES and len(words) <= 2 and words[0] not in ("only", "be"):
        examples = (f"group by {said}", *EXAMPLES[1:])
    if found := _SEARCH.fullmatch(said):
        by = f"group by {found.group('by') or found.group('are')}"
        return Reply(
            f'I sort pictures rather than search among them: say "{by}", then look into a group.',
            (by,),
            asks=True,
        )
    said = said if len(said) <= 80 else said[:80] + "..."
    what = f'I do not understand "{said}".' if said else "There was nothing in that for me."
    return Reply(f"{what} Try {either(examples)}.", examples, lost=True)


def _filled(quotes: Quotes, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments with what was quoted in its place."""
    filled: dict[str, Any] = {}
    for key, value in arguments.items():
        if isinstance(value, list):
            filled[key] = [quotes.show(v) for v in value]
        else:
            filled[key] = quotes.show(value) if isinstance(value, str) else value
    return filled
