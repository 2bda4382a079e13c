"""What is typed after a "/", by key and from the palette: the same command."""

from pathlib import Path
from typing import Any

import pytest

from assistant.settings import Settings, config_file
from assistant.text.commands import slashes, typed
from tools.errors import UsageError


def test_a_command_a_sentence_and_a_path() -> None:
    command, argument = typed("/theme light") or pytest.fail("it is a command")
    assert (command.slash, argument) == ("theme", "light")
    assert typed("group by emotion") is None
    assert typed("/home/me/pictures") is None and typed("/") is None
    with pytest.raises(UsageError, match="did you mean /theme"):
        typed("/thme")
    with pytest.raises(UsageError, match="no command /theme in plain mode"):
        typed("/theme", plain=True)
    assert len({c.slash for c in slashes()}) == len(slashes())


async def test_a_theme_is_kept_and_an_unknown_one_refused(drive: Any) -> None:
    async with drive.run():
        await drive.say("/theme light")
        await drive.until(lambda: "The theme is light now; this is kept in" in drive.spoken())
        assert drive.app.theme == "regroup-light"
        assert 'theme = "light"' in config_file().read_text("utf-8") and Settings().theme == "light"
        await drive.press("f6")
        await drive.until(lambda: drive.app.theme == "regroup-dark")
        await drive.say("/theme mauve")
        assert 'There is no theme "mauve"; there are dark and light' in drive.spoken()
        await drive.say_command("/frobnicate")
        await drive.until(lambda: "There is no command /frobnicate" in drive.spoken())
        assert drive.app.main.input_line.value == "/frobnicate"  # to be put right
        assert len(await drive.app.main.session.history()) == 0  # no brain was asked


async def test_cost_model_and_tier_say_what_is(drive: Any) -> None:
    async with drive.run():
        for name in ("/cost", "/model", "/tier"):
            await drive.say(name)
        await drive.until(lambda: "Others: /tier auto|bundled|hub|hosted" in drive.spoken())
        assert "built-in brain; bundled models look at 24 images." in drive.spoken().lower()
        assert 'thinks. Another: /model NAME, such as "builtin"' in drive.spoken()


async def test_another_model_thinks_at_once_and_the_conversation_goes_on(drive: Any) -> None:
    async with drive.run():
        await drive.say("group by background colour into 4")
        await drive.say("/model nobody:nothing")
        assert 'Model "nobody:nothing" is not known' in drive.spoken()
        before = drive.app.main
        await drive.say_command("/model builtin")
        await drive.until(lambda: drive.app.main is not before and drive.app.main.session is not None)
        await drive.idle()
        assert drive.app.desk.settings.model == "builtin"
        assert len(drive.names()) == 4 and "group by background colour into 4" in drive.spoken()


async def test_export_undo_and_redo(drive: Any) -> None:
    target = drive.folder.parent / "out"
    async with drive.run():
        await drive.say("group by background colour into 4")
        await drive.say(f"/export {target}")
        await drive.until(lambda: drive.app.screen is not drive.app.main)
        await drive.pilot.press("enter")
        await drive.answerable()
        await drive.press("y")
        await drive.until(lambda: "Exported 24 files" in drive.spoken())
        await drive.say("/undo")
        await drive.until(lambda: "Undone: copied" in drive.spoken())
        assert not target.exists()
        await drive.say("/redo")
        await drive.until(lambda: "Redone: copied" in drive.spoken())
        assert (target / "manifest.json").is_file()


async def test_a_report_is_written_where_it_is_said_and_never_over_another(
    drive: Any, tmp_path: Path
) -> None:
    async with drive.run():
        await drive.say(f"/report {tmp_path / 'early'}")
        await drive.until(lambda: "nothing is grouped yet" in drive.spoken().lower())
        await drive.say("group by background colour into 4")
        await drive.say(f"/report {tmp_path / 'report'}")
        await drive.until(lambda: "The report is written; open" in drive.spoken())
        assert (tmp_path / "report" / "index.html").is_file() and not (tmp_path / "early").exists()
        await drive.say(f"/report {tmp_path / 'report'}")
        await drive.until(lambda: "is not empty" in drive.spoken())
