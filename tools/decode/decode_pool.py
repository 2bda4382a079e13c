"""Decodes pictures in worker processes, with limits of time and memory for each and of memory for all together."""

import atexit
import contextlib
import io
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np

from tools.decode.decode import MEMORY, Undecodable
from tools.decode.decode_worker import COUNT, LARGEST_BLOCK, ONLY_BLOCKS, ONLY_SIZE, PICTURE, SIZE
from tools.errors import RegroupError
from tools.models.ports import Pixels
from tools.names import visible

log = logging.getLogger("regroup.decode")

CPU_SECONDS = 10
"""The most seconds of computing that one picture may take. The largest that are allowed take about half of it."""
WALL_SECONDS = 18.0
"""The most seconds from the beginning of a picture to its end, also on a disk that does not answer."""
WORKERS = 2
"""The most worker processes. More would take memory, and two keep the models busy."""
CRASHED = "damaged: it made the decoder crash"
_KILLED = "not enough memory to decode it: the system ended the decoder"

_SHARE_COMPUTING = 0.2
"""The share of the time above which a picture that is late was computed all along, on a busy machine."""
_WATCH_SECONDS = 0.1
_ABANDONED_SECONDS = 0.3
"""The seconds after which a worker is ended that decodes what nobody waits for any more."""
_MOST_AT_ONCE = 8
"""The most pictures that a worker is sent at once; small ones would otherwise wait for each other's answers."""
_BUFFER = 2**18
"""The bytes that are read at once: several small pictures, or the beginning of a large one."""
_START = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); "
    "from tools.decode.decode_worker import serve; serve(int(sys.argv[2]))"
)
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # What a large picture took has to go back to the system before another worker gets it; glibc would keep it after
    # the second one. What small ones take stays, or each would pay for it anew.
    "MALLOC_MMAP_THRESHOLD_": str(4 * 2**20),
    "MALLOC_TRIM_THRESHOLD_": str(32 * 2**20),
}
"""The environment of a worker beside that of this process."""


@dataclass(slots=True, eq=False)
class Task:
    """Is one picture on its way through the pool.

    Attributes:
        path: The file.
        side: Upper bound in pixels of the longest side; None for the full size, `ONLY_SIZE` for the size alone,
            `ONLY_BLOCKS` for the EXIF and XMP alone.
        future: Gets the pixels, or an `Undecodable`; where only these are asked for, height and width, or the bytes of
            EXIF and XMP.
        abandoned: Whether nobody waits for it any more.
    """

    path: Path
    side: int | None
    future: "Future[Any]" = field(default_factory=Future)
    abandoned: bool = False


class DecodePool:
    """Hands pictures to worker processes, which are started when they are needed. It is thread-safe.

    Args:
        workers: The number of worker processes.
        cpu_seconds: The most seconds of computing for one picture.
        wall_seconds: The most seconds for one picture, without those in which it waits for memory.
    """

    def __init__(
        self, workers: int = WORKERS, cpu_seconds: int = CPU_SECONDS, wall_seconds: float = WALL_SECONDS
    ) -> None:
        self.cpu_seconds, self.wall_seconds = cpu_seconds, wall_seconds
        self._queue: deque[Task] = deque()
        self._changed = threading.Condition()
        self._working = threading.Event()
        self._granted = 0  # bytes, to all workers together
        self._workers = [_Worker(self, number) for number in range(workers)]
        self._begun = self._closed = False

    def submit(self, path: Path, side: int | None, first: bool = False) -> Task:
        """Begin to decode a picture.

        Args:
            path: The file.
            side: Upper bound in pixels of the longest side; None for the full size.
            first: Whether it goes before all that wait.
        """
        task = Task(path, side)
        with self._changed:
            if not self._begun:
                self._begin()
            (self._queue.appendleft if first else self._queue.append)(task)
            self._changed.notify()
        return task

    def abandon(self, tasks: Sequence[Task]) -> None:
        """Drop pictures that nobody waits for any more; a worker that is busy with one for long is ended."""
        with self._changed:
            for task in tasks:
                task.abandoned = True
            self._queue = deque(task for task in self._queue if not task.abandoned)
            self._changed.notify_all()

    def busy(self) -> list[tuple[Path, float]]:
        """Return the files that are being decoded, each with the seconds since it was begun, the longest first."""
        now = time.monotonic()
        running = [(task.path, now - since) for w in self._workers if (task := w.task) and (since := w.since)]
        return sorted(running, key=lambda file: -file[1])

    def close(self) -> None:
        """End all workers; what is under way is dropped."""
        with self._changed:
            self._closed = True
            self._queue.clear()
            self._changed.notify_all()
        self._working.set()
        for worker in self._workers:
            worker.end()

    def _begin(self) -> None:
        self._begun = True
        for worker in self._workers:
            threading.Thread(target=worker.work, name=f"decode-{worker.number}", daemon=True).start()
        threading.Thread(target=self._watch, name="decode-watch", daemon=True).start()

    def _watch(self) -> None:
        """End a worker whose picture takes too long or is not wanted any more."""
        while not self._closed:
            self._working.wait()  # nothing is watched while nothing is done, so that an idle machine sleeps
            self._working.clear()
            while any(worker.task for worker in self._workers) and not self._closed:
                time.sleep(_WATCH_SECONDS)
                for worker in self._workers:
                    worker.end_if_late(time.monotonic())

    # For the workers.

    def next_tasks(self) -> list[Task]:
        """Return the pictures that a worker is to decode next, after waiting for some; none where the pool is closed.

        Many are handed out at once only while many wait, so that both workers end at the same time.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._closed)
            if self._closed:
                return []
            count = min(_MOST_AT_ONCE, 1 + len(self._queue) // (2 * len(self._workers)))
            taken = [self._queue.popleft() for _ in range(count)]
            return taken

    def watch(self) -> None:
        """Have the worker's picture watched, of which it has told by then."""
        if not self._working.is_set():
            self._working.set()

    def give_back(self, tasks: Sequence[Task]) -> None:
        """Put pictures back to the front, whose worker ended before it came to them."""
        with self._changed:
            self._queue.extendleft(reversed([task for task in tasks if not task.abandoned]))
            self._changed.notify_all()

    def grant(self, needed: int, task: Task) -> bool:
        """Wait until a worker may take this memory, in bytes. Returns False where nobody waits for it any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._granted + needed <= MEMORY or self._closed or task.abandoned)
            if self._closed or task.abandoned:
                return False
            self._granted += needed
            return True

    def release(self, granted: int) -> None:
        """Take bytes back that were granted."""
        with self._changed:
            self._granted -= granted
            self._changed.notify_all()


class _Worker:
    """Is one worker process and the thread that talks to it.

    Attributes:
        number: Tells it from the other ones.
        task: The picture that it decodes.
        since: When it began with that, by `time.monotonic`; None while it waits for memory.
    """

    def __init__(self, pool: DecodePool, number: int) -> None:
        self.number = number
        self.task: Task | None = None
        self.since: float | None = None
        self._pool = pool
        self._lock = threading.Lock()  # so that no picture is ended for the one before it
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: io.BufferedReader
        self._late = ""  # why the process was ended
        self._watched: Task | None = None
        self._computed = 0.0  # seconds, when that picture was seen first

    def work(self) -> None:
        """Decode what waits in the pool, until that is closed."""
        while tasks := self._pool.next_tasks():
            try:
                self._decode_all(tasks)
            except Exception as error:  # no process can be started: whoever waits has to know
                for task in tasks:
                    if not task.future.done():
                        task.future.set_exception(error)

    def end(self) -> None:
        """End the process at once."""
        with self._lock, contextlib.suppress(OSError, subprocess.TimeoutExpired):
            if self._process is not None:
                self._process.kill()
                self._process.wait(1)

    def end_if_late(self, now: float) -> None:
        """End the process where its picture takes too long, or is not wanted any more."""
        with self._lock:
            if self.task is None or self.since is None or self._process is None:
                return
            if self._watched is not self.task:
                self._watched, self._computed = self.task, _cpu_seconds(self._process.pid)
            most = _ABANDONED_SECONDS if self.task.abandoned else self._pool.wall_seconds
            if now - self.since > most:
                computed = _cpu_seconds(self._process.pid) - self._computed
                if computed > _SHARE_COMPUTING * most:
                    self._late = f"takes more than {most:.0f} seconds to decode"
                else:  # a disk that does not answer, or a machine without time for us
                    self._late = f"cannot be read now: not there after {most:.0f} seconds"
                with contextlib.suppress(OSError):
                    self._process.kill()

    def _decode_all(self, tasks: Sequence[Task]) -> None:
        process = self._started()
        requests = [
            PICTURE.pack(task.side or 0, len(path)) + path
            for task in tasks
            if (path := os.fsencode(task.path))
        ]
        assert process.stdin
        with contextlib.suppress(OSError):  # where it has died, the first answer is missing, too
            process.stdin.write(b"D" + COUNT.pack(len(requests)) + b"".join(requests))
        for done, task in enumerate(tasks):
            self._set(task, time.monotonic())
            self._pool.watch()
            try:
                self._receive(task, process.stdin, self._answers)
            except (EOFError, OSError):
                self._set(None, None)
                task.future.set_exception(Undecodable(self._cause(process)))
                self._pool.give_back(tasks[done + 1 :])
                return
        self._set(None, None)

    def _receive(self, task: Task, requests: IO[bytes], answers: io.BufferedReader) -> None:
        """Wait for the answer about a picture, and pass it on. Raise EOFError where the process has ended."""
        granted = 0
        try:
            while True:
                kind = _read(answers, 1)
                if kind == b"C":
                    (needed,) = SIZE.unpack(_read(answers, SIZE.size))
                    self._set(task, None)
                    # A second attempt at a picture has given back what the first one took. Who holds some and waits
                    # for more could wait for ever.
                    self._pool.release(granted)
                    granted = 0
                    if needed > MEMORY or not self._pool.grant(needed, task):
                        raise EOFError
                    granted = needed
                    self._set(task, time.monotonic())
                    requests.write(b"G")
                elif kind == b"L":
                    (length,) = COUNT.unpack(_read(answers, COUNT.size))
                    text = _read(answers, length).decode(errors="replace")
                    log.info("%s: %s", visible(str(task.path)), visible(" ".join(text.split())))
                elif kind == b"U":
                    (length,) = COUNT.unpack(_read(answers, COUNT.size))
                    reason = visible(_read(answers, length).decode(errors="replace"))
                    task.future.set_exception(Undecodable(reason))
                    return
                elif kind == b"Z":
                    task.future.set_result(PICTURE.unpack(_read(answers, PICTURE.size)))
                    return
                elif kind == b"B":
                    lengths = PICTURE.unpack(_read(answers, PICTURE.size))
                    if max(lengths) > LARGEST_BLOCK:
                        raise EOFError
                    task.future.set_result(tuple(_read(answers, length) for length in lengths))
                    return
                elif kind == b"R":
                    height, width = PICTURE.unpack(_read(answers, PICTURE.size))
                    if not 0 < height * width * 3 <= MEMORY:
                        raise EOFError
                    pixels = np.empty((height, width, 3), np.uint8)
                    if answers.readinto(pixels.data.cast("B")) < pixels.nbytes:
                        raise EOFError
                    task.future.set_result(pixels)
                    return
                else:
                    raise EOFError
        finally:
            if granted:
                self._pool.release(granted)

    def _cause(self, process: "subprocess.Popen[bytes]") -> str:
        """Return why there is no answer, after the process has ended."""
        with self._lock:
            self._process = None
            late, self._late = self._late, ""
        code = process.poll()
        if code is None:
            try:  # it is ending by itself, or answered nonsense
                code = process.wait(0.5)
            except subprocess.TimeoutExpired:
                process.kill()
                code = process.wait() and None
        with contextlib.suppress(OSError):
            self._answers.close()
        with contextlib.suppress(OSError):
            if process.stdin:
                process.stdin.close()
        if late:
            return late
        if code == -getattr(signal, "SIGXCPU", 0):
            return f"takes more than {self._pool.cpu_seconds} seconds to decode"
        return _KILLED if code == -getattr(signal, "SIGKILL", 9) else CRASHED

    def _set(self, task: Task | None, since: float | None) -> None:
        with self._lock:
            self.task, self.since = task, since

    def _started(self) -> "subprocess.Popen[bytes]":
        """Return the process, started where there is none. Raise RegroupError where it cannot be started."""
        if self._process is not None:
            return self._process
        try:
            process = subprocess.Popen(
                [sys.executable, "-P", "-c", _START, json.dumps(sys.path), str(self._pool.cpu_seconds)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                env=os.environ | _ENVIRONMENT,
                start_new_session=True,  # ctrl+c is for this process; it ends the others where it has to
            )
            assert process.stdout
            _widen(process.stdout)
            self._answers = io.BufferedReader(process.stdout, _BUFFER)  # type: ignore[arg-type]
            if self._answers.read(1) != b"H":
                process.kill()
                raise OSError(f"it ended with code {process.wait()}")
        except OSError as error:
            why = error.strerror or str(error)
            raise RegroupError(
                f"cannot start the process that decodes pictures ({why}); close other programs and try again"
            ) from error
        with self._lock:
            self._process = process
        return process


def _cpu_seconds(pid: int) -> float:
    """Return the seconds that a process has computed; 0.0 where this system does not say."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        return 0.0


def _widen(pipe: IO[bytes]) -> None:
    """Let a pipe hold a whole picture, where the system knows how, so that nobody waits for the other end."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 2**20)


def _read(stream: io.BufferedReader, size: int) -> bytes:
    read = stream.read(size)
    if len(read) < size:
        raise EOFError
    return read


_pool: DecodePool | None = None
_starting = threading.Lock()


def shared_pool() -> DecodePool:
    """Return the pool of this process, which everybody uses, so that its limits hold for all together."""
    global _pool
    with _starting:
        if _pool is None:
            _pool = DecodePool()
            atexit.register(_pool.close)
        return _pool


def _forget_pool() -> None:
    """Leave the pool to the parent process, after this one was forked: its threads are not here."""
    global _pool, _starting
    _pool, _starting = None, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_pool)


def decode_in_worker(path: Path, side: int | None = None) -> Pixels:
    """Decode the picture in a file as `tools.decode.decode.decode` does, in a worker process with limits.

    Raises:
        Undecodable: There is no picture; its text is the reason.
        RegroupError: No process can be started.
    """
    pixels: Pixels = _answer(path, side)
    return pixels


def size_in_worker(path: Path) -> tuple[int, int]:
    """Return the width and height of the upright picture in a file, as `upright_size` does, in a process with limits.

    Raises:
        Undecodable: There is no picture; its text is the reason.
        RegroupError: No process can be started.
    """
    height, width = _answer(path, ONLY_SIZE)
    return width, height


def blocks_in_worker(path: Path) -> tuple[bytes, bytes]:
    """Return the EXIF and the XMP in the header of a picture, read in a process with limits; b"" for what it has not.

    Raises:
        Undecodable: That process was ended by the file, or crashed.
        RegroupError: No process can be started.
    """
    exif, xmp = _answer(path, ONLY_BLOCKS)
    return exif, xmp


def _answer(path: Path, side: int | None) -> Any:
    """Ask a worker of the shared pool about a file, before all that wait, and return the answer."""
    pool = shared_pool()
    task = pool.submit(path, side, first=True)
    try:
        return task.future.result()
    except BaseException:
        pool.abandon([task])
        raise
