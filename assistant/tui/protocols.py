"""The interfaces between the parts of the terminal app.

Widgets, screens and helpers name these protocols and never the class of the app or of the main screen, so that no two
files import each other: the app imports the screens, the main screen its helpers, and all of them this file. mypy
checks that `RegroupApp` and `MainScreen` fit wherever they hand themselves over.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.worker import Worker

    from assistant.chat.job import Job
    from assistant.chat.session import Session
    from assistant.desk import Desk
    from assistant.settings import Settings
    from assistant.text.commands import Command
    from assistant.tui.picture_mode import PictureMode
    from assistant.tui.thumbnail_loader import ThumbnailLoader
    from tools.errors import RegroupError
    from tools.progress import Progress

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class SessionChoice:
    """What to open: a folder (None lets the user choose one) and the thread of a conversation about it (None goes on
    with the last one)."""

    folder: Path | None
    thread: str | None = None


class PictureHost(Protocol):
    """What a picture needs of the app that shows it."""

    @property
    def picture_mode(self) -> "PictureMode":
        """How pictures are drawn at the moment."""

    @property
    def thumbnails(self) -> "ThumbnailLoader | None":
        """Loads the pictures of the open folder; None while none is open."""


class HostApp(PictureHost, Protocol):
    """The app as its screens and helpers see it.

    Attributes:
        theme: Name of the theme of Textual's that is used; another name changes it.
        clock: Gives seconds that only grow.
    """

    theme: Any
    clock: Callable[[], float]

    @property
    def main(self) -> "HostScreen":
        """The main screen of the folder that is open or being opened."""

    @property
    def screen(self) -> "Screen[Any]":
        """The screen in front."""

    @property
    def settings(self) -> "Settings":
        """The settings of the folder that is open or being opened."""

    @property
    def open_desk(self) -> "Desk":
        """The desk of the open folder. Raises RegroupError while there is none."""

    @property
    def best_picture_mode(self) -> "PictureMode":
        """The best way in which this terminal can draw pictures."""

    @property
    def can_go_back(self) -> bool:
        """Whether something else was open before, to which a failure to open this leads back."""

    def load_desk(self, folder: Path, progress: "Progress") -> "Desk":
        """The desk of a folder. Blocks; raises RegroupError where the folder cannot be opened."""

    def attach(self, desk: "Desk") -> None:
        """Take a desk for the open one."""

    async def open_session(self, thread: str) -> "Session":
        """Open a conversation about the open desk."""

    def finish_opening(self) -> None:
        """Folder and conversation are open: there is nothing to go back to any more."""

    def abandon_opening(self, error: "RegroupError") -> None:
        """The folder or the conversation could not be opened: go back, let the user choose, or leave."""

    def reopen(self, choice: SessionChoice, settings: "Settings | None" = None) -> None:
        """Close what is open, and open something else or the same with other settings."""

    def show_screen(self, screen: "Screen[R]", done: Callable[[R | None], Any] | None = None) -> None:
        """Show a screen over the one in front; `done` is called with its result once it is closed."""

    def action_open(self, name: str) -> None:
        """Show the screen of `screens/NAME_screen.py`."""

    def action_slash(self, name: str, argument: str = "") -> None:
        """Run a command by its slash, as if it was typed."""

    async def run_command(self, command: "Command") -> None:
        """Run the action of a command on the main screen."""

    async def show_pictures(self, mode: "PictureMode") -> None:
        """Draw all pictures in another way from now on."""


class HostScreen(Protocol):
    """The main screen as its helpers and the screens over it see it.

    Its helpers run their long work through it, so that one place knows what is running and what can be cancelled.

    Attributes:
        job: The work that runs and can be cancelled, or None.
        session: The conversation, or None until it is open.
        conversation_id: Thread of the conversation.
        clustering_id: Id of the clustering on the board, or None where there are no groups.
    """

    job: "Job | None"
    session: "Session | None"
    conversation_id: str
    clustering_id: str | None

    @property
    def host(self) -> HostApp:
        """The app."""

    @property
    def desk(self) -> "Desk":
        """The desk of the open folder. Raises RegroupError while there is none."""

    @property
    def is_attached(self) -> bool:
        """Whether the screen is part of the running app."""

    @property
    def is_current(self) -> bool:
        """Whether the screen is the one in front."""

    def start(self, work: Coroutine[Any, Any, None], group: str = "work") -> "Worker[None]":
        """Run a coroutine in a worker; an error becomes a line of the transcript."""

    async def thread(self, function: Callable[..., R], *args: Any, **kwargs: Any) -> R:
        """Call something that blocks in a thread and wait for it."""

    async def work(self, title: str, function: "Callable[[Job], R]") -> R:
        """Call something long in a thread, with its progress in the status line; what is typed meanwhile waits."""

    async def ask(self, dialog: "Screen[R]") -> R:
        """Show a dialog and wait for its result. Only inside a worker."""

    def begin(self, title: str) -> "Job":
        """Show in the status line that something began, and return the job that follows it."""

    def end(self, job: "Job") -> None:
        """Show that the job is over."""

    def note(self, text: str) -> None:
        """Add a quiet line to the transcript."""

    def error(self, text: str) -> None:
        """Add a line about something that went wrong to the transcript."""

    async def keep_note(self, line: str) -> None:
        """Add a quiet line to the transcript that stands there again on reopening."""

    def show_status(self, text: str) -> None:
        """Show a short line in the status line, unless a job is shown there."""

    def type_text(self, text: str) -> None:
        """Give the input line the focus and go on typing there."""

    async def refresh_board(self) -> None:
        """Read the board again and paint it."""

    def reload_board(self) -> None:
        """Refresh the board beside other work."""

    def highlight(self, clustering: str, cluster: str) -> None:
        """Put the cursor of the board on a cluster."""

    def lesson_began(self) -> None:
        """The user is asked about pictures: until the end of it nothing else may change the groups."""

    def lesson_ended(self, clustering: str) -> None:
        """The user is not asked any more: what can be learned slowly from the answers is learned now."""
