"""The terminal app: opens a desk in the background and holds what its screens share."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.screen import Screen

from assistant.tui.commands import COMMANDS, Command, bindings
from assistant.tui.images import PictureMode, Thumbs
from assistant.tui.screens.help import HelpScreen
from assistant.tui.screens.main import MainScreen
from assistant.tui.theme import THEME, VARIABLES
from tools.errors import RegroupError
from tools.progress import Progress

if TYPE_CHECKING:
    from assistant.desk import Desk
    from assistant.session import Session
    from assistant.settings import Settings

TWICE_SECONDS = 2.0
BREAKPOINTS = [(0, "-narrow"), (100, "-normal"), (150, "-wide")]
STYLES = ("app", "main", "board", "cluster", "dialogs")


async def default_session(desk: "Desk") -> "Session":
    """The conversation that belongs to the desk's folder."""

    def prepare() -> "Session":
        from assistant.session import Session  # loads LangGraph: seconds on a cold disk

        return Session.open(desk)

    return await (await asyncio.to_thread(prepare))


class RegroupApp(App[None]):
    """Regroup in a terminal.

    Args:
        desk_factory: Opens the desk; called once, in a thread, with a progress to report to.
        settings: The user's settings.
        session_factory: Opens the conversation about the desk.
        pictures: How pictures are drawn; `images.detect` finds out, before the app runs.
        clock: Seconds that only grow.
    """

    TITLE = "Regroup"
    CSS_PATH: ClassVar[list[str | PurePath]] = [Path("styles") / f"{name}.tcss" for name in STYLES]
    HORIZONTAL_BREAKPOINTS = BREAKPOINTS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("everywhere")]

    def __init__(
        self,
        desk_factory: "Callable[[Progress], Desk]",
        settings: "Settings",
        session_factory: "Callable[[Desk], Awaitable[Session]]" = default_session,
        pictures: PictureMode | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.register_theme(THEME)
        self.theme = THEME.name
        self.desk_factory = desk_factory
        self.settings = settings
        self.session_factory = session_factory
        self.pictures: PictureMode = pictures or ("half" if settings.images else "none")
        self.clock = clock
        self.desk: Desk | None = None
        self.failure: RegroupError | None = None
        self.thumbs: Thumbs | None = None
        self.main = MainScreen()
        self._interrupted = -TWICE_SECONDS

    def on_mount(self) -> None:
        """Paint first; the main screen opens the folder."""
        self.set_class(self.pictures == "none", "-no-pictures")
        self.push_screen(self.main)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own colours, whatever the theme."""
        return VARIABLES

    def attach(self, desk: "Desk") -> None:
        """The folder is open."""
        self.desk = desk
        self.thumbs = Thumbs(desk)

    def give_up(self, error: RegroupError) -> None:
        """The folder cannot be opened: leave, and let whoever runs the app say why."""
        self.failure = error
        self.exit(return_code=error.exit_code)

    @property
    def open_desk(self) -> "Desk":
        """The desk. Raises RegroupError before the folder is open."""
        if self.desk is None:
            raise RegroupError("The folder is still being opened; one moment.")
        return self.desk

    async def open_session(self) -> "Session":
        """Open the conversation about the open desk."""
        return await self.session_factory(self.open_desk)

    async def on_unmount(self) -> None:
        """Stop what runs and close what is open, so that the process ends."""
        if self.main.job is not None:
            self.main.job.cancel()
        if self.thumbs is not None:
            self.thumbs.close()
        if self.main.session is not None:
            session, self.main.session = self.main.session, None
            await session.aclose()
        if self.desk is not None:
            await asyncio.to_thread(self.desk.close)  # it waits for what was told to stop

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
        if not self.main.cancel():
            self.main.status.say("ctrl+c again leaves")

    def action_help(self) -> None:
        """Show every key."""
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen())

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The command palette, from the registry."""
        for command in COMMANDS:
            if command.palette and (screen is self.main or command.where == "everywhere"):
                yield SystemCommand(command.title, f"{command.help} ({command.keys})", self._runner(command))

    def _runner(self, command: Command) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            await self.run_action(command.action, self.screen)

        return run
