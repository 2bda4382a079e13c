"""The worker process around any program that speaks its lines: no model is needed."""

import threading
import time
from pathlib import Path

import pytest

from assistant.agent.gguf import worker as workers
from assistant.agent.gguf.worker import Worker, WorkerError

SILENT = """
import sys, time
print('{"ready": true}', flush=True)
sys.stdin.readline()
time.sleep(60)
"""


def test_who_is_stopped_while_waiting_for_a_turn_starts_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script, model = tmp_path / "silent.py", tmp_path / "m.gguf"
    script.write_text(SILENT)
    model.touch()
    monkeypatch.setattr(workers, "_SERVER", script)
    worker = Worker(model, 512)
    failed: list[str] = []

    def ask() -> None:
        try:
            list(worker.ask({}))
        except WorkerError as error:
            failed.append(str(error))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    threads[0].start()
    until = time.monotonic() + 10
    while worker._last_id == 0 and time.monotonic() < until:
        time.sleep(0.01)
    threads[1].start()
    time.sleep(0.2)
    worker.kill()
    for thread in threads:
        thread.join(10)
    assert len(failed) == 2 and worker.pid is None
    worker.close()
