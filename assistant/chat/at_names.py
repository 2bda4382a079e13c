"""Reads "@name" in a sentence: the group or the picture of that name, however it is written."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.desk import Desk

SIGN = "@"
"""What stands before the name of a group or a file."""


def at_names(desk: "Desk") -> dict[str, str]:
    """Return what can follow the sign: each name, with what a sentence says in its place.

    The groups that are shown come first, in quotes; then the files by their names, as numbers.
    """
    current = desk.clusterings.current
    names = {cluster.name: f'"{cluster.name}"' for cluster in current.clusters} if current is not None else {}
    for image in desk.collection.images:
        names.setdefault(image.path.name, f"#{desk.collection.number(image.sha256)}")
    return names


def spelled_out(text: str, desk: "Desk") -> str:
    """Return a sentence as the conversation takes it: with what stands for each "@name"."""
    return without_signs(text, at_names(desk)) if SIGN in text else text


def completed(text: str, names: Iterable[str]) -> str | None:
    """Return a text with the name that it ends in the middle of, after the sign; None where there is no such name."""
    before, sign, begun = text.rpartition(SIGN)
    if not sign or (before and not before[-1].isspace()):
        return None
    found = next((name for name in names if name.casefold().startswith(begun.casefold())), None)
    return None if found is None else text + found[len(begun) :]


def without_signs(text: str, names: Mapping[str, str]) -> str:
    """Return a sentence with what stands for each "@name"; of two names that fit, the longer one is meant.

    What is no name here, such as an address, stays as it is.
    """
    parts, end = list[str](), 0
    longest_first = sorted(names, key=len, reverse=True)
    while (at := text.find(SIGN, end)) >= 0:
        apart = at == 0 or text[at - 1].isspace() or text[at - 1] in "(,"
        after = text[at + 1 :]
        name = next((each for each in longest_first if apart and _begins(after, each)), None)
        parts.append(text[end:at] + (names[name] if name is not None else SIGN))
        end = at + 1 + len(name or "")
    return "".join([*parts, text[end:]])


def _begins(text: str, name: str) -> bool:
    """Return whether a text begins with a name, and that ends there."""
    end = text[len(name) : len(name) + 1]
    return text[: len(name)].casefold() == name.casefold() and not (end.isalnum() or end in ("_", "-"))
