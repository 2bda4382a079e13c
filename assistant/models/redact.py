"""Takes the user's keys out of text before it is shown, logged or kept: a server may send back what it was sent."""

import os

from assistant.models.providers import KEY, OWN_KEY

HIDDEN = "[key]"
"""What stands in the place of a key."""
_SHORTEST = 6
"""The fewest characters of a key: a shorter one, such as "none", is a word of its own."""


def redact(text: str) -> str:
    """Return a text without any of the keys that this process was given in its environment."""
    for key in sorted(_keys(), key=len, reverse=True):
        text = text.replace(key, HIDDEN)
    return text


def _keys() -> set[str]:
    """Return the keys of the providers and of the user's own server."""
    names = (*KEY.values(), OWN_KEY)
    return {key for name in names if len(key := os.environ.get(name, "").strip()) >= _SHORTEST}
