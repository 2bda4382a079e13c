"""Writes text in Textual's form: foreign text made safe to show, and shares drawn as bars."""

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
