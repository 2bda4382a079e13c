"""Reads the binary files in which CIFAR-10, CIFAR-100 and STL-10 are distributed into pixels and class names.

Their pickled versions are not read, since unpickling runs whatever a file says.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from tools.errors import RegroupError
from tools.models.ports import Pixels

CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
"""The classes of CIFAR-10 by their numbers."""
STL10 = ("airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck")
"""The classes of STL-10 by their numbers, of which the first is 1."""
_CIFAR_SIDE, _STL_SIDE = 32, 96
_FILES = {
    "cifar10": {"train": [f"data_batch_{i}.bin" for i in range(1, 6)], "test": ["test_batch.bin"]},
    "cifar20": {"train": ["train.bin"], "test": ["test.bin"]},
    "stl10": {"train": ["train_X.bin"], "test": ["test_X.bin"]},
}

Records = Iterator[tuple[Pixels, str]]


def _cifar10(folder: Path, split: str) -> Records:
    """Yield the pictures of CIFAR-10: a byte of the class, then the rows of red, of green and of blue."""
    for path in _paths("cifar10", folder, split):
        for row in _rows(path, 1 + 3 * _CIFAR_SIDE**2):
            yield _upright(row[1:], _CIFAR_SIDE), CIFAR10[_within(row[0], len(CIFAR10), path)]


def _cifar20(folder: Path, split: str) -> Records:
    """Yield the pictures of CIFAR-100 by superclass: a byte of that, one of the class, then the pixels."""
    for path in _paths("cifar20", folder, split):
        for row in _rows(path, 2 + 3 * _CIFAR_SIDE**2):
            yield _upright(row[2:], _CIFAR_SIDE), f"superclass {_within(row[0], 20, path)}"


def _stl10(folder: Path, split: str) -> Records:
    """Yield the labelled pictures of STL-10: columns of red, of green and of blue; the classes lie in another file."""
    for path in _paths("stl10", folder, split):
        pixels = _rows(path, 3 * _STL_SIDE**2)
        classes = _rows(path.with_name(path.name.replace("_X", "_y")), 1)
        if len(classes) != len(pixels):
            raise RegroupError(f"{path} has {len(pixels)} pictures and {len(classes)} classes; get it again")
        for row, number in zip(pixels, classes[:, 0], strict=True):
            picture = row.reshape(3, _STL_SIDE, _STL_SIDE).transpose(2, 1, 0)
            yield np.ascontiguousarray(picture), STL10[_within(number - 1, len(STL10), path)]


RECORDS: dict[str, Callable[[Path, str], Records]] = {
    "cifar10": _cifar10,
    "cifar20": _cifar20,
    "stl10": _stl10,
}
"""The readers: a folder and a split to the pixels, (side, side, 3) uint8, and the class of each picture."""


def _paths(records: str, folder: Path, split: str) -> list[Path]:
    """Return the files of a split; none where one of them is missing."""
    files = _FILES[records]
    names = files.get(split) or [name for names in files.values() for name in names]
    for place in (folder, *sorted(part for part in folder.glob("*") if part.is_dir())):
        paths = [place / name for name in names]
        if all(path.is_file() for path in paths):
            return paths
    return []


def _rows(path: Path, length: int) -> Pixels:
    """Return the records of a file, (n, length) uint8. Raises RegroupError where it is cut off."""
    try:
        data = np.fromfile(path, np.uint8)
    except OSError as error:
        raise RegroupError(f"cannot read {path}: {error.strerror}; get the set again") from error
    if len(data) % length:
        raise RegroupError(f"{path} is cut off or of another kind; get the set again")
    return data.reshape(-1, length)


def _upright(row: Pixels, side: int) -> Pixels:
    return np.ascontiguousarray(row.reshape(3, side, side).transpose(1, 2, 0))


def _within(number: int, classes: int, path: Path) -> int:
    if not 0 <= int(number) < classes:
        raise RegroupError(f"{path} names class {int(number)} of {classes}; get the set again")
    return int(number)
