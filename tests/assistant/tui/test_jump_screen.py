"""Jump mode: a letter on every part, and the one that is pressed has the focus."""

from functools import partial
from typing import Any

from textual.geometry import Offset

from assistant.tui.screens.cluster_screen import ClusterScreen
from assistant.tui.screens.jump_screen import LETTERS, JumpScreen, JumpTarget, labels


def test_labels_are_one_letter_as_long_as_that_is_enough() -> None:
    assert labels(3) == ["a", "s", "d"] and labels(26) == list(LETTERS) and labels(0) == []
    for count in (27, 60, 300, 26 * 26):
        made = labels(count)
        assert len(set(made)) == count
        assert not any(a != b and b.startswith(a) for a in made for b in made)
    assert sum(len(label) == 1 for label in labels(40)) == 25
    assert len(labels(1000)) == 26 * 26


async def test_two_letters_beyond_the_alphabet(drive: Any) -> None:
    went: list[int] = []
    async with drive.run():

        async def jump(*keys: str) -> None:
            spots = [JumpTarget(Offset(i, 1), partial(went.append, i)) for i in range(40)]
            drive.app.push_screen(JumpScreen(spots), lambda spot: spot.go() if spot else None)
            await drive.pilot.press(*keys)

        await jump("a")
        await jump("m")  # what the last ones begin with: the others go, and it waits
        assert isinstance(drive.app.screen, JumpScreen)
        assert sum(label.display for label in drive.app.screen.query(".jump")) == 40 - 25
        await drive.pilot.press("s")
        await jump("m", "escape")
        await jump("m", "m")
        assert drive.app.screen is drive.app.main and went == [0, 26]


async def test_to_the_board_to_another_clustering_and_back(drive: Any) -> None:
    async with drive.run():
        await drive.say("group by colour into 2")
        await drive.say("group by background colour into 4")
        main = drive.app.main
        spots = len(main.jump_targets())
        await drive.pilot.press("ctrl+g")
        assert isinstance(drive.app.screen, JumpScreen)
        assert [label.render() for label in drive.app.screen.query(".jump")] and spots >= 6
        await drive.pilot.press(LETTERS[4 + 2])  # input, conversation, two tabs, then rows: the third of them
        await drive.pilot.pause()
        assert main.board.rows.has_focus and main.board.rows.index == 2
        await drive.pilot.press("ctrl+g", LETTERS[2])
        await drive.until(lambda: main.board.data.current == "colour")
        await drive.pilot.press("ctrl+g", LETTERS[0])
        assert main.input_line.has_focus
        await drive.pilot.press("ctrl+g", "escape")
        assert drive.app.screen is main and main.input_line.value == ""


async def test_to_a_picture(drive: Any) -> None:
    async with drive.run():
        await drive.say("group by background colour into 4")
        await drive.press("escape", "enter")
        await drive.until(lambda: isinstance(drive.app.screen, ClusterScreen) and drive.app.screen.grid.items)
        await drive.pilot.pause(0.2)
        await drive.pilot.press("ctrl+g", LETTERS[3])
        await drive.until(
            lambda: isinstance(drive.app.screen, ClusterScreen) and drive.app.screen.grid.cursor == 3
        )
