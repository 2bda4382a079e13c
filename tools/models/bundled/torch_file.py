"""Reads the tensors of a file that torch wrote, without torch: importing that takes half a gigabyte of memory.

The file is of torch's first format: five pickles (two numbers, facts about the machine, a dictionary of tensors, the
keys of their storages), then for each key the number of its elements and the elements themselves.
"""

import pickle
import struct
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from tools.errors import RegroupError

_MAGIC = 0x1950A86A20F9469CFC6C
_TYPES: dict[str, np.dtype[Any]] = {
    "FloatStorage": np.dtype("<f4"), "DoubleStorage": np.dtype("<f8"), "HalfStorage": np.dtype("<f2"),
    "LongStorage": np.dtype("<i8"), "IntStorage": np.dtype("<i4"),
}  # fmt: skip
"""Maps the name of a storage in torch to the type of its elements."""

_View = tuple[str, int, tuple[int, ...], tuple[int, ...]]
"""The key of a storage, and the offset, shape and strides of a tensor in it, counted in elements."""


def read_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """Return the tensors of a file by name.

    Raises:
        tools.errors.RegroupError: It is not such a file, or names anything but tensors: no other code is run.
        OSError: It cannot be read.
    """
    try:
        with path.open("rb") as file:
            if _unpickled(file) != _MAGIC:
                raise ValueError("another format")
            _unpickled(file), _unpickled(file)
            reader = _Reader(file)
            views: dict[str, _View] = dict(reader.load())
            storages = {}
            for key in _unpickled(file):
                (count,) = struct.unpack("<q", file.read(8))
                kind = reader.types[key]
                storages[key] = np.frombuffer(file.read(count * kind.itemsize), kind, count)
        return {name: _tensor(storages[view[0]], view) for name, view in views.items()}
    except (pickle.UnpicklingError, ValueError, TypeError, KeyError, EOFError, struct.error) as error:
        raise RegroupError(f"{path} is no file of tensors that can be read: {error}") from error


def _tensor(storage: NDArray[Any], view: _View) -> NDArray[Any]:
    _, offset, shape, strides = view
    last = offset + sum((size - 1) * step for size, step in zip(shape, strides, strict=True))
    if min(offset, *shape, *strides, 0) < 0 or last >= max(len(storage), 1):
        raise ValueError("a tensor is larger than what is stored")
    steps = [step * storage.itemsize for step in strides]
    return np.lib.stride_tricks.as_strided(storage[offset:], shape, steps, writeable=False)


def _unpickled(file: BinaryIO) -> Any:
    return _Reader(file).load()


def _rebuilt(key: str, offset: int, shape: Any, strides: Any, *_: object) -> _View:
    return key, int(offset), tuple(map(int, shape)), tuple(map(int, strides))


class _Reader(pickle.Unpickler):
    """Unpickles tensors, and refuses everything else."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self.types: dict[str, np.dtype[Any]] = {}

    def find_class(self, module: str, name: str) -> Any:
        """Return what a name of the file stands for. Raise UnpicklingError for all but tensors."""
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuilt
        if module == "torch" and name in _TYPES:
            return name
        raise pickle.UnpicklingError(f"it names {module}.{name}")

    def persistent_load(self, pid: Any) -> str:
        """Return the key of a storage, and remember its type."""
        _, kind, key, *_ = pid
        self.types[str(key)] = _TYPES[kind]
        return str(key)
