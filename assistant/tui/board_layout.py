"""Lays out the board: how high the band of each group is, and how large its pictures are in the room there is.

All figures are cells of the terminal. A cell is twice as high as wide, so a picture's box is twice as wide as high.
"""

from dataclasses import dataclass

LOWEST = {"narrow": 2, "normal": 4, "wide": 5}
"""The least height of a band by the width of the terminal; with more groups than fit, the board scrolls."""
HEADED = 5
"""The height from which a band has its name above the pictures rather than beside them."""
INDENT = 2
"""The blank columns before the pictures below a name."""
BESIDE = 29
"""The columns that the name takes beside the pictures."""
AT_LEAST = 4
"""The pictures that a band shows if they can be had: one or two do not say what a group is about."""
MOST = 12
"""The most pictures of a band, as drawing pictures is what makes a board slow."""
MOST_OPEN = 40
"""The most pictures of the one band that fills the board."""
MANY = 24
"""The pictures that a contact sheet shows at least, and a band that fills the board, before they become larger."""
SMALL = 5
"""The height of the pictures there where `MANY` have no room: smaller ones tell little."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """Says how pictures lie in a box of cells: `lines` lines of `columns`, each `height` high and twice as wide."""

    height: int
    columns: int
    lines: int

    @property
    def width(self) -> int:
        """Return the width of one picture."""
        return 2 * self.height

    @property
    def count(self) -> int:
        """Return how many pictures have room."""
        return self.columns * self.lines


@dataclass(frozen=True, slots=True)
class Band:
    """Says how a group is shown on the board.

    Attributes:
        height: Of the whole band, with the blank line below it.
        headed: Whether its name stands above the pictures; else it stands beside them.
        pictures: How its pictures lie.
    """

    height: int
    headed: bool
    pictures: Pictures


def pictures_in(width: int, height: int, picture_height: int, label: int = 0, most: int = MOST) -> Pictures:
    """Return how pictures of a height lie in a box, each with `label` lines below it; there is a blank column
    between them."""
    columns = max((width + 1) // (2 * picture_height + 1), 1)
    lines = max(height // (picture_height + label), 1)
    return Pictures(picture_height, min(columns, most), min(lines, max(most // columns, 1)))


def largest_pictures(width: int, height: int) -> Pictures:
    """Return how pictures lie in a box so that they cover most of it; of equals, the larger ones.

    `AT_LEAST` pictures have room wherever that is possible, and no more than `MOST`.
    """
    candidates = [pictures_in(width, height, each) for each in range(1, max(height, 1) + 1)]
    fitting = [each for each in candidates if each.width <= width] or candidates[:1]
    enough = [each for each in fitting if each.count >= AT_LEAST] or [max(fitting, key=lambda p: p.count)]
    return max(enough, key=lambda each: (each.count * each.width * each.height, each.height))


def band(groups: int, width: int, height: int, size: str) -> Band:
    """Return how each of `groups` groups is shown on a board of `width` x `height`, in a terminal of a size of
    `LOWEST`."""
    each = max(height // max(groups, 1), LOWEST[size])
    if each >= HEADED:
        return Band(each, True, largest_pictures(width - INDENT, each - 2))
    inner = each if each == LOWEST["narrow"] else each - 1
    return Band(each, False, largest_pictures(max(width - BESIDE, 2), inner))


def many_pictures(width: int, height: int, wanted: int = MANY, label: int = 0) -> Pictures:
    """Return how pictures lie in a box so that `wanted` of them, or `MANY`, have room and are as large as possible."""
    wanted = min(wanted, MANY)
    sizes = range(max(height - label, 1), SMALL, -1)
    large = (pictures_in(width, height, each, label, MOST_OPEN) for each in sizes)
    small = pictures_in(width, height, max(min(SMALL, height - label, width // 2), 1), label, MOST_OPEN)
    return next((each for each in large if each.count >= wanted and each.width <= width), small)


def open_band(width: int, height: int, pictures: int) -> Band:
    """Return how one group of `pictures` pictures is shown that fills the board, each with its number below it."""
    tall = max(height, 4)
    return Band(tall, True, many_pictures(width - INDENT, tall - 2, pictures, label=1))


def without_pictures(size: str) -> Band:
    """Return how a group is shown where no pictures are drawn: its name and a mark beside it."""
    return Band(2 if size == "narrow" else 3, False, Pictures(1, 1, 1))
