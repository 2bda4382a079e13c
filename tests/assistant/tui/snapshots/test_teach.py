"""The teaching screen: one picture, and two."""

from typing import Any

from assistant.tui.screens.teach_screen import TeachScreen
from tools.teach.question import Question

Size = tuple[int, int]
NAMES = ("happy", "sad", "what [bold]is[/] this\u202e?")


async def teach(stage: Any, count: int, enough: bool) -> None:
    images = stage.app.desk.collection.ids[2 : 2 + count]
    question = Question(images, NAMES, "no picture like it was named yet", 0.031, enough)
    stage.app.desk.questions.ask = lambda *a, **more: question
    await stage.pilot.press("escape", "t")
    await stage.until(lambda: isinstance(stage.app.screen, TeachScreen) and stage.app.screen._question)


def test_one_picture(snapshot_of: Any, size: Size) -> None:
    async def one(stage: Any) -> None:
        await teach(stage, 1, False)
        await stage.pilot.press("w")

    assert snapshot_of(size, one)


def test_two_pictures(snapshot_of: Any, size: Size) -> None:
    async def two(stage: Any) -> None:
        await teach(stage, 2, True)

    assert snapshot_of(size, two)
