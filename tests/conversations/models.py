"""Where the tests find a real model: a file that is named, one that was fetched before, or fetched now."""

import os
import subprocess
import sys
from pathlib import Path

import platformdirs

SIZES = ("0.5b", "1.5b")
REPOSITORY = Path(__file__).parents[2]
# Asked when this file is imported: tests are given a cache and an environment of their own later.
_NAMED = os.environ.get("REGROUP_TEST_GGUF")
_KEPT = Path(platformdirs.user_cache_dir("regroup")) / "llm"


def found(size: str, fetch: bool = True) -> Path | None:
    """The GGUF file of "0.5b" or "1.5b", or None where it is not to be had.

    Looked at are REGROUP_TEST_GGUF (a file, or a folder of files), the user's cache, and the script fetch_llm beside
    the repository, which brings the file into the cache.
    """
    for place in [Path(_NAMED)] if _NAMED else [_KEPT]:
        files = [place] if place.is_file() else sorted(place.glob("*.gguf")) if place.is_dir() else []
        for file in files:
            name = file.name.lower()
            if size in name or (place.is_file() and not any(other in name for other in SIZES)):
                return file
    script = REPOSITORY.parent / "shared" / "fetch_llm"
    if _NAMED or not fetch or not script.is_file():
        return None
    done = subprocess.run(
        [sys.executable, str(script), size, str(_KEPT)], capture_output=True, text=True, timeout=1800
    )
    lines = done.stdout.split()
    return Path(lines[-1]) if done.returncode == 0 and lines else None
