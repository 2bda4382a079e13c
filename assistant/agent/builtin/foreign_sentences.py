"""Puts sentences of other languages into English, which the grammar and all that follows it read.

A sentence is one of a closed list of meanings, `sentences/en/_meanings.yaml`, that each language says in its own words,
in the folder of its code: `_sentences.yaml` the meanings, `_words.yaml` the words in their slots, `_frames.yaml` its
courtesies and forms of questions. A question comes out as an English question, so that the gate, which alone decides
what a sentence may change, needs to know no other language. A text of which one sentence is none of these is left
as it is.
"""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from assistant.agent.builtin.foreign_words import HAN, Words, folded, words_of
from assistant.agent.builtin.templates import Templates
from assistant.agent.sentence_files import ENGLISH, sentence_data

LANGUAGES = {"de": "German", "fr": "French", "es": "Spanish", "zh": "Chinese"}
"""The languages beside English, each with its name."""
LONGEST = 300
"""The most characters of a text that is put into English."""
REQUEST, QUESTION, COURTESY = "request", "question", "courtesy"
"""The frames: what asks for something to be done, what only asks, and what leaves its sentence as it is."""

_SAY, _DO, _IF = "say", "do", "if"
"""The forms of a sentence: an order, what also stands in a frame, and what stands only in a question."""
_IN_THE_VERB = {"groups": "them"}
"""What a verb may have at its end, in place of a slot: "únelos" merges them."""
_MOST_FRAMES = 4
"""The most frames around one sentence."""
_QUOTED = re.compile(r'"([^"\n]+)"')
_PUNCTUATION = str.maketrans("？！，。；：（）“”„«»「」『』’‘", "?!,.;:()" + '"' * 9 + "''", "¿¡")
_SENTENCE = re.compile(r"[^.!?;\n]*(?:[.!?;](?!\s|$)[^.!?;\n]*)*[.!?;\n]*\s*")
_NUMBER_SIGN = re.compile(r"(?<!\w)(?:nr|núm)\.\s*#?(?=\d)", re.IGNORECASE)
"""Matches what stands before a number and ends no sentence: "Nr. 5"."""
_LETTERS = re.compile(rf"[{HAN}]|[^\W\d_{HAN}]+")


@dataclass(frozen=True, slots=True)
class InEnglish:
    """Holds a text in English, and the name of the language that it was in."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class _Key:
    """Says what a template stands for: a form of a meaning, or a frame."""

    meaning: str
    form: str


_ENGLISH_ALONE = frozenset(("the", "into", "with", "and", "from", "them", "these", "those"))
"""Words of English that are none of the other languages: a sentence with one of them is in English."""


def in_english(text: str, names: Collection[str] = ()) -> InEnglish | None:
    """Return a text of another language in English; None where it is in none that is known, or not all of it is
    understood.

    Args:
        text: What the person typed.
        names: The names of the groups that there are.
    """
    plain = _NUMBER_SIGN.sub("#", unicodedata.normalize("NFC", text).translate(_PUNCTUATION).strip())
    if not plain or len(plain) > LONGEST:
        return None
    said = frozenset(_LETTERS.findall(folded(plain).casefold()))
    if (said & _ENGLISH_ALONE) - {word for name in names for word in _LETTERS.findall(name.casefold())}:
        return None  # "divide the birds into two" begins like Spanish
    for code, name in LANGUAGES.items():
        if said & _cues(code) and (english := _language(code).read(plain, names)):
            return InEnglish(english, name) if english.casefold() != plain.casefold() else None
    return None


class _Language:
    """Reads the sentences of one language."""

    def __init__(self, code: str) -> None:
        self._chinese = code == "zh"
        self._words: Words = words_of(sentence_data(code, "_words"))
        frames = sentence_data(code, "_frames")
        self._then = re.compile(frames["then"], re.IGNORECASE)
        self._fillers = re.compile(frames["fillers"], re.IGNORECASE)
        self._meanings = {
            meaning: (kind, english)
            for kind, listed in sentence_data(ENGLISH, "_meanings").items()
            for meaning, (english, _) in listed.items()
        }
        said = [
            (_Key(meaning, form), entry[form])
            for meaning, entry in sentence_data(code, "_sentences").items()
            for form in (_SAY, _DO, _IF)
            if form in entry
        ]
        self._sentences = self._templates(said)
        self._frames = self._templates([(kind, frames[kind]) for kind in (QUESTION, REQUEST, COURTESY)])

    def read(self, text: str, names: Collection[str] = ()) -> str:
        """Return a text in English; "" where one of its sentences is not understood."""
        quoted: list[str] = []

        def hide(match: re.Match[str]) -> str:
            quoted.append(match[1].strip())
            return chr(0xE000 + len(quoted) - 1)

        english: list[str] = []
        # A question mark holds for all steps of its sentence: "split 1 and then merge 2 and 3?"
        steps = [
            (step, "?" in sentence)
            for sentence in _SENTENCE.findall(_QUOTED.sub(hide, text))
            for step in self._then.split(sentence)
        ]
        for step, asks in steps:
            bare = self._fillers.sub(" ", step).strip(" ,;.!?\n")
            if not bare:
                if step.strip(" ,;.!\n"):
                    return ""  # a question that is nothing but a courtesy: "please?"
                continue
            if not (read := self._sentence(" ".join(bare.split()), asks, names)):
                return ""
            english.append(read)
        joined = "; ".join(english)
        for number, written in enumerate(quoted):
            joined = joined.replace(chr(0xE000 + number), f'"{written}"')
        return joined

    def _sentence(
        self, text: str, asks: bool, names: Collection[str], framed: str = "", depth: int = 0
    ) -> str:
        """Return one sentence in English; "" where it is not understood. What it says inside a frame comes first."""
        for kind, slots in self._matched(self._frames, text) if depth < _MOST_FRAMES else ():
            both = QUESTION if QUESTION in (kind, framed) else framed if kind == COURTESY else kind
            inner = slots["rest"].strip(" ,")
            if inner and (read := self._sentence(inner, asks, names, both, depth + 1)):
                return read
        return self._meaning(text, asks, names, framed)

    def _meaning(self, text: str, asks: bool, names: Collection[str], framed: str) -> str:
        """Return the English sentence of a text without frames; "" where it has no meaning."""
        for key, slots in self._matched(self._sentences, text):
            if key.form == _IF and framed != QUESTION:
                continue
            words = self._words.translated(slots, names)
            if words is None:
                continue
            kind, english = self._meanings[key.meaning]
            sentence: str = english.format(**_IN_THE_VERB | words)
            if kind == "reads" or (kind == "edits" and framed == REQUEST):
                return sentence
            if framed == QUESTION:
                # "yes, or rather not" agrees to nothing
                return f"should I {sentence}?" if kind == "edits" else ""
            return f"{sentence}?" if asks else sentence
        return ""

    def _matched(self, templates: Templates, text: str) -> list[tuple[Any, dict[str, str]]]:
        """Return what matches a text, the best first, each with its slots as they were written."""
        spaced = self._spaced(text)
        bare = folded(spaced)
        found = []
        for match in templates.matches(bare):
            slots = {}
            for name, value in match.slots.items():
                start = bare.find(value)
                slots[name] = spaced[start : start + len(value)] if start >= 0 else value
            found.append((match.key, slots))
        return found

    def _templates(self, written: Sequence[tuple[Any, Sequence[str]]]) -> Templates:
        return Templates([(key, [self._spaced(folded(text)) for text in some]) for key, some in written])

    def _spaced(self, text: str) -> str:
        """Return a text of Chinese with each letter as a word of its own, since no space shows where words end."""
        if not self._chinese:
            return text
        return " ".join(re.sub(rf"([{HAN}])", r" \1 ", text).split())


@cache
def _language(code: str) -> _Language:
    return _Language(code)


@cache
def _cues(code: str) -> frozenset[str]:
    """Return the words that the sentences of a language have beside their slots: a text without any is not in it."""
    written = [
        template
        for entry in sentence_data(code, "_sentences").values()
        for form in (_SAY, _DO)
        for template in entry.get(form, ())
    ]
    bare = re.sub(r"\{\w+\}", " ", " ".join(written))
    return frozenset(_LETTERS.findall(folded(bare).casefold()))
