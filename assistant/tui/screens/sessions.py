"""The choice of what to go on with: conversations about this folder, other folders, or a new one."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from assistant.chat.conversations import Conversations
from assistant.text.commands import Where
from assistant.tui.keys import bindings
from assistant.tui.screens.prompt import PromptScreen
from assistant.tui.text import foreign
from tools.names import amount

if TYPE_CHECKING:
    from assistant.desk import Desk
    from assistant.workspace import KnownCollection


@dataclass(frozen=True, slots=True)
class Choice:
    """A folder, and the conversation about it: None goes on with the last one."""

    folder: Path | None
    thread: str | None = None


class Sessions(OptionList):
    """The list; its keys are those of the screen."""

    place: ClassVar[Where] = "sessions"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(place)]


class SessionsScreen(ModalScreen[Choice | None]):
    """Choose what to go on with. The result is None where the user stays.

    Args:
        workspace: The workspace that the user set, or None for the usual one.
        desk: What is open, if something is; then its conversations are offered as well.
        talk: The conversation that is open.
        word: Why the choice is made again: a folder that could not be opened.
    """

    def __init__(
        self, workspace: Path | None, desk: "Desk | None" = None, talk: str = "", word: str = ""
    ) -> None:
        super().__init__()
        self._workspace, self._desk, self._talk, self._word = workspace, desk, talk, word
        self._choices: list[Choice | None] = []

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(Content("What shall we go on with?"), classes="question", markup=False)
            yield Static(foreign(self._word), classes="word", markup=False)
            yield Sessions(compact=True, markup=False)
            yield Static("enter opens, escape goes back", classes="hint", markup=False)

    def on_mount(self) -> None:
        """List them."""
        self.query_one(".word").display = bool(self._word)
        sessions = self.query_one(Sessions)
        here = self._desk.collection.folder if self._desk is not None else None
        if self._desk is not None:
            conversations = Conversations(self._desk.shelf)
            for talk in conversations.all():
                now = "  (open)" if talk.thread == self._talk else ""
                text = Content.assemble(foreign(talk.title or "nothing said yet"), (now, "$muted"))
                self._add(sessions, text, Choice(here, talk.thread))
            self._add(
                sessions, Content("a new conversation about this folder"), Choice(here, conversations.new())
            )
        for known in self._known():
            if known.folder != here:
                gone = "" if known.folder.is_dir() else "  gone"
                about = Content.assemble(
                    foreign(str(known.folder)), (f"  {amount(known.images, 'image')}{gone}", "$muted")
                )
                self._add(sessions, about, Choice(known.folder))
        self._add(sessions, Content("another folder"), None)
        sessions.highlighted = 0
        sessions.focus()

    def _known(self) -> "list[KnownCollection]":
        from assistant.workspace import Workspace

        return Workspace(self._workspace).collections()

    def _add(self, sessions: Sessions, text: Content, choice: Choice | None) -> None:
        self._choices.append(choice)
        sessions.add_option(Option(text))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open it, or ask for a folder."""
        choice = self._choices[event.option_index]
        if choice is not None:
            self.dismiss(choice)
        else:
            self.app.push_screen(PromptScreen("Which folder?"), self._named)

    def _named(self, text: str | None) -> None:
        if text:
            self.dismiss(Choice(Path(text).expanduser()))

    def action_back(self) -> None:
        """Stay."""
        self.dismiss(None)
