"""What the app looks like, at three sizes, on fixed data. Update with --snapshot-update and look at the pictures."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from textual.pilot import Pilot

from assistant.desk import Desk
from assistant.settings import Settings
from assistant.tui.app import RegroupApp
from assistant.tui.screens.approval import ApprovalScreen
from assistant.tui.screens.approve_criteria import CriteriaScreen, Option
from assistant.tui.screens.approve_export import ExportFacts, ExportScreen
from assistant.tui.widgets.grid import PictureGrid
from assistant.workspace import Event, Workspace
from tools.clustering import Cluster, Clustering

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the folder's path is in the picture")

FOLDER = Path("/tmp/regroup-snapshots/holiday")
SIZES = [(80, 24), (120, 36), (200, 60)]
Step = Callable[["Stage"], Awaitable[None]]


def clustering(images: tuple[str, ...], criterion: str, names: list[str], sure: bool = True) -> Clustering:
    n = len(images)
    labels = (np.arange(n, dtype=np.int32) % (len(names) + 1)).astype(np.int32)
    labels[labels == len(names)] = -1
    clusters = tuple(Cluster(f"c{i + 1}", name) for i, name in enumerate(names))
    confidence = np.linspace(0.97, 0.31, n, dtype=np.float32)
    return Clustering(
        criterion, criterion, images, clusters, labels, confidence, sources=("face: expression",), sure=sure
    )


class Stage:
    """The app on fixed data, and what is done to it before the picture is taken."""

    def __init__(self, drawn: Path, settings: Settings) -> None:
        self.drawn, self.settings = drawn, settings
        self.app = RegroupApp(self._open, settings, clock=lambda: 0.0)
        self.app.animation_level = "none"
        self.pilot: Pilot[None]

    def _open(self, progress: Any) -> Desk:
        desk = Desk.open(self.drawn, self.settings, Workspace(self.settings.workspace), progress)
        names = [
            "happy",
            "sad",
            "what [bold]is[/] this\u202e?",
            "a name that is a good deal longer than others",
        ]
        for made in (
            clustering(desk.collection.ids, "emotion", names),
            clustering(desk.collection.ids, "style", ["one", "two"], sure=False),
            clustering(desk.collection.ids, "emotion", names),
        ):
            desk.shelf.record(Event("group", f"grouped by {made.criterion}", made.id, after=made))
        desk.choose("emotion")
        return desk

    async def __call__(self, pilot: Pilot[None], step: Step | None) -> None:
        self.pilot = pilot
        await self.until(lambda: self.app.main.session is not None)
        self.app.main.entry.cursor_blink = False
        await self.drawn_all()
        if step:
            await step(self)
            await self.drawn_all()

    async def until(self, condition: Callable[[], object]) -> None:
        for _ in range(600):
            if condition():
                break
            await self.pilot.pause(0.05)
        else:
            raise AssertionError("it never came to that")
        await self.pilot.pause()

    async def drawn_all(self) -> None:
        """Until every picture that has room is drawn."""
        if self.app.pictures != "none":
            pictures = self.app.screen.query(".picture")
            await self.until(lambda: all(p.query("._drawn") for p in pictures if p.content_size.area))
        await self.pilot.pause(0.2)


@pytest.fixture(scope="session")
def drawn() -> Path:
    import importlib.util

    spec = importlib.util.spec_from_file_location("drawing", Path(__file__).parent / "conftest.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return Path(module.draw(FOLDER))


@pytest.fixture
def snapshot_of(drawn: Path, settings: Settings, snap_compare: Any) -> Callable[..., bool]:
    """Compares a picture of the app with the one that a person approved."""

    def compare(size: tuple[int, int], step: Step | None = None, images: bool = True) -> bool:
        stage = Stage(drawn, settings.model_copy(update={"images": images}))
        return bool(snap_compare(stage.app, terminal_size=size, run_before=lambda pilot: stage(pilot, step)))

    return compare


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_main(snapshot_of: Any, size: tuple[int, int]) -> None:
    async def talk(stage: Stage) -> None:
        conversation = stage.app.main.conversation
        conversation.say("user", "put the first two together")
        conversation.card("merge_groups", {"groups": ["1", "2"]}).finish("merged happy and sad", True)
        conversation.card("export", {"folder": "/out"}).finish("the folder is not empty", False)
        conversation.say("assistant", "Done: [b]happy[/b] and sad are one group now.")
        conversation.error("there is nothing to undo")
        await stage.pilot.press("escape", "down", "space")

    assert snapshot_of(size, talk)


def test_without_pictures(snapshot_of: Any) -> None:
    assert snapshot_of((80, 24), images=False)


def test_a_criterion_that_no_model_sees(snapshot_of: Any) -> None:
    async def turn(stage: Stage) -> None:
        await stage.pilot.press("escape", "right")
        await stage.until(lambda: stage.app.main.board.data.current == "style")

    assert snapshot_of((120, 36), turn)


def test_a_cluster(snapshot_of: Any) -> None:
    async def enter(stage: Stage) -> None:
        await stage.pilot.press("escape", "enter")
        await stage.until(
            lambda: stage.app.screen.query(PictureGrid) and stage.app.screen.query(".grid-cell")
        )
        await stage.pilot.press("space", "right")

    assert snapshot_of((120, 36), enter)


def test_criteria(snapshot_of: Any) -> None:
    async def ask(stage: Stage) -> None:
        await approve(
            stage,
            CriteriaScreen(
                [
                    Option("emotion", "faces in 20 of 24 images", 0.82, (("happy", 12), ("[b]sad[/b]", 3))),
                    Option("colour", "two values in all images", 0.64, (("red", 12), ("blue", 12))),
                    Option("style", "", 0.31),
                ]
            ),
        )

    assert snapshot_of((80, 24), ask)


def test_export(snapshot_of: Any) -> None:
    async def ask(stage: Stage) -> None:
        left = (("notes.txt", "not an image"), ("again.png", "a duplicate of IMG_000.png"))
        folders = (("happy", 12), ("sad", 7), ("_unsorted", 5))
        await approve(
            stage, ExportScreen(ExportFacts("/out/by emotion", "move", folders, 24, 3_400_000, 2, left))
        )

    assert snapshot_of((120, 36), ask)


async def approve(stage: Stage, screen: ApprovalScreen) -> None:
    stage.app.push_screen(screen)
    await stage.until(lambda: not screen.deaf)
