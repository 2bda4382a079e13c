"""What the conversation begins with: what lies here, what can be done, what cannot, and a sentence to begin with."""

from typing import TYPE_CHECKING

from assistant.text.formatting import unread
from tools.names import amount, visible

if TYPE_CHECKING:
    from tools.collection import Collection

SUGGESTION = "what could I group these by?"


def greeting(collection: "Collection", suggestion: str = SUGGESTION, first: bool = True) -> str:
    """What lies in the folder, what can be done with it, and one sentence to begin with.

    `first` says that nothing was grouped here before: then also what it can do here, and what it cannot.
    """
    piles = [
        amount(len(collection.duplicates), "duplicate") if collection.duplicates else "",
        amount(len(collection.unreadable), "unreadable file") if collection.unreadable else "",
    ]
    found = ", ".join([amount(len(collection), "image"), *filter(None, piles)])
    lines = [f"{visible(str(collection.folder))}: {found}."]
    if not first:
        lines[0] += " It is all as you left it."
    if collection.unreadable:
        lines.append(unread(collection))
    if not first:
        return "\n".join(lines)
    lines += [
        "I group them by what you say; you open, merge, split and rename the groups and export them as folders. "
        "No file is touched before you said yes, and every step can be undone.",
        "I cannot see everything: what no model here sees I say, and then you can teach me by a few answers. "
        "I delete nothing, and I send nothing anywhere unless you allow it.",
    ]
    return "\n".join(lines) + f"\n\nTry: {suggestion}"
