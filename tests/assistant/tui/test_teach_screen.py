"""The teaching screen: asked on the real desk, answered by key, taken back, ended."""

from typing import Any

import pytest
from textual.widgets import Input

from assistant.tui.screens.prompt_screen import PromptScreen
from assistant.tui.screens.teach_screen import TeachScreen, answer_keys
from assistant.tui.widgets.picture_box import PictureBox
from tools.clustering.constraints import Label
from tools.teach.question import Question


async def asked(drive: Any) -> TeachScreen:
    await drive.say("group by background colour into 4")
    await drive.press("escape", "t")
    await ready(drive)
    assert isinstance(drive.app.screen, TeachScreen)
    return drive.app.screen


async def ready(drive: Any) -> None:
    await drive.until(lambda: isinstance(drive.app.screen, TeachScreen) and drive.app.screen._question)


def named(drive: Any, image: str) -> str:
    made = drive.app.desk.clusterings.get()
    return str(made.clusters[made.labels[made.images.index(image)]].name)


async def test_answers_by_number_by_name_and_by_a_new_name_count_at_once(drive: Any) -> None:
    async with drive.run():
        screen = await asked(drive)
        question = screen._question
        image = question.images[0]
        assert f"1 {question.names[0]}" in drive.texts() and "question 1 of 8" in drive.texts()
        number, path = drive.app.desk.collection.number(image), drive.app.desk.collection.by_id(image).path
        assert "(by background colour)" in drive.texts() and f"#{number} {path}" in drive.texts()
        await drive.pilot.press("1")
        await drive.until(lambda: screen._question not in (None, question))
        assert named(drive, image) == question.names[0]
        assert " moved" in drive.texts() and "question 2" in drive.texts()
        second = screen._question
        await drive.pilot.press("n")
        assert isinstance(drive.app.screen, PromptScreen)
        drive.app.screen.query_one(Input).value = "odd [b]one[/b]"
        await drive.pilot.press("enter")
        await drive.until(lambda: screen._question not in (None, second))
        assert named(drive, second.images[0]) == "odd [b]one[/b]"
        await drive.pilot.press("u")
        await drive.until(lambda: screen._question is not None and "undone" in drive.texts())
        assert "odd [b]one[/b]" not in [c.name for c in drive.app.desk.clusterings.get().clusters]
        await drive.pilot.press("escape")
        await drive.idle()
        assert drive.app.screen is drive.app.main and "1 question answered." in drive.spoken()
        made = drive.app.desk.clusterings.get()
        assert (
            f"Background colour: {made.clusters[0].name} {made.size(made.clusters[0].id)}, " in drive.spoken()
        )


async def test_after_eight_one_may_go_on_or_leave(drive: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.tui.screens.teach_screen.QUESTIONS", 1)
    async with drive.run():
        screen = await asked(drive)
        await drive.pilot.press("1")
        await drive.until(lambda: screen._between_rounds)
        assert "1 question answered" in drive.texts() and "that is enough" in drive.texts()
        await drive.pilot.press("1", "enter")
        await ready(drive)
        assert "question 2 of 2" in drive.texts() and len(drive.app.desk.questions.answers()) == 1


async def test_a_name_can_be_typed_at_once_and_its_letters_are_no_keys(drive: Any) -> None:
    async with drive.run():
        screen = await asked(drive)
        question = screen._question
        await drive.pilot.press(
            *"bunch", "minus", "s", "enter"
        )  # u takes back, n is a new group, s skips: not here
        await drive.until(lambda: screen._question not in (None, question))
        assert named(drive, question.images[0]) == "bunch-s"
        assert len(drive.app.desk.questions.answers()) == 1


async def test_a_name_close_to_one_that_there_is_is_asked_about(drive: Any) -> None:
    async with drive.run():
        screen = await asked(drive)
        first = screen._question
        name = max(first.names, key=len)
        await drive.pilot.press("enter")
        drive.app.screen.query_one(Input).value = name[:-1]
        await drive.pilot.press("enter")
        await drive.until(lambda: f"Did you mean {name}?" in drive.texts())
        await drive.pilot.press("enter")
        await drive.until(lambda: screen._question not in (None, first))
        assert named(drive, first.images[0]) == name and len(drive.names()) == 4


async def test_a_skipped_picture_is_not_asked_again_and_why_is_told(drive: Any) -> None:
    async with drive.run():
        screen = await asked(drive)
        first = screen._question
        await drive.pilot.press("question_mark")
        assert f"Because: {first.why}" in drive.texts()
        await drive.pilot.press("u")
        assert "You have answered nothing here yet." in drive.texts()
        await drive.pilot.press("s")
        await drive.until(lambda: screen._question not in (None, first))
        assert screen._question.images != first.images
        await drive.pilot.press("y", "d")  # no keys of a question about one picture: they begin a name
        assert drive.app.screen.query_one(Input).value == "yd"
        await drive.pilot.press("escape", "9")  # and there is no ninth name
        assert screen._answered == 0
        assert "There is no group 9: the keys are 1 to 4, and n for a new group." in drive.texts()
        await drive.pilot.press("escape")
        await drive.idle()
        assert "answered" not in drive.spoken()


async def test_what_may_have_been_a_slip_is_told_when_it_is_asked_again(drive: Any) -> None:
    async with drive.run():
        screen = await asked(drive)
        image = drive.app.desk.clusterings.get().members("c1")[0]
        question = Question(
            (image,), ("a", "b"), "all your other answers speak against it", 0.01, False, before="[b]a"
        )
        drive.app.desk.questions.ask = lambda *a, **more: question
        await drive.pilot.press("s")
        await drive.until(lambda: screen._question is question)
        assert 'you said "[b]a", and all your other answers speak against it' in drive.texts()


async def test_without_groups_there_is_nothing_to_teach(drive: Any) -> None:
    async with drive.run():
        await drive.say_command("/teach")
        await drive.until(lambda: "no groups yet" in str(drive.app.main.status.query_one("#job").render()))


async def test_two_pictures_are_the_same_or_different(drive: Any) -> None:
    async with drive.run():
        screen = await asked(drive)
        made = drive.app.desk.clusterings.get()
        pair = (made.members("c1")[0], made.members("c2")[0])
        question = Question(pair, (), "they look alike", 0.01, True)
        asking, drive.app.desk.questions.ask = drive.app.desk.questions.ask, lambda *a, **more: question
        await drive.pilot.press("s")
        await drive.until(lambda: screen._question is question)
        assert "The same group?" in drive.texts() and "more answers would hardly help" in drive.texts()
        assert len(screen.query("#large .picture")) == 2
        drive.app.desk.questions.ask = asking
        await drive.pilot.press("1")
        assert "Two pictures need another answer" in drive.texts()
        await drive.pilot.press("y")
        await drive.until(lambda: screen._question not in (None, question))
        assert named(drive, pair[0]) == named(drive, pair[1])


def test_what_can_be_chosen() -> None:
    one = Question(("a",), tuple(f"name {n}" for n in range(12)), "", 0.1, False)
    lines = answer_keys(one).plain.splitlines()
    assert lines[0] == " 1 name 0" and lines[8] == " 9 name 8" and lines[9] == "   name 9"
    assert lines[-3:] == [" n a new group", " ⏎ its name; a letter that is no key begins it, too", " s skip"]
    assert "y the same group" in answer_keys(Question(("a", "b"), (), "", 0.1, False)).plain


async def test_an_answer_counts_also_when_one_leaves_at_once(drive: Any) -> None:
    async with drive.run():
        screen = await asked(drive)
        question = screen._question
        await drive.pilot.press("1", "escape")
        await drive.until(lambda: drive.app.screen is drive.app.main)
        await drive.idle()
        assert drive.app.desk.questions.answers() == (Label(question.images[0], question.names[0]),)
        assert "1 question answered." in drive.spoken()


@pytest.mark.parametrize("said", ["ask me", "teach me", "ask me eight"])
async def test_asked_for_in_words_the_pictures_are_shown(drive: Any, said: str) -> None:
    async with drive.run():
        await drive.say("group by background colour into 4")
        await drive.say(said)
        await ready(drive)
        screen = drive.app.screen
        image = screen._question.images[0]
        assert screen.query(PictureBox) and 'Questions about "background colour"' in drive.spoken()
        await drive.pilot.press("1")
        await drive.until(lambda: screen._answered == 1 and screen._question is not None)
        assert [c.image for c in drive.app.desk.questions.answers()] == [image]
        await drive.pilot.press("escape")
        await drive.until(lambda: drive.app.screen is drive.app.main)
        await drive.say("2")  # it is no answer to a question that was answered on the screen
        assert len(drive.app.desk.questions.answers()) == 1


async def test_what_is_typed_while_it_gets_ready_is_said_after_the_questions(drive: Any) -> None:
    async with drive.run():
        await drive.say("group by background colour into 4")
        for text in ("ask me", "show 1"):
            drive.app.main.turns.submit(text)
        await ready(drive)
        assert "surest first" not in drive.spoken()
        await drive.pilot.press("escape")
        await drive.until(lambda: "surest first" in drive.spoken())
