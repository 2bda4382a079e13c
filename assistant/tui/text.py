"""Text from files, names and models, made safe to show: visible characters, never markup."""

from textual.content import Content

from tools.names import visible


def foreign(text: str, style: str = "") -> Content:
    """One line of text that somebody else wrote, with hidden characters made visible."""
    return Content.styled(visible(text), style)


def foreign_lines(text: str, style: str = "") -> Content:
    """Several lines of text that somebody else wrote; only the line ends keep their meaning."""
    return Content.styled("\n".join(visible(line) for line in text.splitlines()), style)


def bar(share: float, width: int = 8) -> Content:
    """A share in [0, 1] as a line of `width` cells and a figure, "━━━━━───  62 %"."""
    share = min(max(share, 0.0), 1.0)
    filled = round(share * width)
    return Content.assemble(
        ("━" * filled, "$bar-full"),
        ("─" * (width - filled), "$bar-empty"),
        (f" {share * 100:3.0f} %", "$muted"),
    )
