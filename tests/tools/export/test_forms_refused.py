"""What exports that are no folders refuse, and what they say when a disk is full or a copy is gone."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from tests.tools.export.test_forms import (
    folder,  # noqa: F401 - a fixture
    seasons,
    state,
    tagged,
)
from tests.tools.export.undoing import undo_export
from tools.errors import RegroupError, UsageError
from tools.export import disk
from tools.export.carry_out import carry_out
from tools.export.forms import plan_form
from tools.export.manifest import FORMS
from tools.export.plan import Form
from tools.export.write_file import BEFORE
from tools.scan.collection import scan

A_SIDECAR = "a.jpg.xmp"


@pytest.mark.parametrize("form", FORMS)
def test_single_groups_are_those_of_one_grouping(folder: Path, tmp_path: Path, form: Form) -> None:  # noqa: F811
    collection = scan(folder)
    first, second = seasons(collection), seasons(collection, ["day", "night"], "light")
    with pytest.raises(UsageError, match="Single groups are exported of one grouping"):
        plan_form(form, collection, [first, second], tmp_path / "out", only=[first.clusters[0].id])
    assert plan_form(form, collection, [first], tmp_path / "out", only=[first.clusters[0].id]).only == ("c0",)
    assert plan_form(form, collection, [first, second], tmp_path / "out").also == ("light",)


@pytest.mark.parametrize(("user", "may"), [(0, True), (1234, True), (4321, False)])
def test_a_sidecar_of_another_user_is_written_by_the_superuser_alone(
    folder: Path,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    user: int,
    may: bool,
) -> None:
    real = Path.lstat

    def owned(path: Path) -> os.stat_result:
        status = list(real(path))
        status[4] = 1234
        return os.stat_result(status)

    monkeypatch.setattr(Path, "lstat", lambda path: owned(path) if path.name == A_SIDECAR else real(path))
    monkeypatch.setattr(os, "geteuid", lambda: user)
    plan = tagged(folder, tmp_path / "kept")
    assert (folder.resolve() / A_SIDECAR in [text.path for text in plan.texts]) == may
    assert ("belongs to another user" in dict(plan.left).get(Path("a.jpg"), "")) != may


@pytest.mark.parametrize("happens", ["gone", "changed"])
@pytest.mark.parametrize("place", ["there", "gone"])
def test_without_the_copy_of_what_was_there_nothing_is_put_in_its_place(
    folder: Path,  # noqa: F811
    tmp_path: Path,
    happens: str,
    place: str,
) -> None:
    before, target = state(folder), tmp_path / "kept"
    manifest = carry_out(tagged(folder, target))
    copies = {copy: copy.read_bytes() for copy in (target / BEFORE).iterdir()}
    written = (folder / A_SIDECAR).read_bytes()
    if place == "gone":
        (folder / A_SIDECAR).unlink()
    for copy in copies:
        copy.unlink() if happens == "gone" else copy.write_bytes(b"another")
    kept = {path.name: why for path, why in undo_export(manifest).kept}
    assert set(kept) == {A_SIDECAR, "raw.xmp"} and all("put it back" in why for why in kept.values())
    assert (folder / A_SIDECAR).exists() == (place == "there")
    assert place == "gone" or (folder / A_SIDECAR).read_bytes() == written
    assert not list(folder.rglob(".regroup*"))
    (target / BEFORE).mkdir(exist_ok=True)
    for copy, content in copies.items():
        copy.write_bytes(content)
    assert undo_export(manifest).kept == () and not target.exists()
    assert state(folder) == before


@pytest.mark.parametrize("where", ["beside the pictures", "copies"])
def test_a_full_disk_is_named_by_the_folder_that_is_on_it(
    folder: Path,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
) -> None:
    before, planned = state(folder), tagged(folder, tmp_path / "workspace" / "kept")

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if where == "copies":
        monkeypatch.setattr("tools.export.write_file.verified_copy", full)
    else:
        real = disk.write_new
        monkeypatch.setattr(
            disk, "write_new", lambda file, content: full() if file.parent == folder else real(file, content)
        )
    with pytest.raises(RegroupError) as raised:
        carry_out(planned)
    named = str(folder) if where == "beside the pictures" else str(tmp_path)
    assert f"The disk of {named}" in str(raised.value) and "full" in str(raised.value)
    assert "Everything was taken back." in str(raised.value)
    assert state(folder) == before


def test_space_for_tags_is_looked_for_beside_the_pictures(
    folder: Path,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[Path] = []
    monkeypatch.setattr("tools.export.forms.check_space", lambda place, needed: looked.append(place))
    tagged(folder, tmp_path / "kept")
    assert looked == [folder.resolve()]
