"""Where the tests find a real model: in the file, or the folder of files, that REGROUP_TEST_GGUF names."""

import os
from pathlib import Path

SIZES = ("0.5b", "1.5b")
# Asked when this file is imported: tests are given an environment of their own later.
_NAMED = os.environ.get("REGROUP_TEST_GGUF")


def found(size: str) -> Path | None:
    """The GGUF file of "0.5b" or "1.5b", or None where it is not to be had.

    A file whose name tells no size is taken for any.
    """
    if not _NAMED:
        return None
    place = Path(_NAMED)
    if place.is_file():
        other = [s for s in SIZES if s != size and s in place.name.lower()]
        return None if other else place
    return next((file for file in sorted(place.glob("*.gguf")) if size in file.name.lower()), None)
