"""Nothing blocks: a key answers while work runs, and the loop is never held."""

import asyncio
import gc
import hashlib
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from PIL import Image
from textual.events import Key

from assistant.tui.app import IDLE_SECONDS, SWITCH_SECONDS, RegroupApp
from assistant.tui.screens.cluster_screen import ClusterScreen
from assistant.workspace import Event
from tools.clustering.clustering import Cluster, Clustering

KEY_SECONDS, BLOCKED_SECONDS = 0.05, 0.1


@pytest.fixture
def busiest(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the event loop was held by one callback, in seconds of the main thread's own time, longest last.

    Its own time, because on a busy machine everything takes long.
    """
    held: list[float] = [0.0]
    run = asyncio.events.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        begun = time.thread_time()
        run(handle)
        held.append(max(held[-1], time.thread_time() - begun))
        del held[:-1]

    monkeypatch.setattr(asyncio.events.Handle, "_run", timed)
    return held


def sent(app: RegroupApp, key: str, character: str | None = None) -> None:
    """Hand a key to the app as the terminal's driver does, and wait for nothing, as `Pilot.press` would."""
    event = Key(key, character)
    event.set_sender(app)
    assert app._driver is not None
    app._driver.send_message(event)


async def until(condition: Callable[[], object], step: float, what: str) -> None:
    """Look every `step` seconds whether something is the case; `Pilot.pause` waits for whole queues."""
    end = time.perf_counter() + 60
    while not condition():
        assert time.perf_counter() < end, f"never: {what}"
        await asyncio.sleep(step)


async def answered(app: RegroupApp, letter: str) -> float:
    """Seconds from a letter's key until the input line has the letter."""
    wanted = app.main.input_line.value + letter
    begun = time.perf_counter()
    sent(app, letter, letter)
    await until(lambda: app.main.input_line.value == wanted, 0.001, f"{letter} is answered")
    return time.perf_counter() - begun


@contextmanager
def working(threads: int = 4) -> Iterator[None]:
    """Work that takes the processor as a job does, and never Python's lock."""
    done = threading.Event()

    def work() -> None:
        while not done.is_set():
            hashlib.pbkdf2_hmac("sha256", b"", b"", 20_000)

    with ThreadPoolExecutor(threads) as pool:
        for _ in range(threads):
            pool.submit(work)
        try:
            yield
        finally:
            done.set()


async def test_keys_are_answered_while_a_job_works(drive: Any, busiest: list[float]) -> None:
    rng = np.random.default_rng(0)
    for i in range(60):  # real work: pictures that nobody has seen
        Image.fromarray(rng.integers(0, 255, (200, 200, 3), np.uint8)).save(drive.folder / f"new_{i}.png")
    async with drive.run():
        main = drive.app.main
        main.input_line.focus()
        with working():
            usual = [await answered(drive.app, "a") for _ in range(20)]
        main.input_line.value = "group by background colour into 4"
        sent(drive.app, "enter")
        await until(lambda: main.job is not None and main.job.state[2], 0.01, "the job has begun to look")
        job, busiest[:] = main.job, [0.0]
        took = []
        while main.job is job and len(took) < 40:
            took.append(await answered(drive.app, "a"))
            await asyncio.sleep(0.02)
        assert len(took) >= 10, "the job was over too soon to measure anything"
        assert main.input_line.value == "a" * len(took) and not job.cancelled
        assert busiest[0] < BLOCKED_SECONDS
        await drive.press("escape", "ctrl+c")
        await drive.idle()
        with working():
            usual += [await answered(drive.app, "a") for _ in range(20)]
        # Where others keep the machine busy, a key takes long whatever the work is.
        assert statistics.median(took) < max(KEY_SECONDS, 3 * statistics.median(usual))


async def test_work_is_held_and_goes_on(drive: Any) -> None:
    async with drive.run():
        done = threading.Event()
        steps: list[int] = []

        def slow(*args: Any, progress: Any, **more: Any) -> Any:
            for step in range(200):
                progress("looking", step, 200)
                steps.append(step)
                time.sleep(0.02)
            done.set()
            raise RuntimeError("the end of it")

        drive.app.desk.grouping.group = slow
        await drive.type("group by background colour into 4")
        await drive.until(lambda: len(steps) > 3)
        await drive.pilot.press("ctrl+s")
        await drive.pilot.pause(0.3)
        held = len(steps)
        await drive.pilot.pause(0.5)
        assert len(steps) == held and drive.app.main.job.paused
        assert "paused, ctrl+s resumes" in str(drive.app.main.status.query_one("#job").render())
        await drive.pilot.press("ctrl+s")
        await drive.until(lambda: len(steps) > held + 3)
        await drive.pilot.press("ctrl+s")
        await drive.pilot.press("ctrl+c")  # what is held can be cancelled
        await drive.idle()
        assert not done.is_set()
        await drive.pilot.press("ctrl+s")
        assert "nothing is running" in str(drive.app.main.status.query_one("#job").render())


async def test_pages_of_48_turn_without_holding_the_loop(drive: Any, busiest: list[float]) -> None:
    rng = np.random.default_rng(1)
    for i in range(136):
        Image.fromarray(rng.integers(0, 255, (40, 60, 3), np.uint8)).save(drive.folder / f"new_{i}.png")
    async with drive.run():
        ids = drive.app.desk.collection.ids
        whole = Cluster("c1", "all")
        labels, confidence = np.zeros(len(ids), np.int32), np.full(len(ids), 0.5, np.float32)
        made = Clustering("page", "page", ids, (whole,), labels, confidence, sources=("nobody",), sure=True)
        drive.app.desk.shelf.record(Event("group", "grouped by page", "page", after=made))
        await drive.app.push_screen(ClusterScreen("page", "c1"))
        grid = drive.app.screen.grid

        def drawn(page: int) -> bool:
            """Whether this page's pictures stand there, those in sight drawn."""
            cells = grid.query("GridCell").results()
            shown = [cell.item.sha for cell in cells if cell.query("._drawn")]
            start = page * grid.per_page
            wanted = [item.sha for item in grid.items[start : start + grid.per_page]]
            return grid.page == page and len(grid.children) == len(wanted) and wanted[:9] == shown[:9]

        await until(lambda: grid.items and drawn(0), 0.02, "the first page is drawn")
        assert len(grid.items) == len(ids) >= 150 and grid.per_page >= 48
        for page, key in [(1, "pagedown"), (2, "pagedown"), (3, "pagedown"), (2, "pageup"), (1, "pageup")]:
            busiest[:] = [0.0]
            sent(drive.app, key)
            await until(lambda page=page: drawn(page), 0.02, f"page {page} is drawn")
            assert busiest[0] < BLOCKED_SECONDS
            assert len(grid.query("._drawn")) < grid.per_page  # what is not in sight is not drawn
        for line in range(1, 7):
            busiest[:] = [0.0]
            sent(drive.app, "down")
            wanted = grid.per_page + line * grid.styles.grid_size_columns
            await until(lambda wanted=wanted: grid.cursor == wanted, 0.01, "the cursor moves")
            await asyncio.sleep(0.1)
            assert busiest[0] < BLOCKED_SECONDS


async def test_garbage_is_looked_for_while_nobody_types(drive: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[float] = []
    async with drive.run():
        now = [100.0]
        drive.app.clock = lambda: now[0]
        monkeypatch.setattr(gc, "collect", lambda: looked.append(now[0]))
        await drive.pilot.press("a")
        drive.app._collect_garbage()
        assert not looked
        now[0] += IDLE_SECONDS + 1
        drive.app._collect_garbage()
        drive.app._collect_garbage()  # nothing was done since
        assert looked == [now[0]]


async def test_keys_wait_less_for_the_interpreter_while_the_app_runs(drive: Any) -> None:
    usual = sys.getswitchinterval(), gc.get_threshold()
    assert usual[0] > SWITCH_SECONDS
    async with drive.run():
        assert sys.getswitchinterval() == pytest.approx(SWITCH_SECONDS)
        await drive.pilot.press("a")
        await drive.app._open(
            drive.app.main._choice, drive.app.settings
        )  # as going to another conversation does
        assert sys.getswitchinterval() == pytest.approx(SWITCH_SECONDS)
    assert (sys.getswitchinterval(), gc.get_threshold()) == usual
