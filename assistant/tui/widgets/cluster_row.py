"""Shows the rows of the board: one per cluster, one per pile."""

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import ListItem, Static

from assistant.tui.board_data import Pile, Row
from assistant.tui.styled_text import foreign, percent_bar
from assistant.tui.widgets.picture_box import PictureBox
from tools.names import amount

_PILES = {
    "unsorted": ("unsorted: in no group",) * 2,
    "failed": ("without an answer: say ask again",) * 2,
    "unreadable": ("unreadable: left where it is, enter says why", "unreadable: left there, enter says why"),
    "duplicates": (
        "duplicate: the same bytes as another image",
        "duplicates: the same bytes as another image",
    ),
}
"""The text after the number of files of a pile, for one file and for several."""

ALWAYS = 3
"""The number of exemplars that are shown at every width; a wide terminal shows the others, too."""


class ClusterRow(ListItem):
    """Shows the row of a cluster: exemplars, number, name, size and confidence."""

    def __init__(self, row: Row, marked: bool = False) -> None:
        super().__init__(classes="cluster-row")
        self.row = row
        self.marked = marked
        self.set_class(marked, "-marked")

    def compose(self) -> ComposeResult:
        row = self.row
        with Horizontal():
            yield Static(self._mark(), classes="check", markup=False)
            with Horizontal(classes="exemplars"):
                for i, sha in enumerate(row.exemplars):
                    picture = PictureBox(sha, scrolls=True)
                    picture.set_class(i >= ALWAYS, "-extra")
                    yield picture
            with Vertical(classes="facts"):
                yield Static(
                    Content.assemble(
                        (f"{row.number} ", "$muted"),
                        ("locked " if row.locked else "", "$mark"),  # before a name that may be cut off
                        foreign(row.name, "bold"),
                    ),
                    classes="name",
                    markup=False,
                )
                yield Static(
                    Content.assemble(
                        percent_bar(row.confidence),
                        (f"  {amount(row.size, 'image')}", "$muted"),
                    ),
                    classes="figures",
                    markup=False,
                )

    def toggle(self) -> None:
        """Select or deselect the row."""
        self.marked = not self.marked
        self.set_class(self.marked, "-marked")
        self.query_one(".check", Static).update(self._mark())

    def _mark(self) -> Content:
        return Content.styled("✓", "$mark") if self.marked else Content(" ")


class PileRow(ListItem):
    """Shows the row of a pile: the number of files, and why they are in no cluster."""

    def __init__(self, pile: Pile) -> None:
        super().__init__(classes="pile-row")
        self.pile = pile

    def compose(self) -> ComposeResult:
        yield Static(
            Content.assemble(
                ("  " + f"{self.pile.count:,} ", "bold"),
                (_PILES[self.pile.kind][self.pile.count != 1], "$muted"),
            ),
            markup=False,
        )
