"""Decodes images ahead of their use in a few threads, which helps because Pillow decodes without Python's lock."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from tools.collection import Collection
from tools.decode import Undecodable, decode
from tools.models.ports import Pixels


def decoded(
    collection: Collection, ids: Sequence[str], side: int = 640, workers: int = 2, ahead: int = 64
) -> Iterator[tuple[str, Pixels | None, str]]:
    """Decode images in the background and yield them in the order of `ids`.

    Args:
        collection: The collection that the images belong to.
        ids: Ids of images in it.
        side: Upper bound in pixels of the longest side of the decoded pictures.
        workers: Number of threads, at least 1.
        ahead: The most pictures that are decoded, or being decoded, and not yet taken; it bounds the memory.

    Yields:
        The id, (h, w, 3) uint8 pixels or None, and the reason why there are none or "".

    Raises:
        KeyError: An id is not in the collection; raised before anything is decoded.
    """
    files = iter([(sha, collection.file(sha)) for sha in ids])
    pool = ThreadPoolExecutor(max(1, workers), thread_name_prefix="decode")
    waiting: deque[tuple[str, Future[tuple[Pixels | None, str]]]] = deque()
    try:
        while True:
            while len(waiting) < max(1, ahead) and (following := next(files, None)) is not None:
                waiting.append((following[0], pool.submit(_try, following[1], side)))
            if not waiting:
                return
            sha, future = waiting.popleft()
            pixels, reason = future.result()
            del future  # otherwise the picture would stay in memory while the caller works on the next
            yield sha, pixels, reason
    finally:  # also when the caller stops early
        pool.shutdown(wait=True, cancel_futures=True)


def _try(file: Path, side: int) -> tuple[Pixels | None, str]:
    try:
        return decode(file, side), ""
    except Undecodable as error:
        return None, str(error)
