"""Exports whose names have their place in the whole list: planned, done, undone, redone."""

from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.agent.approvals import ExportApproval
from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call
from assistant.agent.toolbox import Toolbox
from assistant.agent.tools.base import DialogueContext
from assistant.agent.tools.export_clusters import ExportClusters, ExportClustersArguments
from assistant.desk import Desk
from assistant.desk.exports import settle
from tools.errors import UsageError

Tree = Callable[[Path], dict[str, bytes]]


@pytest.fixture
def grouped(desk: Desk) -> Desk:
    desk.grouping.group("colour", k=3)
    return desk


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*.png"))


@pytest.mark.parametrize("by", ["likeness", "time", "name", "certainty"])
def test_each_order_numbers_all_pictures_once(grouped: Desk, tmp_path: Path, by: str) -> None:
    order = grouped.arranging.whole(by)  # type: ignore[arg-type]
    assert sorted(order.images) == sorted(grouped.collection.ids)
    plan = grouped.exports.plan(tmp_path / "out", order=order)
    place = {entry.id: entry.destination.name for entry in plan.entries}
    assert [place[image][:5] for image in order.images] == [f"{n:04}-" for n in range(1, 13)]
    assert plan.renamed == 0


def test_by_name_is_the_order_of_the_names_across_groups(grouped: Desk, tmp_path: Path) -> None:
    plan = grouped.exports.plan(tmp_path / "out", order=grouped.arranging.whole("name"))
    in_order = sorted(plan.entries, key=lambda entry: entry.destination.name)
    assert [entry.source.name for entry in in_order] == sorted(entry.source.name for entry in plan.entries)


@pytest.mark.parametrize("mode", ["copy", "link", "move"])
def test_it_is_undone_and_redone_with_the_same_numbers(
    grouped: Desk, pictures: Path, tmp_path: Path, tree: Tree, mode: str
) -> None:
    before, out = tree(pictures), tmp_path / "out"
    order = grouped.arranging.whole("likeness")
    grouped.exports.carry_out(grouped.exports.plan(out, mode=mode, order=order))  # type: ignore[arg-type]
    done = names(out)
    assert done[0].startswith("0001-") and done[-1].startswith("0012-")
    grouped.history.undo()
    assert tree(pictures) == before and not out.exists()
    grouped.history.redo()
    assert names(out) == done
    grouped.history.undo()
    assert tree(pictures) == before


def test_an_export_that_the_journal_lost_is_redone_with_its_numbers(grouped: Desk, tmp_path: Path) -> None:
    order = grouped.arranging.whole("certainty")
    grouped.exports.carry_out(grouped.exports.plan(tmp_path / "out", order=order))
    done = names(tmp_path / "out")
    shelf = grouped.shelf
    (record,) = shelf.exports.all()
    shelf.undo()
    settle(shelf)  # as an opened folder does, which finds the record alone
    assert record.order == "certainty"
    grouped.history.undo()
    grouped.history.redo()
    assert names(tmp_path / "out") == done


def test_no_numbers_where_there_are_no_names(grouped: Desk, tmp_path: Path) -> None:
    order = grouped.arranging.whole("name")
    with pytest.raises(UsageError, match="leave the order out"):
        grouped.exports.plan(tmp_path / "out", form="csv", order=order)
    with pytest.raises(UsageError, match="do not add"):
        grouped.exports.plan(tmp_path / "out", add=True, order=order)


@pytest.mark.parametrize(
    ("said", "by"),
    [
        ("export to ~/P in order of likeness", "likeness"),
        ("export to ~/P sorted by name", "name"),
        ("export to ~/P, numbered by certainty", "certainty"),
        ("export to ~/P in the order of time", "time"),
    ],
)
def test_it_is_said(said: str, by: str) -> None:
    dialogue = DialogueContext(names=("happy",), criteria=("emotion",), current=1)
    assert parse(said, dialogue) == [Call("export_clusters", {"to": "~/P", "order": by})]


def test_the_plan_says_it_and_other_numbers_are_another_plan(grouped: Desk, tmp_path: Path) -> None:
    context = Toolbox(grouped).context
    asked: list[ExportApproval] = []
    for by in ("name", "likeness"):
        text, approval = ExportClusters().ask(
            context,
            ExportClustersArguments(to=str(tmp_path / "out"), order=by),  # type: ignore[arg-type]
        )
        assert isinstance(approval, ExportApproval) and f"place by {by}" in text and not approval.numbered
        asked.append(approval)
    assert asked[0].digest != asked[1].digest
