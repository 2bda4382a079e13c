"""Text in Textual's form: what somebody else wrote made safe to show, and shares drawn as bars."""

from textual.content import Content

from tools.names import visible


def foreign(text: str, style: str = "") -> Content:
    """One line of text from a file, a name or a model: hidden characters are made visible, and it is never markup."""
    return Content.styled(visible(text), style)


def foreign_lines(text: str, style: str = "") -> Content:
    """The same for several lines; only the line ends keep their meaning."""
    return Content.styled("\n".join(visible(line) for line in text.splitlines()), style)


def bar(share: float, width: int = 8) -> Content:
    """A share as a line of `width` cells, "━━━━━───". Shares outside [0, 1] are clipped."""
    filled = round(min(max(share, 0.0), 1.0) * width)
    return Content.assemble(("━" * filled, "$bar-full"), ("─" * (width - filled), "$bar-empty"))


def percent_bar(share: float) -> Content:
    """A share as a bar and a figure, "━━━━━───  62 %". Shares outside [0, 1] are clipped."""
    return Content.assemble(bar(share), (f" {min(max(share, 0.0), 1.0) * 100:3.0f} %", "$muted"))
