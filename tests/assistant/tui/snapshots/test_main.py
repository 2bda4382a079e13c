"""The main screen, dark, light, without pictures, in letters, and where nothing was said yet.

Update pictures with --snapshot-update, and look at them.
"""

from typing import Any

Size = tuple[int, int]


async def talk(stage: Any) -> None:
    conversation = stage.app.main.transcript
    conversation.say("user", "put the first two together")
    conversation.card("merge_groups", {"groups": ["1", "2"]}).finish("merged happy and sad", True)
    conversation.card("export", {"folder": "/out"}).finish("the folder is not empty", False)
    conversation.say("assistant", "Done: [b]happy[/b] and sad are one group now.")
    conversation.error("there is nothing to undo")
    await stage.pilot.press("escape", "down", "space")


def test_main(snapshot_of: Any, size: Size) -> None:
    assert snapshot_of(size, talk)


def test_light(snapshot_of: Any, size: Size) -> None:
    assert snapshot_of(size, talk, theme="light")


def test_without_pictures(snapshot_of: Any, size: Size) -> None:
    assert snapshot_of(size, talk, images=False)


def test_first_run(snapshot_of: Any, size: Size) -> None:
    assert snapshot_of(size, empty=True)


def test_letters(snapshot_of: Any) -> None:
    async def letters(stage: Any) -> None:
        await stage.app.show_pictures("ascii")

    assert snapshot_of((120, 36), letters)


def test_a_criterion_that_no_model_sees(snapshot_of: Any) -> None:
    async def turn(stage: Any) -> None:
        await stage.pilot.press("escape", "right")
        await stage.until(lambda: stage.app.main.board.data.current == "style")

    assert snapshot_of((120, 36), turn)


def test_tiny(snapshot_of: Any) -> None:
    assert snapshot_of((20, 5), talk)


def test_a_tool_card_unfolded(snapshot_of: Any) -> None:
    async def unfold(stage: Any) -> None:
        card = stage.app.main.transcript.card("group_by", {"criterion": "emotion", "groups": 4})
        card.finish('24 images grouped by "emotion" into 4 groups:\n  1. "happy": 5 images\x1b[31m', True)
        await stage.pilot.press("shift+tab", "enter")

    assert snapshot_of((120, 36), unfold)
