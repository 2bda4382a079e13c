"""What models took: counted, kept as a pace, and compared with what was allowed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.agent.tools.cost import cost_lines
from assistant.desk import Desk
from assistant.desk import effort as effort_module
from assistant.desk.effort import Effort, Over, Taken
from assistant.models.consent import NoNotes
from assistant.settings import Settings
from tests.tools.models.hosted.conftest import Call, Server, server
from tools.errors import Cancelled
from tools.models.bundled import tier
from tools.models.ports import Expert

__all__ = ["server"]


def test_calls_and_seconds_are_added_by_kind_and_by_model() -> None:
    effort = Effort(NoNotes())
    assert effort.words() == () and effort.pace("judge", "m") is None
    effort.add("judge", "m", 2, 1.0)
    effort.add("judge", "m", 2, 3.0)
    effort.add("judge", "n", 1, 9.0)
    effort.add("describer", "m", 1200, 60.0)
    effort.add("training", "sac", 1, 100.0)
    assert effort.taken("judge") == Taken(5, 13.0)
    assert (effort.pace("judge", "m"), effort.pace("judge", "n")) == (1.0, 9.0)
    assert effort.words() == ("describer 1,200 calls", "judge 5 calls", "training 2 min")


def test_what_is_allowed_counts_from_the_time_of_the_approval() -> None:
    effort = Effort(NoNotes())
    effort.add("judge", "m", 7, 1.0)
    effort.allow({"judge": Taken(36), "describer": Taken(12)})
    assert effort.words() == ("describer 0 of 12 calls", "judge 0 of 36 calls")
    effort.add("judge", "m", 3, 1.0)
    assert effort.words() == ("describer 0 of 12 calls", "judge 3 of 36 calls")


def test_a_step_of_a_plan_is_held_to_its_calls_and_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(effort_module.time, "monotonic", lambda: now[0])
    effort = Effort(NoNotes())
    effort.add("judge", "m", 7, 1.0)
    effort.allow({"judge": Taken(3)}, 60.0)
    effort.check("judge", 100)  # no step is done
    with effort.within_plan():
        effort.check("judge", 3)
        effort.add("judge", "m", 2, 1.0)
        effort.check("judge", 1)
        with pytest.raises(Cancelled):
            effort.check("judge", 2)
        assert effort.over == Over("judge", 2, 3, 2)
    with effort.within_plan():
        assert effort.over is None
        with pytest.raises(Cancelled):
            effort.check("describer", 1)  # nothing was allowed of that
    with effort.within_plan():
        now[0] += 50.0
        effort.check()
    now[0] += 100.0  # between two steps, and while the person lets it wait, no time is counted
    with effort.within_plan():
        now[0] += 5.0
        effort.waited(5.0)
        now[0] += 9.0
        effort.check()
        now[0] += 2.0
        with pytest.raises(Cancelled):
            effort.check()
        assert effort.over == Over("time", 61, 60)
    effort.allow({}, None)
    with effort.within_plan():
        now[0] += 1e6
        effort.check()


def test_training_that_is_stopped_took_its_time_too() -> None:
    effort = Effort(NoNotes())
    with pytest.raises(RuntimeError), effort.timed("training", "sac"):
        raise RuntimeError
    assert effort.taken("training").calls == 1


def test_paces_are_known_when_the_folder_is_opened_again(open_desk: Callable[[], Desk]) -> None:
    open_desk().effort.add("judge", "m", 4, 2.0)
    again = open_desk()
    assert again.effort.pace("judge", "m") == 0.5 and again.effort.taken("judge").calls == 0


def test_describing_judging_and_training_are_counted_and_shown(
    pictures: Path,
    tmp_path: Path,
    server: Server,
    experts: list[Expert],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tier, "experts", lambda store: list(experts))

    def reply(call: Call) -> None:
        said = {"value": call.colour, "confidence": 0.9}
        call.say(json.dumps({"paint": said, "probability": 0.8}), usable=True)

    server.reply = reply
    settings = Settings(
        workspace=tmp_path / "own", describer=f"{server.url}#eye", judge=f"{server.url}#judge", exemplars=5
    )
    with Desk.open(pictures, settings) as desk:
        desk.grouping.group("paint", k=3, method="mllm_mc")
        judge = desk.grouping.method_inputs("walk", desk.collection.ids)["judge"]
        assert judge is not None
        for row in (0, 0, 7):  # the same question is asked once
            assert judge.belongs(row, range(1, 7), ["red", "warm"], "paint") == 0.8
        assert [len(body["messages"][0]["content"]) - 1 for body in server.bodies[-2:]] == [6, 6]
        status = desk.status()
        described, judged, trained = status.effort
        assert (described, judged) == ("describer 12 calls", "judge 2 calls") and trained.startswith(
            "training"
        )
        assert status.calls == 2 * 12 + 12 + 2  # the experts, the describer, the judge
        assert any(judged in line and described in line for line in cost_lines(status))
