"""What the app says first."""

from typing import TYPE_CHECKING

from assistant.tui.text import amount
from tools.names import visible

if TYPE_CHECKING:
    from tools.collection import Collection


def greeting(collection: "Collection", suggestion: str) -> str:
    """What lies in the folder, what can be done with it, and one sentence to begin with."""
    piles = [
        amount(len(collection.duplicates), "duplicate") if collection.duplicates else "",
        amount(len(collection.unreadable), "unreadable file") if collection.unreadable else "",
    ]
    found = ", ".join([amount(len(collection), "image"), *filter(None, piles)])
    return (
        f"{visible(str(collection.folder))}: {found}.\n"
        "I group them by what you say; you open, merge, split and rename the groups and export them as folders. "
        "No file is touched before you said yes, and every step can be undone.\n\n"
        f"Try: {suggestion}"
    )
