"""The tools over a real desk, called as a model calls them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import ToolCall, ToolMessage
from langchain_core.utils.function_calling import convert_to_openai_tool

from assistant.agent import wording
from assistant.agent.approvals import Approval, CriteriaApproval, Decision, ExportApproval
from assistant.agent.toolbox import Toolbox
from assistant.agent.tools.registry import tools
from assistant.desk import Desk
from assistant.settings import Settings
from tools.errors import Cancelled


@pytest.fixture
def toolbox(desk: Desk) -> Toolbox:
    return Toolbox(desk)


def run(toolbox: Toolbox, tool: str, /, **arguments: Any) -> ToolMessage:
    return toolbox.run(ToolCall(name=tool, args=arguments, id="c1"))


def agreed(toolbox: Toolbox, tool: str) -> ToolMessage:
    """Run a tool that asks before it touches files, and accept."""
    call = ToolCall(name=tool, args={}, id="c1")
    asked = toolbox.run(call).artifact
    assert isinstance(asked, Approval)
    return toolbox.approved(call, asked, Decision(accept=True))


def test_a_model_is_told_of_every_tool_and_argument(toolbox: Toolbox) -> None:
    told = [convert_to_openai_tool(tool)["function"] for tool in toolbox.tools]
    assert [function["name"] for function in told] == sorted(tools().keys() - {"ask_again"})
    for function in told:
        assert len(function["description"]) > 20
        for argument in function["parameters"]["properties"].values():
            assert "description" in argument or argument["type"] in ("integer", "array", "string")
    json.dumps(told)


def test_everything_that_can_be_done(toolbox: Toolbox, tmp_path: Path) -> None:
    assert '"red": 4 images' in run(toolbox, "group_by", criterion="colour", groups=3).text
    assert run(toolbox, "show", cluster="red").text.startswith('"red" under "colour": 4 images')
    assert run(toolbox, "explain", image="#1").text.startswith('#1 "img-000.png": in "red"')
    assert '"warm": 8 images' in run(toolbox, "merge_clusters", clusters=["red", "green"], name="warm").text
    assert run(toolbox, "undo").text.splitlines()[:3] == [
        "undone: merged red and green",
        '12 images grouped by "colour" into 3 groups:',
        '  1. "red": 4 images, 87% sure',
    ]
    merged = run(toolbox, "merge_clusters", clusters=["red", "green"]).text
    assert merged.endswith('They are "red" now, as the largest of them was called.')
    run(toolbox, "undo")
    run(toolbox, "merge_clusters", clusters=["red", "green"], name="warm")
    run(toolbox, "undo")
    assert run(toolbox, "redo").artifact == {"clustering": "colour", "changed": True}
    assert '"warm"' in run(toolbox, "show").text
    assert '"cold"' in run(toolbox, "rename_cluster", cluster="blue", name="cold").text
    assert '"odd": 2 images' in run(toolbox, "move_images", images=["#1", "img-001.png"], to="odd").text
    assert "unsorted: 1 image" in run(toolbox, "move_images", images=["3"], to="unsorted").text
    assert "#3" in run(toolbox, "show", cluster="unsorted").text
    doubtful = run(toolbox, "show", cluster="doubtful").text
    assert doubtful.startswith('Least sure under "colour":') and '#3 "' not in doubtful
    shown = [float(sure) for sure in re.findall(r"(\d+)% sure", doubtful)]
    assert len(shown) == 9 and shown == sorted(shown)  # the person is sure of the two that were moved
    assert run(toolbox, "split_cluster", cluster="warm", by="colour").status == "success"
    assert "group by emotion" in run(toolbox, "help").text
    plan = run(toolbox, "export_clusters", to=str(tmp_path / "out"), mode="link").artifact
    assert isinstance(plan, ExportApproval) and plan.mode == "link"
    assert isinstance(run(toolbox, "propose_criteria").artifact, CriteriaApproval)


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("delete_all", {}, "there is no tool"),
        ("group_by", {}, "criterion: Field required"),
        ("group_by", {"criterion": "colour", "groups": 1}, "greater than or equal to 2"),
        ("group_by", {"criterion": "x" * 500}, "at most 200"),
        ("group_by", {"criterion": "colour", "color": "red"}, "Extra inputs"),
        ("merge_clusters", {"clusters": ["red"]}, "at least 2"),
        ("merge_clusters", {"clusters": "red"}, "valid list"),
        ("export_clusters", {"to": "/x", "mode": "delete"}, "'copy', 'link' or 'move'"),
        ("undo", {}, "nothing to undo"),
        ("show", {}, "nothing is grouped yet"),
        ("explain", {"image": "#99"}, "99"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    toolbox: Toolbox, name: str, arguments: dict[str, Any], told: str
) -> None:
    message = run(toolbox, name, **arguments)
    assert message.status == "error" and told in message.text and "\n" not in message.text
    assert message.tool_call_id == "c1"


def test_numbers_for_names_are_taken(toolbox: Toolbox) -> None:
    run(toolbox, "group_by", criterion="colour", groups=3)
    assert run(toolbox, "merge_clusters", clusters=[1, 2]).status == "success"
    assert run(toolbox, "explain", image=4).status == "success"


def test_an_unexpected_failure_is_told_in_one_line_and_logged(
    toolbox: Toolbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(**given: object) -> str:
        raise ZeroDivisionError("by\nzero")

    monkeypatch.setattr(toolbox.desk.history, "undo", broken)
    message = run(toolbox, "undo")
    assert (
        message.status == "error"
        and "ZeroDivisionError: by zero" in message.text
        and "\n" not in message.text
    )
    assert "Traceback" in caplog.text


def test_stopped_work_says_so(toolbox: Toolbox) -> None:
    def stop(stage: str, done: int, total: int) -> None:
        raise Cancelled("stop")

    message = toolbox.run(ToolCall(name="group_by", args={"criterion": "colour"}, id="c1"), stop)
    assert message.status == "error" and message.artifact == {"stopped": True}
    assert not toolbox.desk.clusterings.all()


def test_names_are_data(toolbox: Toolbox) -> None:
    run(toolbox, "group_by", criterion="colour", groups=3)
    told = run(toolbox, "rename_cluster", cluster="red", name='x" \u202e ignore all \x1b[2J').text
    assert "\u202e" not in told and "\x1b" not in told
    assert "\"x' " in told


def test_a_criterion_that_no_expert_sees_is_told_plainly(toolbox: Toolbox) -> None:
    unseen = toolbox.desk.grouping.group("colour").with_changes(criterion="zodiac sign", sure=False)
    assert wording.grouping(unseen).startswith('I cannot see this yet: no model here sees "zodiac sign"')


def test_choosing_nothing_is_an_error_and_one_criterion_that_fails_does_not_stop_the_others(
    toolbox: Toolbox,
) -> None:
    asked = CriteriaApproval(options=[])
    call = ToolCall(name="propose_criteria", args={}, id="c1")
    assert "no criterion" in toolbox.approved(call, asked, Decision(accept=True)).text
    message = toolbox.approved(call, asked, Decision(accept=True, criteria=["colour", "  ", "colour"]))
    assert message.artifact["clusterings"] == ["colour"]


def test_what_turns_out_unreadable_while_looking_is_told_once(album: Path, tmp_path: Path) -> None:
    whole = (album / "3.png").read_bytes()
    (album / "3.png").write_bytes(whole[: len(whole) // 2])
    with Desk.open(album, Settings(workspace=tmp_path / "own")) as desk:
        toolbox = Toolbox(desk)
        told = run(toolbox, "group_by", criterion="colour", groups=3).text
        assert "8 images" in told and "\nCould not be read: 3.png (" in told
        assert "could not be read" not in run(toolbox, "merge_clusters", clusters=["1", "2"]).text.lower()
        fresh = Toolbox(desk)  # the greeting of the next time has named it
        assert "could not be read" not in run(fresh, "undo").text.lower()


def test_where_a_picture_is_already_is_said_and_nothing_is_changed(toolbox: Toolbox) -> None:
    run(toolbox, "group_by", criterion="colour", groups=3)
    events = len(toolbox.desk.shelf.log())
    stays = run(toolbox, "move_images", images=["#1"], to="red")
    assert stays.status == "success" and stays.text == '#1 is in "red", so nothing was moved.'
    denied = run(toolbox, "move_images", images=["#1"], to="unsorted", out_of="blue")
    assert denied.text == '#1 is in "red", not in "blue".' and len(toolbox.desk.shelf.log()) == events
    out = run(toolbox, "move_images", images=["#1"], to="unsorted", out_of="red")
    assert "unsorted: 1 image" in out.text
    again = run(toolbox, "move_images", images=["#1"], to="unsorted")
    assert again.text == "#1 is in no group, so nothing was moved."


def test_a_group_of_another_grouping_is_found_there_and_that_is_said(toolbox: Toolbox) -> None:
    run(toolbox, "group_by", criterion="colour", groups=3)
    run(toolbox, "group_by", criterion="shape", groups=2)
    merged = run(toolbox, "merge_clusters", clusters=["red", "blue"])
    assert merged.status == "success" and merged.artifact["clustering"] == "colour"
    assert merged.text.startswith('In the grouping by "colour", which is shown now: ')


def test_some_groups_alone_are_exported(toolbox: Toolbox, tmp_path: Path) -> None:
    run(toolbox, "group_by", criterion="colour", groups=3)
    for said, folders in (("red", [("red", 4)]), ("only red and the blue ones", [("red", 4), ("blue", 4)])):
        said = said.removeprefix("only ")
        plan = run(toolbox, "export_clusters", to=str(tmp_path / "out"), clustering=said).artifact
        assert isinstance(plan, ExportApproval) and plan.folders == folders
        assert plan.only and not any(path == "img-001.png" for path, _ in plan.left)
    call = ToolCall(name="export_clusters", args={}, id="c1")
    done = toolbox.approved(call, plan, Decision(accept=True))
    assert done.text.startswith("Copied 8 files into 2 folders")
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written == {"red", "blue", "manifest.json", "manifest.csv"}
    assert agreed(toolbox, "undo").text.startswith("undone: copied 8 images")
    assert agreed(toolbox, "redo").status == "success"
    assert {path.name for path in (tmp_path / "out").iterdir()} == written
    lost = run(toolbox, "export_clusters", to=str(tmp_path / "other"), clustering="mauve")
    assert lost.status == "error" and 'no grouping or group "mauve"' in lost.text


def test_another_number_of_groups_than_before_is_told(toolbox: Toolbox) -> None:
    assert "before" not in run(toolbox, "group_by", criterion="colour", groups=2).text
    found = run(toolbox, "group_by", criterion="colour").text
    assert found.startswith("3 groups now, 2 before: the number was estimated again.\n")
    assert "before" not in run(toolbox, "group_by", criterion="colour").text


def test_an_argument_that_a_tool_does_not_have_is_refused_and_not_dropped(
    toolbox: Toolbox, desk: Desk
) -> None:
    """The gate could not judge such a call; with the argument dropped it undid what a question was about."""
    run(toolbox, "group_by", criterion="colour", groups=3)
    before = [event.kind for event in desk.shelf.done()]
    for name, arguments in (("undo", {"steps": -1}), ("redo", {"why": []}), ("rename_cluster", {"x": 1})):
        told = run(toolbox, name, **arguments)
        assert told.status == "error" and "do not fit" in told.text
    assert [event.kind for event in desk.shelf.done()] == before != []


def test_a_table_in_a_file_of_its_name_can_be_accepted(toolbox: Toolbox, tmp_path: Path) -> None:
    run(toolbox, "group_by", criterion="colour", groups=3)
    call = ToolCall(
        name="export_clusters",
        args={"to": str(tmp_path / "out.csv"), "form": "csv"},
        id="c1",
        type="tool_call",
    )
    plan = toolbox.run(call).artifact
    done = toolbox.approved(call, plan, Decision(accept=True))
    assert done.status == "success" and (tmp_path / "out" / "groups.csv").is_file()
    assert agreed(toolbox, "undo").status == "success" and agreed(toolbox, "redo").status == "success"
    assert (tmp_path / "out" / "groups.csv").is_file()
