"""A small drawn collection, a real desk and a real session with the built-in brain, and an app on them."""

import os
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest
from PIL import Image, ImageDraw
from textual.pilot import Pilot
from textual.widgets import Static

from assistant.desk import Desk
from assistant.settings import Settings
from assistant.tui.app import RegroupApp
from assistant.tui.screens.approval_screen import ApprovalScreen
from assistant.tui.widgets.message import Message
from assistant.workspace import Event
from tools.clustering.clustering import Cluster, Clustering

COLOURS = ("#c0392b", "#2980b9", "#f1c40f", "#27ae60")


def draw(folder: Path) -> Path:
    """24 coloured pictures in three shapes, one duplicate, one broken file, one that is no image."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(24):
        size = ((160, 120), (120, 160), (140, 140))[i % 3]
        image = Image.new("RGB", size, COLOURS[i % 4])
        inset = 10 + i * 2
        box = (inset, inset, size[0] - inset, size[1] - inset)
        ImageDraw.Draw(image).ellipse(box, fill="white" if i % 2 else "black")
        image.save(folder / f"IMG_{i:03}.png")
    (folder / "again.png").write_bytes((folder / "IMG_000.png").read_bytes())
    (folder / "broken.jpg").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("no picture either")
    return folder


@pytest.fixture(scope="session", autouse=True)
def cell_size() -> Iterator[None]:
    """Cells of 10 x 20 pixels, also where the tests run in a terminal that says otherwise."""
    from textual_image._terminal import CellSize, get_cell_size

    get_cell_size._result = CellSize(10, 20)  # type: ignore[attr-defined]
    yield


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return draw(tmp_path / "pictures")


@pytest.fixture(scope="session")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which the drawn pictures were looked at once, to be copied: looking takes seconds."""
    root = tmp_path_factory.mktemp("seen")
    folder = draw(root / "pictures")
    with Desk.open(folder, Settings(workspace=root / "workspace", offline=True)) as desk:
        desk.experts.look()
    shutil.rmtree(root / "workspace" / "collections")  # what is known is of pictures, wherever they lie
    return root / "workspace"


@pytest.fixture
def settings(tmp_path: Path, seen: Path) -> Settings:
    """Settings with a workspace of its own that knows the drawn pictures."""
    shutil.copytree(seen, tmp_path / "workspace", dirs_exist_ok=True)
    return Settings(workspace=tmp_path / "workspace", offline=True)


class Drive:
    """An app on a folder, and hands to drive it with."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder, self.settings = folder, settings
        self.app = self.new()
        self.pilot: Pilot[None]

    def new(self) -> RegroupApp:
        """Another app on the same folder: what reopening is."""
        return RegroupApp(self.folder, self.settings)

    @asynccontextmanager
    async def run(
        self, width: int = 120, height: int = 36, app: RegroupApp | None = None
    ) -> AsyncIterator[Self]:
        """Run the app until the folder and the conversation are open."""
        self.app = app or self.app
        async with self.app.run_test(size=(width, height)) as self.pilot:
            await self.until(lambda: self.app.main.session is not None, 200)  # the first one loads LangGraph
            await self.pilot.pause(0.1)
            yield self

    async def until(self, condition: Callable[[], object], seconds: float = 60) -> None:
        """Let the app run until something is the case."""
        for _ in range(int(seconds / 0.05)):
            if condition():
                await self.pilot.pause()
                return
            await self.pilot.pause(0.05)
        raise AssertionError("it never came to that")

    async def press(self, *keys: str) -> None:
        """Press keys and wait until what they began is done."""
        await self.pilot.press(*keys)
        await self.until(lambda: not getattr(self.app.screen, "deciding", False))
        await self.idle()

    async def idle(self) -> None:
        """Wait for work that is under way and for the board to follow."""
        await self.pilot.pause(0.1)
        await self.until(lambda: self.app.main.job is None)
        await self.pilot.pause(0.1)

    async def type(self, text: str) -> None:
        """Type a text and press enter, in whatever has the focus."""
        names = {
            " ": "space",
            "?": "question_mark",
            "/": "slash",
            ".": "full_stop",
            "-": "minus",
            "_": "underscore",
        }
        await self.pilot.press(*(names.get(c, c) for c in text), "enter")

    async def say(self, text: str) -> None:
        """Say a sentence in the input line; back when it was answered or something is asked."""
        self.app.main.input_line.focus()
        self.app.main.input_line.value = text
        await self.pilot.press("enter")
        await self.until(lambda: not self.app.main.input_line.value)
        await self.idle()

    async def say_command(self, text: str) -> None:
        """Type a command after which another screen is the main one."""
        self.app.main.input_line.focus()
        self.app.main.input_line.value = text
        await self.pilot.press("enter")

    async def answerable(self) -> None:
        """Wait until the approval on the screen listens to keys."""
        await self.until(lambda: isinstance(self.app.screen, ApprovalScreen) and self.app.screen.listening)

    def spoken(self) -> str:
        """All that stands in the conversation."""
        return "\n".join(message.text for message in self.app.main.transcript.query(Message))

    def names(self) -> list[str]:
        """The clusters on the board."""
        return [row.name for row in self.app.main.board.data.rows]

    def texts(self) -> str:
        """What the widgets of the screen in front say."""
        shown = [str(w.render()) for w in self.app.screen.query(Static)]
        return "\n".join(shown)


@pytest.fixture
def make_drive(settings: Settings) -> Callable[[Path], Drive]:
    """An app on another folder, with the same settings."""
    return lambda folder: Drive(folder, settings)


@pytest.fixture
def drive(pictures: Path, settings: Settings) -> Drive:
    return Drive(pictures, settings)


SHOWN = "/tmp/regroup-snapshots"
HERE = f"/tmp/regroup-{os.getuid() % 10**9:09}" if hasattr(os, "getuid") else SHOWN
"""Each user of a machine has a folder of their own, as long as the one in the pictures: lines break alike."""
SNAPSHOTS = Path(HERE) / "holiday"
SIZES = [(80, 24), (120, 36), (200, 60)]
NAMES = ["happy", "sad", "what [bold]is[/] this\u202e?", "a name that is a good deal longer than others"]
Step = Callable[["Stage"], Awaitable[None]]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `size` is run at three sizes of the terminal."""
    if "size" in metafunc.fixturenames:
        metafunc.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")


def grouped(images: tuple[str, ...], criterion: str, names: list[str], sure: bool = True) -> Clustering:
    """A clustering that depends on no model: for pictures of the app, which are the same on every machine."""
    n = len(images)
    labels = (np.arange(n, dtype=np.int32) % (len(names) + 1)).astype(np.int32)
    labels[labels == len(names)] = -1
    clusters = tuple(Cluster(f"c{i + 1}", name) for i, name in enumerate(names))
    confidence = np.linspace(0.97, 0.31, n, dtype=np.float32)
    return Clustering(
        criterion, criterion, images, clusters, labels, confidence, sources=("face: expression",), sure=sure
    )


class Stage:
    """The app on fixed data with a clock that stands, and what is done to it before the picture is taken."""

    def __init__(self, settings: Settings, empty: bool = False, folder: Path | None = SNAPSHOTS) -> None:
        self._empty = empty
        self.app = RegroupApp(folder, settings, self._open, clock=lambda: 0.0)
        plain = self.app.export_screenshot
        self.app.export_screenshot = lambda **more: plain(**more).replace(Path(HERE).name, Path(SHOWN).name)
        self.app.animation_level = "none"
        self.pilot: Pilot[None]

    def _open(self, folder: Path, settings: Settings, progress: Any) -> Desk:
        desk = Desk.open(folder, settings, progress=progress)
        if not self._empty:
            ids = desk.collection.ids
            for made in (
                grouped(ids, "emotion", NAMES),
                grouped(ids, "style", ["one", "two"], sure=False),
                grouped(ids, "emotion", NAMES),
            ):
                desk.shelf.record(Event("group", f"grouped by {made.criterion}", made.id, after=made))
            desk.clusterings.choose("emotion")
        return desk

    async def __call__(self, pilot: Pilot[None], step: Step | None) -> None:
        self.pilot = pilot
        if self.app.folder is not None:
            await self.until(lambda: self.app.main.session is not None)
            self.app.main.input_line.cursor_blink = False
            await self.drawn_all()
        if step:
            await step(self)
            await self.drawn_all()

    async def until(self, condition: Callable[[], object]) -> None:
        """Let the app run until something is the case."""
        for _ in range(1200):
            if condition():
                break
            await self.pilot.pause(0.05)
        else:
            raise AssertionError("it never came to that")
        await self.pilot.pause()

    async def drawn_all(self) -> None:
        """Until every picture that has room is drawn."""
        if self.app.picture_mode != "none":
            pictures = self.app.screen.query(".picture")
            await self.until(lambda: all(p.query("._drawn") for p in pictures if p.content_size.area))
        await self.pilot.pause(0.1)

    async def answerable(self, screen: ApprovalScreen) -> None:
        """Show an approval until it listens to keys."""
        self.app.push_screen(screen)
        await self.until(lambda: screen.listening)


@pytest.fixture(scope="session")
def drawn() -> Path:
    """The drawn pictures at a place that is the same everywhere: it can be seen in the pictures of the app."""
    if sys.platform != "linux":
        pytest.skip("the folder's path is in the picture")
    for folder in (SNAPSHOTS.with_name("another"), SNAPSHOTS):
        if not folder.exists():  # drawn aside: other tests may look into it at the same time
            aside = draw(folder.with_name(f"{folder.name}-{os.getpid()}"))
            with suppress(OSError):
                aside.rename(folder)
            shutil.rmtree(aside, ignore_errors=True)
    return SNAPSHOTS


@pytest.fixture
def snapshot_of(drawn: Path, settings: Settings, snap_compare: Any) -> Callable[..., bool]:
    """Compares a picture of the app with the one that a person approved."""

    def compare(
        size: tuple[int, int],
        step: Step | None = None,
        empty: bool = False,
        folder: Path | None = SNAPSHOTS,
        **set: Any,
    ) -> bool:
        stage = Stage(settings.model_copy(update=set), empty, folder)
        return bool(snap_compare(stage.app, terminal_size=size, run_before=lambda pilot: stage(pilot, step)))

    return compare
