"""Shows the approval of undoing an export: what it did, and where its files go."""

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from assistant.tui.screens.approval_screen import ApprovalScreen
from assistant.tui.styled_text import foreign
from assistant.tui.widgets.hanging_text import HangingText


class UndoScreen(ApprovalScreen):
    """Asks for the approval of undoing an export; no file is touched before it is accepted.

    Args:
        done: What the export did.
        plan: What undoing it does.
    """

    TITLE = "Take this export back?"

    BODY = "#undo"

    def __init__(self, done: str, plan: str) -> None:
        super().__init__()
        self._done, self._plan = done, plan

    def compose_body(self) -> ComposeResult:
        with VerticalScroll(id="undo"):
            yield HangingText(undo_text(self._done, self._plan))


def undo_text(done: str, plan: str) -> Content:
    """Return what was done and what undoing it does as text."""
    note = "Only what is unchanged is taken back; nothing is overwritten. Redo does it again."
    return Content("\n").join(
        [
            Content.assemble(("done  ", "$muted"), foreign(done, "bold")),
            Content.assemble(("undo  ", "$muted"), foreign(plan)),
            Content(""),
            Content.styled(note, "$muted"),
        ]
    )
