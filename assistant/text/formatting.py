"""Writes sizes, time spans and other values as people read them, the same in the terminal app and line by line."""

from typing import TYPE_CHECKING

from tools.names import visible

if TYPE_CHECKING:
    from tools.scan.collection import Collection


def sentence(text: str) -> str:
    """Return a line with a capital letter at its beginning."""
    return text[:1].upper() + text[1:]


def size(count: int) -> str:
    """Return a number of bytes for people: "812 B", "3.4 MB"."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def duration(seconds: float) -> str:
    """Return a time span for people, rounded up: "8 s", "3 min", "2 h 5 min"."""
    rounded = max(int(-(-seconds // 1)), 0)
    if rounded < 90:
        return f"{rounded} s"
    minutes = -(-rounded // 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


CLEAR, MIXED, GUESS = "clear", "mixed", "a guess"
"""The words for how sure a group is."""


def sureness(confidence: float) -> str:
    """Return the word for the mean confidence (0 to 1) of a group: clear where four of five pictures are expected to
    be right, mixed where half of them are, else a guess."""
    return CLEAR if confidence >= 0.8 else MIXED if confidence >= 0.5 else GUESS


LONGEST = 20_000
"""The most characters of one message that are shown: nobody reads more, and a model may never stop writing."""


def shortened(text: str, most: int = LONGEST) -> str:
    """Cut off the end of a text that is too long to be shown, and add a line that says so."""
    return text if len(text) <= most else f"{text[:most]}\n(shortened: {len(text):,} characters in all)"


BLANK = "shows nothing"
"""The beginning of the reason of pictures that could be read and are left out."""
UNREAD_NAMED = 2
"""The most unreadable files that are named."""


def unread(collection: "Collection", most: int = UNREAD_NAMED) -> str:
    """Return a sentence that names the first `most` files that could not be read, each with the reason."""
    named = [f"{visible(str(file.path))} ({visible(file.reason)})" for file in collection.unreadable[:most]]
    more = len(collection.unreadable) - most
    blank = all(file.reason.startswith(BLANK) for file in collection.unreadable)
    title = "Left out" if blank else "Could not be read"
    return f"{title}: " + ", ".join(named) + (f", and {more:,} more" if more > 0 else "") + "."
