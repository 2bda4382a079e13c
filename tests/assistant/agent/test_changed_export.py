"""An export that waits and is changed: what the change does not name stays as it was, and the whole is asked about."""

from pathlib import Path
from typing import Any

import pytest

from assistant.agent.approvals import Decision, ExportApproval
from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call
from assistant.agent.changed_export import ExportChange, changed_export
from assistant.agent.context import Context
from assistant.agent.events import ApprovalRequested, ToolEnded
from assistant.agent.graph import NO_LONGER_WAITS
from assistant.agent.tools.base import DialogueContext
from assistant.agent.tools.export_clusters import ExportClusters, ExportClustersArguments
from assistant.chat.session import Session
from assistant.desk import Desk


@pytest.fixture
def grouped(desk: Desk) -> Desk:
    """A desk with a grouping by colour, of which a copy is the current one by now."""
    desk.grouping.group("colour", k=3)
    return desk


async def asked(desk: Desk, *said: str | Decision) -> list[ExportApproval]:
    """Return what was asked about, one after the other."""
    found: list[ExportApproval] = []
    async with Session.open(desk, model="builtin") as session:
        for text in said:
            stream = session.say(text) if isinstance(text, str) else session.decide(text)
            found += [e.approval async for e in stream if isinstance(e, ApprovalRequested)]
    return found


def shape(approval: ExportApproval) -> dict[str, Any]:
    return {key: getattr(approval, key) for key in ("clustering", "target", "mode", "form", "only", "also")}


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ("as json lines", {"form": "jsonl"}),
        ("no, as coco", {"form": "coco"}),
        ("no, to {other}", {"target": "{other}"}),
        ("change the folder to {other}", {"target": "{other}"}),
        ("only the red ones", {"only": ["red"]}),
        ("without the red ones", {"only": ["green", "blue"]}),
        ("as links", {"form": "folders", "mode": "link"}),
        (Decision(accept=False, change=ExportChange(to="{other}")), {"target": "{other}"}),
    ],
)
async def test_what_is_not_named_stays(
    grouped: Desk, tmp_path: Path, change: Any, differs: dict[str, Any]
) -> None:
    made = grouped.clusterings.get()
    ids = {c.name: c.id for c in made.clusters}
    other = str(tmp_path / "other")
    if isinstance(change, str):
        change = change.replace("{other}", other)
    elif change.change is not None:
        change = Decision(accept=False, change=ExportChange(to=other))
    first, second = await asked(grouped, f"export colour as csv to {tmp_path / 'out'}", change)
    wanted = shape(first) | {key: other if value == "{other}" else value for key, value in differs.items()}
    if "only" in differs:
        assert sorted(second.only) == sorted(ids[name] for name in differs["only"])
        wanted["only"] = second.only
    assert shape(second) == wanted


async def test_the_groups_and_the_grouping_that_were_approved_stay(grouped: Desk, tmp_path: Path) -> None:
    colour = grouped.clusterings.get()
    red = next(c.id for c in colour.clusters if c.name == "red")
    grouped.grouping.group("brightness", k=2)
    brightness = grouped.clusterings.get()
    out, other = tmp_path / "out", tmp_path / "other"
    first, *changed = await asked(
        grouped, f"export red as csv to {out}", "as json lines", f"no, to {other}", "as folders", "as moves"
    )
    assert brightness.id != colour.id and first.clustering == colour.id and first.only == [red]
    assert len(changed) == 4 and all(a.clustering == colour.id and a.only == [red] for a in changed)
    assert [a.form for a in changed] == ["jsonl", "jsonl", "folders", "folders"]
    assert [a.target for a in changed] == [str(out), str(other), str(other), str(other)]
    assert [a.mode for a in changed] == ["copy", "copy", "copy", "move"]


async def test_groups_that_were_left_out_stay_out(grouped: Desk, tmp_path: Path) -> None:
    first, second, third, fourth = await asked(
        grouped,
        f"export all but red to {tmp_path / 'out'}",
        "as links",
        "but not the green ones",
        "with all groups",
    )
    assert len(first.only) == 2 and second.only == first.only and second.mode == "link"
    assert len(third.only) == 1 and third.mode == "link"
    assert fourth.only == [] and fourth.mode == "link" and len(fourth.folders) == 3


async def test_a_change_that_cannot_be_planned_leaves_nothing_that_a_yes_would_do(
    grouped: Desk, tmp_path: Path
) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").write_text("mine")
    approvals = await asked(grouped, f"export to {tmp_path / 'out'}", f"no, to {full}", "yes")
    assert len(approvals) == 1 and not (tmp_path / "out").exists()
    assert [path.name for path in full.iterdir()] == ["mine.txt"]


async def test_a_yes_does_what_the_changed_plan_says(grouped: Desk, tmp_path: Path) -> None:
    out, other = tmp_path / "out", tmp_path / "other"
    async with Session.open(grouped, model="builtin") as session:
        for text in (f"export colour as csv to {out}", f"as json lines, to {other}", "yes"):
            async for _ in session.say(text):
                pass
        turns = await session.history()
    assert (other / "groups.jsonl").exists() and not out.exists()
    assert [turn.text for turn in turns if turn.role == "user"][-2:] == [f"as json lines, to {other}", "yes"]
    assert grouped.history.undo() and not other.exists()


NAMES = ("red", "green", "blue")


@pytest.mark.parametrize(
    ("said", "change"),
    [
        ("and the red ones", {"more": ["red"]}),
        ("and also green and 3", {"more": ["green", "3"]}),
        ("plus the red group", {"more": ["red"]}),
        ("red too", {"more": ["red"]}),
        ("with the blue ones as well", {"more": ["blue"]}),
        ("yes, and the red ones", {"more": ["red"]}),
        ("and the purple ones", {"more": ["purple"]}),  # there is none, which is told
        ("and the red ones, as links", {"more": ["red"], "mode": "link"}),
        ("not the red ones after all", {"but": ["red"]}),
        ("drop red and green", {"but": ["red", "green"]}),
        ("leave the red ones out", {"but": ["red"]}),
        ("not those, the blue ones", {"only": ["blue"]}),
        ("no, the blue ones", {"only": ["blue"]}),
        ("the blue ones instead", {"only": ["blue"]}),
        ("no, blue, as links", {"only": ["blue"], "mode": "link"}),
        ("all of them", {"every": True}),
    ],
)
def test_groups_are_added_left_out_or_put_in_the_place_of_others(said: str, change: dict[str, Any]) -> None:
    assert changed_export(said, None, NAMES) == ExportChange(**change)


@pytest.mark.parametrize(
    "said",
    [
        "and show red",
        "and merge red and green",
        "the red ones",
        "no, group by age",
        "drop it",
        "and 7",
        "and then?",
    ],
)
def test_another_request_changes_no_export(said: str) -> None:
    assert changed_export(said, None, NAMES) is None


async def test_a_plan_grows_and_still_waits(grouped: Desk, tmp_path: Path) -> None:
    first, second, third = await asked(
        grouped, f"export red to {tmp_path / 'out'}", "and the blue ones", "could you add green?"
    )
    assert [len(a.only) for a in (first, second, third)] == [1, 2, 3]
    assert second.only[0] == first.only[0] and not (tmp_path / "out").exists()


async def test_a_group_that_there_is_not_leaves_the_plan_waiting_as_it_was(
    grouped: Desk, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    first, again = await asked(grouped, f"export red to {out}", "and the purple ones")
    assert again == first
    async with Session.open(grouped, model="builtin") as session:
        events = [event async for event in session.say("yes")]
    assert [path.name for path in out.iterdir() if path.is_dir()] == ["red"] and events


async def test_a_question_between_keeps_the_groups_that_were_added(grouped: Desk, tmp_path: Path) -> None:
    _, grown, again = await asked(
        grouped, f"export red to {tmp_path / 'out'}", "and blue too", "how many are green?"
    )
    assert again.only == grown.only and len(again.only) == 2


async def test_only_is_said_in_an_argument_of_its_own(grouped: Desk, tmp_path: Path) -> None:
    ids = {c.name: c.id for c in grouped.clusterings.get().clusters}
    grouped.grouping.group("brightness", k=2)
    context = DialogueContext(("red",), ("red", "no red"), current=2, informed=True)
    assert parse("export only red to /x", context) == [Call("export_clusters", {"to": "/x", "only": ["red"]})]
    given = ExportClustersArguments(to=str(tmp_path / "out"), only=["red", "blue"])
    _, approval = ExportClusters().ask(Context(grouped), given)  # it is turned to the grouping that has them
    assert isinstance(approval, ExportApproval) and approval.only == [ids["red"], ids["blue"]]


async def test_a_change_that_cannot_be_made_says_that_the_export_no_longer_waits(
    grouped: Desk, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    (tmp_path / "taken").write_text("a file")
    async with Session.open(grouped, model="builtin") as session:
        ended: list[ToolEnded] = []
        for text in (f"export colour to {out}", f"to {tmp_path / 'taken'}"):
            ended += [event async for event in session.say(text) if isinstance(event, ToolEnded)]
        assert ended[-1].text.endswith(NO_LONGER_WAITS)
        assert await session.pending() is None
    assert not out.exists()


@pytest.mark.parametrize("said", ["only the purple ones", "without the purple ones"])
async def test_an_unknown_group_leaves_the_plan_waiting(grouped: Desk, tmp_path: Path, said: str) -> None:
    first, again = await asked(grouped, f"export colour to {tmp_path / 'out'}", said)
    assert again == first


@pytest.mark.parametrize(
    "said", ["yes I changed my mind", "on second thought, no", "forget it", "not like that"]
)
async def test_a_changed_mind_is_about_what_waits(grouped: Desk, tmp_path: Path, said: str) -> None:
    before = grouped.clusterings.get()
    async with Session.open(grouped, model="builtin") as session:
        for text in (f"export colour to {tmp_path / 'out'}", said):
            assert [event async for event in session.say(text)]
        assert await session.pending() is None
    assert grouped.clusterings.current is not None and grouped.clusterings.current.id == before.id
    assert not (tmp_path / "out").exists()


async def test_what_is_to_be_done_first_is_done_and_the_export_is_asked_about_again(
    grouped: Desk, tmp_path: Path
) -> None:
    first, again = await asked(
        grouped, f"export colour to {tmp_path / 'out'}", 'not yet, rename red to "my reds" first'
    )
    assert [name for name, _ in again.folders] == [
        name.replace("red", "my reds") for name, _ in first.folders
    ]
