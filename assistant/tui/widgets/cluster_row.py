"""Shows the rows of the board: a band of pictures for each cluster, a line for each pile."""

from collections.abc import Iterator, Sequence

from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import ListItem, Static

from assistant.text.formatting import CLEAR, sureness
from assistant.tui.board_data import Member, Pile, Row
from assistant.tui.board_layout import LOWEST, Band
from assistant.tui.styled_text import foreign
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
NONE_HERE = "none is here now"
"""The words for a group whose pictures were moved away or are gone, which is neither sure nor doubtful."""


class ClusterRow(ListItem):
    """Shows the band of a cluster: its number, name, size and certainty in a word, and its surest pictures as large as
    there is room.

    Args:
        row: What is shown.
        band: How it is laid out.
        marked: Whether it is selected.
    """

    def __init__(self, row: Row, band: Band, marked: bool = False) -> None:
        super().__init__(classes="cluster-row")
        self.row = row
        self.marked = marked
        self._band = band
        self._opened: tuple[Member, ...] = ()
        self.set_class(marked, "-marked")
        self._fit()

    def compose(self) -> ComposeResult:
        with Vertical(classes="facts"):
            yield Static(self._title(), classes="name", markup=False)
            yield Static(self._figures(), classes="figures", markup=False)
        with Container(classes="exemplars") as exemplars:
            yield from self._boxes()
        self._lay_pictures(exemplars)

    async def lay_out(self, band: Band, opened: Sequence[Member] = ()) -> None:
        """Show the band in another size; with the pictures of the whole cluster and their numbers where it was
        opened."""
        if (band, tuple(opened)) == (self._band, self._opened):
            return
        other_pictures = bool(opened or self._opened)
        self._band, self._opened = band, tuple(opened)
        self._fit()
        for exemplars in self.query(".exemplars").results(Container):  # none before it is composed
            if other_pictures:
                await exemplars.remove_children()
            boxes = list(self._boxes())
            kept = len(exemplars.children)
            await exemplars.remove_children(exemplars.children[len(boxes) :])
            await exemplars.mount_all(boxes[kept:])
            self._lay_pictures(exemplars)

    def toggle(self) -> None:
        """Select or deselect the row."""
        self.marked = not self.marked
        self.set_class(self.marked, "-marked")
        self.query_one(".name", Static).update(self._title())

    def _fit(self) -> None:
        self.styles.height = self._band.height
        self.set_class(self._band.headed, "-headed")
        self.set_class(self._band.height > LOWEST["narrow"], "-spaced")

    def _lay_pictures(self, exemplars: Container) -> None:
        pictures = self._band.pictures
        exemplars.styles.grid_size_columns = pictures.columns
        exemplars.styles.grid_columns = str(pictures.width)
        exemplars.styles.grid_rows = str(pictures.height + bool(self._opened))

    def _boxes(self) -> Iterator[Widget]:
        count = self._band.pictures.count
        if self._opened:
            yield from (LabelledPicture(member) for member in self._opened[:count])
        else:
            yield from (PictureBox(sha, scrolls=True) for sha in self.row.exemplars[:count])

    def _title(self) -> Content:
        row = self.row
        return Content.assemble(
            ("✓ ", "$mark") if self.marked else "  ",
            (f"{row.number} ", "$muted"),
            ("locked " if row.locked else "", "$mark"),  # before a name that may be cut off
            foreign(row.name, "bold"),
        )

    def _figures(self) -> Content:
        word = sureness(self.row.confidence) if self.row.size else NONE_HERE
        return Content.assemble(
            (f"  {amount(self.row.size, 'image')}, ", "$muted"),
            (word, "$muted" if word in (CLEAR, NONE_HERE) else "$mark"),
        )


class LabelledPicture(Vertical):
    """Shows a picture with its number below it, by which it can be spoken of."""

    def __init__(self, member: Member) -> None:
        super().__init__(classes="labelled")
        self._member = member

    def compose(self) -> ComposeResult:
        yield PictureBox(self._member.sha, scrolls=True)
        yield Static(f"#{self._member.number}", classes="label", markup=False)


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
