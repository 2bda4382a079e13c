"""Tags through the desk: in the journal, undone and redone, read again, also where the folder was renamed since."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.desk import Desk
from assistant.workspace import Workspace
from assistant.workspace.moved_folder import relocate
from tools.errors import UsageError

XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/><!-- mine -->"


@pytest.fixture
def tagged(desk: Desk, pictures: Path, tree: Callable[[Path], dict[str, bytes]]) -> dict[str, bytes]:
    """The files before they were tagged; one has a sidecar."""
    name = sorted(path.name for path in pictures.iterdir())[0]
    (pictures / f"{name}.xmp").write_bytes(XMP)
    before = tree(pictures)
    desk.grouping.group("colour")
    desk.exports.carry_out(desk.exports.plan(None, form="tags"))
    return before


def test_tags_are_a_criterion_afterwards(desk: Desk, pictures: Path, tagged: dict[str, bytes]) -> None:
    assert len(list(pictures.glob("*.xmp"))) == 12
    colours = {cluster.name for cluster in desk.clusterings.get().clusters}
    keywords = desk.grouping.group("keywords")
    assert {cluster.name for cluster in keywords.clusters} == colours


def test_undo_is_byte_for_byte_and_redo_does_it_again(
    desk: Desk, pictures: Path, tagged: dict[str, bytes], tree: Callable[[Path], dict[str, bytes]]
) -> None:
    after = tree(pictures)
    said = desk.history.undo()
    assert said == "undone: wrote keywords of 12 images into sidecars (11 files removed again, 1 put back)"
    assert tree(pictures) == tagged
    assert desk.history.redo() == "redone: wrote keywords of 12 images into sidecars"
    assert tree(pictures) == after
    desk.history.undo()
    kept = desk.shelf.exports.folder
    assert tree(pictures) == tagged and not list(kept.iterdir())


def test_what_another_program_changed_meanwhile_is_said(
    desk: Desk, pictures: Path, tagged: dict[str, bytes], tree: Callable[[Path], dict[str, bytes]]
) -> None:
    changed = next(name for name, content in tagged.items() if content == XMP)
    (pictures / changed).write_bytes(b"<edited/>")
    said = desk.history.undo()
    assert f'1 kept: "{pictures / changed}": was changed since the export; as it was before, it is ' in said
    assert tree(pictures) == tagged | {changed: b"<edited/>"}
    with pytest.raises(UsageError, match="the folder changed since that export"):
        desk.history.redo()


def test_tags_are_taken_back_where_the_folder_is_now(
    desk: Desk, pictures: Path, tagged: dict[str, bytes], tree: Callable[[Path], dict[str, bytes]]
) -> None:
    desk.close()
    new = pictures.rename(pictures.with_name("renamed"))
    relocate(Workspace(desk.settings.workspace), pictures, new)
    with Desk.open(new, desk.settings) as again:
        again.history.undo()
        assert tree(new) == tagged and not list(again.shelf.exports.folder.iterdir())


def test_two_groupings_are_tagged_at_once(desk: Desk, pictures: Path) -> None:
    first = desk.grouping.group("colour")
    second = desk.grouping.group("format")
    plan = desk.exports.plan(None, first.id, form="tags", also=[second.id])
    assert all(text.content.count(b"<rdf:li>") == 4 for text in plan.texts)
    with pytest.raises(UsageError, match="say where to"):
        desk.exports.plan(None, first.id)


def test_a_name_that_is_no_text_is_no_reason_to_fail(desk: Desk, pictures: Path) -> None:
    odd = pictures / os.fsdecode(b"caf\xe9.png")
    try:
        (pictures / "img-000.png").rename(odd)
    except OSError:
        pytest.skip("this disk takes no such names")
    desk.close()
    with Desk.open(pictures, desk.settings) as again:
        again.grouping.group("colour")
        again.exports.carry_out(again.exports.plan(None, form="tags"))
    with Desk.open(pictures, desk.settings) as again:  # whose files now have a sidecar of such a name
        assert odd.with_name(f"{odd.name}.xmp").exists() and again.since_last.lines() is not None
        again.history.undo()
    assert not list(pictures.glob("*.xmp")) and odd.exists()


def test_two_pictures_never_get_one_sidecar(desk: Desk, pictures: Path) -> None:
    # "img-000.png" cannot have the sidecar "img-000.xmp" beside "img-000.jpg", and its other one is that of a third.
    shutil.copy(pictures / "img-001.png", pictures / "img-000.jpg")
    shutil.copy(pictures / "img-002.png", pictures / "img-000.png.png")
    for number, name in enumerate(("img-000.jpg", "img-000.png.png")):
        with (pictures / name).open("ab") as file:
            file.write(b"x" * (number + 1))
    desk.close()
    settings = desk.settings.model_copy(update={"sidecar": "img.xmp"})
    with Desk.open(pictures, settings) as again:
        again.grouping.group("colour")
        plan = again.exports.plan(None, form="tags")
        places = [text.path for text in plan.texts]
        assert len(set(places)) == len(places)
        again.exports.carry_out(plan)
        again.history.undo()
    assert not list(pictures.glob("*.xmp"))
