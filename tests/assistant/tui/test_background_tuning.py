"""Learning in the background: after a lesson with answers enough, beside everything else, told when it is over."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from assistant.desk import Desk
from assistant.desk.tuned_features import KIND, TRAINING
from assistant.desk.tuning import Tuning
from assistant.settings import Settings
from assistant.tui.screens.teach_screen import TeachScreen
from tests.assistant import mosaics
from tests.assistant.tui.conftest import Drive

TOLD = "Features tuned to your answers: pairs it had not seen were told apart"


@pytest.fixture
def taught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Drive:
    """The app on mosaics, half of which were answered."""
    mosaics.hurry(monkeypatch)
    folder = mosaics.draw(tmp_path / "mosaics")
    settings = Settings(workspace=tmp_path / "workspace", offline=True)
    with Desk.open(folder, settings) as desk:
        desk.grouping.group(mosaics.CRITERION, k=3)
        desk.questions.take_answers(mosaics.answers(desk))
    return Drive(folder, settings)


class Gate:
    """Holds whoever tunes at the first report of training until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.open = threading.Event(), threading.Event()
        self.left = threading.Event()
        tune = Tuning.tune

        def held(tuning: Tuning, clustering: Any = None, progress: Any = None) -> Any:
            def tell(stage: str, done: int, total: int) -> None:
                if stage == TRAINING:
                    self.reached.set()
                    self.open.wait(60)
                progress(stage, done, total)

            try:
                return tune(tuning, clustering, tell)
            finally:
                self.left.set()

        monkeypatch.setattr(Tuning, "tune", held)


async def lesson(drive: Drive) -> None:
    """Look at one question and leave."""
    await drive.say_command("/teach")
    await drive.until(lambda: isinstance(drive.app.screen, TeachScreen) and drive.app.screen._question)
    await drive.pilot.press("escape")
    await drive.until(lambda: drive.app.screen is drive.app.main)


def tunings(drive: Drive) -> int:
    assert drive.app.desk is not None
    return sum(event.kind == KIND for event in drive.app.desk.shelf.done())


async def test_after_a_lesson_it_learns_while_the_user_goes_on(
    taught: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch)
    async with taught.run():
        await lesson(taught)
        await taught.until(gate.reached.is_set)
        assert taught.app.main.job is None  # nothing that keeps the user waiting
        await taught.say("rename ash to grey")
        assert "grey" in taught.names() and tunings(taught) == 0
        await taught.say_command("/teach")  # another lesson: it waits, whatever it has learned
        await taught.until(lambda: isinstance(taught.app.screen, TeachScreen) and taught.app.screen._question)
        gate.open.set()
        await taught.pilot.pause(0.5)
        assert tunings(taught) == 0
        await taught.pilot.press("escape")
        await taught.until(lambda: TOLD in taught.spoken(), 120)
        assert "; undo takes it back." in taught.spoken()
        assert tunings(taught) == 1 and "grey" in taught.names()
        await taught.say("/undo")
        await taught.until(lambda: f"Undone: tuned to {mosaics.CRITERION}" in taught.spoken())
        assert tunings(taught) == 0
        await lesson(taught)  # not again, without more answers
        await asyncio.sleep(0.2)
        assert not taught.app.main.tuning.running


async def test_who_leaves_meanwhile_leaves_nothing(taught: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(monkeypatch)
    async with taught.run():
        await lesson(taught)
        await taught.until(gate.reached.is_set)
        gate.open.set()
        taught.app.exit()
    await asyncio.to_thread(gate.left.wait, 60)
    with Desk.open(taught.folder, taught.settings) as desk:
        assert KIND not in [event.kind for event in desk.shelf.log()]
        assert not (desk.shelf.path / "tuned").exists()


async def test_by_key_and_by_name(taught: Drive) -> None:
    async with taught.run():
        await taught.press("escape", "f")
        await taught.until(lambda: TOLD in taught.spoken(), 120)
        assert tunings(taught) == 1
        await taught.say("/undo")
        await taught.say("/tune")
        await taught.until(lambda: taught.spoken().count(TOLD) == 2, 120)
