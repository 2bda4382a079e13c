"""The plan of an export that adds: where each picture goes, which folders are new, and that the rest stays."""

from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from assistant.tui.screens.choice_screen import ChoiceScreen
from assistant.tui.screens.export_screen import ExportFacts, ExportScreen, export_text
from assistant.tui.screens.prompt_screen import PromptScreen

FACTS = ExportFacts(
    target="/home/you/sorted",
    mode="copy",
    folders=(("animals/cats", 2), ("[b]dogs[/b]", 1)),
    files=3,
    bytes=3000,
    renamed=1,
    left=(("odd.jpg", "in no group yet"),),
    numbered=(("animals/cats/a (2).jpg", "a.jpg"),),
    adds=True,
    into=("animals/cats",),
    placed=(
        ("animals/cats/a (2).jpg", "/new/a.jpg"),
        ("animals/cats/b.jpg", "/new/b.jpg"),
        ("[b]dogs[/b]/c.jpg", "/new/c.jpg"),
    ),
)


def test_every_picture_is_shown_with_its_place_and_new_folders_as_new() -> None:
    lines = export_text(FACTS).plain.splitlines()
    assert "├── animals/cats/  2" in lines and "├── [b]dogs[/b]/  1  new" in lines
    assert "│     a (2).jpg  from /new/a.jpg" in lines and "│     c.jpg  from /new/c.jpg" in lines
    assert "What is there already stays as it is." in lines and "  odd.jpg: in no group yet" in lines
    assert not any("manifest.json" in line for line in lines)


def test_the_question_is_another_one_than_for_a_new_folder() -> None:
    from dataclasses import replace

    assert ExportScreen(FACTS).question == "Add these pictures to that folder?"
    assert ExportScreen(replace(FACTS, adds=False)).question == "Export these groups?"


async def test_the_folder_that_was_sorted_like_is_proposed_for_folders_alone(
    drive: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with drive.run():
        await drive.say("group by background colour into 3")
        monkeypatch.setattr(drive.app.desk.exports, "home", lambda clustering: Path("/home/you/sorted"))
        await drive.press("escape")
        for way, proposed in (("copy the files", True), ("a table (CSV)", False)):
            await drive.press("e")
            await drive.until(lambda: isinstance(drive.app.screen, ChoiceScreen))
            options = drive.app.screen.query_one("OptionList")
            texts = [str(option.prompt) for option in options.options]
            options.highlighted = next(i for i, text in enumerate(texts) if text.startswith(way))
            await drive.press("enter")
            await drive.until(lambda: isinstance(drive.app.screen, PromptScreen))
            value = drive.app.screen.query_one(Input).value
            assert (value == "/home/you/sorted") == proposed
            await drive.press("escape")


def test_all_sidecars_are_counted_where_the_first_alone_are_listed() -> None:
    facts = ExportFacts(
        "/t", "copy", (), 0, 0, 0, (), form="tags", written=(("a.xmp", "new"), ("b.xmp", "added to")),
        tags=(("red", 3000),), sidecars=3000, added_to=1200,
    )  # fmt: skip
    shown = export_text(facts).plain
    assert "3,000 sidecars (1,800 new, 1,200 added to)" in shown and "and 2,992 more" in shown


async def test_a_reason_that_names_a_further_group_changes_the_plan(drive: Any, tmp_path: Any) -> None:
    async with drive.run():
        await drive.say("group by background colour into 4")
        first, second, *_ = drive.names()
        await drive.say(f'export {first} to "{tmp_path / "sorted"}"')
        await drive.answerable()
        await drive.press("r")
        await drive.type(f"and {second} too")
        await drive.answerable()
        assert len(drive.app.main.turns.approval.only) == 2 and not (tmp_path / "sorted").exists()
