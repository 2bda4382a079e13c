"""Finds the reference words of a criterion: common words, with which some methods begin (Multi-Sub, section 3.2)."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

import prompts
from tools.describe.guided import criterion_key
from tools.errors import RegroupError
from tools.fuse.method_context import MethodContext
from tools.names import visible

SEPARATOR = "/"
"""What stands between words that the user gives: "red/green/blue"."""
NEAR = 0.75
"""The least cosine between a criterion and a phrase of the lexicon for them to mean the same."""
FEWEST = 2
"""The fewest words that make a subspace."""
MOST = 20
"""The most words that are taken from a language model."""
_LONGEST = 40


def reference_words(context: MethodContext, given: str = "", seed: int = 0) -> tuple[str, ...]:
    """Return K common words under a criterion, in lower case and each once; none where nobody knows any.

    The user's own come first, then those of a language model, then those of the lexicon, then what is said of the
    images.

    Args:
        context: The criterion, and the language model where there is one. A note says why it was of no use.
        given: The user's own words with `SEPARATOR` between them.
        seed: The seed of words that are drawn, for a criterion such as identity of which any different words will do.
    """
    if own := _each_once(given.split(SEPARATOR)):
        return own
    if len(asked := _asked(context)) >= FEWEST:
        return asked
    return _listed(context, seed) or context.vocabulary


def _asked(context: MethodContext) -> tuple[str, ...]:
    if context.thinker is None:
        return ()
    prompt = prompts.load("reference_words")
    try:
        filled = prompt.fill(criterion=visible(context.criterion), thing=visible(context.thing))
        answer = context.thinker.think(filled, prompt.answer or {})
    except RegroupError as error:
        context.notes.append(f"{context.thinker.name} gave no words to begin with ({error})")
        return ()
    words = answer.get("words") if isinstance(answer, dict) else None
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        context.notes.append(f"{context.thinker.name} gave no words to begin with (not what was asked for)")
        return ()
    return _each_once([visible(word) for word in words if len(word) <= _LONGEST])[:MOST]


def _listed(context: MethodContext, seed: int) -> tuple[str, ...]:
    """Return the words of the lexicon under the phrase that is nearest to the criterion; none where none is near."""
    entries = _lexicon()
    phrases = [(phrase, entry) for entry in entries for phrase in entry["phrases"]]
    wanted = criterion_key(context.criterion)
    exact = next((entry for phrase, entry in phrases if phrase == wanted), None)
    if exact is None:
        vectors = context.texts.encode([wanted, *(phrase for phrase, _ in phrases)])
        cosine = vectors[1:] @ vectors[0]
        exact = phrases[int(cosine.argmax())][1] if cosine.max() >= NEAR else None
    if exact is None:
        return ()
    words = list(exact["words"])
    if number := exact.get("drawn"):
        chosen = np.random.default_rng(seed).choice(len(words), number, replace=False)
        words = [words[i] for i in sorted(chosen.tolist())]
    return tuple(words)


@cache
def _lexicon() -> tuple[Mapping[str, Any], ...]:
    text = (files("tools.fuse") / "lexicon.toml").read_text("utf-8")
    return tuple(tomllib.loads(text)["criterion"])


def _each_once(words: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (criterion_key(word) for word in words))))
