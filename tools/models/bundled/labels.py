"""Names of ImageNet's 1000 classes, and coarser words for groups of them."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.models.bundled.calibrate import Table


@cache
def imagenet_names() -> tuple[str, ...]:
    """The first synonym of each class, in the order of the network's outputs."""
    from timm.data.imagenet_info import ImageNetInfo

    info = ImageNetInfo()
    return tuple(str(info.index_to_description(i)).split(",")[0].strip() for i in range(1000))


@cache
def coarser(table: str) -> tuple[tuple[str, ...], NDArray[np.float32]]:
    """The words of a table of labels.toml, and which classes each stands for.

    Args:
        table: "type", "animal", "habitat" or "setting".

    Returns:
        w words, and a (1000, w) float32 matrix of 0..1 whose rows sum to 1, or to 0 where no word fits the class.
        Class probabilities times it are the probabilities of the words.
    """
    words = _file()[table]
    member = np.zeros((1000, len(words)), np.float32)
    for column, listed in enumerate(words.values()):
        for part in listed.split():
            first, _, last = part.partition("-")
            member[int(first) : int(last or first) + 1, column] = 1.0
    return tuple(words), member / np.maximum(member.sum(1, keepdims=True), 1.0)


@cache
def confidences() -> dict[str, Table]:
    """For each slot of words how often the best word is right, by its probability."""
    return {slot: tuple((p, right) for p, right in rows) for slot, rows in _file()["confidence"].items()}


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("labels.toml").read_text("utf-8"))
