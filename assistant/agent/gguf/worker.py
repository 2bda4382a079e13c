"""Handles the worker process, which starts with the first request and is killed when it is not wanted any more."""

import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from tools.errors import RegroupError

_SERVER = Path(__file__).with_name("server.py")


class WorkerError(RegroupError):
    """A local model could not be started, died, did not answer in time, or refused the request."""


@dataclass(frozen=True, slots=True)
class Finish:
    """Says how an answer ended: its reason, "stop" or "length", and llama.cpp's timings in ms and tokens."""

    reason: str
    timings: dict[str, Any] = field(default_factory=dict)


class Worker:
    """Runs one model in one process. Any thread may call `ask`; one request runs at a time.

    Args:
        model: The GGUF file.
        context: The size of the model's context, in tokens.
        threads: The number of threads; by default one less than there are processors, at most 8. They wait for each
            other at every step: one that has to share its processor slows all of them down tenfold.
        start_seconds: The time limit for loading the model.
        read_seconds: The time limit for its first token.
        token_seconds: The time limit for each token after that.
    """

    def __init__(
        self,
        model: Path,
        context: int,
        threads: int | None = None,
        start_seconds: float = 180.0,
        read_seconds: float = 600.0,
        token_seconds: float = 120.0,
    ) -> None:
        self._model = model
        self._context = context
        self._threads = threads or max(1, min(8, (os.cpu_count() or 2) - 1))
        self._start_seconds = start_seconds
        self._read_seconds = read_seconds
        self._token_seconds = token_seconds
        self._turn = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._private: tempfile.TemporaryDirectory[str] | None = None
        self._last_id = 0
        self._stops = 0  # the number of calls of `kill`

    @property
    def pid(self) -> int | None:
        """Return the id of the running process; None where none runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def ask(self, body: dict[str, Any]) -> Iterator[str | Finish]:
        """Yield the pieces of the answer to a chat completion's body, then its end; blocks between them.

        Raises:
            WorkerError: The model failed. The next call starts a new process where this one is gone.
        """
        stops = self._stops
        with self._turn:
            if stops != self._stops:  # while this one waited for its turn: nobody listens any more
                raise WorkerError("the local model was stopped; ask again")
            try:
                self._start()
                self._last_id += 1
                self._send({"id": self._last_id, "body": body})
                patience = self._read_seconds
                while True:
                    line = self._next(patience)
                    if line.get("id") != self._last_id:
                        continue
                    patience = self._token_seconds
                    if "error" in line:
                        raise WorkerError(f"the local model refused: {line['error']}")
                    if line.get("done"):
                        yield Finish(line.get("finish") or "stop", line.get("timings") or {})
                        return
                    yield line["text"]
            except GeneratorExit:  # nobody listens any more, and it would think on
                self._end()
                raise

    def kill(self) -> None:
        """End the process at once, if one runs. Requests of other threads fail, also those that wait for their turn."""
        self._stops += 1
        self._end()

    def close(self) -> None:
        """Kill the process and remove its files."""
        self.kill()
        self._clear()

    # --- inside ---

    def _end(self) -> None:
        process = self._process
        if process is not None:
            with contextlib.suppress(OSError):
                process.kill()
            process.wait()

    def _clear(self) -> None:
        self._process = None
        if self._private is not None:
            self._private.cleanup()
            self._private = None

    def _start(self) -> None:
        if self.pid is not None:
            return
        self._clear()
        if not self._model.is_file():
            raise WorkerError(f"there is no model file {self._model}; set gguf to another")
        self._lines = queue.Queue()
        self._private = tempfile.TemporaryDirectory(prefix="regroup-", ignore_cleanup_errors=True)
        # -P: the folder of the script is not searched for modules, so that none of ours hides a standard one.
        command = [
            sys.executable,
            "-P",
            str(_SERVER),
            str(self._model),
            str(self._context),
            str(self._threads),
        ]
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                [*command, self._private.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                text=True, encoding="utf-8",
                start_new_session=True,  # Ctrl-C in the terminal is for the conversation
            )  # fmt: skip
        threading.Thread(
            target=_read, args=(self._process.stdout, self._lines), name="local model", daemon=True
        ).start()
        line = self._next(self._start_seconds)
        if "error" in line:
            self._end()
            raise WorkerError(f"the local model {self._model.name} cannot be loaded: {line['error']}")

    @property
    def _errors(self) -> Path:
        return Path(self._private.name if self._private else os.devnull) / "errors.log"

    def _send(self, line: dict[str, Any]) -> None:
        assert self._process is not None and self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(line) + "\n")
            self._process.stdin.flush()
        except (OSError, ValueError):
            raise WorkerError(self._died()) from None

    def _next(self, seconds: float) -> dict[str, Any]:
        try:
            line = self._lines.get(timeout=seconds)
        except queue.Empty:
            self._end()
            raise WorkerError(
                f"the local model said nothing for {seconds:.0f} s and was stopped; ask again, or set a smaller one"
            ) from None
        if line is None:
            raise WorkerError(self._died())
        return line

    def _died(self) -> str:
        code = self._process.wait() if self._process else None
        error_text = (
            self._errors.read_text(errors="replace")[-2000:].strip() if self._errors.is_file() else ""
        )
        last = f": {error_text.splitlines()[-1][:200]}" if error_text else ""
        return f"the local model's process ended (code {code}){last}; ask again to start it anew"


def _read(stream: IO[str] | None, lines: "queue.Queue[dict[str, Any] | None]") -> None:
    """Put the messages of the process into a queue until it ends; None marks the end."""
    assert stream is not None
    with contextlib.suppress(OSError, ValueError):
        for line in stream:
            try:
                message = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(message, dict):
                lines.put(message)
    lines.put(None)
