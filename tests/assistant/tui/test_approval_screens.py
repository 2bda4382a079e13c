"""Approvals: deaf at first, then they take exactly what was decided."""

from typing import Any

import pytest
from textual.app import App
from textual.events import Key
from textual.widgets import Input, Static

from assistant.tui.screens import approval_screen
from assistant.tui.screens.approval_screen import QUIET_SECONDS, Answer
from assistant.tui.screens.criteria_screen import CriteriaScreen, Option
from assistant.tui.screens.help_screen import HelpScreen
from assistant.tui.screens.plan_screen import PlanScreen
from assistant.tui.screens.prompt_screen import PromptScreen
from assistant.tui.screens.sending_screen import SendingFacts, SendingScreen

OPTIONS = (
    Option("emotion", "faces in 20 of 24", 0.82, (("happy", 12), ("[b]sad[/b]", 3))),
    Option("colour", "strong colours", 0.6, (("red", 12), ("blue", 3))),
)


class Asking(App[None]):
    """Nothing but an approval."""

    def __init__(self) -> None:
        super().__init__()
        self.answer: Answer | str | None = "none yet"
        self.asking = CriteriaScreen(OPTIONS)

    def on_mount(self) -> None:
        def answered(answer: Answer | None) -> None:
            self.answer = answer

        self.push_screen(self.asking, answered)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A yes counts as it is pressed."""
    monkeypatch.setattr(approval_screen, "WORD_SECONDS", 0)


pytestmark = pytest.mark.usefixtures("at_once")


@pytest.mark.parametrize(
    "typed", ["yes but as links", "y then undo it", "no, as links", "rename it first", "everything but red"]
)
async def test_a_key_that_goes_on_is_a_sentence(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    monkeypatch.setattr(approval_screen, "WORD_SECONDS", 3600)  # a busy machine types slowly
    app = Asking()
    async with app.run_test() as pilot:
        app.asking.listen()
        await pilot.press(*("space" if letter == " " else letter for letter in typed))
        assert app.answer == "none yet" and app.screen.query_one(Input).value == typed
        await pilot.press("enter")
        await pilot.pause()
        assert app.answer == Answer(False, reason=typed)


async def test_a_yes_alone_counts_after_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    for moment in (3600, 0.01):
        monkeypatch.setattr(approval_screen, "WORD_SECONDS", moment)
        app = Asking()
        async with app.run_test() as pilot:
            app.asking.listen()
            await pilot.press("y")
            if moment == 3600:
                assert app.asking.deciding and app.answer == "none yet"
                continue
            while app.asking.deciding:
                await pilot.pause(0.1)
            assert app.answer == Answer(True, ["emotion"])


async def test_keys_typed_ahead_approve_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(approval_screen, "QUIET_SECONDS", 3600)  # until the test itself makes it listen
    app = Asking()
    async with app.run_test() as pilot:
        await pilot.press("y", "n", "escape", "space")
        await pilot.click("#options")
        assert app.answer == "none yet"
        assert app.asking.rows[0].option.ticked
        app.asking.listen()
        await pilot.press("y")
        assert app.answer == Answer(True, ["emotion"])


async def test_listens_after_half_a_second() -> None:
    app = Asking()
    async with app.run_test() as pilot:
        assert not app.asking.listening
        await pilot.pause(QUIET_SECONDS + 0.3)
        assert app.asking.listening and app.asking.query_one("#options").has_focus


async def test_a_sentence_that_is_being_typed_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(approval_screen, "QUIET_SECONDS", 3.0)  # a busy machine types slowly
    app = Asking()
    async with app.run_test() as pilot:
        for key in ("w", "h", "y", "space", "n", "o", "y", "e"):
            await pilot.press(key)
            await pilot.pause(0.5)
        assert not app.asking.listening and app.answer == "none yet"
        while not app.asking.listening:
            await pilot.pause(0.1)
        await pilot.press("y")
        assert app.answer == Answer(True, ["emotion"])


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("why these?", Answer(False, reason="why these?")),
        ("copy them instead", Answer(False, reason="copy them instead")),
        ("4 groups, by year", Answer(False, reason="4 groups, by year")),
        ("Yes", Answer(True, ["emotion"])),
        ("okay", Answer(True, ["emotion"])),
        ("cancel", Answer(False)),
    ],
)
async def test_a_word_is_no_row_of_keys(typed: str, expected: Answer) -> None:
    app = Asking()
    async with app.run_test() as pilot:
        app.asking.listen()
        await pilot.press(*typed)
        assert app.answer == "none yet"
        assert isinstance(app.screen, PromptScreen) and app.screen.query_one(Input).value == typed
        await pilot.press("enter")
        await pilot.pause()
        assert app.answer == expected


async def test_a_word_that_is_typed_at_once_is_one_line() -> None:
    app = Asking()
    async with app.run_test() as pilot:
        app.asking.listen()
        for letter in "copy them":
            app.asking.post_message(Key("space" if letter == " " else letter, letter))
        await pilot.pause()
        assert app.answer == "none yet" and len(app.screen_stack) == 3
        assert app.screen.query_one(Input).value == "copy them"
        await pilot.press("escape", "w", "enter")  # the next word begins anew
        await pilot.pause()
        assert app.answer == Answer(False, reason="w")


async def test_escape_from_a_word_leaves_the_question() -> None:
    app = Asking()
    async with app.run_test() as pilot:
        app.asking.listen()
        await pilot.press("w", "h", "y", "escape")
        await pilot.pause()
        assert app.screen is app.asking and app.answer == "none yet"


async def test_ticks_decide() -> None:
    app = Asking()
    async with app.run_test() as pilot:
        app.asking.listen()
        await pilot.press("space", "y")
        assert app.answer == "none yet"  # nothing is ticked
        await pilot.press("down", "space", "y")
        assert app.answer == Answer(True, ["colour"])


async def test_ones_own_words() -> None:
    app = Asking()
    async with app.run_test() as pilot:
        app.asking.listen()
        await pilot.press("e")
        assert isinstance(app.screen, PromptScreen)
        app.screen.query_one(Input).value = "mood of the face"
        await pilot.press("enter", "a")
        app.screen.query_one(Input).value = "who is [in] it"
        await pilot.press("enter")
        await pilot.pause()
        assert len(app.asking.rows) == 3
        await pilot.press("y")
        assert app.answer == Answer(True, ["mood of the face", "who is [in] it"])


async def test_no_with_and_without_a_reason_and_later() -> None:
    for keys, expected in (
        (("n",), Answer(False)),
        (("escape",), None),
        (("r", *"dull", "enter"), Answer(False, reason="dull")),
    ):
        app = Asking()
        async with app.run_test() as pilot:
            app.asking.listen()
            await pilot.press(*keys)
            await pilot.pause()
            assert app.answer == expected


async def test_what_is_shown_is_not_markup() -> None:
    app = Asking()
    async with app.run_test():
        row: Any = app.asking.rows[0].query_one("Static")
        shown = str(row.render())
        assert "[x] emotion" in shown and "82 %" in shown
        assert "faces in 20 of 24" in shown and "[b]sad[/b] 3" in shown


async def test_help_over_an_approval_has_the_keys_of_this_one(drive: Any) -> None:
    facts = SendingFacts("api.example.org", "some-model", True, 24, 1_200_000, 1105, "$0.04", ("emotion",))
    async with drive.run():
        for screen, edits in ((SendingScreen(facts), False), (CriteriaScreen(OPTIONS), True)):
            drive.app.push_screen(screen)
            await drive.answerable()
            await drive.pilot.press("f1" if edits else "question_mark")
            await drive.until(lambda: isinstance(drive.app.screen, HelpScreen))
            assert "Accept exactly this." in drive.texts()
            assert ("Tick or untick the criterion" in drive.texts()) == edits
            assert ("Change the wording of a criterion" in drive.texts()) == edits
            await drive.pilot.press("escape", "escape")
            await drive.until(lambda: drive.app.screen is drive.app.main)


async def test_enter_ticks_and_says_what_accepts() -> None:
    app = Asking()
    async with app.run_test() as pilot:
        app.asking.listen()
        await pilot.press("down", "enter")
        assert app.asking.rows[1].option.ticked and app.answer == "none yet"
        assert "y accepts the ticked criteria." in str(app.asking.query_one(".hint", Static).render())
        await pilot.press("y")
        assert app.answer == Answer(True, ["emotion", "colour"])


async def test_a_plan_is_shown_as_a_checklist_with_its_budget_and_taken_by_one_key() -> None:
    lines = [
        'Plan for a grouping by "mood":',
        "  [ ] graph: [b]alike[/b] images",
        "  [-] embed: left out: no",
        "Budget: 3",
    ]

    class Planned(App[None]):
        answer: Answer | None = None

        def on_mount(self) -> None:
            def answered(answer: Answer | None) -> None:
                self.answer = answer

            self.push_screen(PlanScreen(lines), answered)

    app = Planned()
    async with app.run_test() as pilot:
        shown = str(app.screen.query_one("#plan Static", Static).render())
        assert all(line.strip() in shown for line in lines) and "ctrl+c stops the plan" in shown
        app.screen.listen()  # type: ignore[attr-defined]
        await pilot.press("y")
        assert app.answer == Answer(True)


async def test_what_a_model_read_stands_above_the_criteria() -> None:
    class Based(App[None]):
        def on_mount(self) -> None:
            self.push_screen(CriteriaScreen(OPTIONS, "m read 48 general descriptions by v"))

    app = Based()
    async with app.run_test():
        assert str(app.screen.query_one("#basis", Static).render()) == "m read 48 general descriptions by v"
