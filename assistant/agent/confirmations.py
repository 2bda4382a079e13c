"""Asks once about an unknown name, perhaps a misspelling, before it is used."""

import re
from collections.abc import Sequence
from typing import Any

from assistant.agent.builtin.lexicon import PILE
from assistant.agent.calls import NOTHING_DONE
from assistant.desk.experts import SlowLook
from assistant.text.formatting import duration
from tools.names import amount, quoted, visible

_NEW = re.compile(
    rf"\bnew\b|\b(?:an?|another|their own|its own) (?:(?:separate|own|extra) )?{PILE} (?:called|named)\b",
    re.IGNORECASE,
)
"""Matches what says that a group is yet to be made: "a group called winter"."""


class Confirmations:
    """Remembers what the person was asked to confirm, and in which turn.

    In a script of calls, where nobody speaks, nothing is asked.
    """

    def __init__(self) -> None:
        self._utterance, self._turn = "", 0
        self._turn_asked: dict[tuple[str, str], int] = {}

    def heard(self, utterance: str, turn: int) -> None:
        """Note the person's last utterance, and how many there have been."""
        self._utterance, self._turn = utterance, turn

    @property
    def listens(self) -> bool:
        """Return whether anybody speaks who can be asked."""
        return bool(self._utterance)

    def first(self, tool: str, name: str) -> bool:
        """Return whether to ask about a name now: not where it was asked about in an earlier turn."""
        if not self._utterance:
            return False
        key = tool, name.casefold()
        turn_asked = self._turn_asked.get(key)
        if turn_asked is not None and turn_asked != self._turn:
            del self._turn_asked[key]
            return False
        self._turn_asked[key] = self._turn
        return True

    @property
    def new(self) -> bool:
        """Return whether the last utterance calls something new."""
        return _NEW.search(self._utterance) is not None

    @property
    def names_an_image(self) -> bool:
        """Return whether the last utterance says what an image is ("#3 is a beach"), and not where it goes."""
        return (
            re.search(r"(?:#?\d+|\.\w{3,4}) (?:is|looks|seems)\b", self._utterance, re.IGNORECASE) is not None
        )


def criterion(near: str, typed: str, groups: int | None) -> tuple[str, dict[str, Any]]:
    """Return the question about a criterion that is close to a known one, and the call that a yes makes."""
    text = f"Did you mean {quoted(near)}? Nothing is grouped yet. Say yes, or say {quoted(f'group by {typed}')} again."
    more = {} if groups is None else {"groups": groups}
    return text, {"yes": {"tool": "group_by", "arguments": {"criterion": near} | more}}


def unseen(criterion: str, nearest: str, groups: int | None, missing: str = "") -> tuple[str, dict[str, Any]]:
    """Return what is said of a criterion that nothing here sees, and the call that a yes makes where something is near
    to it. `missing` is what most of the files would have to say for it."""
    again = quoted(f"group by {criterion}")
    also = f", and for most pictures there is {missing}" if missing else ""
    if nearest:
        text = (
            f"I cannot see {quoted(criterion)}{also}; the nearest that I can see is {quoted(nearest)}. Shall I use "
            f"that? Say yes, or say {again} again for groups of pictures that look alike. Nothing is grouped yet."
        )
        more = {} if groups is None else {"groups": groups}
        return text, {"yes": {"tool": "group_by", "arguments": {"criterion": nearest} | more}}
    return (
        f"I cannot see {quoted(criterion)}: no model here looks at that{also}, so nothing was grouped. You can name "
        f'the groups, as in "sort into A, B and other"; or say {again} again for groups of pictures that look alike, '
        'which you correct and teach with "ask me"; or fetch a model that reads pictures: `regroup models` lists them '
        "with their sizes.",
        {NOTHING_DONE: True},
    )


def nowhere(criterion: str, thing: str, nearest: Sequence[int]) -> tuple[str, dict[str, Any]]:
    """Return what is said of a criterion that asks which thing it is, where there is none for sure."""
    *first, last = [f"#{number}" for number in nearest]
    likeliest = f"{', '.join(first)} and {last}" if first else last
    return (
        f"No image here shows {quoted(thing)} for sure, so nothing was grouped; the likeliest are {likeliest}. Say "
        f"{quoted(f'group by {criterion}')} again for groups of images that look alike, or name another criterion.",
        {NOTHING_DONE: True},
    )


LONG = 60.0
"""The seconds from which on a look is asked about before it begins."""


def slow(look: SlowLook, arguments: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return what is said before a slow expert looks at many images, and the call that a yes makes."""
    text = (
        f"For that the {look.expert} expert has to look at {amount(look.images, 'more image')}, which takes about "
        f"{duration(look.seconds)} here. Go on? Say yes; it can be stopped at any time, and what was seen is kept. "
        "Nothing is grouped yet."
    )
    return text, {"yes": {"tool": "group_by", "arguments": arguments}}


def group(to: str, near: str | None, images: list[str], names: list[str]) -> tuple[str, dict[str, Any]]:
    """Return the question about a group that does not exist, and the call that a yes makes."""
    choices = ", ".join(f"{number} {quoted(name)}" for number, name in enumerate(names[:12], 1))
    if near is not None:
        asks = f"did you mean {quoted(near)}? Say yes, or say it again to make a new group."
    else:
        asks = f"shall I make it? Say yes, or name another: {choices}."
    text = f"There is no group {quoted(to)}: {asks} Nothing was moved yet."
    arguments = {"images": images, "to": to if near is None else near}
    return text, {"yes": {"tool": "move_images", "arguments": arguments}}


def whole_group(image: str, name: str, size: int, group: str, to: str) -> tuple[str, dict[str, Any]]:
    """Return the question whether the group for which an image is shown is meant, or the image alone, with the calls
    that "yes" and "only this one" make."""
    shown = visible(image)
    text = (
        f"{shown} is shown for the group {quoted(name)}. Shall I call all its {amount(size, 'image')} {quoted(to)}? "
        f'Say yes, or "only this one" for {shown} alone. Nothing was changed yet.'
    )
    return text, {
        "yes": {"tool": "rename_cluster", "arguments": {"cluster": group, "name": to}},
        "only": {"tool": "move_images", "arguments": {"images": [image], "to": to}},
    }
