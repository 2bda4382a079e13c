"""Writes and reads answers as a table in CSV: to keep, to share, or to use again on a collection that has grown.

There is one row per answer: `sha256, file, criterion, group` for one image; `sha256, file, criterion, other, same,
other_file` with "same" or "different" for two. An image is found by its hash or, where its file was saved again, by
its name. Older tables without `other_file` are read, too.
"""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tools.clustering.constraints import CannotLink, Constraint, Label, MustLink
from tools.errors import UsageError
from tools.names import quoted, visible
from tools.scan.collection import Collection

COLUMNS = ("sha256", "file", "criterion", "group", "other", "same", "other_file")
"""The first line of every table."""
_FORMULA = re.compile(r"'*[=+\-@]")
"""The beginning of a cell that a spreadsheet program would take for a formula."""


@dataclass(frozen=True, slots=True)
class AnswersRead:
    """Holds what was read from a table, as far as it concerns a collection.

    Attributes:
        answers: The answers under the criterion about images that are here.
        gone: The number of answers about images that are not here.
        others: The number of answers under another criterion.
    """

    answers: tuple[Constraint, ...]
    gone: int
    others: int


def table(constraints: Iterable[Constraint], criterion: str, collection: Collection) -> str:
    """Return answers as CSV. Names are data: a cell that looks like a formula gets an apostrophe in front."""
    here = set(collection.ids)

    def file(image: str) -> str:
        return _file(collection.by_id(image).path) if image in here else ""

    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for c in constraints:
        image = c.image if isinstance(c, Label) else c.a
        row = [image, file(image), criterion]
        if isinstance(c, Label):
            row += [c.name, "", "", ""]
        else:
            row += ["", c.b, "same" if isinstance(c, MustLink) else "different", file(c.b)]
        writer.writerow([f"'{cell}" if _FORMULA.match(cell) else cell for cell in row])
    return text.getvalue()


def parsed(text: str, criterion: str, collection: Collection) -> AnswersRead:
    """Read the answers under a criterion, whatever its case, from a table.

    Raises:
        UsageError: The text is not a table of answers, or a row is not an answer; the message says which and why.
    """
    rows = csv.DictReader(io.StringIO(text, newline=""))
    wanted = {"sha256", "criterion"}
    if rows.fieldnames is None or not wanted <= set(rows.fieldnames):
        raise UsageError(f"this is not a table of answers: the first line must be {', '.join(COLUMNS)}")
    here = {image.content: image.sha256 for image in collection.images}
    here |= {image.sha256: image.sha256 for image in collection.images}
    here |= {_file(image.path): image.sha256 for image in collection.images}
    answers: list[Constraint] = []
    gone = others = 0
    try:
        for number, row in enumerate(rows, 2):
            cells = {key: _cell(value) for key, value in row.items() if key is not None}
            if cells["criterion"].casefold() != criterion.casefold():
                others += 1
                continue
            first = here.get(cells["sha256"]) or here.get(cells.get("file", ""))
            two = cells.get("other") or cells.get("other_file")
            second = here.get(cells.get("other", "")) or here.get(cells.get("other_file", ""))
            if first is None or (two and second is None):
                gone += 1
                continue
            answers.append(_answer(cells, first, second, number))
    except csv.Error as error:
        raise UsageError(f"this is not a table of answers: {visible(str(error))}") from None
    return AnswersRead(tuple(answers), gone, others)


def _answer(cells: dict[str, str], first: str, second: str | None, number: int) -> Constraint:
    if second is None:
        if name := cells.get("group", ""):
            return Label(first, name)
        raise UsageError(f"line {number} names neither a group nor another image")
    same = cells.get("same", "").casefold()
    if same not in ("same", "different"):
        raise UsageError(f'line {number} must say "same" or "different", not {quoted(same)}')
    if first == second:
        raise UsageError(f"line {number} names the same image twice")
    return MustLink(first, second) if same == "same" else CannotLink(first, second)


def _cell(value: object) -> str:
    """Return a cell without the apostrophe of `table`; "" where the row has none here, or more than the columns."""
    text = " ".join(value.split()) if isinstance(value, str) else ""
    return text[1:] if text[:1] == "'" and _FORMULA.match(text) else text


def _file(path: Path) -> str:
    """Return the name of a file for a table, though it may not be UTF-8 or may hold line ends."""
    return " ".join(visible(path.as_posix()).split())
