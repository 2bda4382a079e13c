"""Folders of other programs are skipped, said once, and taken in when the user says so."""

from collections.abc import Callable
from pathlib import Path

from PIL import Image

from assistant.desk import Desk
from assistant.desk.since_last import SinceLast


def test_it_is_said_once_and_including_is_kept(
    desk: Desk, open_desk: Callable[[], Desk], pictures: Path
) -> None:
    desk.grouping.group("colour")
    assert desk.skipped == ()
    inner = pictures / "node_modules"
    inner.mkdir()
    Image.new("RGB", (64, 64), "red").save(inner / "logo.png")
    again = open_desk()
    (line,) = again.skipped
    assert '"node_modules" (npm)' in line and f'regroup --include-skipped chat "{pictures}"' in line
    assert len(again.collection) == 12 and again.since_last == SinceLast()
    assert open_desk().skipped == ()  # said once
    open_desk().close()
    with Desk.open(pictures, again.settings.model_copy(update={"include_skipped": True})) as including:
        assert len(including.collection) == 13 and including.skipped == ()
    assert len(open_desk().collection) == 13  # kept for this folder
    open_desk().close()
    with Desk.open(pictures, again.settings.model_copy(update={"include_skipped": False})) as without:
        assert len(without.collection) == 12 and without.since_last == SinceLast()  # it is not gone


def test_another_folder_is_said_again(desk: Desk, open_desk: Callable[[], Desk], pictures: Path) -> None:
    (pictures / "lost+found").mkdir()
    assert open_desk().skipped
    (pictures / "@eaDir").mkdir()
    (line,) = open_desk().skipped
    assert "2 folders" in line
