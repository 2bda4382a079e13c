"""Methods in the conversation: which one was used, which others there are, and a chosen one that stays."""

import pytest
from langchain_core.messages import ToolCall, ToolMessage

from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Reply
from assistant.agent.left_out import left_out
from assistant.agent.toolbox import Toolbox
from assistant.agent.tools.base import DialogueContext
from assistant.agent.unknown_words import unknown_words
from assistant.desk import Desk
from tools.fuse.registry import METHODS


def methods(desk: Desk) -> ToolMessage:
    return Toolbox(desk).run(ToolCall(name="methods", args={}, id="c1"))


def test_before_anything_is_grouped_all_are_told(desk: Desk) -> None:
    told = methods(desk).text
    assert all(f"  {name}: {method.about}" in told for name, method in METHODS.items())


def test_the_one_that_was_used_is_told_and_what_the_others_miss(desk: Desk) -> None:
    desk.grouping.group("colour", k=3)
    told = methods(desk).text
    assert told.startswith('"colour" was grouped by kmeans') and "I use it where you choose none." in told
    could, _, not_here = told.partition("Not here:")
    assert "  concatenated: " in could and "multi_sub" in not_here
    desk.grouping.group("colour", k=3, method="walk")
    assert '"colour" was grouped by walk' in methods(desk).text and "You chose it." in methods(desk).text


def test_a_chosen_method_is_kept_named_and_undone(desk: Desk) -> None:
    toolbox = Toolbox(desk)
    call = ToolCall(name="group_by", args={"criterion": "colour", "method": "Walk"}, id="c1")
    assert "Method: walk, as you chose." in toolbox.run(call).text
    again = toolbox.run(ToolCall(name="group_by", args={"criterion": "colour", "groups": 2}, id="c2"))
    assert "Method: walk" in again.text and len(desk.clusterings.get().clusters) == 2
    assert "the method walk" in desk.explaining.image("#1")
    desk.editing.rename(desk.clusterings.get().clusters[0].name, "warm")
    assert desk.clusterings.get().chosen
    desk.grouping.group("colour", k=2, method="kmeans")
    assert desk.grouping.group("colour", k=3).method == "kmeans"
    desk.history.undo()
    desk.history.undo()
    assert desk.clusterings.get().method == "walk"


def test_an_answer_is_learned_from_and_that_is_said_before(desk: Desk) -> None:
    desk.grouping.group("colour", k=3, method="concatenated")
    asked = Toolbox(desk).run(ToolCall(name="ask_me", args={}, id="c1"))
    assert "does not learn from answers" in asked.text and not asked.artifact["changed"]
    made = desk.questions.answer(["#1"], "1")
    assert made.method == "taught" and not made.chosen
    assert any("does not learn" in note for note in made.notes)
    desk.history.undo()
    kept = desk.clusterings.get()
    assert kept.method == "concatenated" and kept.chosen


def test_nothing_is_said_of_a_method_that_nobody_chose(desk: Desk) -> None:
    desk.grouping.group("colour", k=3)
    assert desk.questions.warning() == ""
    made = desk.questions.answer(["#1"], "1")
    assert not any("does not learn" in note for note in made.notes)


def test_a_link_and_another_number_keep_it(desk: Desk) -> None:
    desk.grouping.group("colour", k=3, method="concatenated")
    assert desk.questions.answer(["#1", "#2"], True).method == "concatenated"
    assert desk.grouping.fewer().chosen


def test_an_unknown_method_is_a_clear_line(desk: Desk) -> None:
    call = ToolCall(name="group_by", args={"criterion": "colour", "method": "frobnicate"}, id="c1")
    failed = Toolbox(desk).run(call)
    assert failed.status == "error" and "there is no method" in failed.text
    assert not desk.clusterings.all()


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("use the walk", {"criterion": "colour", "method": "walk"}),
        ("with SAC please", {"criterion": "colour", "method": "sac"}),
        ("train MFAVBs on these", {"criterion": "colour", "method": "mfavbs"}),
        ("try k-means instead", {"criterion": "colour", "method": "kmeans"}),
        ("do it again with Multi-Sub", {"criterion": "colour", "method": "multi_sub"}),
        ("group by mood using MLLM-MC", {"criterion": "mood", "method": "mllm_mc"}),
        ("group by mood with tac into 4 groups", {"criterion": "mood", "groups": 4, "method": "tac"}),
        (
            "sort into 5 groups by shape using the walkers",
            {"criterion": "shape", "groups": 5, "method": "walk"},
        ),
        ("use walk:budget=0.5", {"criterion": "colour", "method": "walk:budget=0.5"}),
        ("group by mood using sac:intra=off", {"criterion": "mood", "method": "sac:intra=off"}),
        ("group by the walk", {"criterion": "colour", "method": "walk"}),
        ("use SAC with 5 groups", {"criterion": "colour", "groups": 5, "method": "sac"}),
        ("go back to the usual method", {"criterion": "colour", "method": "kmeans"}),
        ("group by people with hats", {"criterion": "people with hats"}),
        ("group by species using SAC", {"criterion": "species", "method": "sac"}),
        ("use the method SAC", {"criterion": "colour", "method": "sac"}),
        ("use method walk", {"criterion": "colour", "method": "walk"}),
        ("with the agent walk please", {"criterion": "colour", "method": "walk"}),
        ("sort by mood via the graph", {"criterion": "mood", "method": "walk"}),
        ("same thing with sac, 4 groups", {"criterion": "colour", "groups": 4, "method": "sac"}),
        ("the same again using tac", {"criterion": "colour", "method": "tac"}),
    ],
)
def test_a_method_is_named_in_a_sentence(text: str, arguments: dict[str, object]) -> None:
    understood = parse(text, DialogueContext(criteria=("colour",)))
    assert isinstance(understood, list)
    assert [(call.tool, call.arguments) for call in understood] == [("group_by", arguments)]


@pytest.mark.parametrize("text", ["use the agents", "fuse with attention", "group by colour via the graph"])
def test_no_word_for_a_method_is_called_unknown(text: str) -> None:
    here = DialogueContext(names=("red", "blue"), criteria=("colour",), informed=True)
    understood = parse(text, here)
    assert isinstance(understood, list)
    assert not unknown_words(text, understood, here) and not left_out(text, understood, here)


def test_two_methods_are_not_two_groupings(desk: Desk) -> None:
    desk.grouping.group("colour", k=3)
    call = ToolCall(name="compare", args={"first": "sac", "second": "the walk"}, id="c1")
    assert "tried one after the other" in Toolbox(desk).run(call).text


@pytest.mark.parametrize(
    "text",
    [
        "group by colour using frobnicate",
        "use the frobnicate method",
        "group by colour with the frobnicate method",
    ],
)
def test_an_unknown_method_in_a_sentence_is_refused(text: str) -> None:
    understood = parse(text, DialogueContext(criteria=("colour",)))
    assert isinstance(understood, Reply) and 'There is no method "frobnicate"' in understood.text


@pytest.mark.parametrize(
    "text",
    [
        "which method did you use?",
        "what else could you use?",
        "which algorithms are there?",
        "list the methods",
        "why that method",
    ],
)
def test_methods_are_asked_for(text: str) -> None:
    understood = parse(text, DialogueContext(criteria=("colour",)))
    assert isinstance(understood, list) and [call.tool for call in understood] == ["methods"]


@pytest.mark.parametrize(
    ("text", "method"),
    [
        ("what is SAC?", "sac"), ("what does the walk do?", "walk"), ("how does tac work?", "tac"),
        ("is SAC better than kmeans?", "sac"), ("did you use k-means?", "kmeans"), ("what if I use SAC?", "sac"),
    ],
)  # fmt: skip
def test_one_method_is_asked_about(text: str, method: str) -> None:
    understood = parse(text, DialogueContext(criteria=("colour",), names=("red",), current=1, informed=True))
    assert isinstance(understood, list)
    assert [(call.tool, call.arguments) for call in understood] == [("methods", {"method": method})]


def test_one_method_is_told_about(desk: Desk) -> None:
    desk.grouping.group("colour", k=3)

    def about(method: str) -> str:
        return Toolbox(desk).run(ToolCall(name="methods", args={"method": method}, id="c1")).text

    told = about("the walkers")
    assert told.startswith(f"walk: {METHODS['walk'].about}.") and 'Say "use walk"' in told
    assert '"colour" was grouped by kmeans.' in told
    assert '"colour" was grouped by it.' in about("k-means") and "Say" not in about("k-means")
    assert 'there is no method "magic"' in about("magic")


def test_what_answers_made_is_not_said_to_be_anybodys_choice(desk: Desk) -> None:
    desk.grouping.group("colour", k=3, method="concatenated")
    desk.questions.answer(["#1"], "1")
    assert "I use it where you choose none and have answered questions." in methods(desk).text


def test_the_history_names_a_method_that_was_chosen(desk: Desk) -> None:
    desk.grouping.group("colour", k=3)
    desk.grouping.group("colour", k=3, method="walk")
    first, second = (entry.text for entry in desk.shelf.log())
    assert (first, second) == ("grouped by colour into 3", "grouped by colour into 3 with walk")
