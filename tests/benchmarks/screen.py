"""Measure the terminal app on a folder that was looked at before: `python -m tests.benchmarks.screen FOLDER`.

The app runs as it does in a terminal, without one. Each figure is told as seconds by the clock, which say how busy the
machine is as well, and as seconds of the thread's (or the process's) own time, which do not.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil

STARTED = psutil.Process().create_time()
KEYS = 60


class Watch:
    """How long callbacks hold the event loop, in the main thread's own time."""

    def __init__(self) -> None:
        self.longest, self.what = 0.0, ""
        run = asyncio.events.Handle._run

        def timed(handle: asyncio.Handle) -> None:
            begun = time.thread_time()
            run(handle)
            took = time.thread_time() - begun
            if took > self.longest:
                # A step of a task says whose it is.
                task = getattr(getattr(handle, "_callback", None), "__self__", None)
                self.longest, self.what = took, f"{handle!r} {task!r}"

        asyncio.events.Handle._run = timed  # type: ignore[method-assign]

    @asynccontextmanager
    async def during(self, what: str) -> AsyncIterator[None]:
        """Measure what happens inside, and say it."""
        self.longest, self.what = 0.0, ""
        begun, own = time.perf_counter(), time.thread_time()
        yield
        took, own = time.perf_counter() - begun, time.thread_time() - own
        rss = psutil.Process().memory_info().rss / 1e6
        say(
            what, f"{took:.2f} s, own {own:.2f} s; longest callback {self.longest * 1e3:.0f} ms; {rss:.0f} MB"
        )
        if self.longest > 0.1:
            print("    held by", self.what[:600], flush=True)


def say(what: str, how: str) -> None:
    """One line of the report."""
    print(f"{what:40} {how}", flush=True)


async def until(condition: Callable[[], object], seconds: float = 600) -> None:
    """Look again and again whether something is the case."""
    end = time.perf_counter() + seconds
    while not condition():
        if time.perf_counter() > end:
            raise TimeoutError("it never came to that")
        await asyncio.sleep(0.005)


async def measure(folder: Path, workspace: Path, sentence: str) -> None:
    """Open the folder, say a sentence, type meanwhile, and look through the groups."""
    from textual.events import Key

    from assistant.settings import Settings
    from assistant.tui.app import RegroupApp
    from assistant.tui.screens.cluster_screen import ClusterScreen
    from assistant.tui.screens.picture_screen import PictureScreen

    app = RegroupApp(folder, Settings(workspace=workspace, offline=True))
    watch = Watch()

    def send(key: str, character: str | None = None) -> None:
        event = Key(key, character)
        event.set_sender(app)
        assert app._driver is not None
        app._driver.send_message(event)

    async def typed() -> float:
        app.main.input_line.value = ""
        begun = time.perf_counter()
        send("a", "a")
        await until(lambda: app.main.input_line.value == "a")
        return time.perf_counter() - begun

    async with app.run_test(size=(120, 36)):
        await until(lambda: app.main.is_mounted and app.main.input_line.region.area)
        process = psutil.Process()
        cpu = sum(process.cpu_times()[:2])
        say("first paint", f"{time.time() - STARTED:.2f} s, own {cpu:.2f} s since the process began")
        async with watch.during("contact sheet, 12 pictures, or groups"):
            sheet = app.main.board.sheet
            await until(lambda: len(sheet.query("._drawn")) >= 12 or app.main.board.data.rows)
        async with watch.during("the folder and the conversation open"):
            await until(lambda: app.main.session is not None and app.main.job is None)
        idle = [await typed() for _ in range(KEYS)]
        app.main.input_line.value = sentence
        async with watch.during(sentence):
            send("enter")
            await until(lambda: app.main.job is not None)
            busy = []
            while app.main.job is not None:
                busy.append(await typed())
                await asyncio.sleep(0.02)
            await until(lambda: app.main.board.data.rows)
        for name, took in (("a key", idle), ("a key during it", busy)):
            worst = sorted(took)[int(len(took) * 0.95)]
            say(
                name,
                f"median {statistics.median(took) * 1e3:.1f} ms, 95 % {worst * 1e3:.0f} ms of {len(took)}",
            )
        for row in sorted(app.main.board.data.rows, key=lambda row: -row.size)[:3]:
            async with watch.during(f"open {row.size:,} images"):
                assert app.main.clustering_id is not None
                screen = ClusterScreen(app.main.clustering_id, row.cluster)
                await app.push_screen(screen)
                await until(
                    lambda screen=screen: screen.grid.items and len(screen.grid.query("._drawn")) >= 5
                )
            async with watch.during("  10 pages"):
                for _ in range(10):
                    page = screen.grid.page
                    send("pagedown")
                    last = page == screen.grid.pages - 1
                    await until(lambda screen=screen, page=page, last=last: last or screen.grid.page > page)
                    await asyncio.sleep(0.3)
            async with watch.during("  5 pictures"):
                for _ in range(5):
                    send("enter")
                    await until(lambda: isinstance(app.screen, PictureScreen) and app.screen.query("._drawn"))
                    send("escape")
                    await until(lambda screen=screen: app.screen is screen)
                    send("right")
            send("escape")
            await until(lambda: app.screen is app.main)


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--say", default="group by colour into 8")
    given = parser.parse_args()
    asyncio.run(measure(given.folder, given.workspace, given.say))


if __name__ == "__main__":
    main()
