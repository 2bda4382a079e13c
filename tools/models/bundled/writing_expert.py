"""Reads what is written in the picture, by RapidOCR (PP-OCRv6, Apache-2.0, weights in its package).

It takes about 0.05 s for a picture without writing and 0.3 s or more for one with it, so it looks only when a criterion
asks for it. Its confidence is the mean score of the lines and is not calibrated. A single 0, 1, O, I or l is taken for
a disc or a bar.
"""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tools.extras import how_to_add
from tools.models.bundled.calibration import Row, findings
from tools.models.ports import EXACT, HABIT, Findings, Pixels, Slot, SlotSpec
from tools.names import visible

WIDTHS = {"writing.amount": 3, "writing.characters": 38, "writing.script": 7}
"""Maps the name of a view to its number of columns."""

_SCRIPTS = {
    "LATIN": "latin", "CYRILLIC": "cyrillic", "GREEK": "greek", "CJK": "chinese", "HIRAGANA": "japanese",
    "KATAKANA": "japanese", "HANGUL": "korean", "ARABIC": "arabic",
}  # fmt: skip
"""Maps the first word of a letter's Unicode name to what people call its script."""
_SCRIPT_NAMES = tuple(dict.fromkeys(_SCRIPTS.values()))
"""The scripts, in the order of the view's columns."""
_CHARACTERS = {c: i for i, c in enumerate("abcdefghijklmnopqrstuvwxyz0123456789")}
"""Maps a character to its column in `writing.characters`."""
_LONGEST = 60
"""The upper bound of the characters in a slot's value."""
_QUICK, _FULL = 384, 640
"""The longest sides in pixels of the copy in which writing is searched and of the one in which it is read."""
_HINT = 0.3
"""The score from which something in the small copy may be writing."""
_READ = 0.6
"""The score from which a line counts as read; below it is a guess."""
_LONE = 0.9
"""The same for a line of a single character: a drawn triangle is read as an A with .84."""
_FIGURES = frozenset("0OoQ1lI|一丨")
"""The characters that discs and bars are read as; alone they do not count as writing."""


@dataclass(frozen=True, slots=True)
class Line:
    """Holds a line of writing.

    Attributes:
        text: What it says.
        score: How sure the reader is, in [0, 1].
        share: Which share of the picture it covers, in [0, 1].
    """

    text: str
    score: float
    share: float


class WritingExpert:
    """Reads words and digits, one picture at a time."""

    name = "writing"
    version = "1"
    specs = (
        SlotSpec(
            "writing",
            (
                "text on it", "with or without text", "writing in the picture", "is there text", "amount of text",
                "text in the picture", "pictures with text", "text or no text", "has words on it", "lettering",
            ),
            ("writing.amount",),
            "text in the picture",
            usual=(2, EXACT),
        ),
        SlotSpec(
            "words",
            (
                "words", "what is written", "what the text says", "read the text", "which word", "letters on it",
                "written words", "title or headline", "inscription",
            ),
            ("writing.characters",),
            "written words",
        ),
        SlotSpec(
            "digits",
            (
                "digits", "numerals", "which number is written", "written number", "number plate", "house number",
                "figures",
            ),
            ("writing.characters",),
            "written digits",
            usual=(10, EXACT),
        ),
        SlotSpec(
            "script",
            (
                "script", "alphabet", "writing system", "latin or chinese letters", "language of the text",
                "cyrillic or latin",
            ),
            ("writing.script",),
            "script",
            usual=(3, HABIT),
        ),
    )  # fmt: skip

    def __init__(self) -> None:
        self._engine: Any = None
        self._turn = Lock()  # RapidOCR keeps what it is at in itself

    def missing(self) -> str | None:
        """Return None where RapidOCR is installed with its weights, otherwise a line that says how to install it."""
        if find_spec("onnxruntime") is None or not all(path.is_file() for path in _weights().values()):
            return f"reading text needs RapidOCR: {how_to_add('ocr')}"
        return None

    def look(self, batch: Sequence[Pixels]) -> Findings:
        """Return the slot "writing" ("no text" to "much text") and, where there is text, "words", "digits" and
        "script".

        Views: `writing.amount` (3-d), logarithms of the numbers of characters and of lines, and the square root of
        their share of the picture; `writing.characters` (38-d), square roots of the shares of a to z, 0 to 9, other
        letters and other signs; `writing.script` (7-d), the shares of the scripts. The last two are rows of NaN where
        there is no writing.

        Raises:
            ImportError: RapidOCR is not installed; see `missing`.
        """
        with self._turn:
            return findings([self.raw(pixels) for pixels in batch], WIDTHS)

    def raw(self, pixels: Pixels) -> Row:
        """Return the views and slots of one picture; its confidences are not calibrated."""
        return described(self._read(Image.fromarray(pixels)))

    def _read(self, picture: Image.Image) -> list[Line]:
        if self._engine is None:
            self._engine = _load()
        # The detector is five times faster on a small copy, and most pictures have no writing and end here.
        hints = self._engine(
            _sized(picture, _QUICK), use_det=True, use_cls=False, use_rec=False, box_thresh=_HINT
        )
        if hints.boxes is None:
            return []
        full = _sized(picture, _FULL)
        read = self._engine(full, use_det=True, use_cls=False, use_rec=True, box_thresh=0.5)
        if read.boxes is None or read.txts is None:
            return []
        area = full.shape[0] * full.shape[1]
        return [
            Line(text, float(score), _area(np.asarray(box)) / area)
            for box, text, score in zip(read.boxes, read.txts, read.scores, strict=True)
            if _is_writing(text, float(score))
        ]


def _is_writing(text: str, score: float) -> bool:
    """Return whether a line is writing rather than a thing that looks like a character."""
    signs = [c for c in text if c.isalnum()]
    if len(signs) <= 1:
        return bool(signs) and signs[0] not in _FIGURES and score >= _LONE
    return score >= _READ


def described(lines: Sequence[Line]) -> Row:
    """Return the views and slots of the lines that were read in one picture."""
    text = " ".join(visible(unicodedata.normalize("NFKC", line.text)).casefold() for line in lines)
    signs = [c for c in text if not c.isspace()]
    amount = np.array(
        [np.log1p(len(signs)), np.log1p(len(lines)), sum(line.share for line in lines) ** 0.5 * 3]
    )
    views = {"writing.amount": amount.astype(np.float32)}
    if not signs:
        return views, [Slot("writing", "no text", 0.9)]
    sure = round(
        float(np.average([line.score for line in lines], weights=[len(line.text) for line in lines])), 4
    )
    words = [word for word in "".join(c if c.isalpha() else " " for c in text).split() if word]
    digits = "".join(c if c.isdigit() else " " for c in text).split()
    slots = [Slot("writing", _amount(len(words) + len(digits)), sure)]
    for name, parts in (("words", words), ("digits", digits)):
        if parts:
            slots.append(Slot(name, " ".join(parts)[:_LONGEST].rstrip(), sure))
    scripts = Counter(script for c in signs if (script := _script(c)))
    if scripts:
        slots.append(Slot("script", scripts.most_common(1)[0][0], sure))
        shares = np.array([scripts[name] for name in _SCRIPT_NAMES], np.float32)
        views["writing.script"] = shares / shares.sum()
    views["writing.characters"] = _characters(signs)
    return views, slots


def _amount(words: int) -> str:
    return "a word" if words <= 1 else "a few words" if words <= 12 else "much text"


def _characters(signs: Sequence[str]) -> NDArray[np.float32]:
    columns = Counter(_CHARACTERS.get(c, len(_CHARACTERS) + (not c.isalpha())) for c in signs)
    counts = np.array([columns[i] for i in range(len(_CHARACTERS) + 2)], np.float32)
    return np.asarray(np.sqrt(counts / counts.sum()), np.float32)


def _script(letter: str) -> str | None:
    return _SCRIPTS.get(unicodedata.name(letter, "").split(" ")[0]) if letter.isalpha() else None


def _area(box: NDArray[np.floating]) -> float:
    """Return the area of a quadrangle, (4, 2) corners in order, by the shoelace formula."""
    x, y = box.T
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


def _sized(picture: Image.Image, side: int) -> NDArray[np.uint8]:
    """Return the picture as RapidOCR wants it: (h, w, 3) BGR, its longest side `side` or twice what it was."""
    scale = min(side / max(picture.size), 2.0)
    width, height = (max(1, round(n * scale)) for n in picture.size)
    return np.ascontiguousarray(
        np.asarray(picture.resize((width, height), Image.Resampling.BICUBIC))[..., ::-1]
    )


def _weights() -> dict[str, Path]:
    """Return where the weights are, by RapidOCR's name of their use; {"Det": Path()} where it is not installed."""
    spec = find_spec("rapidocr")
    if spec is None or spec.origin is None:
        return {"Det": Path()}
    folder = Path(spec.origin).parent / "models"
    names = {
        "Det": "PP-OCRv6_det_small",
        "Rec": "PP-OCRv6_rec_small",
        "Cls": "ch_ppocr_mobile_v2.0_cls_mobile",
    }
    return {use: folder / f"{name}.onnx" for use, name in names.items()}


def _load() -> Any:
    from rapidocr import RapidOCR

    # Where a path is named, RapidOCR never downloads.
    paths = {f"{use}.model_path": str(path) for use, path in _weights().items()}
    return RapidOCR(
        params={
            **paths,
            "Global.log_level": "critical",
            "Det.limit_type": "max",
            "Det.limit_side_len": _FULL,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        }
    )
