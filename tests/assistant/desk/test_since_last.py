"""What happened to the files while nobody looked: names, locks, answers and moves stay, and it is said."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from assistant.desk import Desk
from assistant.desk.since_last import SinceLast
from assistant.text.greeting import greeting
from tests.rewriting import tag

Open = Callable[[], Desk]


def greeted(desk: Desk) -> str:
    return greeting(desk.collection, first=False, changed=desk.since_last.lines())


def test_where_nothing_changed_that_is_said(desk: Desk, open_desk: Open) -> None:
    assert desk.since_last == SinceLast()  # seen for the first time
    again = open_desk()
    assert again.since_last == SinceLast() and greeted(again).endswith("It is all as you left it.")


def test_everything_said_stays_when_tags_are_written_into_the_files(
    desk: Desk, open_desk: Open, pictures: Path
) -> None:
    desk.grouping.group("colour")
    desk.editing.rename("red", "mine")
    desk.editing.lock("green")
    (moved,) = desk.find_images(["#3"])
    desk.editing.move([moved], "mine")
    (answered,) = desk.find_images(["#6"])
    desk.questions.answer([answered], "mine")
    thumbnail = desk.workspace.thumbnails.get(moved, desk.collection.file(moved))
    before = desk.clusterings.get()
    groups = {
        before.clusters[before.label_of(i)].name: set() for i in before.images if before.label_of(i) >= 0
    }
    for image in before.images:
        groups[before.clusters[before.label_of(image)].name].add(image)
    for file in sorted(pictures.iterdir())[:8]:
        tag(file)

    again = open_desk()
    assert again.since_last.lines() == ["8 files were rewritten; they are the same pictures."]
    assert greeted(again).endswith(": 12 images. 8 files were rewritten; they are the same pictures.")
    assert again.new_images.find() == () and again.new_images.place() == []
    after = again.clusterings.get()
    assert {c.name: set(after.members(c.id)) for c in after.clusters} == groups
    assert [c.locked for c in after.clusters] == [c.locked for c in before.clusters]
    assert moved in groups["mine"] and {answered, moved} <= set(again.feedback.of(after.id).labels)
    assert not thumbnail.exists()  # it may have been turned
    regrouped = again.grouping.group("colour", seed=3)
    assert moved in regrouped.members(again.clusterings.find_cluster("mine").id)
    assert greeted(open_desk()).endswith("It is all as you left it.")


@pytest.mark.parametrize("how", [{"format": "PNG", "compress_level": 1}, {"format": "JPEG", "quality": 80}])
def test_a_picture_that_was_saved_again_is_known_by_its_path_and_pixels(
    desk: Desk, open_desk: Open, pictures: Path, how: dict[str, object]
) -> None:
    desk.grouping.group("colour")
    ids = desk.collection.ids
    for file in pictures.iterdir():
        Image.open(file).convert("RGB").save(file, **how)  # type: ignore[arg-type]
    again = open_desk()
    assert again.collection.ids == ids
    assert again.since_last.lines() == ["12 files were rewritten; they are the same pictures."]
    assert open_desk().since_last == SinceLast()


def test_what_was_moved_and_copied_as_rewritten_files_comes_back(
    desk: Desk, open_desk: Open, pictures: Path, tmp_path: Path
) -> None:
    desk.grouping.group("colour")
    for file in pictures.iterdir():
        tag(file)
    again = open_desk()
    before = {file.name: file.read_bytes() for file in pictures.iterdir()}
    again.exports.carry_out(again.exports.plan(tmp_path / "copies"))
    again.exports.carry_out(again.exports.plan(tmp_path / "out", mode="move"))
    assert not list(pictures.iterdir())
    moved = open_desk()
    away = f'The pictures were moved to "{tmp_path / "out"}"; "undo" brings them back.'
    assert moved.since_last == SinceLast(away=away)  # no file is called gone
    assert not moved.collection.images
    assert "12 put back" in moved.history.undo()
    assert {file.name: file.read_bytes() for file in pictures.iterdir()} == before
    assert "12 files removed" in moved.history.undo()
    assert moved.collection.ids == desk.collection.ids
    assert open_desk().since_last == SinceLast()


def test_what_is_gone_new_renamed_or_another_picture_is_said(
    desk: Desk, open_desk: Open, pictures: Path
) -> None:
    desk.grouping.group("colour")
    (pictures / "img-000.png").unlink()
    (pictures / "img-001.png").unlink()
    (pictures / "img-002.png").rename(pictures / "other.png")
    Image.new("RGB", (64, 64), "yellow").save(pictures / "img-003.png")
    Image.new("RGB", (64, 64), "black").save(pictures / "fresh.png")
    (pictures / "img-004.png").write_bytes(b"")
    tag(pictures / "img-005.png")
    (pictures / "img-006.png").rename(pictures / "tagged.png")
    tag(pictures / "tagged.png")
    said = open_desk().since_last
    assert said.lines() == [
        "2 files were rewritten; they are the same pictures.",
        '2 files have other names or folders now: "other.png", "tagged.png".',
        '1 file shows another picture now: "img-003.png".',
        '2 files are no longer there: "img-000.png", "img-001.png".',
        '1 file can no longer be read: "img-004.png".',
        "1 file is new.",
    ]
    assert open_desk().since_last == SinceLast()


def test_a_copy_that_came_and_one_that_went_are_said(desk: Desk, open_desk: Open, pictures: Path) -> None:
    copy = pictures / "z.png"
    copy.write_bytes((pictures / "img-000.png").read_bytes())
    assert open_desk().since_last.lines() == ["1 file is new."]
    copy.unlink()
    assert open_desk().since_last.lines() == ['1 file is no longer there: "z.png".']


def test_a_workspace_of_an_older_version_knows_what_was_grouped(
    desk: Desk, open_desk: Open, pictures: Path
) -> None:
    desk.grouping.group("colour")
    with desk.shelf._database.write() as connection:  # as 0.1.0 left it
        connection.execute("DELETE FROM present")
        connection.execute("DELETE FROM pictures")
        connection.execute("UPDATE files SET coded = NULL")
    (pictures / "img-000.png").unlink()
    again = open_desk()
    assert again.since_last.lines() == ['1 file is no longer there: "img-000.png".']
    tag(pictures / "img-001.png")
    assert open_desk().since_last.lines() == ["1 file was rewritten; it is the same picture."]


def test_reading_only_changes_nothing(desk: Desk, pictures: Path, open_desk: Open) -> None:
    desk.grouping.group("colour")
    tag(pictures / "img-000.png")
    with Desk.open(pictures, desk.settings, exclusive=False) as reading:
        assert len(reading.since_last.rewritten) == 1
    assert len(open_desk().since_last.rewritten) == 1


def test_what_belongs_to_a_picture_is_missed_too(desk: Desk, open_desk: Open, pictures: Path) -> None:
    desk.grouping.group("colour")
    for i in range(3):
        (pictures / f"img-00{i}.xmp").write_text("settings")
    assert open_desk().since_last == SinceLast()  # the first ones are no news
    (pictures / "img-000.xmp").unlink()
    (pictures / "img-003.xmp").write_text("settings")
    assert open_desk().since_last.lines() == [
        '1 file is no longer there: "img-000.xmp".',
        "1 file is new.",
    ]
    (pictures / "img-001.png").unlink()  # its sidecar is now a file like others
    assert open_desk().since_last.lines() == ['1 file is no longer there: "img-001.png".']


def test_a_disk_that_was_not_connected_is_no_loss(desk: Desk, open_desk: Open, pictures: Path) -> None:
    desk.grouping.group("colour")
    desk.close()
    away = pictures.rename(pictures.with_name("away"))
    with Desk.open(pictures, desk.settings, gone=True) as without:
        assert len(without.since_last.gone) == 12
    away.rename(pictures)
    assert open_desk().since_last == SinceLast()
    inner = pictures / "img-000.png"
    inner.rename(away)
    assert len(open_desk().since_last.gone) == 1
    away.rename(inner)
    assert open_desk().since_last.lines() == ["1 file is back."]


def test_a_thumbnail_stands_in_where_no_small_picture_was_kept(
    desk: Desk, open_desk: Open, pictures: Path
) -> None:
    """As where the experts' findings came from another folder with the same pictures."""
    desk.grouping.group("colour")
    ids = desk.collection.ids
    for image in ids[:6]:
        desk.workspace.thumbnails.get(image, desk.collection.file(image))
    with desk.shelf._database.write() as connection:
        connection.execute("DELETE FROM looks")
    for file in sorted(pictures.iterdir())[:7]:
        Image.open(file).convert("RGB").save(file, "JPEG", quality=90)
    again = open_desk()
    assert set(again.collection.ids) & set(ids) == set(ids) - {ids[6]}
