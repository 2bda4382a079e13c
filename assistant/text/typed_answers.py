"""Reads what a person types in reply to a question: a number, a name, or a key such as s or ?."""

import re
from dataclasses import dataclass
from typing import Literal

from assistant.text.yes_no import BARE_NO, BARE_YES
from tools.names import name_key, quoted, spelling_suggestion, visible
from tools.teach.question import Question

QUESTIONS = 8
"""The number of questions in one round, unless the user names another."""

KEYS = "a number or a name, n and a new name, s to skip, ? for why, u to undo, q to end"
PAIR_KEYS = "same, different, s to skip, ? for why, u to undo, q to end"

_SKIP = re.compile(
    r"s|skip(?: (?:it|this|that)(?: one)?)?|pass|(?:i )?(?:do not|don't|dont) know|no idea|dunno|not sure|next(?: one)?"
)
_WHY = re.compile(
    r"\?|why(?: (?:this|that)(?: one| picture| image)?)?|why\?|why (?:do|are) you ask(?:ing)?(?: .*)?"
)
_STOP = re.compile(
    r"q|quit|stop|enough|done|finish(?:ed)?|that(?:'s| is| will be) (?:enough|all|it)|no more(?: questions)?"
)
_UNDO = re.compile(r"u|undo|oops")
_SAME = re.compile(rf"=|{BARE_YES}|(?:the )?same(?: (?:group|one))?|together|(?:they )?belong together")
_DIFFERENT = re.compile(
    rf"!=|{BARE_NO}|different(?: (?:groups?|ones))?|apart|not the same|(?:they )?(?:differ|are different)"
)
_VAGUE = re.compile(
    rf"{BARE_YES}|no(?:pe)?|ok(?:ay)?|sure|fine|right|correct|wrong|true|false|maybe|perhaps|later|not now|both"
)
_RIGHT = re.compile(rf"{BARE_YES}|(?:that(?:'s| is) )?(?:right|correct|true)|(?:it|that) is|good|ok(?:ay)?")
_NEW = re.compile(
    r"(?:(?:a )?new (?:group|one)(?: called| named)?|new|n)(?:\s*[:,]?\s+(?P<name>.+))?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class TypedAnswer:
    """Says what a reply to a question means.

    Attributes:
        kind: "answer", "skip", "why", "stop" or "undo"; "new" where a new group is meant that has no name yet;
            "vague" for words that hardly name a group, such as "yes": the user is asked what is meant.
        value: For an answer, the name of the group, or for a pair whether both belong to the same one; else None.
    """

    kind: Literal["answer", "skip", "why", "stop", "undo", "new", "vague"]
    value: str | bool | None = None


def read_answer(text: str, question: Question) -> TypedAnswer | None:
    """Read a reply; None where it is neither a key, nor the name of a group, nor announces a new name."""
    typed = " ".join(text.split()).strip("\"'").rstrip(".!,")
    plain = typed.casefold()
    if not question.pair:  # a group may be called "s", or "no"
        named = [name for name in question.names if name_key(name) == name_key(typed)]
        if named:
            return TypedAnswer("answer", named[0])
        number = re.fullmatch(r"#?(\d{1,4})", plain)
        if number:
            exists = 1 <= int(number[1]) <= len(question.names)
            return (
                TypedAnswer("answer", question.names[int(number[1]) - 1]) if exists else TypedAnswer("vague")
            )
        if question.guess and _RIGHT.fullmatch(plain):
            return TypedAnswer("answer", question.guess)
    for kind, wording in (("skip", _SKIP), ("why", _WHY), ("stop", _STOP), ("undo", _UNDO)):
        if wording.fullmatch(plain):
            return TypedAnswer(kind)  # type: ignore[arg-type]
    if question.pair:
        if _SAME.fullmatch(plain):
            return TypedAnswer("answer", True)
        return TypedAnswer("answer", False) if _DIFFERENT.fullmatch(plain) else None
    if new := _NEW.fullmatch(typed):
        name = (new["name"] or "").strip("\"' ")
        return TypedAnswer("answer", name) if name else TypedAnswer("new")
    return TypedAnswer("vague") if _VAGUE.fullmatch(plain) else None


def probably_meant(answer: TypedAnswer | None, question: Question) -> str | None:
    """Return the group whose name an answer probably misspells; None where it names a group, or is close to none."""
    if answer is None or answer.kind != "answer" or not isinstance(answer.value, str):
        return None
    return spelling_suggestion(answer.value, (*question.names, *question.closed))


def did_you_mean(typed: str, near: str) -> str:
    """Return the question whether `typed`, a new name, is a misspelling of `near`, the name of a group."""
    return f"did you mean {quoted(near)}? y, or n to make {quoted(typed)} a new group"


def read_confirmation(text: str, typed: str, near: str) -> TypedAnswer | None:
    """Read a reply to `did_you_mean`: an answer with one of the two names, or None where it says neither."""
    words = " ".join(text.split()).strip("\"'").rstrip(".!,")
    if _SAME.fullmatch(words.casefold()) or name_key(words) == name_key(near):
        return TypedAnswer("answer", near)
    new = _NEW.fullmatch(words)
    name = (new["name"] or "").strip("\"' ") if new else words
    if _DIFFERENT.fullmatch(words.casefold()) or name_key(name) == name_key(typed):
        return TypedAnswer("answer", typed)
    return None


def ask_again(text: str) -> str:
    """Return the response to a vague reply: no group has this name, and this is how to make one."""
    words = visible(" ".join(text.split()))
    return f"there is no group called {words}; to make one, say: n {words}"
