"""Loads pictures of the open folder off the event loop."""

import asyncio
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

    from assistant.desk import Desk


Picture = str | Path
"""A picture by its id; or, while its folder is still being read, by its file."""


class ThumbnailLoader:
    """Loads the thumbnails of a folder's pictures, made and decoded in threads.

    Args:
        capacity: The most thumbnails in memory; the least recently used one is dropped first.
        workers: The number of threads.

    Attributes:
        desk: The open desk, whose workspace keeps the thumbnails; None while the folder is being read.
    """

    def __init__(self, capacity: int = 128, workers: int = 2) -> None:
        self.desk: Desk | None = None
        self._capacity = capacity
        self._cache: OrderedDict[Picture, Image] = OrderedDict()
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="thumbnail")

    def cached(self, picture: Picture) -> "Image | None":
        """Return the thumbnail if it is in memory; else None."""
        return self._cache.get(picture)

    async def get(self, picture: Picture) -> "Image | None":
        """Return the thumbnail (RGB, at most 256 pixels a side), or None where the file does not decode."""
        if picture in self._cache:
            self._cache.move_to_end(picture)
            return self._cache[picture]
        image = await asyncio.get_running_loop().run_in_executor(self._pool, self._load, picture)
        if image is not None:
            self._cache[picture] = image
            while len(self._cache) > self._capacity:
                self._cache.popitem(last=False)
        return image

    async def full(self, picture: Picture, side: int = 1024) -> "Image | None":
        """Return the picture itself (RGB, at most `side` pixels a side), or None where the file does not decode."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._decode, picture, side)

    def clear(self) -> None:
        """Drop the thumbnails in memory."""
        self._cache.clear()

    def close(self) -> None:
        """Stop the threads and drop the waiting requests."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _load(self, picture: Picture) -> "Image | None":
        from PIL import Image

        from assistant.workspace.thumbnails import SIDE

        if isinstance(picture, Path) or self.desk is None:
            return self._decode(picture, SIDE)
        try:
            path = self.desk.workspace.thumbnails.get(picture, self.desk.collection.file(picture))
            with Image.open(path) as opened:
                return opened.convert("RGB")
        except Exception:  # any error in the file: a placeholder takes its place
            return None

    def _decode(self, picture: Picture, side: int) -> "Image | None":
        from assistant.workspace.thumbnails import read_picture

        try:
            if isinstance(picture, str):
                assert self.desk is not None
                picture = self.desk.collection.file(picture)
            return read_picture(picture, side)
        except Exception:  # as above
            return None
