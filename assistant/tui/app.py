"""Runs the terminal app: opens a desk in the background, and composes the screens and what they share."""

import asyncio
import gc
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.events import Event, InputEvent, Key, Paste
from textual.screen import Screen

from assistant.chat.stopping import PATIENCE
from assistant.text.commands import COMMANDS, Command
from assistant.tui.key_bindings import bindings
from assistant.tui.picture_mode import PictureMode
from assistant.tui.protocols import SessionChoice
from assistant.tui.screens.main_screen import MainScreen
from assistant.tui.screens.registry import find_screen
from assistant.tui.screens.sessions_screen import SessionsScreen
from assistant.tui.slash_commands import SlashCommands
from assistant.tui.themes import DARK, THEMES
from assistant.tui.thumbnail_loader import ThumbnailLoader
from assistant.tui.widgets.picture_box import PictureBox
from tools.errors import RegroupError
from tools.progress import Progress

if TYPE_CHECKING:
    from assistant.chat.session import Session
    from assistant.desk import Desk
    from assistant.settings import Settings

R = TypeVar("R")

TWICE_SECONDS = 2.0
"""The seconds within which a second ctrl+c leaves."""

GARBAGE_THRESHOLDS = (2_000, 10, 1_000)
"""The thresholds of the garbage collector while the app runs: young objects are collected often, all objects seldom,
because that blocks the event loop for 0.1 s and more."""

SWITCH_SECONDS = 0.001
"""How long a thread in the background may hold the interpreter while the event loop waits for it: five times less than
usual, since a key needs it several times."""

IDLE_SECONDS = 2.0
"""The seconds without a key after which garbage is collected: each group that was opened leaves 15 MB."""

BREAKPOINTS = [(0, "-narrow"), (100, "-normal"), (150, "-wide")]
LOW_BREAKPOINTS = [(0, "-low"), (16, "-high")]
"""The classes of the screen by its height: each applies from this number of rows on."""

STYLES = Path(__file__).parent / "styles"
"""The folder of the app's style sheets. They are loaded in the order of their names, which no rule may rely on."""


def default_desk(folder: Path, settings: "Settings", progress: Progress) -> "Desk":
    """Open the desk of a folder. Blocks; raises as `Desk.open` does."""
    from assistant.desk import Desk

    return Desk.open(folder, settings, progress=progress)


async def default_session(desk: "Desk", thread: str) -> "Session":
    """Open a conversation about the desk's folder."""

    def prepare() -> "Session":
        from assistant.chat.session import Session  # loads LangGraph: seconds on a cold disk

        return Session.open(desk, thread, shows_pictures=True)

    return await (await asyncio.to_thread(prepare))


class RegroupApp(App[None]):
    """Runs Regroup in a terminal.

    Args:
        folder: The first collection; None lets the user choose one.
        settings: The user's settings.
        desk_factory: Opens a desk; it is called in a thread, with a progress to report to.
        session_factory: Opens a conversation about the desk.
        picture_mode: How pictures are drawn; `detect_picture_mode` finds out, before the app runs.
        clock: Returns seconds; it never goes back.
        first: What is said first in the first folder, in place of the user; "" for nothing.

    Attributes:
        main: The main screen of the folder that is open or being opened.
        desk: The desk of the open folder, or None.
        thumbnails: The loader of its pictures.
        failure: The error with which the app left, or None.
        leaving: Called when the app leaves while something is still at work, to end the process; None where the process
            is not the app's own.
    """

    TITLE = "Regroup"
    CSS_PATH: ClassVar[list[str | PurePath]] = [*sorted(STYLES.glob("*.tcss"))]
    HORIZONTAL_BREAKPOINTS = BREAKPOINTS
    VERTICAL_BREAKPOINTS = LOW_BREAKPOINTS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("everywhere")]

    def __init__(
        self,
        folder: Path | None,
        settings: "Settings",
        desk_factory: "Callable[[Path, Settings, Progress], Desk]" = default_desk,
        session_factory: "Callable[[Desk, str], Awaitable[Session]]" = default_session,
        picture_mode: PictureMode | None = None,
        clock: Callable[[], float] = time.monotonic,
        first: str = "",
    ) -> None:
        super().__init__()
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = THEMES[settings.theme].name
        self.folder = folder
        self.settings = settings
        self.picture_mode: PictureMode = picture_mode or ("half" if settings.images else "none")
        self.best_picture_mode = self.picture_mode
        self.clock = clock
        self.desk: Desk | None = None
        self.failure: RegroupError | None = None
        self.thumbnails = ThumbnailLoader()
        self.main = MainScreen(SessionChoice(folder, first=first))
        self._desk_factory = desk_factory
        self._session_factory = session_factory
        self._before: tuple[SessionChoice, Settings] | None = None  # the folder and conversation to return to
        self.leaving: Callable[[], None] | None = None
        self._interrupted = -TWICE_SECONDS  # when ctrl+c was pressed last
        self._usual_thresholds, self._usual_switch = gc.get_threshold(), sys.getswitchinterval()
        self._early: list[Event] | None = []  # keys before there was a screen; None from then on
        self._touched: float | None = None  # when a key was pressed last, unless garbage was collected since

    async def on_mount(self) -> None:
        """Show the main screen, which opens the folder after the first paint."""
        self._favour_keys()
        self.set_interval(1, self._collect_garbage)
        self.set_class(self.picture_mode == "none", "-no-pictures")
        if self.folder is None:
            await self._choose_folder()
        else:
            await self.push_screen(self.main)
        self.call_later(self._hear)  # once the screen has given the focus to a part of it

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return the app's own colours, under any theme."""
        return DARK.variables

    # -- the open folder -------------------------------------------------------------------------------

    @property
    def open_desk(self) -> "Desk":
        """Return the desk of the open folder. Raises RegroupError while there is none."""
        if self.desk is None:
            raise RegroupError("The folder is still being opened; one moment, please.")
        return self.desk

    def load_desk(self, folder: Path, progress: Progress) -> "Desk":
        """Open the desk of a folder. Blocks; raises RegroupError where the folder cannot be opened."""
        return self._desk_factory(folder, self.settings, progress)

    def attach(self, desk: "Desk") -> None:
        """Make a desk the open one."""
        self.desk = desk
        self.thumbnails.desk = desk

    async def open_session(self, thread: str) -> "Session":
        """Open a conversation about the open desk."""
        return await self._session_factory(self.open_desk, thread)

    @property
    def can_go_back(self) -> bool:
        """Return whether something else was open before, to which a failure to open this leads back."""
        return self._before is not None

    def finish_opening(self) -> None:
        """Note that folder and conversation are open, and forget what was open before."""
        if self._before is not None:
            gc.collect()  # what is frozen is never found to be garbage
        self._before = None
        # The objects of a large collection stay in memory: searching them for garbage blocks the loop for 0.3 s.
        gc.freeze()

    def abandon_opening(self, error: RegroupError) -> None:
        """Handle a folder or conversation that cannot be opened: go back, let the user choose, or leave with it."""
        if self._before is not None:
            (choice, settings), self._before = self._before, None
            self.run_worker(self._open(choice, settings, str(error)), exit_on_error=False)
        elif self.folder is None:
            self.pop_screen()
            self.call_later(self._choose_folder, str(error))
        else:
            self.failure = error
            self.exit(return_code=error.exit_code)

    def reopen(self, choice: SessionChoice, settings: "Settings | None" = None) -> None:
        """Close the folder, and open another one or the same with other settings."""
        desk = self.desk
        if desk is not None:
            current = SessionChoice(desk.collection.folder, self.main.conversation_id)
            self._before = current, self.settings
        self.run_worker(self._open(choice, settings or self.settings), exit_on_error=False)

    async def _open(self, choice: SessionChoice, settings: "Settings", notice: str = "") -> None:
        await self._close()
        self._favour_keys()
        self.thumbnails = ThumbnailLoader()
        self.settings = settings
        self.main = MainScreen(choice, notice)
        await self.switch_screen(self.main)

    async def _choose_folder(self, notice: str = "") -> None:
        def chosen(choice: SessionChoice | None) -> None:
            if choice is None:
                self.exit()
            else:
                self.main = MainScreen(choice)
                self.push_screen(self.main)

        await self.push_screen(SessionsScreen(self.settings.workspace, notice=notice), chosen)

    async def _close(self) -> None:
        """Stop the running work and close the folder."""
        gc.unfreeze()
        gc.set_threshold(*self._usual_thresholds)
        sys.setswitchinterval(self._usual_switch)
        if self.main.job is not None:
            self.main.job.cancel()
        self.main.tuning.cancel()
        self.thumbnails.close()
        if self.main.session is not None:
            session, self.main.session = self.main.session, None
            await session.aclose()
        if self.desk is not None:
            desk, self.desk = self.desk, None
            await asyncio.to_thread(desk.close)  # it waits until the cancelled work has stopped

    async def _close_soon(self) -> None:
        """Close everything; what does not stop within a moment ends with the process, after the screen was given
        back."""
        closing = asyncio.ensure_future(self._close())
        await asyncio.wait({closing}, timeout=PATIENCE if self.leaving is not None else None)
        if closing.done():
            closing.result()
        elif self.leaving is not None:
            self.leaving()

    async def on_unmount(self) -> None:
        """Close everything, so that the process ends."""
        await self._close_soon()

    # -- keys before all else --------------------------------------------------------------------------

    def _favour_keys(self) -> None:
        """Set the interpreter so that a key waits for little: neither for garbage nor for other threads."""
        gc.set_threshold(*GARBAGE_THRESHOLDS)
        sys.setswitchinterval(SWITCH_SECONDS)

    async def on_event(self, event: Event) -> None:
        """Note the time of the last key, and keep those that are typed before there is a screen."""
        if isinstance(event, InputEvent):
            self._touched = self.clock()
        if self._early is not None and isinstance(event, Key | Paste):
            self._early.append(event)
        else:
            await super().on_event(event)

    async def _hear(self) -> None:
        """Act on the keys that were typed before there was a screen, in their order, and on each from now on."""
        early, self._early = self._early or [], None
        for event in early:
            await super().on_event(event)

    def _collect_garbage(self) -> None:
        """Collect garbage while nobody types and nothing runs."""
        idle = self._touched is not None and self.clock() - self._touched > IDLE_SECONDS
        if idle and self.desk is not None and self.main.job is None:
            self._touched = None
            gc.collect()

    # -- screens and commands --------------------------------------------------------------------------

    def show_screen(self, screen: Screen[R], done: Callable[[R | None], Any] | None = None) -> None:
        """Show a screen over the front one; `done` is called with its result when it closes."""
        self.push_screen(screen, done)

    def action_open(self, name: str) -> None:
        """Show the screen of `screens/NAME_screen.py`."""
        find_screen(name).open(self)

    def action_interrupt(self) -> None:
        """Copy the selected text, or cancel the running work if there is none; leave when pressed twice, or while that
        work has not stopped yet."""
        selected = self.screen.get_selected_text()
        if selected:
            self.copy_to_clipboard(selected)
            self.screen.clear_selection()
            return
        now = self.clock()
        stopping = self.main.is_attached and self.main.job is not None and self.main.job.cancelled
        if stopping or now - self._interrupted < TWICE_SECONDS:
            self.exit()
            return
        self._interrupted = now
        if not self.main.is_attached:
            self.notify("ctrl+c again leaves", timeout=TWICE_SECONDS)
        elif not self.main.cancel():
            self.main.show_status("ctrl+c again leaves")

    def action_pause(self) -> None:
        """Pause or resume the running work."""
        if self.main.is_attached:
            self.main.pause()

    def action_slash(self, name: str, argument: str = "") -> None:
        """Run a command by its slash name, as if it had been typed."""
        if self.main.is_attached:
            self.main.start(SlashCommands(self, self.main.edits).run(name, argument), group="slash")

    async def run_command(self, command: Command) -> None:
        """Run the action of a command on the main screen."""
        await self.run_action(command.action, self.main)

    async def show_pictures(self, mode: PictureMode) -> None:
        """Change how all pictures are drawn."""
        self.picture_mode = mode
        self.set_class(mode == "none", "-no-pictures")
        for screen in self.screen_stack:
            for picture in screen.query(PictureBox):
                await picture.redraw()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Yield the commands of the palette, from the registry."""
        for command in COMMANDS:
            if command.palette and (screen is self.main or command.where == "everywhere"):
                yield SystemCommand(command.title, f"{command.help} ({command.keys})", self._runner(command))

    def _runner(self, command: Command) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            await self.run_action(command.action, self.screen)

        return run
