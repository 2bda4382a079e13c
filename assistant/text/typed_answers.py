"""What a person types in reply to a question of the teacher: a number, a name, s, ?, n and a name, same, different."""

import re
from dataclasses import dataclass
from typing import Literal

from tools.names import quoted, same_name, slip, visible
from tools.teach.question import Question

QUESTIONS = 8
"""So many questions are asked in a row."""

KEYS = "a number or a name, n and a new name, s to skip, ? for why, u to undo, q to end"
PAIR_KEYS = "same, different, s to skip, ? for why, u to undo, q to end"

_SKIP = re.compile(
    r"s|skip(?: (?:it|this|that)(?: one)?)?|pass|(?:i )?(?:do not|don't|dont) know|no idea|dunno|not sure|next(?: one)?"
)
_WHY = re.compile(
    r"\?|why(?: (?:this|that)(?: one| picture| image)?)?|why (?:do|are) you ask(?:ing)?(?: .*)?"
)
_STOP = re.compile(
    r"q|quit|stop|enough|done|finish(?:ed)?|that(?:'s| is| will be) (?:enough|all|it)|no more(?: questions)?"
)
_UNDO = re.compile(r"u|undo|oops")
_SAME = re.compile(r"=|y|yes|yep|(?:the )?same(?: (?:group|one))?|together|(?:they )?belong together")
_DIFFERENT = re.compile(
    r"!=|n|no|nope|different(?: (?:groups?|ones))?|apart|not the same|(?:they )?(?:differ|are different)"
)
_VAGUE = re.compile(
    r"y(?:es|ep|eah|up)?|no(?:pe)?|ok(?:ay)?|sure|fine|right|correct|wrong|true|false|maybe|perhaps|later|not now|both"
)
_NEW = re.compile(
    r"(?:(?:a )?new (?:group|one)(?: called| named)?|new|n)(?:\s*[:,]?\s+(?P<name>.+))?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a reply comes to.

    Attributes:
        kind: "answer", "skip", "why", "stop", "undo"; "new" where a new group has no name yet; "vague" where it is
            no name that one gives a group, though it may be one: to be asked again.
        said: The name of the group, or whether the two are of the same; for an answer.
    """

    kind: Literal["answer", "skip", "why", "stop", "undo", "new", "vague"]
    said: str | bool | None = None


def reply(text: str, question: Question) -> Reply | None:
    """What a reply to a question means; None where it names no group that there is, nor says so of a new one."""
    typed = " ".join(text.split()).strip("\"'").rstrip(".!,")
    plain = typed.casefold()
    if not question.pair:  # a group may be called "s", or "no"
        named = [name for name in question.names if same_name(name) == same_name(typed)]
        if named:
            return Reply("answer", named[0])
        number = re.fullmatch(r"#?(\d{1,4})", plain)
        if number:
            there = 1 <= int(number[1]) <= len(question.names)
            return Reply("answer", question.names[int(number[1]) - 1]) if there else Reply("vague")
    for kind, wording in (("skip", _SKIP), ("why", _WHY), ("stop", _STOP), ("undo", _UNDO)):
        if wording.fullmatch(plain):
            return Reply(kind)  # type: ignore[arg-type]
    if question.pair:
        if _SAME.fullmatch(plain):
            return Reply("answer", True)
        return Reply("answer", False) if _DIFFERENT.fullmatch(plain) else None
    if new := _NEW.fullmatch(typed):
        name = (new["name"] or "").strip("\"' ")
        return Reply("answer", name) if name else Reply("new")
    return Reply("vague") if _VAGUE.fullmatch(plain) else None


def misspelt(understood: Reply | None, question: Question) -> str | None:
    """The group that was probably meant by an answer with a name that no group has."""
    if understood is None or understood.kind != "answer" or not isinstance(understood.said, str):
        return None
    return slip(understood.said, (*question.names, *question.closed))


def did_you_mean(typed: str, near: str) -> str:
    """What is asked about a new name that is close to one that there is."""
    return f"did you mean {quoted(near)}? y, or n if {quoted(typed)} is to be a group of its own"


def cleared(text: str, typed: str, near: str) -> Reply | None:
    """What a reply to `did_you_mean` means: one of the two names, or None where it says neither."""
    said = " ".join(text.split()).strip("\"'").rstrip(".!,")
    if _SAME.fullmatch(said.casefold()) or same_name(said) == same_name(near):
        return Reply("answer", near)
    new = _NEW.fullmatch(said)
    name = (new["name"] or "").strip("\"' ") if new else said
    if _DIFFERENT.fullmatch(said.casefold()) or same_name(name) == same_name(typed):
        return Reply("answer", typed)
    return None


def again(text: str) -> str:
    """What is said to a vague reply."""
    said = visible(" ".join(text.split()))
    return f"there is no group called {said}; if it is to be one, say: n {said}"
