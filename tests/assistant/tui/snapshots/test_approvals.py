"""What is approved, exactly as it will happen; hidden characters are made visible."""

from typing import Any

from assistant.tui.screens.criteria_screen import CriteriaScreen, Option
from assistant.tui.screens.export_screen import ExportFacts, ExportScreen
from assistant.tui.screens.sending_screen import SendingFacts, SendingScreen

Size = tuple[int, int]


def test_criteria(snapshot_of: Any, size: Size) -> None:
    async def ask(stage: Any) -> None:
        options = [
            Option("emotion", "faces in 20 of 24 images", 0.82, (("happy", 12), ("[b]sad[/b]", 3))),
            Option("colour", "two values in all images", 0.64, (("red", 12), ("blue", 12))),
            Option("style\u202e", "", 0.31),
        ]
        await stage.answerable(CriteriaScreen(options))

    assert snapshot_of(size, ask)


def test_export(snapshot_of: Any, size: Size) -> None:
    async def ask(stage: Any) -> None:
        left = (("notes.txt", "not an image"), ("again.png", "a duplicate of IMG_000.png"))
        folders = (("happy", 12), ("sad\u202e", 7), ("_unsorted", 5))
        taken = (("happy/IMG_1 (2).png", "IMG_1.png"), ("happy/IMG_2 (2).png", "img_2.png"))
        facts = ExportFacts("/out/by emotion", "move", folders, 24, 3_400_000, 2, left, taken)
        await stage.answerable(ExportScreen(facts))

    assert snapshot_of(size, ask)


def test_send(snapshot_of: Any, size: Size) -> None:
    async def ask(stage: Any) -> None:
        facts = SendingFacts(
            "api.example.org", "openai:some-model", False, 24, 1_200_000, 1105, "$0.04", ("emotion", "style")
        )
        await stage.answerable(SendingScreen(facts))

    assert snapshot_of(size, ask)
