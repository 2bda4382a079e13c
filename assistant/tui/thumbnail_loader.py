"""Loads pictures of the open folder off the event loop."""

import asyncio
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

    from assistant.desk import Desk


class ThumbnailLoader:
    """Loads the thumbnails of a desk's pictures, made and decoded in threads.

    Args:
        desk: The open desk, whose workspace keeps the thumbnails.
        capacity: The most thumbnails in memory; the least recently used one is dropped first.
        workers: The number of threads.
    """

    def __init__(self, desk: "Desk", capacity: int = 96, workers: int = 2) -> None:
        self._desk = desk
        self._capacity = capacity
        self._cache: OrderedDict[str, Image] = OrderedDict()
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="thumbnail")

    def cached(self, sha: str) -> "Image | None":
        """Return the thumbnail if it is in memory; else None."""
        return self._cache.get(sha)

    async def get(self, sha: str) -> "Image | None":
        """Return the thumbnail (RGB, at most 256 pixels a side), or None where the file does not decode."""
        if sha in self._cache:
            self._cache.move_to_end(sha)
            return self._cache[sha]
        image = await asyncio.get_running_loop().run_in_executor(self._pool, self._load, sha)
        if image is not None:
            self._cache[sha] = image
            while len(self._cache) > self._capacity:
                self._cache.popitem(last=False)
        return image

    async def full(self, sha: str, side: int = 1024) -> "Image | None":
        """Return the picture itself (RGB, at most `side` pixels a side), or None where the file does not decode."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._decode, sha, side)

    def clear(self) -> None:
        """Drop the thumbnails in memory."""
        self._cache.clear()

    def close(self) -> None:
        """Stop the threads and drop the waiting requests."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _load(self, sha: str) -> "Image | None":
        from PIL import Image

        try:
            path: Path = self._desk.workspace.thumbnails.get(sha, self._desk.collection.file(sha))
            with Image.open(path) as opened:
                return opened.convert("RGB")
        except Exception:  # any error in the file: a placeholder takes its place
            return None

    def _decode(self, sha: str, side: int) -> "Image | None":
        try:
            return self._desk.workspace.thumbnails.large(self._desk.collection.file(sha), side)
        except Exception:  # as above
            return None
