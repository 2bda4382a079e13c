"""A criterion that nothing here sees makes no groups before it is said what they would be made from."""

import pytest
from langchain_core.messages import ToolCall, ToolMessage

from assistant.agent.follow_up import closing
from assistant.agent.toolbox import Toolbox
from assistant.desk import Desk
from assistant.desk.criteria import Criteria, Sight


def say(toolbox: Toolbox, criterion: str, turn: int) -> ToolMessage:
    toolbox.context.confirmations.heard(f"group by {criterion}", turn)
    return toolbox.run(ToolCall(name="group_by", args={"criterion": criterion}, id="c1"))


def test_it_is_said_what_can_be_done_and_nothing_is_grouped(desk: Desk) -> None:
    toolbox = Toolbox(desk)
    told = say(toolbox, "sleeve length", 1)
    assert told.text.startswith(
        'I cannot see "sleeve length": no model here looks at that, so nothing was grouped.'
    )
    assert "sort into" in told.text and "ask me" in told.text and "regroup models" in told.text
    assert not desk.clusterings.all() and len(told.text.splitlines()) == 1
    say(toolbox, "sleeve length", 2)  # said again: groups of pictures that look alike
    assert [c.criterion for c in desk.clusterings.all()] == ["sleeve length"]


def test_the_nearest_is_offered_and_not_taken(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Criteria, "sight", lambda self, criterion, progress=None: Sight(False, "brightness"))
    told = say(Toolbox(desk), "mood of the light", 1)
    assert 'the nearest that I can see is "brightness". Shall I use that?' in told.text
    assert told.artifact == {"yes": {"tool": "group_by", "arguments": {"criterion": "brightness"}}}
    assert not desk.clusterings.all()


def test_what_the_files_do_not_say_is_told_and_no_group_is_shown_next(desk: Desk) -> None:
    told = say(Toolbox(desk), "event", 1)
    assert "no model here looks at that, and for most pictures there is no date in the file" in told.text
    assert closing(told) == told.text
