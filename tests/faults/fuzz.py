"""Feeds what is broken, strange or hostile to what reads it, for some seconds each: `python -m tests.faults fuzz`.

Hypothesis draws the input; in `tests.faults.covering` Atheris chooses it by what it covers.
"""

import contextlib
import io
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
from hypothesis import strategies as st
from PIL import Image

from assistant.agent.thinking import parsed
from assistant.text.typed_answers import read_answer
from assistant.workspace.shelf import Shelf
from tests.faults.collection import draw
from tests.faults.scenario import DO, opened, pictures, target
from tools.decode.decode import Undecodable, decode
from tools.errors import RegroupError
from tools.export.manifest import MANIFEST, read_manifest
from tools.models.hosted.chat_answer import read
from tools.models.hub.vision_language_model import Reply
from tools.models.hub.vlm_answer import Form
from tools.models.ports import Question as Asked
from tools.models.ports import Slot
from tools.names import safe_name, visible
from tools.teach.question import Question

SLOWEST = 20.0
"""The most seconds that one picture may take."""
FORMATS = {
    "PNG": "png", "JPEG": "jpg", "GIF": "gif", "WEBP": "webp", "TIFF": "tif", "BMP": "bmp", "AVIF": "avif",
    "JPEG2000": "jp2", "ICO": "ico", "TGA": "tga", "PPM": "ppm", "PCX": "pcx",
}  # fmt: skip
MODES = ("RGB", "L", "RGBA", "P", "I;16", "1", "CMYK")
_HIDDEN = "\0\x1b\x7f\r\n\u202e\u2066\u200b"
_TEXTS = st.text(st.characters(exclude_categories=()), max_size=300) | st.text(
    "abcXYZ 019._-/\\~$'\"<>[]{}|&;:*?#%=+@\n\r\t\0\x1b\x7f\u200b\u202e\u2066\ud7ff\udcff\ufeffäß漢🙂é\ue000",
    max_size=300,
)
_EDITS = st.lists(
    st.tuples(
        st.sampled_from(["change", "lose", "double", "cut", "insert"]),
        st.floats(0, 1),
        st.binary(max_size=30),
    ),
    max_size=12,
)


def edited(data: bytes, edits: Sequence[tuple[str, float, bytes]]) -> bytes:
    """Return bytes of which some were changed, lost, doubled, cut off or put in."""
    changed = bytearray(data)
    for how, share, new in edits:
        at = int(share * len(changed))
        if how == "change":
            changed[at : at + len(new)] = new
        elif how == "lose":
            del changed[at : at + len(new)]
        elif how == "double":
            changed[at:at] = changed[at : at + len(new)]
        elif how == "insert":
            changed[at:at] = new
        elif share > 0.1:
            del changed[at:]
    return bytes(changed)


@cache
def sound_pictures() -> tuple[tuple[str, bytes], ...]:
    """Return small pictures of each format and mode that can be written, each after its extension."""
    rng, made = np.random.default_rng(0), []
    for kind, extension in FORMATS.items():
        for mode in MODES:
            image = Image.fromarray(rng.integers(0, 256, (23, 31, 3), np.uint8))
            image = Image.new(mode, image.size, 900) if mode == "I;16" else image.convert(mode)
            file = io.BytesIO()
            try:
                image.save(file, kind)
            except (OSError, ValueError, KeyError):  # no such mode in this format
                continue
            made.append((extension, file.getvalue()))
    return tuple(made)


def decodes(drawn: tuple[int, list[tuple[str, float, bytes]]]) -> str:
    """Decode a broken picture: it is a picture or unreadable, soon. Returns what is wrong; "" where nothing is."""
    number, edits = drawn
    extension, data = sound_pictures()[number % len(sound_pictures())]
    start = time.monotonic()
    with tempfile.NamedTemporaryFile(suffix=f".{extension}") as file:
        file.write(edited(data, edits))
        file.flush()
        try:
            pixels = decode(Path(file.name), side=640)
        except Undecodable as error:
            return "" if visible(str(error)) == str(error) else f"the reason is {str(error)!r}"
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        return f"{pixels.dtype} {pixels.shape} came out"
    return "" if time.monotonic() - start < SLOWEST else "it took too long"


def names(text: str) -> str:
    """Make a name of a file or a line out of anything. Returns what is wrong; "" where nothing is."""
    safe = safe_name(text)
    if safe in ("", ".", "..") or any(c in safe for c in f"/\\{_HIDDEN}") or safe[0] in ".-=+@":
        return f"{text!r} became {safe!r}"
    if len(safe.encode()) > 255 or safe_name(safe) != safe:
        return f"{safe!r} is too long, or not safe"
    other = safe_name(text, [safe])
    if other.casefold() == safe.casefold() or len(other.encode()) > 255:
        return f"{other!r} is no other name than {safe!r}"
    shown = visible(text)
    shown.encode()
    return f"{text!r} shows as it is" if any(c in shown for c in _HIDDEN) else ""


def replies(text: str) -> str:
    """Read anything as the reply to a question. Returns what is wrong; "" where nothing is."""
    read_answer(text, Question(("a" * 64,), ("red", "blue"), "", 0.0, False))
    return ""


_KEYS = st.sampled_from(["mood", "colour", "value", "confidence"]) | _TEXTS
_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | _TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)
_BEGINNINGS, _ENDS = ("", "<think>", "```json\n", "Sure! "), ("", "\n```", "</think>", "}")
_WRAPPED = st.tuples(
    st.sampled_from(_BEGINNINGS), _JSON.map(json.dumps), st.sampled_from(_ENDS), st.floats(0.3, 1)
).map(lambda drawn: "".join(drawn[:3])[: int(drawn[3] * 2000)])
_NESTED = st.tuples(
    st.sampled_from(["[", '{"mood":', "[[", '{"a":[']), st.sampled_from([1, 9, 400, 2000, 30_000])
).map(lambda drawn: drawn[0] * drawn[1])
_ANSWERS = st.sampled_from([*[_TEXTS] * 4, *[_WRAPPED] * 8, _NESTED]).flatmap(lambda kind: kind)
_ASKED = Asked("mood", ("mood", "colour"), {"colour": ("red", "blue")})


def answers(text: str) -> str:
    """Read anything as the answer of a model. Returns what is wrong; "" where nothing is."""
    found = list[Slot]()
    found += [slot for slot in read(text, _ASKED).slots.values() if slot is not None]
    found += Form(_ASKED).read(Reply(text, ((len(text), 0.5),)))[0]
    for slot in found:
        if slot.name not in _ASKED.slots or not 0 <= slot.confidence <= 1:
            return f"{slot} was read"
        if any(c in slot.value for c in f"{_HIDDEN}<>{{}}[]") or len(slot.value) > 80:
            return f"{slot.value!r} was read"
        if slot.name == "colour" and slot.value not in ("red", "blue"):
            return f"{slot.value!r} was not on offer"
    with contextlib.suppress(RegroupError):
        parsed(text)
    return ""


@cache
def _used() -> Path:
    """Return a folder with a collection whose pictures were moved, and with its workspace."""
    base = Path(tempfile.mkdtemp(prefix="regroup-fuzz-")).resolve()
    draw(pictures(base))
    (base / "disk").mkdir()
    for step in ("look", "teach", "move"):
        desk = opened(base)
        DO[step](desk, base)
        desk.close()
    return base


def manifests(edits: list[tuple[str, float, bytes]]) -> str:
    """Read a damaged manifest: its files stay inside the target. Returns what is wrong; "" where nothing is."""
    data = edited((target(_used()) / MANIFEST).read_bytes(), edits)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, MANIFEST)
        file.write_bytes(data)
        record = read_manifest(file)
        for item in record.entries:
            if folder not in str(Path(folder, item.destination).resolve()):
                return f"{item.destination!r} lies outside"
        record.as_json(), record.csv()
    return ""


def shelves(edits: list[tuple[str, float, bytes]]) -> str:
    """Open a damaged journal: it goes back to its last good state. Returns what is wrong; "" where nothing is."""
    (place,) = (_used() / "workspace").glob("**/shelf.sqlite")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "shelf")
        shutil.copytree(place.parent, copy)
        file = copy / "shelf.sqlite"
        file.write_bytes(edited(file.read_bytes(), edits))
        shelf = Shelf(pictures(_used()), copy)
        try:
            done = [event.kind for event in shelf.done()]
            last = shelf.next_undo()
        finally:
            shelf.close()
    if done != ["group", "answer", "export"] and done[-1:] != ["export"]:
        return f"{done} is left of the journal"
    return "" if last is not None and last.kind == "export" else f"{last} would be undone"


FUZZED: dict[str, tuple[st.SearchStrategy[Any], Callable[[Any], str]]] = {
    "decoding": (st.tuples(st.integers(0, 999), _EDITS), decodes),
    "names": (_TEXTS, names),
    "journals": (_EDITS, shelves),
    "manifests": (_EDITS, manifests),
    "model answers": (_ANSWERS, answers),
    "typed replies": (_TEXTS, replies),
}
_EXAMPLES = {"journals": 10, "decoding": 20}
"""How many examples are drawn at once; between them the time is looked at."""


def fuzz(what: str, seconds: float, seed: int) -> tuple[int, list[str]]:
    """Try one of `FUZZED` again and again. Returns the number of tries, and what was wrong."""
    strategy, check = FUZZED[what]
    end, tries = time.monotonic() + seconds, 0
    wrong: list[str] = []

    def one(drawn: Any) -> None:
        nonlocal tries
        tries += 1
        if told := problem(check, drawn):
            wrong.append(f"{what}, {drawn!r:.500}: {told}")

    while time.monotonic() < end:
        run = hypothesis.given(strategy)(one)
        run = hypothesis.settings(
            max_examples=_EXAMPLES.get(what, 200),
            database=None,
            deadline=None,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )(run)
        hypothesis.seed(seed)(run)()
        seed += 1
    return tries, wrong


def problem(check: Callable[[Any], str], drawn: Any) -> str:
    """Return what is wrong when something is tried; an error in words is nothing wrong."""
    try:
        return check(drawn)
    except RegroupError:
        return ""
    except Exception as error:
        return f"{type(error).__name__}: {error}"
