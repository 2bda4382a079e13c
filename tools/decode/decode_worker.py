"""Decodes pictures in a process of its own, so that a hostile file costs neither memory nor time nor a crash.

It is started by `tools.decode.decode_pool`, which sends requests to its stdin and reads answers from its stdout:

```
request   "D" count, then for each picture: side (0 for the full size), length of the path, path; `ONLY_SIZE` as the
              side asks for the size of the whole picture, `ONLY_BLOCKS` for what lies beside its pixels
          "G" the memory that was claimed is granted
answer    "H" it has started
          "R" height, width, and height * width * 3 bytes of RGB
          "Z" height and width, where only these were asked for
          "B" length of the EXIF, length of the XMP, and both, where only these were asked for
          "U" length, and the reason in UTF-8 why there is no picture
          "C" bytes of memory that the next picture takes; "G" has to come before it is decoded
          "L" length, and what C libraries wrote to stderr during the picture that is answered next
```

Numbers are little-endian and unsigned. Answers are never unpickled, because a picture may have taken over this process.
"""

import contextlib
import gc
import os
import struct
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from tools.decode.decode import MEMORY, Undecodable, decode, opened_header, upright_size
from tools.models.ports import Pixels

UNASKED = 64 * 2**20
"""The bytes that a picture may take without asking; asking for each would cost small pictures time."""
_SLACK = 160 * 2**20
"""The bytes of address space beyond `MEMORY` for the buffers of C libraries and for modules loaded late."""
_SMALL = 400_000
"""The bytes of an answer up to which it is sent in one piece. It has to be less than a pipe can hold."""
_TOLD = 2000
"""The most bytes of C libraries' messages that are passed on for one picture."""

ONLY_SIZE = 2**32 - 1
"""The side by which the size of a picture is asked for, and no pixels."""
ONLY_BLOCKS = 2**32 - 2
"""The side by which the EXIF and XMP of a picture are asked for, and no pixels."""
LARGEST_BLOCK = 4 * 2**20
"""The most bytes of each of these; a larger one is left out."""
COUNT = struct.Struct("<I")
SIZE = struct.Struct("<Q")
PICTURE = struct.Struct("<II")


def serve(cpu_seconds: int) -> None:
    """Answer requests until stdin is closed.

    Args:
        cpu_seconds: The most seconds of computing that one picture may take; the system ends the process after that.
    """
    # What a C library prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    requests = sys.stdin.buffer
    with tempfile.TemporaryFile() as messages:
        os.dup2(messages.fileno(), 2)
        _limit_memory()
        with contextlib.suppress(BrokenPipeError, EOFError):
            answers.write(b"H")
            _answer_all(requests, answers, messages, cpu_seconds)


def _answer_all(requests: BinaryIO, answers: BinaryIO, messages: BinaryIO, cpu_seconds: int) -> None:
    claimed = 0

    def claim(needed: int) -> None:
        nonlocal claimed
        claimed = needed
        if needed > UNASKED:
            _send(answers, b"C", SIZE.pack(needed))
            if _read(requests, 1) != b"G":
                raise EOFError

    while requests.peek(1):  # type: ignore[attr-defined]
        if _read(requests, 1) != b"D":
            return
        for path, side in [*_pictures(requests)]:
            claimed = 0
            _limit_time(cpu_seconds)
            if side == ONLY_SIZE:
                size, reason = _size(path)
                _tell(answers, messages)
                if size is not None:
                    _send(answers, b"Z", PICTURE.pack(*size))
                else:
                    _send(answers, b"U", COUNT.pack(len(reason)), reason)
                continue
            if side == ONLY_BLOCKS:
                exif, xmp = _blocks(path)
                _tell(answers, messages)
                _send(answers, b"B", PICTURE.pack(len(exif), len(xmp)), exif + xmp)
                continue
            pixels, reason = _decoded(path, side, claim)
            if claimed > UNASKED:
                gc.collect()  # pictures refer to themselves, and another worker gets the memory after the answer
            _tell(answers, messages)
            if pixels is None:
                _send(answers, b"U", COUNT.pack(len(reason)), reason)
            else:
                _send(answers, b"R", PICTURE.pack(*pixels.shape[:2]), pixels.data)


def _decoded(path: Path, side: int, claim: Callable[[int], None]) -> tuple[Pixels | None, bytes]:
    """Return the pixels or the reason. What a failed attempt held is held by its exception, which ends here."""
    try:
        return decode(path, side or None, claim), b""
    except Undecodable as error:
        return None, str(error).encode("utf-8", "replace")


def _size(path: Path) -> tuple[tuple[int, int] | None, bytes]:
    """Return the height and width of a picture, or the reason why there is none."""
    try:
        with path.open("rb") as file:
            width, height = upright_size(file, path.name, limited=True)
            return (height, width), b""
    except (Undecodable, OSError, MemoryError) as error:
        return None, str(error).encode("utf-8", "replace")


def _blocks(path: Path) -> tuple[bytes, bytes]:
    """Return the EXIF and the XMP in the header of a picture; b"" for what it has not."""
    try:
        with path.open("rb") as file:
            info = opened_header(file, path.name, limited=True).info
    except (Undecodable, OSError, MemoryError):
        return b"", b""
    exif, xmp = (
        block if isinstance(block := info.get(name), bytes) and len(block) <= LARGEST_BLOCK else b""
        for name in ("exif", "xmp")
    )
    return exif, xmp


def _pictures(requests: BinaryIO) -> Iterator[tuple[Path, int]]:
    (count,) = COUNT.unpack(_read(requests, COUNT.size))
    for _ in range(count):
        side, length = PICTURE.unpack(_read(requests, PICTURE.size))
        yield Path(os.fsdecode(_read(requests, length))), side


def _tell(answers: BinaryIO, messages: BinaryIO) -> None:
    """Pass on what C libraries wrote to stderr since the last picture."""
    if length := os.fstat(messages.fileno()).st_size:
        text = os.pread(messages.fileno(), _TOLD, 0)
        os.ftruncate(messages.fileno(), 0)
        os.lseek(messages.fileno(), 0, os.SEEK_SET)
        if length > _TOLD:
            text += b" ..."
        _send(answers, b"L", COUNT.pack(len(text)), text)


def _send(answers: BinaryIO, kind: bytes, head: bytes, body: bytes | memoryview = b"") -> None:
    rest = memoryview(body).cast("B") if len(body) else memoryview(b"")
    if len(rest) <= _SMALL:
        answers.write(b"".join((kind, head, rest)))  # one call, and one awakening at the other end
        return
    answers.write(kind + head)
    while rest:  # a raw stream may write less than it is given
        rest = rest[answers.write(rest) :]


def _read(requests: BinaryIO, size: int) -> bytes:
    read = requests.read(size)
    if len(read) < size:
        raise EOFError
    return read


def _limit_memory() -> None:
    """Bound the address space, as far as this system can; a picture that needs more gets a MemoryError."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with Path("/proc/self/statm").open() as statistics:
            used = int(statistics.read().split()[0]) * resource.getpagesize()
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY + _SLACK, hard))


def _limit_time(cpu_seconds: int) -> None:
    """Have the system end this process when the next picture takes more seconds of computing."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        spent = resource.getrusage(resource.RUSAGE_SELF)
        until = int(spent.ru_utime + spent.ru_stime) + 1 + cpu_seconds
        resource.setrlimit(resource.RLIMIT_CPU, (until, hard))
