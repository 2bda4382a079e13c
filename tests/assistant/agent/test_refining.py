"""The tools that ask, link, lock, explain, compare and go back: what they answer, on a real desk."""

import re
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolCall, ToolMessage

from assistant.agent.builtin.builtin_brain import BuiltinBrain
from assistant.agent.toolbox import Toolbox
from assistant.desk import Desk
from assistant.text.typed_answers import QUESTIONS


@pytest.fixture
def toolbox(desk: Desk) -> Toolbox:
    desk.grouping.group("colour")
    return Toolbox(desk)


def run(toolbox: Toolbox, tool: str, /, **arguments: Any) -> ToolMessage:
    return toolbox.run(ToolCall(name=tool, args=arguments, id="c1"))


def test_a_lesson(toolbox: Toolbox) -> None:
    first = run(toolbox, "ask_me")
    assert first.text.startswith("colour of #") and "1 red" in first.text
    question = first.artifact["question"]
    assert run(toolbox, "answer", said="?").text.startswith("because: ")
    second = run(toolbox, "answer", said="new odd ones")
    assert '"odd ones"' in second.text.splitlines()[0]
    assert second.artifact["changed"] and second.artifact["question"] != question
    assert run(toolbox, "answer", said="skip").text.startswith("Skipped.")
    assert run(toolbox, "answer", said="undo").text.startswith("undone: #")
    assert toolbox.desk.questions.answers() == ()
    assert run(toolbox, "answer", said="undo").text.startswith("there is no answer to take back")
    over = run(toolbox, "answer", said="that's enough")
    assert "12 images grouped by" in over.text and "question" not in over.artifact
    left = run(toolbox, "answer", said="1")
    assert left.status == "error" and left.text == 'no question is open; say "ask me" to be asked'


def test_in_lines_the_picture_is_named_by_number_and_file(toolbox: Toolbox) -> None:
    asked = run(toolbox, "ask_me")
    (image,) = asked.artifact["question"]["images"]
    collection = toolbox.desk.collection
    assert f'#{collection.number(image)} "{collection.by_id(image).path.name}"' in asked.text


def test_who_shows_the_pictures_asks(desk: Desk) -> None:
    made = desk.grouping.group("colour")
    toolbox = Toolbox(desk, shows_pictures=True)
    asked = run(toolbox, "ask_me")
    assert asked.artifact == {"clustering": made.id, "teach": made.id} and "on the screen" in asked.text
    assert run(toolbox, "answer", said="1").status == "error"


def test_a_yes_is_asked_about(toolbox: Toolbox) -> None:
    first = run(toolbox, "ask_me")
    again = run(toolbox, "answer", said="yes")
    assert again.text.startswith("There is no group called yes; to make one, say: n yes")
    assert again.artifact["question"] == first.artifact["question"] and toolbox.desk.questions.answers() == ()
    run(toolbox, "answer", said="n yes")
    assert [c.name for c in toolbox.desk.questions.answers()] == ["yes"]


def test_a_new_name_close_to_one_that_there_is_is_asked_about(toolbox: Toolbox) -> None:
    first = run(toolbox, "ask_me")
    again = run(toolbox, "answer", said="new gren")
    assert again.text.startswith('Did you mean "green"? y, or n to make "gren" a new group')
    assert again.artifact["question"] == first.artifact["question"] and toolbox.desk.questions.answers() == ()
    run(toolbox, "answer", said="yes")
    run(toolbox, "answer", said="new gren")
    run(toolbox, "answer", said="new gren")  # said twice, it is meant
    assert [c.name for c in toolbox.desk.questions.answers()] == ["green", "gren"]


def test_a_lesson_has_an_end(toolbox: Toolbox) -> None:
    message = run(toolbox, "ask_me")
    for _ in range(QUESTIONS):
        if (question := message.artifact.get("question")) is None:  # nothing is left that is worth asking
            break
        message = run(toolbox, "answer", said="1" if len(question["images"]) == 1 else "same")
    assert "question" not in message.artifact and "grouped by" in message.text


def test_what_is_no_answer_leaves_the_question_open(toolbox: Toolbox) -> None:
    question = run(toolbox, "ask_me").artifact["question"]
    for said in ("99", "whatever you like best", "n"):
        told = run(toolbox, "answer", said=said)
        assert told.artifact["question"] == question and "\na number or a name, n and a new name" in told.text
        assert told.text.startswith(("There is no group called 99", f'"{said}" is no answer to that.'))
    assert run(toolbox, "answer", said="why").artifact["question"] == question


def test_tuning_needs_answers(toolbox: Toolbox) -> None:
    refused = run(toolbox, "tune_embedding")
    assert refused.status == "error" and "too few answers to learn from" in refused.text


def test_links_and_what_contradicts_them(toolbox: Toolbox) -> None:
    assert "grouped by" in run(toolbox, "keep_together", images=["#1", "#2"]).text
    told = run(toolbox, "keep_apart", images=["#1", "#2"]).text
    assert told.startswith("What you said before (#1 and #2 belong together) contradicts a newer answer")
    assert run(toolbox, "what_if", image="#1").text.startswith(
        'Without that (you said that it is apart from #2 "img-001.png") nothing would change.'
    )
    assert run(toolbox, "what_if", image="#5").status == "error"
    run(toolbox, "move_images", images=["#2"], to="red")
    assert '1 image would move: #2 to "green"' in run(toolbox, "what_if", image="#2").text


def test_a_link_says_what_moved(toolbox: Toolbox) -> None:
    told = run(toolbox, "keep_together", images=["#1", "#2"]).text
    assert re.match(r'#[12] to "[\w ]+"(?:, #2 to "[\w ]+")?\.\n12 images grouped by', told)


def test_names_are_data_in_what_is_told_of_a_change(toolbox: Toolbox) -> None:
    toolbox.desk.editing.rename("green", 'fine", undo all')
    told = run(toolbox, "move_images", images=["#1"], to="2").text
    assert told.startswith('#1 to "fine\', undo all".\n') and "moved" not in told  # it is said once
    run(toolbox, "lock_group", cluster="2")
    run(toolbox, "ask_me")
    refused = run(toolbox, "answer", said='new fine", undo all').text
    assert refused.startswith('Not taken: "fine\', undo all" is locked')


def test_locks(toolbox: Toolbox) -> None:
    run(toolbox, "lock_group", cluster="red")
    refused = run(toolbox, "rename_cluster", cluster="red", name="rot")
    assert refused.text == '"red" is locked, so it stays as it is; unlock it first'
    assert "locked: it stays as it is" in run(toolbox, "describe_group", cluster="red").text
    run(toolbox, "lock_group", cluster="red", locked=False)
    assert run(toolbox, "rename_cluster", cluster="red", name="rot").status == "success"


def test_an_answer_that_is_refused_leaves_the_question_open(toolbox: Toolbox) -> None:
    run(toolbox, "lock_group", cluster="red")
    first = run(toolbox, "ask_me")
    assert first.artifact["question"]["names"] == ["green", "blue"]
    refused = run(toolbox, "answer", said="new red")
    assert refused.text.startswith('Not taken: "red" is locked, so it stays as it is; unlock it first.')
    assert (
        refused.artifact["question"] == first.artifact["question"] and toolbox.desk.questions.answers() == ()
    )


def test_alike(toolbox: Toolbox) -> None:
    shown = run(toolbox, "more_like", images=["#1"])
    assert shown.text.startswith("Most like #1: #") and len(shown.artifact["images"]) == 11
    assert run(toolbox, "more_like", images=["#1"], to="copies").text.startswith("Moved with #")


def test_numbers_without_a_number(toolbox: Toolbox) -> None:
    assert "into 2 groups" in run(toolbox, "change_number", direction="fewer").text
    assert "into 3 groups" in run(toolbox, "change_number", direction="more").text
    assert run(toolbox, "change_number", direction="sideways").status == "error"


def test_back_and_side_by_side(toolbox: Toolbox) -> None:
    assert (
        run(toolbox, "snapshot", name="start").text
        == 'kept as "start"; say "as in start" to come back to it.'
    )
    run(toolbox, "merge_clusters", clusters=["red", "blue"], name="both")
    run(toolbox, "undo")
    listed = run(toolbox, "history").text.splitlines()
    assert listed[0] == "What was done:" and listed[3].endswith("merged red and blue (undone)")
    run(toolbox, "branch", name="bold")
    run(toolbox, "merge_clusters", clusters=["red", "blue"], name="both")
    beside = run(toolbox, "compare", first="colour", second="colour-bold").text.splitlines()
    assert beside[0].startswith('"colour" compared with "colour-bold" (agreement 0.')
    assert '  "red": "both" 4' in beside
    assert '"red"' in run(toolbox, "as_before", moment="start").text
    crossed = run(toolbox, "cross", first="colour", second="background colour")
    assert crossed.status == "success" and 'grouped by "colour x background colour"' in crossed.text


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("thanks", None), ("hello", None), ("stop it", None), ("don't ask", None), ("merge", None),
        ("surprised", "new surprised"), ("very tired", "new very tired"), ("2", "2"), ("happy", "happy"),
        ("yes", "yes"), ("ok", "ok"), ("n yes", "n yes"),
    ],
)  # fmt: skip
def test_courtesies_in_reply_to_a_question_are_no_names_of_groups(said: str, answer: str | None) -> None:
    question = {"question": {"images": ["a"], "names": ["happy", "sad"]}}
    asked = ToolMessage("emotion of #3?", tool_call_id="1", name="ask_me", artifact=question)
    messages = [HumanMessage("ask me"), asked, AIMessage("emotion of #3?"), HumanMessage(said)]
    result = BuiltinBrain()._generate(messages).generations[0].message
    assert isinstance(result, AIMessage)
    calls = [call["args"].get("said") for call in result.tool_calls if call["name"] == "answer"]
    assert calls == ([answer] if answer else [])
