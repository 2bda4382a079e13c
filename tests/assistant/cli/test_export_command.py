"""Export and undo from the command line."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
Tree = Callable[[Path], dict[str, bytes]]
Groups = dict[str, set[str]]


@pytest.fixture
def grouped(album: Path, regroup: Run) -> Path:
    assert regroup("cluster", album, "--by", "colour").code == 0
    return album


def test_a_plan_touches_nothing(grouped: Path, regroup: Run, tmp_path: Path, tree: Tree) -> None:
    before = tree(grouped)
    said = regroup("export", grouped, "colour", "--to", tmp_path / "out", "--mode", "move", "--plan")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("move 9 images (0.0 MB) to ")
    assert {line.strip() for line in said.out.splitlines()[1:]} == {"red/  3", "green/  3", "blue/  3"}
    assert not (tmp_path / "out").exists() and tree(grouped) == before
    assert "grouped by colour" in regroup("undo", grouped).out  # nothing came after it


def test_some_groups_alone(
    grouped: Path, regroup: Run, tmp_path: Path, tree: Tree, by_colour: Groups
) -> None:
    before = tree(grouped)
    options = ("--mode", "move", "--only", "red", "--only", "blue", "--yes")
    said = regroup("export", grouped, "colour", "--to", tmp_path / "out", *options)
    assert (said.code, said.err) == (0, "")
    written = {path.name for path in (tmp_path / "out").iterdir() if path.is_dir()}
    assert written == {"red", "blue"}
    assert set(tree(grouped)) == set(before) - {file for name in written for file in by_colour[name]}
    assert regroup("undo", grouped).code == 0 and tree(grouped) == before
    lost = regroup("export", grouped, "colour", "--to", tmp_path / "out", "--only", "mauve")
    assert 'there is no group "mauve"' in lost.complaint(2)


@pytest.mark.parametrize("mode", ["copy", "link", "move"])
def test_an_export_and_its_undo(
    mode: str, grouped: Path, regroup: Run, tmp_path: Path, tree: Tree, by_colour: Groups
) -> None:
    before = tree(grouped)
    said = regroup("export", grouped, "Colour", "--to", tmp_path / "out", "--mode", mode, "--yes")
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[-1] == f"done; the manifest is {tmp_path / 'out' / 'manifest.json'}"
    for name, files in by_colour.items():
        assert {path.name for path in (tmp_path / "out" / name).iterdir()} == files
        for file in files:
            assert (tmp_path / "out" / name / file).read_bytes() == before[file]
    assert tree(grouped) == ({} if mode == "move" else before)
    undone = regroup("undo", grouped)
    assert undone.code == 0 and undone.out.startswith("undone: ")
    assert tree(grouped) == before and not (tmp_path / "out").exists()


def test_after_everything_was_moved_there_is_nothing_to_group_and_undo_brings_it_back(
    grouped: Path, regroup: Run, tmp_path: Path, by_colour: Groups
) -> None:
    regroup("export", grouped, "colour", "--to", tmp_path / "out", "--mode", "move", "--yes")
    for command in (
        ("cluster", grouped, "--by", "colour"),
        ("export", grouped, "colour", "--to", tmp_path / "two"),
    ):
        refused = regroup(*command)
        assert refused.code == 2 and '"undo" brings them back' in refused.err
    assert "9 put back" in regroup("undo", grouped).out
    assert regroup("cluster", grouped, "--by", "colour", "--json").groups == by_colour


@pytest.mark.parametrize(
    ("clustering", "target", "options", "line"),
    [
        ("colour", "album/out", (), "inside the collection"),
        ("colour", "album", (), "inside the collection"),
        ("colour", ".", (), "collection"),
        ("colour", "full", (), "not empty"),
        ("colour", "file", (), "file"),
        ("mood", "out", (), 'there is no clustering "mood"; there are: "colour"'),
        ("", "out", (), 'there is no clustering ""'),
        ("colour", "out", ("--mode", "teleport"), "'teleport' is not one of 'copy', 'link', 'move'"),
    ],
)
def test_an_export_that_cannot_be(
    clustering: str,
    target: str,
    options: tuple[str, ...],
    line: str,
    grouped: Path,
    regroup: Run,
    tmp_path: Path,
    tree: Tree,
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "something").touch()
    (tmp_path / "file").touch()
    before = tree(tmp_path / "album")
    said = regroup("export", grouped, clustering, "--to", tmp_path / target, "--yes", *options)
    assert line in said.complaint(2)
    assert tree(tmp_path / "album") == before
    assert not (tmp_path / "out").exists()


def test_undo_until_there_is_nothing_left(grouped: Path, regroup: Run) -> None:
    assert regroup("undo", grouped).out == "undone: grouped by colour into 3\n"
    assert regroup("undo", grouped).complaint(2) == "regroup: there is nothing to undo"


def test_a_no_at_the_terminal_exports_nothing(
    grouped: Path, regroup: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
    said = regroup("export", grouped, "colour", "--to", tmp_path / "out")
    assert said.code == 130
    assert "regroup: stopped" in said.err
    assert not (tmp_path / "out").exists()
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    assert regroup("export", grouped, "colour", "--to", tmp_path / "out").code == 0
    assert (tmp_path / "out" / "manifest.json").exists()


@pytest.fixture
def moved(grouped: Path, regroup: Run, tmp_path: Path) -> Path:
    said = regroup("export", grouped, "colour", "--to", tmp_path / "disk" / "out", "--mode", "move", "--yes")
    assert said.code == 0
    return tmp_path / "disk" / "out"


def test_log_and_undo_need_the_workspace_and_not_the_folder(
    grouped: Path, moved: Path, regroup: Run, by_colour: Groups
) -> None:
    grouped.rmdir()
    assert "moved 9 images" in regroup("log", grouped).out
    assert "9 put back" in regroup("undo", grouped).out
    assert {path.name for path in grouped.iterdir()} == set.union(*by_colour.values())
    assert "There is no folder" in regroup("undo", grouped / "never opened").complaint(2)
    assert "There is no folder" in regroup("log", grouped / "never opened").complaint(2)


@pytest.mark.parametrize("what", ["manifest deleted", "target renamed", "group renamed", "file renamed"])
def test_undo_of_a_move_finds_everything(
    what: str, grouped: Path, moved: Path, regroup: Run, tmp_path: Path, by_colour: Groups
) -> None:
    if what == "manifest deleted":
        (moved / "manifest.json").unlink()
        (moved / "manifest.csv").unlink()
    elif what == "target renamed":
        moved.rename(moved.with_name("sorted"))
    elif what == "group renamed":
        (moved / "red").rename(moved / "reds")
    else:
        (moved / "red" / "0.png").rename(moved / "blue" / "first.png")
    said = regroup("undo", grouped)
    assert said.code == 0 and "9 put back" in said.out
    assert {path.name for path in grouped.iterdir()} == set.union(*by_colour.values())
    assert not (tmp_path / "disk").exists()
    assert regroup("undo", grouped).out == "undone: grouped by colour into 3\n"


def test_a_partly_undone_move_stays_the_next_step(
    grouped: Path, moved: Path, regroup: Run, tmp_path: Path, tree: Tree
) -> None:
    (moved / "red").rename(tmp_path / "away")
    said = regroup("undo", grouped)
    assert (said.code, said.out) == (1, "")
    assert "6 of 9 are back; these 3 were not found:" in said.err and '"0.png", "3.png", "6.png"' in said.err
    assert regroup("undo", grouped).code == 1 and len(tree(grouped)) == 6
    (tmp_path / "away").rename(moved / "red")
    said = regroup("undo", grouped)
    assert said.code == 0 and said.out.startswith("undone: moved 9 images") and len(tree(grouped)) == 9
    assert not (tmp_path / "disk").exists()


def test_what_is_missing_for_good_can_be_given_up(
    grouped: Path, moved: Path, regroup: Run, tree: Tree
) -> None:
    (moved / "red" / "0.png").unlink()
    assert regroup("undo", grouped).code == 1
    said = regroup("undo", grouped, "--without-missing")
    assert said.code == 0 and "0.png" in said.out and len(tree(grouped)) == 8
    assert regroup("undo", grouped).out == "undone: grouped by colour into 3\n"


@pytest.mark.parametrize("mode", ["copy", "link", "move"])
def test_a_target_that_is_not_connected_is_not_called_undone(
    mode: str, grouped: Path, regroup: Run, tmp_path: Path, tree: Tree
) -> None:
    (tmp_path / "disk").mkdir()
    before = tree(grouped)
    regroup("export", grouped, "colour", "--to", tmp_path / "disk" / "out", "--mode", mode, "--yes")
    (tmp_path / "disk").rename(tmp_path / "away")
    said = regroup("undo", grouped)
    assert (said.code, said.out) == (1, "") and "connect the disk" in said.err
    (tmp_path / "away").rename(tmp_path / "disk")
    assert regroup("undo", grouped).code == 0
    assert tree(grouped) == before and list((tmp_path / "disk").iterdir()) == []


def test_copies_that_the_user_has_thrown_away_are_no_obstacle(
    grouped: Path, regroup: Run, tmp_path: Path
) -> None:
    regroup("export", grouped, "colour", "--to", tmp_path / "out", "--yes")
    shutil.rmtree(tmp_path / "out")
    assert regroup("undo", grouped).out.startswith("undone: copied 9 images")


def test_a_manifest_is_undone_without_a_workspace(
    grouped: Path, moved: Path, regroup: Run, tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved.rename(tmp_path / "renamed")
    monkeypatch.setenv("REGROUP_WORKSPACE", str(tmp_path / "another workspace"))
    (tmp_path / "renamed" / "red" / "0.png").rename(tmp_path / "0.png")
    said = regroup("undo", "--manifest", tmp_path / "renamed" / "manifest.json")
    assert said.code == 1 and "8 of 9 are back" in said.err
    (tmp_path / "0.png").rename(tmp_path / "renamed" / "0.png")
    said = regroup("undo", "--manifest", tmp_path / "renamed")
    assert said.code == 0 and len(tree(grouped)) == 9 and not (tmp_path / "renamed").exists()
    assert not (tmp_path / "another workspace").exists()
    assert "there is no manifest" in regroup("undo", "--manifest", tmp_path / "renamed").complaint(2)
    assert "--manifest FILE" in regroup("undo").complaint(2)
    assert regroup("undo", "--manifest", grouped / "1.png").complaint(2)
    monkeypatch.setenv("REGROUP_WORKSPACE", str(tmp_path / "workspace"))
    assert regroup("undo", grouped).out.startswith("undone: moved 9 images")


@pytest.mark.parametrize("form", ["tags", "csv", "jsonl", "coco", "imagefolder"])
def test_other_forms_and_their_undo(
    form: str, grouped: Path, regroup: Run, tmp_path: Path, tree: Tree
) -> None:
    before = tree(grouped)
    to = [] if form == "tags" else ["--to", tmp_path / "out"]
    said = regroup("export", grouped, "--as", form, *to, "--plan")
    assert said.code == 0 and tree(grouped) == before and not (tmp_path / "out").exists()
    said = regroup("export", grouped, "colour", "--as", form, *to, "--yes")
    assert (said.code, said.err) == (0, ""), said.out
    assert said.out.splitlines()[-1].startswith("done; ")
    assert len(tree(grouped)) == len(before) + (9 if form == "tags" else 0)
    if form == "tags":
        assert "tag 9 images: 9 sidecars new, 0 added to" in said.out and "  red  3" in said.out.splitlines()
    else:
        assert (tmp_path / "out" / "manifest.json").exists()
    undone = regroup("undo", grouped)
    assert undone.code == 0 and tree(grouped) == before and not (tmp_path / "out").exists()


def test_two_groupings_as_links_and_what_is_refused(grouped: Path, regroup: Run, tmp_path: Path) -> None:
    assert regroup("cluster", grouped, "--by", "format").code == 0
    said = regroup("export", grouped, "colour", "format", "--to", tmp_path / "out", "--mode", "link", "--yes")
    assert said.code == 0 and len(list((tmp_path / "out" / "colour").glob("*/*"))) == 9
    assert len(list((tmp_path / "out" / "format").glob("*/*"))) == 9
    assert "--to is missing" in regroup("export", grouped, "colour").complaint(2)
    refused = regroup(
        "export", grouped, "colour", "format", "--to", tmp_path / "o", "--mode", "move", "--yes"
    )
    assert "two groupings" in refused.complaint(2)
    assert "leave the mode out" in regroup("export", grouped, "--as", "tags", "--mode", "move").complaint(2)


def test_sorting_like_a_folder_and_adding_to_it(
    album: Path, regroup: Run, tmp_path: Path, tree: Tree, by_colour: Groups, draw: Callable[..., Path]
) -> None:
    sorted_ones = tmp_path / "sorted"
    for name in by_colour:
        for i in range(4):
            draw(sorted_ones / name / f"{i}.png", name, variant=20 + i)
    before = tree(sorted_ones)
    said = regroup("cluster", album, "--like", sorted_ones, "--json")
    document = said.document
    assert document["criterion"] == "like sorted" and document["like"] == str(sorted_ones)
    assert {group["name"] for group in document["clusters"]} <= set(by_colour)
    shown = regroup("export", album, "like sorted", "--to", sorted_ones, "--plan")
    assert shown.code == 0 and shown.out.startswith("add as copy ") and "  from " in shown.out
    assert tree(sorted_ones) == before
    assert regroup("export", album, "like sorted", "--to", sorted_ones, "--add", "--yes").code == 0
    assert {name: content for name, content in tree(sorted_ones).items() if name in before} == before
    refused = regroup("export", album, "like sorted", "--to", sorted_ones, "--add", "--as", "csv", "--yes")
    assert "Only folders can be added" in refused.complaint(2)
    again = regroup("export", album, "like sorted", "--to", sorted_ones, "--add", "--yes")
    assert "There is nothing to add" in again.complaint(2)
    assert regroup("undo", album).code == 0 and tree(sorted_ones) == before


def test_a_criterion_or_a_sorted_folder_is_needed_and_not_both(
    album: Path, regroup: Run, tmp_path: Path
) -> None:
    for options in ((), ("--by", "colour", "--like", album)):
        assert "--like SORTED" in regroup("cluster", album, *options).complaint(2)
    refused = regroup("cluster", album, "--like", album, "--groups", "3")
    assert "leave out the options of a criterion" in refused.complaint(2)
    assert "There is no folder" in regroup("chat", album, "--plain", "--like", tmp_path / "no").complaint(2)
    assert "needs the one to sort" in regroup("chat", "--like", album).complaint(2)
