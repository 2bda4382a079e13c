"""Decodes images ahead of their use, in the worker processes of `tools.decode.decode_pool`."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import TimeoutError as StillDecoding

from tools.decode.decode import Undecodable
from tools.decode.decode_pool import Task, shared_pool
from tools.models.ports import Pixels
from tools.scan.collection import Collection

_WAITING_BYTES = 80_000_000
"""The most bytes of decoded pictures that wait to be taken."""
_TICK = 0.2
"""The seconds between two calls of `waiting`."""


def decoded(
    collection: Collection,
    ids: Sequence[str],
    side: int = 640,
    ahead: int = 64,
    waiting: Callable[[], None] = lambda: None,
) -> Iterator[tuple[str, Pixels | None, str]]:
    """Decode images in the background and yield them in the order of `ids`.

    Args:
        collection: The collection that the images belong to.
        ids: Ids of images in it.
        side: Upper bound in pixels of the longest side of the decoded pictures.
        ahead: The most pictures that are decoded, or being decoded, and not yet taken; fewer where they are large.
        waiting: Called several times a second while the next picture is not there; it may raise, to stop.

    Yields:
        The id, (h, w, 3) uint8 pixels or None, and the reason why there are none or "".

    Raises:
        KeyError: An id is not in the collection; raised before anything is decoded.
        tools.errors.RegroupError: No worker process can be started.
    """
    ahead = max(1, min(ahead, _WAITING_BYTES // (3 * side * side)))
    files = iter([(sha, collection.file(sha)) for sha in ids])
    pool = shared_pool()
    begun: deque[tuple[str, Task]] = deque()
    try:
        while True:
            while len(begun) < ahead and (following := next(files, None)) is not None:
                begun.append((following[0], pool.submit(following[1], side)))
            if not begun:
                return
            sha, task = begun[0]
            pixels, reason = _result(task, waiting)
            begun.popleft()
            del task  # otherwise the picture would stay in memory while the caller works on the next
            yield sha, pixels, reason
            del pixels
    finally:  # also when the caller stops early
        pool.abandon([task for _, task in begun])


def _result(task: Task, waiting: Callable[[], None]) -> tuple[Pixels | None, str]:
    while True:
        try:
            return task.future.result(_TICK), ""
        except Undecodable as error:
            return None, str(error)
        except StillDecoding:
            waiting()
