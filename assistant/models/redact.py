"""Takes the user's keys out of text before it is shown, logged or kept: a server may send back what it was sent.

A key is found as it is, and as addresses, JSON, HTML, and Base64 write it. Whoever means to hide it in yet another way
has it already.
"""

import html
import json
import os
import re
from base64 import b64encode
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import quote, quote_plus

from assistant.models.providers import KEY, OWN_KEY

HIDDEN = "[key]"
"""What stands in the place of a key."""
_SHORTEST = 6
"""The fewest characters of a key: a shorter one, such as "none", is a word of its own."""
_BEGINNING = 3
"""The fewest characters at the end of a growing text that are held back where a key begins so."""
_IN_ADDRESS = re.compile(
    r"""(?P<before>[a-z][a-z0-9+.-]{1,20}://)[^\s/@"'<>]{1,500}(?=@)|"""
    r"""(?P<name>[?&](?:(?:api|access|auth)[-_]?)?(?:key|token|secret|password|signature|sig)=)[^&#\s"'<>]+""",
    re.IGNORECASE,
)
"""What an address tells of who asks: a name and password before the host, or a key among what is asked for."""


def redact(text: str) -> str:
    """Return a text without any of the keys that this process was given in its environment, or that an address has."""
    for pattern in _patterns(frozenset(_keys())):
        text = pattern.sub(HIDDEN, text)
    return _IN_ADDRESS.sub(lambda found: f"{found['before'] or found['name']}{HIDDEN}", text)


def redact_so_far(text: str) -> str:
    """Return the beginning of a text that still grows, without keys, and without what may become one at its end."""
    text = redact(text)
    forms = {form.casefold() for key in _keys() for form in (*_plain_forms(key), *_base64_forms(key))}
    end = text[-max(map(len, forms), default=0) :].casefold()
    for length in range(len(end), _BEGINNING - 1, -1):
        if any(form.startswith(end[-length:]) for form in forms):
            return text[:-length]
    return text


def _keys() -> set[str]:
    """Return the keys of the providers and of the user's own server."""
    names = (*KEY.values(), OWN_KEY)
    return {key for name in names if len(key := os.environ.get(name, "").strip()) >= _SHORTEST}


@lru_cache(maxsize=8)
def _patterns(keys: frozenset[str]) -> list[re.Pattern[str]]:
    """Return what matches the keys, the longest form first. Letters of either case match, but those of Base64."""
    plain = {form for key in keys for form in _plain_forms(key)}
    coded = {form for key in keys for form in _base64_forms(key)}
    return [
        re.compile("|".join(map(re.escape, sorted(forms, key=len, reverse=True))), flags)
        for forms, flags in ((plain, re.IGNORECASE), (coded, 0))
        if forms
    ]


def _plain_forms(key: str) -> Iterator[str]:
    yield key
    yield from (quote(key, safe=""), quote(key), quote_plus(key))
    yield from (json.dumps(key)[1:-1], json.dumps(key)[1:-1].replace("/", "\\/"))
    yield from (html.escape(key), html.escape(key, quote=False))
    yield key.encode("utf-8", "surrogateescape").hex()


def _base64_forms(key: str) -> Iterator[str]:
    """Yield what Base64 has of a key, whatever is before and after it: three bytes become four characters."""
    data = key.encode("utf-8", "surrogateescape")
    for before in range(3):
        text = b64encode(bytes(before) + data).decode()
        first, last = -(-8 * before // 6), 8 * (before + len(data)) // 6
        form = text[first:last]
        yield from (form, form.replace("+", "-").replace("/", "_"))
