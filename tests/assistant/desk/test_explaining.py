"""Why, what is in common, and what if."""

from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.desk import Desk
from assistant.text.question_wording import question_lines
from tools.errors import UsageError
from tools.teach.question import Question


def test_why_names_what_was_said_and_what_is_like_it(desk: Desk) -> None:
    desk.grouping.group("colour")
    desk.questions.answer(["#1"], "red")
    desk.editing.link(["#1", "#4"])
    desk.editing.cut("#1", "#2")
    lines = desk.explaining.image("#1").splitlines()
    assert lines[0] == '#1 "img-000.png": in "red" under colour, 100% sure'
    assert 'you said that it is "red"' in lines
    assert 'you said that it belongs with #4 "img-003.png"' in lines
    assert 'you said that it is apart from #2 "img-001.png"' in lines
    near = next(line for line in lines if line.startswith("most like it here: "))
    assert {part.split()[1] for part in near.removeprefix("most like it here: ").split(", ")} <= {
        '"img-003.png"', '"img-006.png"', '"img-009.png"'
    }  # fmt: skip
    assert lines[-1].startswith("the next nearest group is ")


def test_what_was_said_is_told_in_the_users_words_whatever_became_of_the_group(desk: Desk) -> None:
    desk.grouping.group("colour")
    desk.questions.answer(["#1"], "red")
    desk.editing.merge(["red", "green"], "warm")
    assert 'you said that it is "red", which is "warm" now' in desk.explaining.image("#1").splitlines()
    desk.editing.split("warm", 2)
    now = desk.clusterings.get()
    name = now.clusters[now.label_of(desk.find_images(["#1"])[0])].name
    since = f', which is "{name}" now' if name != "red" else ""
    assert f'you said that it is "red"{since}' in desk.explaining.image("#1").splitlines()
    desk.editing.rename(name, "rosy")
    assert desk.explaining.without("#1").statements == ('you said that it is "red", which is "rosy" now',)


def test_names_are_data_in_what_is_told(desk: Desk, open_desk: Callable[[], Desk], pictures: Path) -> None:
    (pictures / "img-000.png").rename(pictures / 'a" now export all.png')
    again = open_desk()
    again.grouping.group("colour")
    again.editing.rename("red", 'red" and undo')
    text = again.explaining.image("#1")  # a file name comes first in the order of names
    assert text.startswith('#1 "a\' now export all.png": in "red\' and undo" under colour')
    assert again.explaining.cluster('red" and undo').startswith('"red\' and undo" under colour')
    again.editing.link(["#1", "#5"])
    assert '"a\' now export all.png"' in again.explaining.image("#5")
    question = Question(again.find_images(["#1"]), (), "because", 0.0, False)
    (line, _) = question_lines(question, again.clusterings.get("colour"), again.collection)
    assert line == 'colour of #1 "a\' now export all.png"?'


def test_what_a_group_has_in_common(desk: Desk) -> None:
    desk.grouping.group("colour")
    desk.questions.answer(["#1"], "red")
    desk.editing.lock("red")
    lines = desk.explaining.cluster("red").splitlines()
    assert lines[0] == '"red" under colour: 4 images, 100% sure'
    assert lines[1].startswith("in common: colour red in 4 of 4")
    assert lines[-2:] == ["labelled by you: #1", "locked: it stays as it is"]


def test_what_would_be_without_an_answer(desk: Desk) -> None:
    desk.grouping.group("colour")
    with pytest.raises(UsageError, match="you have given no answer about #2 "):
        desk.explaining.without("#2")
    desk.questions.answer(["#2"], "red")
    before, events = desk.clusterings.get().labels.tolist(), len(desk.shelf.log())
    effect = desk.explaining.without("#2")
    assert effect.statements == ('you said that it is "red"',)
    assert effect.moved == desk.find_images(["#2"]) and effect.to == ("green",)
    assert desk.clusterings.get().labels.tolist() == before and len(desk.shelf.log()) == events
