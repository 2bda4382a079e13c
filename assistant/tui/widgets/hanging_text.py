"""Shows lines of which what is left hangs under their beginnings, however narrow the place is."""

from textual.content import Content
from textual.widgets import Static

from assistant.tui.styled_text import hanging


class HangingText(Static):
    """Shows lines that are broken anew whenever the width changes."""

    def __init__(self, text: Content) -> None:
        super().__init__(text, markup=False)
        self._text, self._width = text, 0

    def on_resize(self) -> None:
        """Break the lines at the new width."""
        if self.content_size.width != self._width:
            self._width = self.content_size.width
            self.update(hanging(self._text, self._width))
