"""An export is in the journal from its first file on, whenever the process ends."""

import os
import shutil
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest
from PIL import Image

from assistant.desk import Desk, exports
from assistant.desk.undone_export import PartlyUndone, undone_by_manifest
from tests.rewriting import tag
from tools.errors import Cancelled, RegroupError, UsageError
from tools.export.manifest import Record
from tools.export.plan import Mode
from tools.export.undo_export import remove_stumps

REPOSITORY = Path(__file__).parents[3]
KILLED = textwrap.dedent(
    """
    import os, sys
    from pathlib import Path
    from assistant.desk import Desk
    from assistant.settings import Settings

    pictures, workspace, target, stage, number = sys.argv[1:]
    desk = Desk.open(Path(pictures), Settings(workspace=Path(workspace), offline=True))

    def killed(at, done, total):
        if at == stage and done == int(number):
            os._exit(9)

    desk.exports.carry_out(desk.exports.plan(Path(target), mode="move"), killed)
    """
)


@pytest.mark.parametrize("stage, number", [("copy", 5), ("move", 0), ("move", 7), ("move", 12)])
def test_a_killed_export_can_be_undone(
    open_desk: Callable[[], Desk], pictures: Path, tmp_path: Path, stage: str, number: int
) -> None:
    desk = open_desk()
    desk.grouping.group("colour")
    desk.close()
    before = {path.name: path.read_bytes() for path in pictures.iterdir()}
    target = tmp_path / "out"
    arguments = [str(path) for path in (pictures, tmp_path / "workspace", target, stage, number)]
    ended = subprocess.run([sys.executable, "-c", KILLED, *arguments], cwd=REPOSITORY, timeout=120)
    assert ended.returncode == 9
    assert target.exists()
    gone = 12 - sum(path.exists() for path in map(pictures.joinpath, before))
    went = {0: "", 1: "; one file of 12 went to the new place"}.get(
        gone, f"; {gone} files of 12 went to the new place"
    )
    again = open_desk()
    assert again.shelf.log()[-1].text == f"moved 12 images to {target}, cut off before its end"
    (told,) = again.since_last.lines()
    assert told.startswith(
        f'The last export was cut off before its end: "moved 12 images to {target}"{went}. No file'
    )
    text = again.history.undo()
    assert text.startswith(f"undone: moved 12 images to {target}, cut off before its end (")
    again.close()
    assert open_desk().since_last.cut_off == ""
    assert {path.name: path.read_bytes() for path in pictures.iterdir()} == before
    assert not target.exists()
    assert open_desk().history.undo() == "undone: grouped by colour into 3"


def test_an_export_that_came_to_its_end_was_not_cut_off(desk: Desk, tmp_path: Path) -> None:
    desk.grouping.group("colour")
    assert not desk.exports.cut_off() and not desk.exports.is_begun(str(tmp_path / "out"), adds=False)
    desk.exports.carry_out(desk.exports.plan(tmp_path / "out"))
    assert not desk.exports.cut_off()
    assert desk.exports.is_begun(str(tmp_path / "out"), adds=False)
    assert not desk.exports.is_begun(str(tmp_path / "out"), adds=True)  # more can be added to it
    assert not desk.exports.is_begun(str(tmp_path / "elsewhere"), adds=False)


def test_a_folder_that_a_move_has_emptied_says_where_the_pictures_are(
    open_desk: Callable[[], Desk], tmp_path: Path
) -> None:
    desk = open_desk()
    desk.grouping.group("colour")
    assert desk.since_last.lines() == []
    desk.exports.carry_out(desk.exports.plan(tmp_path / "out", mode="move"))
    desk = open_desk()
    where = f'The pictures were moved to "{tmp_path / "out"}"; "undo" brings them back.'
    assert desk.since_last.lines() == [where]


def test_an_export_on_a_disk_that_is_not_connected_stays_in_the_journal(desk: Desk, tmp_path: Path) -> None:
    desk.grouping.group("colour")
    (tmp_path / "disk").mkdir()
    desk.exports.carry_out(desk.exports.plan(tmp_path / "disk" / "out", mode="move"))
    (tmp_path / "disk").rename(tmp_path / "away")
    with pytest.raises(RegroupError, match="connect the disk"):
        desk.history.undo()
    (tmp_path / "away").rename(tmp_path / "disk")
    assert "12 put back" in desk.history.undo()
    assert len(desk.collection) == 12


def test_where_no_file_can_be_moved_back_nothing_is_undone(desk: Desk, tmp_path: Path) -> None:
    desk.grouping.group("colour")
    manifest = desk.exports.carry_out(desk.exports.plan(tmp_path / "out", mode="move"))
    for path in manifest.parent.glob("*/*"):
        path.write_bytes(b"painted over")
    with pytest.raises(RegroupError, match="none of the files could be moved back"):
        desk.history.undo()
    assert [event.kind for event in desk.shelf.done()] == ["group", "export"]


def test_a_file_whose_place_is_taken_is_put_back_by_the_next_undo(
    open_desk: Callable[[], Desk], pictures: Path, tmp_path: Path
) -> None:
    desk = open_desk()
    desk.grouping.group("colour")
    before = {path.name: path.read_bytes() for path in pictures.iterdir()}
    desk.exports.carry_out(desk.exports.plan(tmp_path / "out", mode="move"))
    (pictures / "img-000.png").write_bytes(b"somebody else's")
    (tmp_path / "out" / "red" / "mine.txt").write_text("mine")

    with pytest.raises(PartlyUndone) as caught:
        desk.history.undo()
    told = str(caught.value)
    assert told.startswith("partly undone: moved 12 images") and "11 put back" in told
    assert 'img-000.png": its original' in told and "is another file now" in told and "undo again" in told
    assert len(desk.collection) == 11
    with pytest.raises(RegroupError, match=r"none of the files could be moved back: .*img-000\.png"):
        desk.history.undo()
    assert (pictures / "img-000.png").read_bytes() == b"somebody else's"
    assert [event.kind for event in desk.shelf.done()] == ["group", "export"]

    (pictures / "img-000.png").unlink()
    told = open_desk().history.undo()  # also in the next session
    assert told.startswith("undone: moved 12 images") and "1 put back, 1 left that the export did not" in told
    assert {path.name: path.read_bytes() for path in pictures.iterdir()} == before
    assert [path.name for path in (tmp_path / "out").rglob("*.*")] == ["mine.txt"]
    assert open_desk().history.undo() == "undone: grouped by colour into 3"


def test_what_lies_in_a_folder_that_cannot_be_written_waits_for_the_next_undo(
    desk: Desk, pictures: Path, tmp_path: Path
) -> None:
    desk.grouping.group("colour")
    manifest = desk.exports.carry_out(desk.exports.plan(tmp_path / "out", mode="move"))
    locked = manifest.parent / "red"
    locked.chmod(0o500)
    try:
        if os.access(locked, os.W_OK):
            pytest.skip("this user may write everywhere")
        with pytest.raises(PartlyUndone) as caught:
            desk.history.undo()
        told = str(caught.value)
        assert (
            told.startswith("partly undone") and "8 put back, 4 kept" in told and "Permission denied" in told
        )
        assert told.count("img-") == 3 and "and 1 more" in told
        assert len(list(locked.iterdir())) == 4 and len(desk.collection) == 12
    finally:
        locked.chmod(0o700)
    assert desk.history.undo().startswith("undone: moved 12 images")
    assert not manifest.parent.exists() and len(list(pictures.iterdir())) == 12


def test_where_the_folder_of_the_originals_cannot_be_made_undo_waits(
    desk: Desk, pictures: Path, tmp_path: Path
) -> None:
    desk.grouping.group("colour")
    desk.exports.carry_out(desk.exports.plan(tmp_path / "out", mode="move"))
    pictures.rmdir()
    pictures.write_text("in the way")
    with pytest.raises(RegroupError, match="fix that and undo again"):
        desk.history.undo()
    pictures.unlink()
    assert "12 put back" in desk.history.undo()
    assert len(desk.collection) == 12


def test_a_picture_that_was_edited_after_the_move_does_not_stop_undo_for_ever(
    desk: Desk, tmp_path: Path
) -> None:
    desk.grouping.group("colour")
    manifest = desk.exports.carry_out(desk.exports.plan(tmp_path / "out", mode="move"))
    edited = manifest.parent / "red" / "img-000.png"
    painted = Image.open(edited).convert("RGB").transpose(Image.Transpose.ROTATE_90)
    painted.putpixel((0, 0), (1, 2, 3))
    painted.save(edited)
    edited_bytes = edited.read_bytes()
    told = desk.history.undo()
    assert told.startswith("undone") and "11 put back, 1 kept" in told and "was changed since" in told
    assert edited.read_bytes() == edited_bytes
    assert desk.history.undo() == "undone: grouped by colour into 3"


def test_a_picture_that_was_tagged_after_the_move_comes_back_with_its_tag(
    desk: Desk, pictures: Path, tmp_path: Path
) -> None:
    desk.grouping.group("colour")
    manifest = desk.exports.carry_out(desk.exports.plan(tmp_path / "out", mode="move"))
    tagged, renamed = (manifest.parent / "red" / name for name in ("img-000.png", "img-003.png"))
    tag(tagged)
    tag(renamed)
    renamed = renamed.rename(renamed.with_name("the best one.png"))
    os.utime(renamed, ns=(5, 5))
    bytes_now = tagged.read_bytes(), renamed.read_bytes()
    assert "12 put back" in desk.history.undo()
    assert not manifest.parent.exists()
    assert ((pictures / "img-000.png").read_bytes(), (pictures / "img-003.png").read_bytes()) == bytes_now
    assert (pictures / "img-003.png").stat().st_mtime_ns == 5
    desk.history.redo()
    assert (manifest.parent / "red" / "img-000.png").read_bytes() == bytes_now[0]
    assert "12 put back" in desk.history.undo()


def test_an_original_that_is_there_again_keeps_the_tagged_one_where_it_is(
    desk: Desk, pictures: Path, tmp_path: Path
) -> None:
    desk.grouping.group("colour")
    manifest = desk.exports.carry_out(desk.exports.plan(tmp_path / "out", mode="move"))
    moved = manifest.parent / "red" / "img-000.png"
    shutil.copy(moved, pictures / "img-000.png")
    tag(moved)
    tagged = moved.read_bytes()
    assert "11 put back" in desk.history.undo()
    assert moved.read_bytes() == tagged


@pytest.mark.parametrize("mode", ["copy", "move", "link"])
def test_what_was_tagged_after_undo_is_exported_again(
    desk: Desk, pictures: Path, tmp_path: Path, mode: Mode
) -> None:
    desk.grouping.group("colour")
    manifest = desk.exports.carry_out(desk.exports.plan(tmp_path / "out", mode=mode))
    desk.history.undo()
    tag(pictures / "img-000.png")
    tagged = (pictures / "img-000.png").read_bytes()
    desk.close()
    with Desk.open(pictures, desk.settings) as reopened:
        reopened.history.redo()
        assert (manifest.parent / "red" / "img-000.png").read_bytes() == tagged
        reopened.history.undo()
        assert (pictures / "img-000.png").read_bytes() == tagged


def test_what_an_export_could_not_take_back_can_be_undone_later(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.grouping.group("colour")
    plan = desk.exports.plan(tmp_path / "out")
    real = exports.carry_out

    def broken(*arguments: object) -> None:
        real(*arguments)  # type: ignore[arg-type]
        raise RegroupError("3 files could not be taken back")

    monkeypatch.setattr(exports, "carry_out", broken)
    with pytest.raises(RegroupError, match="3 files"):
        desk.exports.carry_out(plan)
    assert "12 files removed" in desk.history.undo()


def test_what_lies_at_a_target_that_is_no_longer_free_is_not_taken_for_ours(
    desk: Desk, tmp_path: Path
) -> None:
    desk.grouping.group("colour")
    plan = desk.exports.plan(tmp_path / "out")
    desk.exports.carry_out(desk.exports.plan(tmp_path / "out"))
    with pytest.raises(UsageError, match="not empty"):
        desk.exports.carry_out(plan)
    assert [event.kind for event in desk.shelf.done()] == ["group", "export"]


def test_an_export_of_as_many_but_other_files_is_not_redone(
    desk: Desk, pictures: Path, tmp_path: Path
) -> None:
    desk.grouping.group("colour")
    desk.exports.carry_out(desk.exports.plan(tmp_path / "out"))
    desk.history.undo()
    (pictures / "img-000.png").rename(pictures / "other.png")
    desk.close()
    with (
        Desk.open(pictures, desk.settings) as reopened,
        pytest.raises(UsageError, match="the folder changed since that export"),
    ):
        reopened.history.redo()
    assert not (tmp_path / "out").exists()


def test_closing_waits_for_the_export_that_was_told_to_stop(
    open_desk: Callable[[], Desk], tmp_path: Path
) -> None:
    desk = open_desk()
    desk.grouping.group("colour")
    plan = desk.exports.plan(tmp_path / "out", mode="move")
    begun, stop = threading.Event(), threading.Event()

    def progress(stage: str, done: int, total: int) -> None:
        if done == 6:
            begun.set()
            assert stop.wait(10)
            raise Cancelled("stopped")

    def work() -> None:
        with pytest.raises(Cancelled):
            desk.exports.carry_out(plan, progress)

    exporting, closing = threading.Thread(target=work), threading.Thread(target=desk.close)
    exporting.start()
    assert begun.wait(10)
    closing.start()
    closing.join(0.2)
    assert closing.is_alive()
    stop.set()
    exporting.join(10)
    closing.join(10)
    assert not (tmp_path / "out").exists()
    assert [event.kind for event in open_desk().shelf.done()] == ["group"]


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_what_a_power_cut_left_of_an_export_that_had_hardly_begun_is_removed(
    open_desk: Callable[[], Desk], tmp_path: Path, share: float
) -> None:
    desk = open_desk()
    desk.grouping.group("colour")
    target = tmp_path / "out"

    def cut(record: Record, manifest: Path) -> None:
        text = record.as_json()
        manifest.write_bytes(text[: int(share * len(text))])
        raise KeyboardInterrupt

    with patch.object(Record, "write", cut), pytest.raises(KeyboardInterrupt):
        desk.exports.carry_out(desk.exports.plan(target))
    desk.close()
    desk = open_desk()
    if desk.shelf.done()[-1].kind == "export":
        desk.history.undo()
    assert not target.exists()


def test_a_manifest_of_another_export_is_no_stump(open_desk: Callable[[], Desk], tmp_path: Path) -> None:
    desk = open_desk()
    desk.grouping.group("colour")
    target = tmp_path / "out"
    desk.exports.carry_out(desk.exports.plan(target))
    (record,) = desk.shelf.exports.all()
    before = (target / "manifest.json").read_bytes()
    desk.shelf.exports.keep(replace(record, id="another", entries=record.entries[:3]))
    shutil.rmtree(target / record.folders[0])
    remove_stumps(replace(record, id="another", entries=record.entries[:3]))
    assert (target / "manifest.json").read_bytes() == before


def test_a_manifest_that_was_put_elsewhere_still_undoes_its_export(
    open_desk: Callable[[], Desk], pictures: Path, tmp_path: Path
) -> None:
    desk = open_desk()
    desk.grouping.group("colour")
    before = {path.name: path.read_bytes() for path in pictures.iterdir()}
    target, notes = tmp_path / "out", tmp_path / "notes"
    desk.exports.carry_out(desk.exports.plan(target, mode="move"))
    desk.close()
    (notes / "red").mkdir(parents=True)
    (notes / "red" / next((target / "red").iterdir()).name).write_bytes(b"of another export")
    (target / "manifest.json").rename(notes / "of-holidays.json")
    text = undone_by_manifest(notes / "of-holidays.json")
    assert text.endswith("(12 put back)")
    assert {path.name: path.read_bytes() for path in pictures.iterdir()} == before
    assert not target.exists()


def test_after_a_move_the_next_export_says_that_nothing_is_there(desk: Desk, tmp_path: Path) -> None:
    desk.grouping.group("colour", k=3)
    desk.exports.carry_out(desk.exports.plan(tmp_path / "a", mode="move"))
    with pytest.raises(
        UsageError, match=r"No image is in .*pictures any more; if an export moved them, undo"
    ):
        desk.exports.plan(tmp_path / "b", mode="move")


@pytest.mark.parametrize(("mode", "stage"), [("move", "putting files back"), ("copy", "removing the copies")])
def test_taking_an_export_back_is_told_file_by_file_and_is_not_stopped(
    open_desk: Callable[[], Desk], tmp_path: Path, mode: Mode, stage: str
) -> None:
    desk = open_desk()
    desk.grouping.group("colour")
    desk.exports.carry_out(desk.exports.plan(tmp_path / "out", mode=mode))
    told: list[tuple[str, int, int]] = []

    def stopped(*report: object) -> None:
        told.append(report)  # type: ignore[arg-type]
        raise Cancelled("stopped")

    assert "partly" not in desk.history.undo(progress=stopped) and not (tmp_path / "out").exists()
    assert [each for each in told if each[0] == stage] == [(stage, done, 12) for done in range(13)]


def test_what_a_stopped_move_puts_back_is_told(open_desk: Callable[[], Desk], tmp_path: Path) -> None:
    desk = open_desk()
    desk.grouping.group("colour")
    told: list[tuple[str, int, int]] = []

    def stopping(stage: str, done: int, total: int) -> None:
        told.append((stage, done, total))
        if stage != "copy" or done == 5:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        desk.exports.carry_out(desk.exports.plan(tmp_path / "out", mode="move"), stopping)
    assert told[6:19] == [("putting files back", done, 12) for done in range(13)]
    assert len(desk.collection.images) == 12 and not (tmp_path / "out").exists()
