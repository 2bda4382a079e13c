"""Reads fixed phrases as data: all that a few templates without slots stand for, found at the head or the end of a
text."""

import re
from collections.abc import Iterable
from functools import cache

from assistant.agent.sentence_files import ENGLISH, sentence_data

_WORD = re.compile(r"\S+")
_STOPS = ",:!.;-"
"""The punctuation that may stand between a phrase and the rest."""


class Phrases:
    """Finds the phrases of some templates at the head or the end of a text."""

    def __init__(self, templates: Iterable[str]) -> None:
        from hassil.parse_expression import parse_sentence
        from hassil.sample import sample_sentence

        sampled = (text for written in templates for text in sample_sentence(parse_sentence(written)))
        self._all = frozenset(" ".join(text.casefold().split()) for text in sampled)
        self._most = max((phrase.count(" ") + 1 for phrase in self._all), default=0)

    def __contains__(self, text: str) -> bool:
        return text.casefold() in self._all

    def after_head(self, text: str) -> str:
        """Return what stands after the longest phrase at the head of a text; the text where there is none, or nothing
        else."""
        words = list(_WORD.finditer(text))
        for count in range(min(self._most, len(words) - 1), 0, -1):
            if self._is(text[words[0].start() : words[count - 1].end()]):
                rest = text[words[count].start() :]
                return rest.lstrip(f" {_STOPS}") or text
        return text

    def before_end(self, text: str) -> str:
        """Return what stands before the longest phrase at the end of a text; the text where there is none, or nothing
        else."""
        words = list(_WORD.finditer(text))
        for count in range(min(self._most, len(words) - 1), 0, -1):
            if self._is(text[words[-count].start() :]):
                return text[: words[-count].start()].rstrip(f" {_STOPS}") or text
        return text

    def pattern(self) -> str:
        """Return an expression for one of them, as whole words, the longest first.

        Words that the same may follow stand together: a template of a few lines can stand for 30,000 phrases, and a
        list of those takes seconds to compile.
        """
        return rf"(?<![\w'#])(?:{_one_of([phrase.split() for phrase in self._all])})(?![\w'])"

    def _is(self, words: str) -> bool:
        return " ".join(words.split()).rstrip(_STOPS).casefold() in self._all


def _one_of(phrases: Iterable[list[str]]) -> str:
    """Return an expression for one of some phrases, each the words that are left of it."""
    left: dict[str, list[list[str]]] = {}
    for first, *rest in phrases:
        left.setdefault(first, []).append(rest)
    heads: dict[str, list[str]] = {}
    for word, rests in left.items():
        longer = [rest for rest in rests if rest]
        tail = rf"(?:\ {_one_of(longer)})" if longer else ""
        heads.setdefault(tail + "?" * (bool(tail) and [] in rests), []).append(word)
    parts = (
        f"(?:{'|'.join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))}){tail}"
        for tail, words in heads.items()
    )
    return f"(?:{'|'.join(sorted(parts))})"


@cache
def phrases(file: str, key: str) -> Phrases:
    """Return the phrases of one entry of a shared file of sentences, such as "start" of `_polite.yaml`."""
    return Phrases(sentence_data(ENGLISH, file)[key])
