"""Says how well words fit pictures, by what the object network takes them for and how these things are defined.

A class of ImageNet stands for its name (ConSE, see `tools.models.bundled.conse`) and for its definition in WordNet,
which says what kind of thing it is: "clothing" is not in the name of a cardigan, but in what a cardigan is. Both know
things, species and scenes; they know nothing of light, mood or colour.
"""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tools.models.bundled.conse import class_names, conse
from tools.models.bundled.efficientnet import load
from tools.models.bundled.imagenet_labels import coarser, imagenet_descriptions, scenes
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.models.ports import Vectors

LABEL_VIEW = "object.top"
"""The view that the network's last layer makes its class probabilities of."""


def label_likeness(view: Callable[[str], Vectors], words: Sequence[str]) -> Vectors:
    """Return how well each word fits each picture, compared with how it fits all others.

    Args:
        view: Gives a view of the n pictures by its name, as `Descriptions.view`.
        words: The m words or short phrases, in the singular ("cat", "city street").

    Returns:
        (n, m) float32: the mean of the standard scores by names and by definitions; 0 is an average picture.

    Raises:
        KeyError: The object expert has not looked at the pictures.
        tools.errors.RegroupError: The weights are damaged.
    """
    probabilities = _probabilities(view(LABEL_VIEW))
    texts = WordLlamaEncoder()
    by_name = conse(probabilities) @ texts.encode([f"a photo of a {word}" for word in words]).T
    by_definition = probabilities @ (definitions() @ texts.encode(list(words)).T)
    return np.asarray((_standard(by_name) + _standard(by_definition)) / 2, np.float32)


_NAME, _DEFINITION = 0.6, 0.41
"""The least cosines of a word with the name and the definition of a class of which the network would know the thing."""
_SIGN = 0.002
"""The mean probability of such classes in the five likeliest pictures, by how near they are, below which there is no
sign of the thing. With these, of twenty things that are in none of four folders of photographs most were found absent
in all, and none of the folders' own things in any."""
_AT_ONCE = 4096
"""The most pictures of which the probabilities of all classes are in memory at once."""
_PERSON = 0.3
"""The cosine with words for people from which a word is about people, of whom ImageNet has no classes."""


def label_absent(view: Callable[[str], Vectors], words: Sequence[str]) -> tuple[bool, ...]:
    """Return for each word whether the network knows such a thing and sees no sign of it in any picture.

    Arguments and errors are those of `label_likeness`.
    """
    probabilities = np.nan_to_num(_probabilities(view(LABEL_VIEW)))
    texts = WordLlamaEncoder()
    by_name = texts.encode([f"a photo of a {word}" for word in words]) @ class_names().T
    alone = texts.encode(list(words))
    by_definition = alone @ definitions().T
    signs = np.sort(probabilities @ np.maximum(by_definition - 0.3, 0).T, axis=0)[-5:].mean(0)
    people = (alone @ texts.encode(["people", "a man or a woman"]).T).max(1) >= _PERSON
    known = (by_name.max(1) >= _NAME) & (by_definition.max(1) >= _DEFINITION) & ~people
    return tuple((known & (signs < _SIGN)).tolist())


def person_signs(view: Callable[[str], Vectors]) -> NDArray[np.float32]:
    """Return how likely each picture shows what people wear, play or do, (n,) float32 in [0, 1]; NaN where it was not
    seen. Errors are those of `label_likeness`."""
    _, member = coarser("people")
    return np.asarray((_probabilities(view(LABEL_VIEW)) @ member)[:, 0], np.float32)


def thing_words(view: Callable[[str], Vectors]) -> tuple[tuple[str, ...], Vectors]:
    """Return w words for things, with how likely each picture shows one: (n, w) float32 in [0, 1], NaN where it was not
    seen. Errors are those of `label_likeness`."""
    words, member = coarser("thing")
    top = view(LABEL_VIEW)
    parts = [_probabilities(top[i : i + _AT_ONCE]) @ member for i in range(0, len(top), _AT_ONCE)]
    return words, np.concatenate([np.zeros((0, len(words)), np.float32), *parts])


def scene_words(view: Callable[[str], Vectors]) -> tuple[tuple[str, ...], Vectors]:
    """Return `thing_words`, of which those that are no place have the name "": they count, and name nothing."""
    words, shown = thing_words(view)
    return tuple(word if word in scenes() else "" for word in words), shown


def _probabilities(top: Vectors) -> Vectors:
    """Return (n, 1000) float32 class probabilities from the means of the last layer, (n, 1280)."""
    weight, bias = class_head()
    scores = top @ weight.T + bias
    odds = np.exp(scores - scores.max(1, keepdims=True))
    return np.asarray(odds / odds.sum(1, keepdims=True), np.float32)


@cache
def class_head() -> tuple[Vectors, Vectors]:
    """Return the weights (1000, 1280) and the bias (1000,) of the network's last, linear step."""
    tensors = load()
    return tensors["_fc.weight"], tensors["_fc.bias"]


@cache
def definitions() -> Vectors:
    """Return (1000, 256) float32: the text vectors of the classes' names with their definitions."""
    return WordLlamaEncoder().encode(imagenet_descriptions())


def _standard(scores: Vectors) -> Vectors:
    """Return each column as standard scores over the rows that are seen; a row of NaN, which was not, gets 0."""
    seen = ~np.isnan(scores).any(axis=1)
    result = np.zeros_like(scores)
    if seen.any():
        spread = np.maximum(scores[seen].std(0), 1e-6)
        result[seen] = (scores[seen] - scores[seen].mean(0)) / spread
    return np.asarray(result, np.float32)
