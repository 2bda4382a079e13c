"""Defines what a report shows, as plain data. `visible` was applied to its texts, which are shown as they are."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Picture:
    """Describes one picture of a report.

    Attributes:
        image: Its id.
        number: From 1, in collection order, as in the app.
        name: Its path, relative to the collection's folder.
        alt: What is said of it: its groups, for those who do not see it.
        taken: When it was taken, as far as its file says it; None else, and where places are left out.
        caption: When, where and with what it was taken, in words; "" where nothing is said.
        place: Its latitude and longitude in degrees; None where they are unknown or left out.
    """

    image: str
    number: int
    name: str
    alt: str = ""
    taken: datetime | None = None
    caption: str = ""
    place: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Describes one group under a criterion.

    Attributes:
        name: As people see it.
        members: The rows of its pictures, the surest first.
        certainty: The mean certainty of its members, in [0, 1].
        word: The word for that certainty.
        exemplars: The rows of the pictures that stand for it.
        common: What its pictures have in common, a line each.
        apart: What sets it apart from the others, a line each.
        locked: Whether it is locked.
    """

    name: str
    members: tuple[int, ...]
    certainty: float
    word: str
    exemplars: tuple[int, ...]
    common: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Counts the pictures that are in a group of one criterion and in a group of another.

    Attributes:
        other: The title of the other criterion, whose groups are the columns.
        file: The name of its page.
        rows: The names of the groups of the first criterion, then "unsorted" where that has any.
        columns: The names of the groups of the other one, likewise.
        cells: A row of numbers of pictures for each of `rows`.
        agreement: The adjusted mutual information of both.
    """

    other: str
    file: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[int, ...], ...]
    agreement: float


@dataclass(frozen=True, slots=True)
class Answered:
    """Says how the user's answers met what was grouped before each of them.

    Attributes:
        certainty: How sure the group of each asked picture was, in [0, 1].
        right: Whether the answer was that group.
    """

    certainty: tuple[float, ...]
    right: tuple[bool, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """Holds one criterion: a page of the report.

    Attributes:
        title: The criterion, in the user's words.
        file: The name of its page.
        groups: The groups, in the order in which they are shown.
        labels: (n,) int32, the index of each picture's group, or -1.
        unsorted: The rows of the unsorted pictures.
        reasons: Why pictures are unsorted, each with the number of pictures.
        facts: How it was made, as pairs of what and how.
        notes: Lines about it.
        command: The command that groups in the same way.
        points: (n, 2) float32, where each picture is on the map, NaN where nothing was seen in it; None without a map.
        alike: In what pictures that are near each other on the map are alike.
        no_map: Why there is no map; "" where there is one.
        tables: A table with each other criterion.
        answered: How the answers met the groups; None where nothing was answered.
    """

    title: str
    file: str
    groups: tuple[Group, ...]
    labels: NDArray[np.int32]
    unsorted: tuple[int, ...]
    reasons: tuple[tuple[str, int], ...]
    facts: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    command: str
    points: NDArray[np.float32] | None
    alike: str
    no_map: str
    tables: tuple[Table, ...]
    answered: Answered | None = None


@dataclass(frozen=True, slots=True)
class Pile:
    """Lists files that are in no group.

    Attributes:
        title: What they are.
        rows: Each file, with the reason.
    """

    title: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Holds all that a report shows.

    Attributes:
        title: The name of the collection's folder.
        folder: Its path, for people.
        made: When the report was made.
        pictures: Every picture that could be read, in collection order.
        sheets: A page for each criterion.
        piles: What is in no group.
        facts: With what it was made, as pairs of what and how.
        steps: What was done so far, each with its time.
        files: The file of each picture.
    """

    title: str
    folder: str
    made: datetime
    pictures: tuple[Picture, ...]
    sheets: tuple[Sheet, ...]
    piles: tuple[Pile, ...]
    facts: tuple[tuple[str, str], ...]
    steps: tuple[tuple[str, str], ...]
    files: tuple[Path, ...] = field(repr=False, default=())
