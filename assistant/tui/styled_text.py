"""Writes text in Textual's form: foreign text made safe to show, and shares drawn as bars."""

import re

from textual.content import Content

from tools.names import visible


def foreign(text: str, style: str = "") -> Content:
    """Return one line of foreign text, with hidden characters made visible and without any markup."""
    return Content.styled(visible(text), style)


def foreign_lines(text: str, style: str = "") -> Content:
    """Return several lines of foreign text, made safe like one line; only the line ends keep their meaning."""
    return Content.styled("\n".join(visible(line) for line in text.splitlines()), style)


def bar(share: float, width: int = 8) -> Content:
    """Return a share as a line of `width` cells, "━━━━━───". Shares outside [0, 1] are clipped."""
    filled = round(min(max(share, 0.0), 1.0) * width)
    return Content.assemble(("━" * filled, "$bar-full"), ("─" * (width - filled), "$bar-empty"))


def percent_bar(share: float) -> Content:
    """Return a share as a bar and a figure, "━━━━━───  62 %". Shares outside [0, 1] are clipped."""
    return Content.assemble(bar(share), (f" {min(max(share, 0.0), 1.0) * 100:3.0f} %", "$muted"))


_MARKER = re.compile(r"\s*(?:(?:\d+[.)]|[-*·•]|\[.\])\s+)?")
"""The beginning of a line under which its other lines hang: its indent, and the mark of an item."""
_COLUMN = re.compile(r"\s*\S.*?\s{2,}(?=\S)")
"""The first column of a line that has two, such as a sentence and what it does."""
_DEEPER = 4
"""The further indent of the lines of such an item, where the second column is too narrow."""


def hanging(text: Content, width: int) -> Content:
    """Return lines broken at a width in cells, so that what is left of a line hangs under its beginning."""
    broken: list[Content] = []
    for line in text.split("\n", allow_blank=True):
        marker, column = _MARKER.match(line.plain), _COLUMN.match(line.plain)
        begin = indent = marker.end() if marker else 0
        if column and column.end() > begin:
            begin, indent = column.end(), column.end() if column.end() <= width // 2 else indent + _DEEPER
        if line.cell_length <= width or indent > width // 2:  # too narrow for anything to hang
            broken.append(line)
            continue
        pieces = line[begin:].wrap(width - indent)
        if indent < begin:  # the second column is begun on a line of its own
            broken.append(line[:begin].rstrip())
        else:
            broken.append(Content.assemble(line[:begin], pieces.pop(0)))
        broken += [Content.assemble(" " * indent, piece) for piece in pieces]
    return Content("\n").join(broken)
