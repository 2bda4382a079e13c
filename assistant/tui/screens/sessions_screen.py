"""Lets the user choose a session: a conversation about this folder, a new one, or another folder."""

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
from assistant.tui.key_bindings import bindings
from assistant.tui.protocols import SessionChoice
from assistant.tui.screens.prompt_screen import PromptScreen
from assistant.tui.styled_text import foreign
from tools.names import amount

if TYPE_CHECKING:
    from assistant.desk import Desk
    from assistant.tui.protocols import HostApp
    from assistant.workspace import KnownCollection


class SessionList(OptionList):
    """Lists the sessions; its keys are those of the screen."""

    place: ClassVar[Where] = "sessions"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(place)]


class SessionsScreen(ModalScreen[SessionChoice | None]):
    """Lets the user choose a session. The result is None where the user stays.

    Args:
        workspace: The workspace that the user set; None for the default one.
        desk: The open desk, whose conversations are offered as well; None where no folder is open.
        thread: The thread of the open conversation.
        notice: Why the user has to choose again, such as a folder that could not be opened.
    """

    def __init__(
        self, workspace: Path | None, desk: "Desk | None" = None, thread: str = "", notice: str = ""
    ) -> None:
        super().__init__()
        self._workspace, self._desk, self._thread, self._notice = workspace, desk, thread, notice
        self._choices: list[SessionChoice | None] = []

    @classmethod
    def open(cls, app: "HostApp") -> None:
        """Let the user choose another conversation or folder while one is open, and open it."""
        main = app.main
        if main.session is None:
            main.show_status("one moment: the folder is still being opened")
            return
        current = SessionChoice(main.desk.collection.folder, main.conversation_id)

        def chosen(choice: SessionChoice | None) -> None:
            if choice is not None and choice != current:
                app.reopen(choice)

        app.show_screen(cls(app.settings.workspace, main.desk, main.conversation_id), chosen)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(Content("What would you like to open?"), classes="question", markup=False)
            yield Static(foreign(self._notice), classes="notice", markup=False)
            yield SessionList(compact=True, markup=False)
            yield Static("enter opens, escape goes back", classes="hint", markup=False)

    def on_mount(self) -> None:
        """List the conversations about this folder, then the other folders, the one used last first."""
        self.query_one(".notice").display = bool(self._notice)
        here = self._desk.collection.folder if self._desk is not None else None
        if self._desk is not None:
            conversations = Conversations(self._desk.shelf)
            for each in conversations.all():
                state = "  (open)" if each.thread == self._thread else ""
                text = Content.assemble(foreign(each.title or "(empty)"), (state, "$muted"))
                self._add(text, SessionChoice(here, each.thread))
            text = Content("a new conversation about this folder")
            self._add(text, SessionChoice(here, conversations.new()))
        for collection in self._collections():
            if collection.folder != here:
                gone = "" if collection.folder.is_dir() else "  gone"
                about = (f"  {amount(collection.images, 'image')}{gone}", "$muted")
                text = Content.assemble(foreign(str(collection.folder)), about)
                self._add(text, SessionChoice(collection.folder))
        self._add(Content("another folder"), None)
        self._list.highlighted = 0
        self._list.focus()

    @property
    def _list(self) -> SessionList:
        return self.query_one(SessionList)

    def _collections(self) -> "list[KnownCollection]":
        from assistant.workspace import Workspace

        return Workspace(self._workspace).collections()

    def _add(self, text: Content, choice: SessionChoice | None) -> None:
        self._choices.append(choice)
        self._list.add_option(Option(text))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Close with the choice under the cursor, or ask for a folder."""
        choice = self._choices[event.option_index]
        if choice is not None:
            self.dismiss(choice)
        else:
            self.app.push_screen(PromptScreen("Which folder?"), self._named)

    def _named(self, text: str | None) -> None:
        if text:
            self.dismiss(SessionChoice(Path(text).expanduser()))

    def action_back(self) -> None:
        """Close without a choice."""
        self.dismiss(None)
