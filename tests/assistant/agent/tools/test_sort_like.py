"""Sorting like a folder of folders, said in words, and adding to that folder."""

from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import ToolCall, ToolMessage

from assistant.agent.approvals import ExportApproval, typed
from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call, Reply
from assistant.agent.gate import Turn, instead
from assistant.agent.toolbox import Toolbox
from assistant.agent.tools.base import DialogueContext
from assistant.desk import Desk
from tests.assistant.desk.test_sorting_like import paint, tree

__all__ = ["tree"]


def call(name: str, **arguments: Any) -> ToolCall:
    return ToolCall(name=name, args=arguments, id="c1")


def sort_like(desk: Desk, **arguments: Any) -> ToolMessage:
    return Toolbox(desk).run(call("sort_like", **arguments))


@pytest.mark.parametrize(
    ("said", "folder"),
    [
        ("sort these like ~/Pictures/sorted", "~/Pictures/sorted"),
        ("please sort them like ~/My Pictures/sorted things", "~/My Pictures/sorted things"),
        ('group everything like "/tmp/a b, and c"', "/tmp/a b, and c"),
        ("sort these like './done'", "./done"),
        ("sort my photos the way ~/sorted is sorted", "~/sorted"),
        ("use the folders in ../archive as groups", "../archive"),
        ("learn from /data/x", "/data/x"),
    ],
)
def test_a_folder_is_named_in_a_sentence(said: str, folder: str) -> None:
    assert parse(said) == [Call("sort_like", {"folder": folder})]


@pytest.mark.parametrize(
    "said",
    [
        "use my folders as answers",
        "learn from my folders",
        "use my subfolders as answers",
        "sort the rest into my own folders",
    ],
)
def test_the_folders_of_the_collection_are_meant(said: str) -> None:
    assert parse(said) == [Call("sort_like", {})]


@pytest.mark.parametrize("said", ["sort these like before", "group these like #3", "add #3 to happy"])
def test_what_names_no_folder_is_something_else(said: str) -> None:
    read = parse(said)
    assert not isinstance(read, list) or all(c.tool not in ("sort_like", "export_clusters") for c in read)


def test_another_request_is_no_part_of_the_folder() -> None:
    read = parse("sort these like ~/sorted and show me the doubtful ones")
    assert isinstance(read, list) and read[0] == Call("sort_like", {"folder": "~/sorted"}) and len(read) == 2


def test_it_says_what_was_learned_and_what_is_not_clear(
    desk: Desk, open_desk: Any, pictures: Path, tree: Path
) -> None:
    paint(pictures / "odd.png", (250, 220, 20))
    done = sort_like(open_desk(), folder=str(tree))
    assert done.text.startswith(f'Learned from 15 pictures in 3 folders of "{tree}".')
    assert "Shall I ask you about" in done.text and done.artifact["offer"] == "ask_me"
    assert f'add them to "{tree}"' in done.text


def test_a_model_may_only_read_a_folder_that_the_person_named(desk: Desk, tree: Path) -> None:
    toolbox = Toolbox(desk)
    said = Turn(f"sort these like {tree}")
    assert instead(call("sort_like", folder=str(tree)), said, toolbox) is None
    held = instead(call("sort_like", folder="/home/somebody/private"), said, toolbox)
    assert held is not None and "/home/somebody/private" in held.offer
    asked = instead(
        call("sort_like", folder=str(tree)), Turn(f"what if you sort these like {tree}?"), toolbox
    )
    assert asked is not None


def test_adding_shows_where_each_picture_goes_and_writes_after_a_yes(desk: Desk, tree: Path) -> None:
    sort_like(desk, folder=str(tree))
    toolbox = Toolbox(desk)
    before = {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()}
    asked = toolbox.run(call("export_clusters", to=str(tree), add=True))
    approval = asked.artifact
    assert isinstance(approval, ExportApproval) and approval.adds
    assert (
        set(approval.into) == {"warm/crimson", "green", "blue"}
        and len(approval.placed) == approval.files == 12
    )
    assert ("green/img-001.png", str(desk.collection.folder / "img-001.png")) in approval.placed
    assert "beside what is there, which stays as it is" in asked.text
    assert {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()} == before
    done = toolbox.approved(call("export_clusters", to=str(tree), add=True), approval, typed("yes", approval))
    assert "beside what was there" in done.text and (tree / "green" / "img-001.png").is_file()
    desk.history.undo()
    assert {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()} == before


def test_the_folder_that_was_sorted_like_is_added_to_without_a_word(desk: Desk, tree: Path) -> None:
    sort_like(desk, folder=str(tree))
    asked = Toolbox(desk).run(call("export_clusters", to=str(tree)))
    assert isinstance(asked.artifact, ExportApproval) and asked.artifact.adds
    desk.grouping.group("colour", k=3)
    refused = Toolbox(desk).run(call("export_clusters", to=str(tree)))
    assert (
        refused.status == "error" and "not empty" in refused.text and "add to what is there" in refused.text
    )


def test_a_change_to_the_plan_still_adds(desk: Desk, tree: Path) -> None:
    sort_like(desk, folder=str(tree))
    approval = Toolbox(desk).run(call("export_clusters", to=str(tree), add=True)).artifact
    changed = change(desk, approval, "no, as links")
    assert changed.adds and changed.mode == "link" and changed.target == str(tree)
    assert changed.into == approval.into and changed.folders == approval.folders


def change(desk: Desk, approval: ExportApproval, said: str) -> ExportApproval:
    """Return what is asked about after an export that waits was changed by a sentence."""
    decision = typed(said, approval)
    assert decision.change is not None
    asked = Toolbox(desk).changed(call("export_clusters"), approval, decision.change)[1]
    assert isinstance(asked.artifact, ExportApproval), asked.text
    return asked.artifact


@pytest.mark.parametrize(
    "said", ["add all but green to {}", "add everything except the green ones to {}", "add green to {}"]
)
def test_groups_are_left_out_of_what_is_added(desk: Desk, tree: Path, said: str) -> None:
    sort_like(desk, folder=str(tree))
    names = tuple(c.name for c in desk.clusterings.get().clusters)
    here = DialogueContext(("colour",), names, informed=True)
    read = parse(said.format(f'"{tree}"'), here)
    assert isinstance(read, list) and read[0].arguments["add"] and len(read) == 1
    toolbox = Toolbox(desk)
    asked = toolbox.run(call("export_clusters", **read[0].arguments))
    approval = asked.artifact
    assert isinstance(approval, ExportApproval), asked.text
    assert approval.adds and "All other groups stay" in asked.text
    assert ("green" in approval.into) == ("but" not in read[0].arguments)
    before = {path for path in tree.rglob("*") if path.is_file()}
    done = toolbox.approved(call("export_clusters", **read[0].arguments), approval, typed("yes", approval))
    assert "beside what was there" in done.text
    desk.history.undo()
    assert {path for path in tree.rglob("*") if path.is_file()} == before
    desk.history.redo()
    assert len([path for path in tree.rglob("*.png") if path not in before]) == approval.files


def test_other_forms_go_to_a_folder_of_their_own(desk: Desk, tree: Path, tmp_path: Path) -> None:
    sort_like(desk, folder=str(tree))
    toolbox = Toolbox(desk)
    refused = toolbox.run(call("export_clusters", to=str(tree), form="csv", add=True))
    assert refused.status == "error" and "Only folders can be added to what is there" in refused.text
    refused = toolbox.run(call("export_clusters", to=str(tree), form="csv"))
    assert refused.status == "error" and "not empty" in refused.text and "add to what" not in refused.text
    asked = toolbox.run(call("export_clusters", to=str(tmp_path / "new"), form="csv"))
    assert isinstance(asked.artifact, ExportApproval) and not asked.artifact.adds
    tags = toolbox.run(call("export_clusters", form="tags")).artifact
    assert isinstance(tags, ExportApproval) and not tags.adds


@pytest.mark.parametrize("form", ["csv", "tags", "json lines", "a hugging face dataset"])
def test_adding_in_another_form_is_answered_and_never_a_folder_of_that_name(form: str) -> None:
    read = parse(f"add them to ~/sorted as {form}")
    assert isinstance(read, Reply) and read.text.startswith("Only folders can be added")


def test_an_addition_that_is_to_be_another_form_adds_nothing(desk: Desk, tree: Path) -> None:
    sort_like(desk, folder=str(tree))
    approval = Toolbox(desk).run(call("export_clusters", to=str(tree), add=True)).artifact
    tags = change(desk, approval, "no, as tags")
    assert tags.form == "tags" and not tags.adds and tags.clustering == approval.clustering
    other = change(desk, approval, f"no, to {tree.parent / 'other'}")
    assert other.target == str(tree.parent / "other") and other.adds and other.mode == "copy"
