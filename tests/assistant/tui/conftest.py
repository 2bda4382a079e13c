"""A small drawn collection, a real desk and a real session with the built-in brain, and an app on them."""

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

import pytest
from PIL import Image, ImageDraw
from textual.pilot import Pilot
from textual.widgets import Static

from assistant.desk import Desk
from assistant.settings import Settings
from assistant.tui.app import RegroupApp
from assistant.tui.screens.approval import ApprovalScreen
from assistant.tui.widgets.message import Message

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
        desk.look()
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
        return RegroupApp(
            lambda progress: Desk.open(self.folder, self.settings, progress=progress), self.settings
        )

    @asynccontextmanager
    async def run(
        self, width: int = 120, height: int = 36, app: RegroupApp | None = None
    ) -> AsyncIterator[Self]:
        """Run the app until the folder and the conversation are open."""
        self.app = app or self.app
        async with self.app.run_test(size=(width, height)) as self.pilot:
            await self.until(lambda: self.app.main.session is not None)
            await self.pilot.pause(0.1)
            yield self

    async def until(self, condition: Callable[[], object], seconds: float = 30) -> None:
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
        self.app.main.entry.focus()
        self.app.main.entry.value = text
        await self.pilot.press("enter")
        await self.until(lambda: not self.app.main.entry.value)
        await self.idle()

    async def answerable(self) -> None:
        """Wait until the approval on the screen listens to keys."""
        await self.until(lambda: isinstance(self.app.screen, ApprovalScreen) and not self.app.screen.deaf)

    def spoken(self) -> str:
        """All that stands in the conversation."""
        return "\n".join(message.text for message in self.app.main.conversation.query(Message))

    def names(self) -> list[str]:
        """The clusters on the board."""
        return [row.name for row in self.app.main.board.data.rows]

    def texts(self) -> str:
        """What the widgets of the screen in front say."""
        shown = [str(w.render()) for w in self.app.screen.query(Static)]
        return "\n".join(shown)


@pytest.fixture
def drive(pictures: Path, settings: Settings) -> Drive:
    return Drive(pictures, settings)
