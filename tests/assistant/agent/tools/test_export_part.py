"""The groups that an export is about: those that are named, before a grouping that only has their name in its own."""

from pathlib import Path
from typing import Any

import pytest

from assistant.agent.approvals import ExportApproval
from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call, Reply
from assistant.agent.toolbox import Toolbox
from assistant.agent.tools.base import DialogueContext
from assistant.agent.tools.export_clusters import ExportClusters, ExportClustersArguments
from assistant.desk import Desk
from tools.errors import UsageError


def test_a_group_comes_before_a_grouping_that_has_its_name_among_its_words(
    desk: Desk, tmp_path: Path
) -> None:
    made = desk.grouping.group("colour", k=3)
    assert {c.name for c in made.clusters} == {"red", "green", "blue"}
    desk.comparing.branch("red, green or blue")
    arguments = ExportClustersArguments(to=str(tmp_path / "out"), clustering="red")
    _, approval = ExportClusters().ask(Toolbox(desk).context, arguments)
    assert isinstance(approval, ExportApproval)
    assert approval.files == 4, "the four red ones, and not all twelve"


def test_groups_of_another_grouping_than_the_shown_one_are_found_together(desk: Desk, tmp_path: Path) -> None:
    desk.grouping.group("colour", k=3)
    desk.grouping.group("brightness", k=2)
    arguments = ExportClustersArguments(to=str(tmp_path / "out"), clustering="red and blue")
    _, approval = ExportClusters().ask(Toolbox(desk).context, arguments)
    assert isinstance(approval, ExportApproval) and approval.files == 8
    with pytest.raises(UsageError, match="no grouping or group"):
        unknown = ExportClustersArguments(to=str(tmp_path / "out"), clustering="red and happy")
        ExportClusters().ask(Toolbox(desk).context, unknown)


DIALOGUE = DialogueContext(names=("happy", "sad", "angry"), criteria=("emotion",), current=3)


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ("export to ~/P without sad", {"but": ["sad"]}),
        ("export to ~/P but not sad", {"but": ["sad"]}),
        ("export to ~/P, without sad and angry", {"but": ["sad", "angry"]}),
        ("export to ~/P as json lines without sad", {"form": "jsonl", "but": ["sad"]}),
        ("export as csv to ~/P without sad", {"form": "csv", "but": ["sad"]}),
        ("export to ~/P only happy", {"clustering": "happy"}),
        ("export to ~/P as links, only happy and sad", {"mode": "link", "clustering": "happy and sad"}),
        ("export to ~/P and move the files", {"mode": "move"}),
        ("export all but happy to ~/P", {"but": ["happy"]}),
        ("export everything except happy to ~/P as links", {"but": ["happy"], "mode": "link"}),
        ("export all but the first group to ~/P", {"but": ["1"]}),
        ("export only the first group to ~/P", {"clustering": "1"}),
    ],
)
def test_a_path_ends_where_an_option_begins(said: str, given: dict[str, Any]) -> None:
    assert parse(said, DIALOGUE) == [Call("export_clusters", {"to": "~/P"} | given)]


@pytest.mark.parametrize(
    "said",
    [
        "export to ~/P as csv and move",
        "export to ~/P as moves and csv",
        "export to ~/My Pictures and Videos",
        "export to ~/P by colour",
        "export to ~/P, then delete the originals",
        "export happy to ~/P only sad",
        "export to ~/P to ~/Q",
        "export by emotion to ~/P and delete the rest",
        "export as csv to ~/P and delete the rest",
        "export all but one to ~/P",
    ],
)
def test_what_follows_a_path_and_is_no_option_is_asked_about(said: str) -> None:
    understood = parse(said, DIALOGUE)
    assert isinstance(understood, Reply) or all(
        call.arguments.get("to") in (None, "~/P to ~/Q") for call in understood
    )


@pytest.mark.parametrize("name", ["~/P without sad", "~/My Pictures and Videos", "~/P as csv and move"])
def test_in_quotes_every_name_is_one(name: str) -> None:
    assert parse(f'export to "{name}"', DIALOGUE) == [Call("export_clusters", {"to": name})]


@pytest.mark.parametrize(
    ("said", "pick"),
    [
        ("export the best of each to ~/P", {}),
        ("export the best 3 of each group to ~/P", {"count": 3}),
        ("export the two sharpest of every group to ~/P", {"count": 2, "by": "sharpest"}),
    ],
)
def test_the_best_of_each_are_grouped_and_exported(said: str, pick: dict[str, Any]) -> None:
    best, export = Call("best_of_each", {"group": True} | pick), Call("export_clusters", {"to": "~/P"})
    assert parse(said, DIALOGUE) == [best, export]


def test_of_the_best_the_others_are_not_written(desk: Desk, tmp_path: Path) -> None:
    desk.grouping.group("colour", k=3)
    desk.arranging.group_best(2)
    plan = desk.exports.plan(tmp_path / "out")
    assert len(plan.entries) == 6 and not any("_unsorted" in str(e.destination) for e in plan.entries)


def test_only_a_group_called_like_its_criterion_is_that_group() -> None:
    here = DialogueContext(
        criteria=("glasses",), names=("glasses", "no glasses"), groupings=(("glasses", "no glasses"),), current=2,
        informed=True,
    )  # fmt: skip

    def named(text: str) -> list[object]:
        calls = parse(text, here)
        assert isinstance(calls, list)
        return [(call.arguments.get("clustering"), call.arguments.get("only")) for call in calls]

    assert named("export only glasses to /tmp/x") == [(None, ["glasses"])]
    assert named("export to /tmp/x as links, only glasses") == [(None, ["glasses"])]
    assert named("export glasses to /tmp/x") == [("glasses", None)]


def test_all_groups_are_added_to_a_folder_and_a_word_is_asked_about() -> None:
    here = DialogueContext(criteria=("mood",), names=("happy", "sad"), current=2, informed=True)
    asked = parse("add them to sorted", here)
    assert isinstance(asked, Reply) and asked.text == 'Is "sorted" a folder? Then say "add them to ./sorted".'
    understood = parse("add them to ./sorted", here)
    assert understood == [Call("export_clusters", {"to": "./sorted", "add": True})]
    for text in ("add #3 to happy", "add them to happy", "add them to it", "add everything to one group"):
        meant = parse(text, here)
        assert (isinstance(meant, list) and meant[0].tool == "move_images") or "folder" not in meant.text
