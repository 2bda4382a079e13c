"""Feeds what is broken, strange or hostile to what reads it, for some seconds each."""

import io
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from assistant.text.typed_answers import read_answer
from tools.decode.decode import Undecodable, decode
from tools.errors import RegroupError
from tools.names import safe_name, visible
from tools.teach.question import Question

SLOWEST = 20.0
"""The most seconds that one picture may take."""
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP")
_LETTERS = "abcXYZ 019._-/\\~$'\"<>[]{}|&;:*?#%\n\r\t\0\x1b\x7f\u200b\u202e\u2066\ud7ff\ufeffäßñ漢字🙂é\ue000"


def _picture(rng: np.random.Generator) -> bytes:
    """Return the bytes of a small picture, some of them changed, doubled, lost or cut off."""
    size = tuple(int(n) for n in rng.integers(1, 40, 2))
    pixels = rng.integers(0, 256, (*size, 3), np.uint8)
    made = io.BytesIO()
    Image.fromarray(pixels).save(made, str(rng.choice(FORMATS)))
    data = bytearray(made.getvalue())
    for _ in range(int(rng.integers(0, 12))):
        at = int(rng.integers(0, len(data)))
        match int(rng.integers(4)):
            case 0:
                data[at] = int(rng.integers(256))
            case 1:
                del data[at : at + int(rng.integers(1, 30))]
            case 2:
                data[at:at] = data[at : at + int(rng.integers(1, 30))]
            case _:
                del data[max(8, at) :]
        if not data:
            break
    return bytes(data)


def _text(rng: np.random.Generator) -> str:
    return "".join(rng.choice(list(_LETTERS), int(rng.integers(0, 300))))


def decodes(rng: np.random.Generator) -> str:
    """Decode a broken picture: it is a picture or unreadable, soon. Returns what is wrong; "" where nothing is."""
    data, start = _picture(rng), time.monotonic()
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        file.write(data)
        file.flush()
        try:
            pixels = decode(Path(file.name))
        except Undecodable:
            return ""
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        return f"{pixels.dtype} {pixels.shape} came out"
    return "" if time.monotonic() - start < SLOWEST else "it took too long"


def names(rng: np.random.Generator) -> str:
    """Make a name of a file or a line out of anything. Returns what is wrong; "" where nothing is."""
    text = _text(rng)
    safe = safe_name(text)
    if safe in ("", ".", "..") or any(c in safe for c in "/\\\0\n\r\x1b\u202e") or safe[0] in ".-":
        return f"{text!r} became {safe!r}"
    if len(safe.encode()) > 255 or safe_name(safe) != safe:
        return f"{safe!r} is too long, or not safe"
    return f"{text!r} shows as it is" if any(c in visible(text) for c in "\0\x1b\u202e\x7f") else ""


def replies(rng: np.random.Generator) -> str:
    """Read anything as the reply to a question. Returns what is wrong; "" where nothing is."""
    question = Question(("a" * 64,), ("red", "blue"), "", 0.0, False)
    read_answer(_text(rng), question)
    return ""


FUZZED: dict[str, Callable[[np.random.Generator], str]] = {
    "decoding": decodes, "names": names, "typed replies": replies,
}  # fmt: skip


def fuzz(what: str, seconds: float, seed: int) -> tuple[int, list[str]]:
    """Try one of `FUZZED` again and again. Returns the number of tries, and what was wrong."""
    rng, end, tries = np.random.default_rng(seed), time.monotonic() + seconds, 0
    wrong: list[str] = []
    while time.monotonic() < end:
        tries += 1
        try:
            told = FUZZED[what](rng)
        except RegroupError:
            continue
        except Exception as error:
            told = f"{type(error).__name__}: {error}"
        if told:
            wrong.append(f"{what}, try {tries} of seed {seed}: {told}")
    return tries, wrong
