"""The terminal app: opens a desk in the background and holds what its screens share."""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.events import Event, InputEvent
from textual.screen import Screen

from assistant.text.commands import COMMANDS, Command, Where, commands
from assistant.tui.images import PictureMode, Thumbs
from assistant.tui.keys import bindings
from assistant.tui.screens.approval import ApprovalScreen
from assistant.tui.screens.help import HelpScreen
from assistant.tui.screens.jump import JumpScreen, Spot
from assistant.tui.screens.main import MainScreen
from assistant.tui.screens.sessions import Choice, SessionsScreen
from assistant.tui.slash import Slash
from assistant.tui.theme import DARK, THEMES
from tools.errors import RegroupError
from tools.progress import Progress

if TYPE_CHECKING:
    from assistant.chat.session import Session
    from assistant.desk import Desk
    from assistant.settings import Settings

TWICE_SECONDS = 2.0
GARBAGE = (2_000, 10, 1_000)
"""Thresholds of the garbage collector while the app runs: young objects often; all of them, which holds
the loop for 0.1 s and more, seldom."""
IDLE_SECONDS = 2.0
"""After so long without a key it is looked for all the same: each group that was looked into leaves 15 MB."""
BREAKPOINTS = [(0, "-narrow"), (100, "-normal"), (150, "-wide")]
LOW = [(0, "-low"), (16, "-high")]
STYLES = ("app", "main", "board", "cluster", "dialogs")


def default_desk(folder: Path, settings: "Settings", progress: Progress) -> "Desk":
    """The desk of a folder. Blocks; raises as `Desk.open` does."""
    from assistant.desk import Desk

    return Desk.open(folder, settings, progress=progress)


async def default_session(desk: "Desk", thread: str) -> "Session":
    """A conversation about the desk's folder."""

    def prepare() -> "Session":
        from assistant.chat.session import Session  # loads LangGraph: seconds on a cold disk

        return Session.open(desk, thread, shows_questions=True)

    return await (await asyncio.to_thread(prepare))


class RegroupApp(App[None]):
    """Regroup in a terminal.

    Args:
        folder: The collection to begin with; None has the user choose one.
        settings: The user's settings.
        desk_factory: Opens a desk; called in a thread, with a progress to report to.
        session_factory: Opens a conversation about the desk.
        pictures: How pictures are drawn; `images.detect` finds out, before the app runs.
        clock: Seconds that only grow.
    """

    TITLE = "Regroup"
    CSS_PATH: ClassVar[list[str | PurePath]] = [Path("styles") / f"{name}.tcss" for name in STYLES]
    HORIZONTAL_BREAKPOINTS = BREAKPOINTS
    VERTICAL_BREAKPOINTS = LOW
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("everywhere")]

    def __init__(
        self,
        folder: Path | None,
        settings: "Settings",
        desk_factory: "Callable[[Path, Settings, Progress], Desk]" = default_desk,
        session_factory: "Callable[[Desk, str], Awaitable[Session]]" = default_session,
        pictures: PictureMode | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = THEMES[settings.theme].name
        self.folder = folder
        self.settings = settings
        self.desk_factory = desk_factory
        self.session_factory = session_factory
        self.pictures: PictureMode = pictures or ("half" if settings.images else "none")
        self.best = self.pictures
        self.clock = clock
        self.desk: Desk | None = None
        self.failure: RegroupError | None = None
        self.thumbs: Thumbs | None = None
        self.main = MainScreen(Choice(folder))
        self._before: tuple[Choice, Settings] | None = None
        self._interrupted = -TWICE_SECONDS
        self._garbage = gc.get_threshold()
        self._touched: float | None = (
            None  # when the user did something last, where that left anything behind
        )

    def on_mount(self) -> None:
        """Paint first; the main screen opens the folder."""
        gc.set_threshold(*GARBAGE)
        self.set_interval(1, self._tidy)
        self.set_class(self.pictures == "none", "-no-pictures")
        if self.folder is None:
            self._choose()
        else:
            self.push_screen(self.main)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own colours, under any theme."""
        return DARK.variables

    # -- the open folder -------------------------------------------------------------------------------

    def attach(self, desk: "Desk") -> None:
        """The folder is open."""
        self.desk = desk
        self.thumbs = Thumbs(desk)

    def give_up(self, error: RegroupError) -> None:
        """The folder cannot be opened: back to the one before, or to the choice of folders, or leave with the error."""
        if self._before is not None:
            (choice, settings), self._before = self._before, None
            self.run_worker(self._open(choice, settings, str(error)), exit_on_error=False)
        elif self.folder is None:
            self.pop_screen()
            self._choose(str(error))
        else:
            self.failure = error
            self.exit(return_code=error.exit_code)

    def reopen(self, choice: Choice, settings: "Settings | None" = None) -> None:
        """Close what is open, and open another folder, another conversation, or the same with other settings."""
        desk = self.desk
        if desk is not None:
            here = Choice(desk.collection.folder, self.main.talk_name)
            self._before = here, self.settings
        self.run_worker(self._open(choice, settings or self.settings), exit_on_error=False)

    async def _open(self, choice: Choice, settings: "Settings", word: str = "") -> None:
        await self._close()
        gc.set_threshold(*GARBAGE)
        self.settings = settings
        self.main = MainScreen(choice, word)
        await self.switch_screen(self.main)

    @property
    def goes_back(self) -> bool:
        """Whether something else was open before, which is opened again where this cannot be."""
        return self._before is not None

    def opened(self) -> None:
        """All of it is there: there is no way back any more."""
        self._before = None
        # What a large collection is known by lives on: looking through it for garbage holds the loop for 0.3 s.
        gc.freeze()

    async def on_event(self, event: Event) -> None:
        """Take note that somebody is at the keys."""
        if isinstance(event, InputEvent):
            self._touched = self.clock()
        await super().on_event(event)

    def _tidy(self) -> None:
        """Look for garbage while nobody types and nothing runs."""
        quiet = self._touched is not None and self.clock() - self._touched > IDLE_SECONDS
        if quiet and self.desk is not None and self.main.job is None:
            self._touched = None
            gc.collect()

    async def _close(self) -> None:
        """Stop what runs and close what is open."""
        gc.unfreeze()
        gc.set_threshold(*self._garbage)
        if self.main.job is not None:
            self.main.job.cancel()
        self.main.learning.cancel()
        if self.thumbs is not None:
            self.thumbs.close()
            self.thumbs = None
        if self.main.session is not None:
            session, self.main.session = self.main.session, None
            await session.aclose()
        if self.desk is not None:
            desk, self.desk = self.desk, None
            await asyncio.to_thread(desk.close)  # it waits for what was told to stop

    async def on_unmount(self) -> None:
        """Close everything, so that the process ends."""
        await self._close()

    async def open_session(self, thread: str) -> "Session":
        """Open a conversation about the open desk."""
        return await self.session_factory(self.open_desk, thread)

    @property
    def open_desk(self) -> "Desk":
        """The desk. Raises RegroupError before the folder is open."""
        if self.desk is None:
            raise RegroupError("The folder is still being opened; one moment.")
        return self.desk

    def _choose(self, word: str = "") -> None:
        def chosen(choice: Choice | None) -> None:
            if choice is None:
                self.exit()
            else:
                self.main = MainScreen(choice)
                self.push_screen(self.main)

        self.push_screen(SessionsScreen(self.settings.workspace, word=word), chosen)

    # -- actions ---------------------------------------------------------------------------------------

    def action_interrupt(self) -> None:
        """Copy the selected text if there is any; else cancel what runs; twice: leave."""
        selected = self.screen.get_selected_text()
        if selected:
            self.copy_to_clipboard(selected)
            self.screen.clear_selection()
            return
        now = self.clock()
        if now - self._interrupted < TWICE_SECONDS:
            self.exit()
            return
        self._interrupted = now
        if not self.main.is_attached:
            self.notify("ctrl+c again leaves", timeout=TWICE_SECONDS)
        elif not self.main.cancel():
            self.main.status.say("ctrl+c again leaves")

    def action_pause(self) -> None:
        """Hold what runs, or let it go on."""
        if self.main.is_attached:
            self.main.pause()

    def action_help(self) -> None:
        """Show the keys of where the user is, then all others."""
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self._places(), self._without()))

    def _places(self) -> list[Where]:
        around = self.focused.ancestors_with_self if self.focused else [self.screen]
        found: list[Where] = [place for node in around if (place := getattr(node, "place", None))]
        return [*found, "everywhere"]

    def _without(self) -> set[str]:
        """Commands of approvals that the one in front does not have: what is sent cannot be reworded."""
        if not isinstance(self.screen, ApprovalScreen):
            return set()
        had = {active.binding.id for active in self.screen.active_bindings.values()}
        return {command.id for command in commands(self.screen.place) if command.id not in had}

    def action_jump(self) -> None:
        """Put a letter on every spot of this screen, and go to the one whose letter is pressed."""
        spots: list[Spot] = getattr(self.screen, "spots", list)()
        if spots:
            self.push_screen(JumpScreen(spots), lambda spot: spot.go() if spot else None)

    def action_slash(self, name: str, argument: str = "") -> None:
        """A command by name, as if it was typed."""
        if self.main.is_attached:
            self.main.start(Slash(self.main).run(name, argument), group="slash")

    async def show_pictures(self, mode: PictureMode) -> None:
        """Draw all pictures in another way from now on."""
        from assistant.tui.widgets.picture import Picture

        self.pictures = mode
        self.set_class(mode == "none", "-no-pictures")
        for screen in self.screen_stack:
            for picture in screen.query(Picture):
                await picture.again()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The command palette, from the registry."""
        for command in COMMANDS:
            if command.palette and (screen is self.main or command.where == "everywhere"):
                yield SystemCommand(command.title, f"{command.help} ({command.keys})", self._runner(command))

    def _runner(self, command: Command) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            await self.run_action(command.action, self.screen)

        return run
