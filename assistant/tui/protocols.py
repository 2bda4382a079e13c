"""Defines the interfaces between the parts of the terminal app.

Widgets, screens and helpers use these protocols and never the classes of the app and the main screen, so that no two
files import each other: the app imports the screens, the main screen its helpers, and all of them this file. mypy
checks that `RegroupApp` and `MainScreen` fulfil them wherever they pass themselves on.
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
    """Says what to open: a folder (None lets the user choose one) and the thread of a conversation about it (None
    continues the last one), and what is said there first in place of the user ("" for nothing)."""

    folder: Path | None
    thread: str | None = None
    first: str = ""


class PictureHost(Protocol):
    """Gives a picture the part of the app that it needs."""

    @property
    def picture_mode(self) -> "PictureMode":
        """Return the current picture mode."""

    @property
    def thumbnails(self) -> "ThumbnailLoader":
        """Return the loader of the folder's pictures."""


class HostApp(PictureHost, Protocol):
    """Gives screens and helpers what they may know of the app.

    Attributes:
        theme: The name of Textual's theme; setting another name changes it.
        clock: Returns seconds; it never goes back.
    """

    theme: Any
    clock: Callable[[], float]

    @property
    def main(self) -> "HostScreen":
        """Return the main screen of the folder that is open or being opened."""

    @property
    def screen(self) -> "Screen[Any]":
        """Return the screen in front."""

    @property
    def settings(self) -> "Settings":
        """Return the settings of the folder that is open or being opened."""

    @property
    def open_desk(self) -> "Desk":
        """Return the desk of the open folder. Raises RegroupError while there is none."""

    @property
    def best_picture_mode(self) -> "PictureMode":
        """Return the best way in which this terminal can draw pictures."""

    @property
    def can_go_back(self) -> bool:
        """Return whether something else was open before, to which a failure to open this leads back."""

    def load_desk(self, folder: Path, progress: "Progress") -> "Desk":
        """Open the desk of a folder. Blocks; raises RegroupError where the folder cannot be opened."""

    def attach(self, desk: "Desk") -> None:
        """Make a desk the open one."""

    async def open_session(self, thread: str) -> "Session":
        """Open a conversation about the open desk."""

    def finish_opening(self) -> None:
        """Note that folder and conversation are open, and forget what was open before."""

    def abandon_opening(self, error: "RegroupError") -> None:
        """Handle a folder or conversation that cannot be opened: go back, let the user choose, or leave."""

    def reopen(self, choice: SessionChoice, settings: "Settings | None" = None) -> None:
        """Close the folder, and open another one or the same with other settings."""

    def show_screen(self, screen: "Screen[R]", done: Callable[[R | None], Any] | None = None) -> None:
        """Show a screen over the front one; `done` is called with its result when it closes."""

    def action_open(self, name: str) -> None:
        """Show the screen of `screens/NAME_screen.py`."""

    def action_slash(self, name: str, argument: str = "") -> None:
        """Run a command by its slash name, as if it had been typed."""

    async def run_command(self, command: "Command") -> None:
        """Run the action of a command on the main screen."""

    async def show_pictures(self, mode: "PictureMode") -> None:
        """Change how all pictures are drawn."""


class HostScreen(Protocol):
    """Gives helpers, and the screens over it, what they may know of the main screen.

    Helpers run their long work through it, so that one place knows what is running and can be cancelled.

    Attributes:
        job: The running job, which can be cancelled, or None.
        session: The conversation; None until it is open.
        conversation_id: The thread of the conversation.
        clustering_id: The id of the clustering on the board; None where there are no groups.
    """

    job: "Job | None"
    session: "Session | None"
    conversation_id: str
    clustering_id: str | None

    @property
    def host(self) -> HostApp:
        """Return the app."""

    @property
    def desk(self) -> "Desk":
        """Return the desk of the open folder. Raises RegroupError while there is none."""

    @property
    def is_attached(self) -> bool:
        """Return whether the screen is part of the running app."""

    @property
    def is_current(self) -> bool:
        """Return whether the screen is the front one."""

    def start(self, work: Coroutine[Any, Any, None], group: str = "work") -> "Worker[None]":
        """Run a coroutine in a worker; an error becomes a line of the transcript."""

    async def thread(self, function: Callable[..., R], *args: Any, **kwargs: Any) -> R:
        """Call a blocking function in a thread and wait for it."""

    async def work(self, title: str, function: "Callable[[Job], R]") -> R:
        """Call a long function in a thread, with its progress in the status line; sentences typed meanwhile wait."""

    async def ask(self, dialog: "Screen[R]") -> R:
        """Show a dialog and wait for its result. Only inside a worker."""

    def begin(self, title: str) -> "Job":
        """Begin a job, show it in the status line, and return it."""

    def end(self, job: "Job") -> None:
        """End a job and remove it from the status line."""

    def note(self, text: str) -> None:
        """Add a quiet line to the transcript."""

    def error(self, text: str) -> None:
        """Add an error to the transcript."""

    async def keep_note(self, line: str) -> None:
        """Add a quiet line to the transcript that is shown again on reopening."""

    def show_status(self, text: str) -> None:
        """Show a short text in the status line, unless a job is shown there."""

    def type_text(self, text: str) -> None:
        """Focus the input line and continue typing there."""

    async def refresh_board(self) -> None:
        """Read the data of the board again and paint it."""

    def reload_board(self) -> None:
        """Refresh the board in the background."""

    async def show_group(self, clustering: str, cluster: str) -> None:
        """Show the pictures of a cluster on the board, beside the conversation."""

    def lesson_began(self) -> None:
        """Note that a lesson began: until its end only answers may change the groups."""

    def lesson_ended(self, clustering: str) -> None:
        """Note that a lesson ended, and tune to its answers if there are enough."""
