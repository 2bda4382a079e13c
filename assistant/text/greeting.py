"""Greets at the start of a conversation: what is in the folder, what can be done, and what to say first."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant.text.formatting import unread
from tools.names import amount, visible, with_companions

if TYPE_CHECKING:
    from tools.scan.collection import Collection

SUGGESTION = "what could I group these by?"
"""The sentence to begin with."""


def greeting(
    collection: "Collection", suggestion: str = SUGGESTION, first: bool = True, changed: Sequence[str] = ()
) -> str:
    """Return the greeting: what is in the folder, and what can be done with it.

    Args:
        collection: The folder.
        suggestion: A sentence to begin with.
        first: Whether nothing was grouped here before. Only then does the greeting explain what Regroup can and
            cannot do, and end with the suggestion.
        changed: What happened to the files since the last time, a sentence each.
    """
    piles = [
        amount(len(collection.duplicates), "duplicate") if collection.duplicates else "",
        amount(len(collection.unreadable), "unreadable file") if collection.unreadable else "",
    ]
    images = with_companions(len(collection), len(collection.companions))
    contents = ", ".join([images, *filter(None, piles)])
    lines = [f"{visible(str(collection.folder))}: {contents}."]
    if not first:
        lines[0] += " " + (" ".join(changed) or "It is all as you left it.")
    if collection.unreadable:
        lines.append(unread(collection))
    if not first:
        return "\n".join(lines)
    lines += [
        "I group them by what you say; you open, merge, split and rename the groups and export them as folders. "
        "No file is touched before you say yes, and every step can be undone.",
        "I cannot see everything: when no model here sees something, I say so, and you can teach me with a few "
        "answers. "
        "I delete nothing, and I send nothing anywhere unless you allow it.",
    ]
    return "\n".join(lines) + f"\n\nTry: {suggestion}"
