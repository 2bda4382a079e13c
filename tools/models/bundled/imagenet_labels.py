"""Lists the names of ImageNet's 1000 classes, and coarser words for groups of them."""

import tomllib
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.errors import RegroupError
from tools.models.bundled.calibration import Table


@cache
def imagenet_names() -> tuple[str, ...]:
    """Return the first synonym of each of the 1000 classes, in the order of the network's outputs. Raise RegroupError
    where the package that has them is not here."""
    return tuple(name.split(",")[0].strip() for name in _of_classes("imagenet_synset_to_lemma.txt"))


@cache
def imagenet_descriptions() -> tuple[str, ...]:
    """Return all synonyms of each of the 1000 classes with their definition; raises as `imagenet_names` does."""
    names, definitions = map(
        _of_classes, ("imagenet_synset_to_lemma.txt", "imagenet_synset_to_definition.txt")
    )
    return tuple(f"{name}: {definition}" for name, definition in zip(names, definitions, strict=True))


def _of_classes(file: str) -> list[str]:
    """Return what a file of timm's package says of each class. It is read here, because importing that package brings
    torch along."""
    try:
        package = find_spec("timm")
        folder = Path(str(package and package.origin)).parent / "data" / "_info"
        lines = (folder / file).read_text("utf-8").splitlines()
        said = dict(line.split("\t", 1) for line in lines)
        return [said[name] for name in (folder / "imagenet_synsets.txt").read_text("utf-8").split()]
    except (OSError, ValueError, KeyError) as error:
        raise RegroupError(
            f"the names of ImageNet's classes are not in the package timm ({error}); reinstall regroup"
        ) from error


@cache
def coarser(table: str) -> tuple[tuple[str, ...], NDArray[np.float32]]:
    """Return the words of a table of imagenet_labels.toml, and which classes each stands for.

    Args:
        table: "type", "thing", "animal", "habitat", "setting" or "people".

    Returns:
        The w words, and a (1000, w) float32 matrix in [0, 1] whose rows sum to 1, or to 0 where no word fits the class.
        The product of class probabilities and this matrix is the probability of each word.
    """
    words = _file()[table]
    member = np.zeros((1000, len(words)), np.float32)
    for column, listed in enumerate(words.values()):
        for part in listed.split():
            first, _, last = part.partition("-")
            member[int(first) : int(last or first) + 1, column] = 1.0
    return tuple(words), member / np.maximum(member.sum(1, keepdims=True), 1.0)


@cache
def patterns() -> tuple[str, ...]:
    """Return the names of the classes that patterns are taken for, which are no things."""
    return tuple(_file()["patterns"])


@cache
def scenes() -> tuple[str, ...]:
    """Return the words of the table "thing" that say where a picture was taken."""
    return tuple(_file()["scenes"])


@cache
def confidences() -> dict[str, Table]:
    """Return the slot name to a table that turns the probability of its best word into how often that word is right."""
    return {slot: tuple((p, right) for p, right in rows) for slot, rows in _file()["confidence"].items()}


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("imagenet_labels.toml").read_text("utf-8"))
