"""Questions and answers, a line each."""

import re
from collections.abc import Iterator

import numpy as np

from assistant.desk import Desk
from assistant.plain.lesson import lesson
from assistant.text.question_wording import change_line
from tools.clustering.clustering import Cluster, Clustering


def teach(desk: Desk, *replies: str, questions: int = 8) -> list[str]:
    """What is written while these lines are read."""
    lines: Iterator[str] = iter([f"{line}\n" for line in replies])
    written: list[str] = []
    lesson(desk, desk.clusterings.get().id, questions, lambda: next(lines, ""), written.append)
    return written


def test_answers_until_nothing_is_read(desk: Desk) -> None:
    desk.grouping.group("colour")
    written = teach(desk, "1", "?", "my own", "s", "q")
    assert re.match(r'1/8  colour of #\d+ "img-\d+\.png"\?', written[0])
    assert written[1] == "1 red  2 green  3 blue" and "s to skip" in written[2]
    assert any(line.startswith("because: ") for line in written)
    assert any('" is "my own" now' in line or 'new: "my own"' in line for line in written)
    assert written[-1].startswith("2 answers; colour: ") and "my own " in written[-1]
    assert len(desk.questions.answers()) == 2


def test_what_may_have_been_a_slip_is_asked_again_and_why_is_said(desk: Desk) -> None:
    made = desk.grouping.group("colour")
    first, third = made.clusters[0], made.clusters[2]
    for cluster in made.clusters:
        for image in made.members(cluster.id)[:3]:
            desk.questions.answer([image], cluster.name)
    slip = made.members(first.id)[3]
    desk.questions.answer([slip], third.name)
    written = teach(desk, first.name, questions=1)
    assert f'you said "{third.name}", and all your other answers speak against it' in written[0]
    assert slip in desk.clusterings.get().members(first.id)


def test_no_more_than_so_many_questions(desk: Desk) -> None:
    desk.grouping.group("colour")
    written = teach(desk, *(["1"] * 9), questions=2)
    assert written[-1].startswith("2 answers; ")
    assert sum(line.startswith(("1/2", "2/2")) for line in written) == 2


def test_a_yes_names_no_group_unless_that_is_meant(desk: Desk) -> None:
    desk.grouping.group("colour")
    written = teach(desk, "yes", "n yes", "q")
    assert "there is no group called yes; to make one, say: n yes" in written
    assert [c.name for c in desk.questions.answers()] == ["yes"] and written[-1].startswith("1 answer; ")  # type: ignore[union-attr]


def test_a_name_close_to_one_that_there_is_is_asked_about(desk: Desk) -> None:
    desk.grouping.group("colour")
    written = teach(desk, "gren", "y", "gren", "n", "n bleu", "bleu", "q")
    assert written.count('did you mean "green"? y, or n to make "gren" a new group') == 2
    assert 'did you mean "blue"? y, or n to make "bleu" a new group' in written
    assert [c.name for c in desk.questions.answers()] == ["green", "gren", "bleu"]  # type: ignore[union-attr]


def test_where_one_answer_moves_many_that_is_said() -> None:
    images = tuple("abcdefgh")
    groups = (Cluster("c1", "x"), Cluster("c2", "y"))
    sure = np.ones(8, np.float32)
    old = Clustering("k", "k", images, groups, np.zeros(8, np.int32), sure)
    two = Clustering("k", "k", images, groups, np.array([1, 1, 0, 0, 0, 0, 0, 0], np.int32), sure)
    many = Clustering("k", "k", images, groups, np.array([1, 1, 1, 0, 0, 0, 0, 0], np.int32), sure)
    assert change_line(old, old) == "nothing moved"
    assert change_line(old, two) == "2 pictures moved"
    assert change_line(old, many) == "3 of 8 pictures moved: 38%; undo takes it back"


def test_what_is_no_answer(desk: Desk) -> None:
    desk.grouping.group("colour")
    written = teach(desk, "77", "n", "", "q")
    assert "there is no group called 77; to make one, say: n 77" in written
    assert sum(line.startswith("that is no answer: a number or a name") for line in written) == 2
    assert "next question" in written and written[-1].startswith("0 answers; ")


def test_an_answer_that_is_taken_back(desk: Desk) -> None:
    desk.grouping.group("colour")
    written = teach(desk, "blue", "undo", "undo", "q")
    assert any(line.startswith("undone: #") and line.endswith(" is blue") for line in written)
    assert "there is no answer to take back" in written
    assert desk.questions.answers() == ()


def test_that_a_picture_is_in_no_group_can_be_taken_back(desk: Desk) -> None:
    desk.grouping.group("colour")
    written = teach(desk, "unsorted", "u", "q")
    assert "undone: moved 1 image to unsorted" in written and written[-1].startswith("0 answers")
    assert desk.clusterings.get().unsorted() == () and desk.shelf.next_undo().kind == "group"  # type: ignore[union-attr]


def test_an_answer_that_is_refused(desk: Desk) -> None:
    desk.grouping.group("colour")
    desk.editing.lock("red")
    written = teach(desk, "red", "blue", "q")
    assert written[1] == "1 green  2 blue"  # a locked group is not offered
    refused = (
        'not taken: "red" is locked, so it stays as it is; unlock it first; another answer, or s to skip'
    )
    assert refused in written
    assert [c.name for c in desk.questions.answers()] == ["blue"]  # type: ignore[union-attr]


def test_a_slip_of_the_name_of_a_locked_group_makes_no_group(desk: Desk) -> None:
    desk.grouping.group("colour")
    desk.editing.lock("green")
    written = teach(desk, "gren", "yes", "blue", "q")
    assert 'did you mean "green"? y, or n to make "gren" a new group' in written
    assert any(line.startswith('not taken: "green" is locked') for line in written)
    assert sorted(c.name for c in desk.clusterings.get().clusters) == ["blue", "green", "red"]


def test_what_was_done_before_the_lesson_is_no_answer_of_it(desk: Desk) -> None:
    desk.grouping.group("colour")
    written = teach(desk, "u", "1", "q")
    assert "there is no answer to take back" in written and written[-1].startswith("1 answer;")
    assert written[-1].startswith("1 answer; ")
