"""Sorting into named groups as a tool: what it says of guesses, and what it offers."""

from typing import Any

import pytest
from langchain_core.messages import ToolCall, ToolMessage

from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call, Reply
from assistant.agent.toolbox import Toolbox
from assistant.agent.tools.base import DialogueContext
from assistant.desk import Desk, sorting


def sort_into(toolbox: Toolbox, **arguments: Any) -> ToolMessage:
    return toolbox.run(ToolCall(name="sort_into", args=arguments, id="c1"))


def test_groups_are_made_and_shown(desk: Desk) -> None:
    done = sort_into(Toolbox(desk), values=["red", "green"], rest="all others")
    assert '"red"' in done.text and '"all others"' in done.text and done.artifact["changed"]
    assert {c.name for c in desk.clusterings.get().clusters} == {"red", "green", "all others"}


def test_one_value_alone_has_a_rest(desk: Desk) -> None:
    sort_into(Toolbox(desk), values=["red"])
    assert {c.name for c in desk.clusterings.get().clusters} == {"red", "other"}


def test_guesses_are_told_and_questions_are_offered(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.assistant.desk.test_sorting import guessing

    monkeypatch.setattr(sorting, "evidence", guessing(sorting.evidence))
    done = sort_into(Toolbox(desk), values=["red", "green"])
    assert done.text.endswith(
        '"red" and "green": guessed, since no expert here is sure what that is. Shall I show you a few '
        "pictures, each to be told with one key? Three right ones for a group are enough."
    )
    assert done.artifact["offer"] == "ask_me"


def test_what_is_not_found_for_sure_is_offered_by_its_likeliest(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.assistant.desk.test_sorting import lacking

    monkeypatch.setattr(sorting, "evidence", lacking(sorting.evidence, "blue"))
    toolbox = Toolbox(desk)
    asked = sort_into(toolbox, values=["blue"], rest="no blue")
    assert asked.text.startswith('Nothing here is "blue" for sure. The likeliest for "blue" are #')
    assert asked.text.endswith("Say yes. Nothing is grouped yet.") and not desk.clusterings.all()
    call = asked.artifact["yes"]
    assert call == {
        "tool": "sort_into",
        "arguments": {"values": ["blue"], "rest": "no blue", "unsure": True},
    }
    made = sort_into(toolbox, **call["arguments"])
    assert '"blue"' in made.text and '"no blue"' in made.text
    some = sort_into(toolbox, values=["red", "blue"], rest="other")
    assert '"blue": none found for sure, so no image was put there. The likeliest are #' in some.text
    beside = sort_into(toolbox, values=["blue"], beside=True)
    assert "yes" not in beside.artifact and 'to blue".' in beside.text


def test_what_cannot_be_seen_is_one_line_and_makes_nothing(desk: Desk) -> None:
    refused = sort_into(Toolbox(desk), values=["boats", "trains"])
    assert (
        refused.status == "error" and "no expert here has a word" in refused.text and "\n" not in refused.text
    )
    assert not desk.clusterings.all()


def test_night_and_day_are_what_files_say_where_they_say_it() -> None:
    told = DialogueContext(said_by_files=(("time of day", ("morning", "night")),), informed=True)
    untold = DialogueContext(said_by_files=(("time of day", ("morning",)),), informed=True)
    assert parse("sort into night and day", told) == [
        Call("pick_out", {"all_of": ["night"], "name": "night"})
    ]
    assert parse("sort into night and day", untold) == [Call("sort_into", {"values": ["night", "day"]})]


GROUPED = DialogueContext(names=("happy", "sad"), criteria=("emotion",), informed=True)


@pytest.mark.parametrize(
    "said",
    [
        "everything that's red should go in its own group",
        "put everything that is red in a group of its own",
        "whatever is red has to go into its own pile",
        "get all with red in their own group",
    ],
)
def test_everything_of_a_kind_is_a_group_of_its_own(said: str) -> None:
    assert parse(said, GROUPED) == [Call("sort_into", {"values": ["red"], "beside": True})]


@pytest.mark.parametrize(
    "said",
    [
        "everything that i said was red should go in its own group",
        "nothing that's red should go in its own group",
        "anna says everything that's red should go in its own group",
        "everything that is red is in its own group",
        "everything in its own group",
    ],
)
def test_what_only_sounds_like_it_is_not(said: str) -> None:
    assert isinstance(parse(said, GROUPED), Reply)
