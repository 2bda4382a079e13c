"""The desk: everything that can be done with a collection, on real files, a real workspace and a real expert."""

import os
import re
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from assistant.chat.job import Job
from assistant.desk import Desk
from assistant.settings import Settings
from assistant.workspace import Workspace
from tools.clustering.clustering import Clustering
from tools.errors import Cancelled, RegroupError, UsageError

Open = Callable[[], Desk]


def groups(desk: Desk, clustering: Clustering | None = None) -> dict[str, set[str]]:
    """Name of each group to the names of its files."""
    made = clustering or desk.clusterings.get()
    return {
        cluster.name: {desk.collection.by_id(image).path.name for image in made.members(cluster.id)}
        for cluster in made.clusters
    }


def files(*rows: int) -> set[str]:
    return {f"img-{i:03}.png" for i in rows}


RED, GREEN, BLUE = (files(*range(i, 12, 3)) for i in range(3))


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# Opening and looking


def test_nothing_is_looked_at_before_it_is_needed(desk: Desk) -> None:
    assert not desk.experts.looked
    assert desk.clusterings.all() == [] and desk.clusterings.current is None
    status = desk.status()
    assert (status.tier, status.brain, status.images, status.calls) == ("bundled", "built-in", 12, 0)
    assert (status.cost, status.missing) == (0.0, ())
    desk.experts.look()
    assert desk.experts.looked and desk.meter.calls == 12


def test_what_was_looked_at_once_is_known_for_ever(desk: Desk, open_desk: Open, pictures: Path) -> None:
    desk.experts.look()
    again = open_desk()
    again.experts.look()
    assert again.meter.calls == 0
    again.close()
    # An image is its bytes: a name or a folder does not matter.
    (pictures / "sub").mkdir()
    (pictures / "img-000.png").rename(pictures / "sub" / "other.png")
    after = open_desk()
    after.experts.look()
    assert after.meter.calls == 0


@pytest.mark.parametrize("method", [None, "kmeans", "concatenated"])
def test_group_by_colour(desk: Desk, method: str | None) -> None:
    assert groups(desk, desk.grouping.group("colour", method=method)) == {
        "red": RED,
        "green": GREEN,
        "blue": BLUE,
    }


def test_the_same_seed_makes_the_same_in_two_workspaces(
    pictures: Path, tmp_path: Path, open_desk: Open
) -> None:
    made = []
    for name in ("one", "other"):
        with Desk.open(pictures, Settings(workspace=tmp_path / name, seed=7)) as desk:
            made.append([desk.grouping.group("colour", k=5), desk.grouping.group("suit", k=4)])
    for one, other in zip(*made, strict=True):
        assert one.labels.tolist() == other.labels.tolist()
        assert one.confidence.tolist() == other.confidence.tolist()
        assert one.clusters == other.clusters


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("",), "there is no criterion"),
        (("colour", 0), "0 groups cannot be made of 12 images"),
        (("colour", 13), "13 groups cannot be made of 12 images"),
        (("colour", None, "magic"), 'there is no method "magic"'),
    ],
)
def test_what_cannot_be_grouped_is_refused_before_anything_is_looked_at(
    desk: Desk, arguments: tuple[object, ...], line: str
) -> None:
    with pytest.raises(UsageError, match=line):
        desk.grouping.group(*arguments)  # type: ignore[arg-type]
    assert not desk.experts.looked
    assert desk.clusterings.all() == []


def test_a_picture_that_breaks_off_is_put_aside_and_the_rest_is_grouped(
    pictures: Path, open_desk: Open
) -> None:
    whole = (pictures / "img-000.png").read_bytes()
    (pictures / "img-000.png").write_bytes(whole[: len(whole) // 2])
    (pictures / "copy.png").write_bytes(whole[: len(whole) // 2])
    desk = open_desk()
    made = desk.grouping.group("colour")
    assert groups(desk, made)["red"] == RED - {"img-000.png"}
    assert {str(item.path) for item in desk.collection.unreadable} == {"img-000.png", "copy.png"}
    assert all("truncated" in item.reason for item in desk.collection.unreadable)
    assert desk.status().images == 11
    # It is remembered, and forgotten when the file is whole again.
    assert len(open_desk().collection.unreadable) == 2
    (pictures / "img-000.png").write_bytes(whole)
    again = open_desk()
    assert len(again.collection) == 12
    assert again.clusterings.get().unsorted() == (again.find_images(["img-000.png"])[0],)


def test_nothing_that_can_be_read_is_said(pictures: Path, open_desk: Open) -> None:
    for path in pictures.iterdir():
        path.write_bytes(path.read_bytes()[:100])
    desk = open_desk()
    for _ in range(2):  # whether it is found out now or was known before
        with pytest.raises(UsageError, match="there is nothing to group"):
            desk.grouping.group("colour")
        assert desk.criteria.propose() == []


def test_stopping_a_look_is_no_harm(desk: Desk) -> None:
    def stop(stage: str, done: int, total: int) -> None:
        if stage == "looking" and done:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        desk.grouping.group("colour", progress=stop)
    assert desk.clusterings.all() == [] and not desk.experts.looked
    assert groups(desk, desk.grouping.group("colour"))["red"] == RED


def test_who_stops_later_work_does_not_stop_what_is_fetched_after_that(desk: Desk) -> None:
    job = Job("looking")
    desk.experts.look(job)
    job.cancel()
    desk.experts.store.tell("fetching", 0, 1)  # as where weights are fetched unasked


def test_propose_and_accept(desk: Desk, open_desk: Open) -> None:
    assert desk.criteria.propose()[0].criterion == "colour"
    desk.criteria.accept(["colour"])
    event = open_desk().shelf.done()[-1]
    assert (event.kind, event.detail) == ("accept", {"criteria": ["colour"]})


# Clusterings


def test_every_criterion_has_a_clustering_and_the_last_one_is_current(desk: Desk, open_desk: Open) -> None:
    desk.grouping.group("colour")
    desk.grouping.group("background colour", k=2)
    again = open_desk()
    assert [made.id for made in again.clusterings.all()] == ["colour", "background-colour"]
    assert again.clusterings.current is not None and again.clusterings.current.id == "background-colour"
    assert again.clusterings.choose("Colour").id == "colour"
    assert again.clusterings.get().id == "colour" == again.clusterings.current.id
    assert again.clusterings.get("BACKGROUND  colour").id == "background-colour"
    with pytest.raises(
        UsageError, match='there is no clustering "mood"; there are: "colour", "background colour"'
    ):
        again.clusterings.get("mood")


def test_before_anything_is_grouped_that_is_said(desk: Desk) -> None:
    with pytest.raises(UsageError, match="nothing is grouped yet; say what to group by"):
        desk.clusterings.get()


def test_the_same_criterion_replaces_its_clustering_and_undo_brings_it_back(desk: Desk) -> None:
    three = desk.grouping.group("colour")
    desk.grouping.group("Colour", k=2)
    assert len(desk.clusterings.all()) == 1
    assert desk.history.undo() == "undone: grouped by Colour into 2"
    assert groups(desk) == groups(desk, three)
    desk.history.undo()
    assert desk.clusterings.all() == []
    assert desk.history.redo() == "redone: grouped by colour into 3"
    assert groups(desk) == groups(desk, three)


def test_files_that_came_are_unsorted_and_files_that_went_are_gone(
    desk: Desk, open_desk: Open, pictures: Path, draw: Callable[..., Path]
) -> None:
    desk.grouping.group("colour")
    (pictures / "img-000.png").unlink()
    draw(pictures / "new.png", "yellow")
    again = open_desk()
    assert groups(again)["red"] == RED - {"img-000.png"}
    assert again.clusterings.get().unsorted() == again.find_images(["new.png"])


# Edits


def test_merge_split_move_rename_and_back(desk: Desk, open_desk: Open) -> None:
    desk.grouping.group("colour")
    start = groups(desk)
    desk.editing.merge(["red", "BLUE"], name="warm and cold")
    assert groups(desk) == {"warm and cold": RED | BLUE, "green": GREEN}
    desk.editing.split("warm and cold")
    parts = groups(desk)
    assert RED in parts.values() and BLUE in parts.values()
    desk.history.undo()
    desk.editing.move(["#2", "img-004"], "warm")
    assert groups(desk)["warm and cold"] == RED | BLUE | files(1, 4)
    desk.editing.move(["img-007.png"], None)
    assert desk.clusterings.get().unsorted() == desk.find_images(["img-007.png"])
    desk.editing.move(["img-007.png", "img-000.png"], "my own")
    assert groups(desk)["my own"] == files(0, 7)
    desk.editing.rename("my own", "Mine")
    assert "Mine" in groups(desk)
    desk = open_desk()  # the journal lasts
    assert [desk.history.undo() for _ in range(5)] == [
        "undone: renamed my own to Mine",
        "undone: moved 2 images to my own",
        "undone: moved 1 image to unsorted",
        "undone: moved 2 images to warm and cold",
        "undone: merged red and blue",
    ]
    assert groups(desk) == start
    for _ in range(5):
        desk.history.redo()
    assert groups(desk)["Mine"] == files(0, 7)
    with pytest.raises(UsageError, match="there is nothing to redo"):
        desk.history.redo()


def test_a_new_edit_ends_what_could_be_redone(desk: Desk) -> None:
    desk.grouping.group("colour")
    desk.editing.rename("red", "rot")
    desk.history.undo()
    desk.editing.rename("red", "rouge")
    with pytest.raises(UsageError, match="there is nothing to redo"):
        desk.history.redo()


@pytest.mark.parametrize(
    ("edit", "line"),
    [
        (lambda desk: desk.editing.merge(["red", "red"]), "at least two different groups"),
        (
            lambda desk: desk.editing.merge(["red", "mauve"]),
            'there is no group "mauve" under colour; there are: 1 ',
        ),
        (lambda desk: desk.editing.split("red", parts=5), "4 images cannot be split into 5 groups"),
        (lambda desk: desk.editing.split("red", parts=1), "two parts or more, not 1"),
        (
            lambda desk: desk.editing.move(["#99"], "red"),
            'there is no image "#99"; say a number from #1 to #12',
        ),
        (lambda desk: desk.editing.move([], "red"), "no images were named"),
        (lambda desk: desk.editing.move(["#1"], "9"), 'there is no group "9"'),
        (lambda desk: desk.editing.rename("red", "Green"), 'there is already a group "green"'),
        (lambda desk: desk.editing.rename("red", " "), "needs a name"),
        (lambda desk: desk.explaining.image("nowhere.png"), 'there is no image "nowhere.png"'),
        (
            lambda desk: desk.editing.merge(["red", "blue"], clustering="mood"),
            'there is no clustering "mood"',
        ),
    ],
)
def test_an_edit_that_cannot_be_done_changes_nothing(
    desk: Desk, edit: Callable[[Desk], object], line: str
) -> None:
    desk.grouping.group("colour")
    before, events = groups(desk), len(desk.shelf.log())
    with pytest.raises(UsageError, match=line):
        edit(desk)
    assert groups(desk) == before
    assert len(desk.shelf.log()) == events


def test_what_was_moved_stays_there_when_it_is_grouped_again(desk: Desk) -> None:
    desk.grouping.group("colour")
    desk.editing.move(["img-001.png"], "red")
    desk.grouping.group("colour", seed=5)
    assert groups(desk) == {"red": RED | files(1), "green": GREEN - files(1), "blue": BLUE}
    desk.editing.move(["img-002.png", "img-003.png"], "odd ones")
    desk.editing.move(["img-005.png"], "unsorted")
    desk.grouping.group("colour")
    assert groups(desk)["odd ones"] == files(2, 3)
    assert desk.clusterings.get().unsorted() == desk.find_images(["img-005.png"])
    for _ in range(5):
        desk.history.undo()
    desk.grouping.group("colour")
    assert groups(desk) == {"red": RED, "green": GREEN, "blue": BLUE}


def test_an_edit_of_another_clustering_leaves_the_current_one_alone(desk: Desk) -> None:
    desk.grouping.group("colour")
    desk.grouping.group("background colour", k=2)
    desk.editing.rename("red", "rot", clustering="colour")
    assert "rot" in groups(desk, desk.clusterings.get("colour"))
    assert (
        desk.clusterings.current is not None and desk.clusterings.current.id == "colour"
    )  # what was changed last


def test_explain(desk: Desk) -> None:
    desk.grouping.group("colour")
    text = desk.explaining.image("#1")
    assert text.startswith('#1 "img-000.png": in "red" under colour, ')
    assert "colour: red" in text


# Export and undo


@pytest.mark.parametrize("mode", ["copy", "link", "move"])
def test_an_export_and_its_undo_leave_everything_as_it_was(
    desk: Desk, open_desk: Open, pictures: Path, tmp_path: Path, mode: str
) -> None:
    desk.grouping.group("colour")
    before = tree(pictures)
    target = tmp_path / "out"
    plan = desk.exports.plan(target, mode=mode)  # type: ignore[arg-type]
    assert not target.exists() and tree(pictures) == before
    assert dict(plan.folders) == {"red": 4, "green": 4, "blue": 4}

    manifest = desk.exports.carry_out(plan)
    assert manifest == target / "manifest.json"
    assert {path.name for path in (target / "red").iterdir()} == RED
    assert tree(pictures) == ({} if mode == "move" else before)
    if mode == "link":
        assert all(path.is_symlink() for path in (target / "red").iterdir())

    text = open_desk().history.undo()  # as a new process would
    verb = {"copy": "copied", "link": "linked", "move": "moved"}[mode]
    assert text.startswith(f"undone: {verb} 12 images to {target}")
    assert ("12 put back" if mode == "move" else "12 files removed again") in text
    assert tree(pictures) == before
    assert not target.exists()

    again = open_desk()
    assert len(again.collection) == 12
    assert again.history.redo().startswith("redone: ")
    assert {path.name for path in (target / "red").iterdir()} == RED
    again.history.undo()
    assert tree(pictures) == before and not target.exists()


def test_after_everything_was_moved_away_the_desk_still_opens(
    desk: Desk, open_desk: Open, pictures: Path, tmp_path: Path
) -> None:
    desk.grouping.group("colour")
    desk.exports.carry_out(desk.exports.plan(tmp_path / "out", mode="move"))
    assert len(desk.collection) == 0
    again = open_desk()
    assert len(again.collection) == 0
    for request in (
        lambda: again.grouping.group("colour"),
        lambda: again.exports.plan(tmp_path / "more"),
        lambda: again.criteria.propose(),
    ):
        with pytest.raises(UsageError):
            request()
    again.history.undo()
    assert groups(again) == {"red": RED, "green": GREEN, "blue": BLUE}


def test_what_was_changed_since_is_kept_and_said(desk: Desk, tmp_path: Path) -> None:
    desk.grouping.group("colour")
    desk.exports.carry_out(desk.exports.plan(tmp_path / "out"))
    (tmp_path / "out" / "red" / "img-000.png").write_text("changed")
    assert re.search(
        '11 files removed again, 1 kept: .*img-000.png": was changed since the export',
        desk.history.undo(),
    )
    assert (tmp_path / "out" / "red" / "img-000.png").read_text() == "changed"


def test_an_export_is_not_redone_where_the_folder_changed(
    desk: Desk, open_desk: Open, pictures: Path, tmp_path: Path
) -> None:
    desk.grouping.group("colour")
    desk.exports.carry_out(desk.exports.plan(tmp_path / "out"))
    desk.history.undo()
    (pictures / "img-000.png").unlink()
    with pytest.raises(UsageError, match="the folder changed since that export"):
        open_desk().history.redo()
    assert not (tmp_path / "out").exists()


def test_an_export_that_fails_is_not_in_the_journal(desk: Desk, pictures: Path, tmp_path: Path) -> None:
    desk.grouping.group("colour")
    plan = desk.exports.plan(tmp_path / "out")
    (pictures / "img-000.png").write_text("another")
    with pytest.raises(RegroupError):
        desk.exports.carry_out(plan)
    assert not (tmp_path / "out").exists()
    assert [event.kind for event in desk.shelf.done()] == ["group"]


@pytest.mark.parametrize("target", ["pictures", "pictures/out", "."])
def test_an_export_into_the_collection_is_refused(desk: Desk, tmp_path: Path, target: str) -> None:
    desk.grouping.group("colour")
    with pytest.raises(UsageError):
        desk.exports.plan(tmp_path / target)


# Together


def test_two_desks_cannot_have_the_same_collection(desk: Desk, pictures: Path, tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path / "workspace")
    with pytest.raises(RegroupError, match="open in another terminal"):
        Desk.open(pictures, settings)
    with Desk.open(pictures, settings, exclusive=False) as reader:
        assert len(reader.collection) == 12


def test_a_folder_that_cannot_be_opened_leaves_no_lock(pictures: Path, tmp_path: Path) -> None:
    shutil.move(pictures, tmp_path / "away")
    pictures.mkdir()
    settings = Settings(workspace=tmp_path / "workspace")
    for _ in range(2):
        with pytest.raises(UsageError, match="is empty"):
            Desk.open(pictures, settings)
    pictures.rmdir()
    with pytest.raises(UsageError, match="There is no folder"):
        Desk.open(pictures, settings)


def test_threads_take_turns(desk: Desk) -> None:
    desk.grouping.group("colour")
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(desk.editing.rename, "c1", f"name {i}") for i in range(12)]
        jobs += [pool.submit(desk.grouping.group, "background colour", k) for k in (2, 3)]
        for job in jobs:
            job.result()
    assert len([event for event in desk.shelf.done() if event.kind == "rename"]) == 12
    assert len(desk.clusterings.all()) == 2
    assert threading.active_count() < 20


def test_a_given_workspace_is_used(pictures: Path, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "mine")
    with Desk.open(pictures, Settings(workspace=tmp_path / "not this"), workspace) as desk:
        assert desk.shelf.path.is_relative_to(tmp_path / "mine")
    assert [str(known.folder) for known in workspace.collections()] == [os.fspath(pictures.resolve())]
    assert not (tmp_path / "not this").exists()


def test_training_that_was_stopped_is_kept_in_the_cache_of_the_workspace(desk: Desk, tmp_path: Path) -> None:
    def stop(stage: str, done: int, total: int) -> None:
        if stage == "sac" and done == 2:
            raise Cancelled("cancelled")

    with pytest.raises(Cancelled):
        desk.grouping.group("colour", 3, method="sac", progress=stop)
    (kept,) = tmp_path.rglob("sac-*.safetensors")
    assert kept.parent.parts[-2:] == ("cache", "training")
    begun: list[int] = []
    desk.grouping.group(
        "colour",
        3,
        method="sac",
        progress=lambda stage, done, total: begun.append(done) if stage == "sac" else None,
    )
    assert begun[0] == 3 and not kept.exists()
