"""Long work in the status line: how far, how fast, how long yet; held; and what was typed meanwhile."""

from typing import Any


def at_work(stage: Any, paused: bool = False) -> None:
    now = [0.0]
    stage.app.clock = lambda: now[0]
    job = stage.app.main.begin("looking")
    job("looking", 0, 340)
    now[0] = 4.0
    job("looking", 120, 340)
    job.pause(paused)
    stage.app.main.turns.queue.add("then merge 1 and 2")


def test_progress(snapshot_of: Any) -> None:
    async def work(stage: Any) -> None:
        at_work(stage)
        await stage.pilot.pause(0.3)

    assert snapshot_of((120, 36), work)


def test_paused(snapshot_of: Any) -> None:
    async def work(stage: Any) -> None:
        at_work(stage, paused=True)
        await stage.pilot.pause(0.3)

    assert snapshot_of((80, 24), work)
