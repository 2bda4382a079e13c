"""Runs llama.cpp in the worker process: one model, one request at a time, lines of JSON in and out.

Run as a script with nothing but the standard library and xllamacpp. A request is `{"id": 1, "body": {...}}`, the
body being that of an OpenAI chat completion. Answered are any number of `{"id": 1, "text": "..."}` and then either
`{"id": 1, "done": true, "finish": "stop", "timings": {...}}` or `{"id": 1, "error": "..."}`. The first line of all
is `{"ready": true}` or `{"error": "..."}`. The process ends when its input does.

It serves nobody else: llama.cpp listens on a socket in a directory that only this user may enter, or, where there
are no such sockets, on the loopback address with a random key that never leaves the process.
"""

import contextlib
import json
import os
import queue
import secrets
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

Tell = Callable[[dict[str, Any]], None]


def main(arguments: list[str]) -> int:
    """Serve a model until the input ends.

    Args:
        arguments: The model's path, the size of the context, the number of threads, and a directory that only this
            user may enter.
    """
    path, context, threads, private = arguments[0], int(arguments[1]), int(arguments[2]), Path(arguments[3])
    tell = _open_output()
    requests: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    try:
        server = _serve(path, context, threads, private)
    except Exception as error:  # no xllamacpp, no model in the file, no memory
        tell({"error": f"{type(error).__name__}: {error}"})
        return 1
    tell({"ready": True})
    while "end" not in (request := requests.get()):
        _answer(server, request, tell)
    os._exit(0)  # llama.cpp's own threads are not waited for


def _serve(path: str, context: int, threads: int, private: Path) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = path
    params.n_ctx = context
    params.n_parallel = 1
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads + 1  # reading: many tokens at a time
    # No busy waiting: others work on this machine, too.
    params.cpuparams.poll = params.cpuparams_batch.poll = 0
    params.verbosity = -1
    params.warmup = False
    params.ui = False
    params.endpoint_slots = False
    params.api_keys = [secrets.token_urlsafe(32)]
    if os.name == "posix":
        params.hostnames = [str(private / "llm.sock")]
    return xllamacpp.Server(params)


def _answer(server: Any, request: dict[str, Any], tell: Tell) -> None:
    number = request.get("id")
    finish = ""
    timings: dict[str, Any] = {}
    failed: str | None = None

    def piece(chunk: dict[str, Any]) -> bool:
        nonlocal finish, timings, failed
        if "error" in chunk:
            error = chunk["error"]
            failed = str(error.get("message", error) if isinstance(error, dict) else error)
            return False
        choice = chunk["choices"][0] if chunk.get("choices") else {}
        if text := choice.get("delta", {}).get("content"):
            tell({"id": number, "text": text})
        finish = choice.get("finish_reason") or finish
        timings = chunk.get("timings") or timings
        return False

    try:
        server.handle_chat_completions(request["body"] | {"stream": True}, piece)
    except Exception as error:
        failed = f"{type(error).__name__}: {error}"
    if failed is not None:
        tell({"id": number, "error": failed})
    else:
        tell({"id": number, "done": True, "finish": finish, "timings": timings})


def _listen(requests: "queue.Queue[dict[str, Any]]") -> None:
    """Read requests until the input ends, and then end the work under way: nobody is left to read its answer."""
    for line in sys.stdin:
        with contextlib.suppress(ValueError):
            requests.put(json.loads(line))
    requests.put({"end": True})
    threading.Timer(2.0, os._exit, (0,)).start()


def _open_output() -> Tell:
    """Return a function that writes lines to stdout; all else that is printed, also by llama.cpp, goes to stderr."""
    output = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)

    def tell(line: dict[str, Any]) -> None:
        with contextlib.suppress(BrokenPipeError):
            output.write(json.dumps(line) + "\n")

    return tell


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
