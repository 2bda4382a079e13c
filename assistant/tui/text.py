"""Text from files, names and models, made safe to show: visible characters, never markup."""

from textual.content import Content

from tools.names import visible


def foreign(text: str, style: str = "") -> Content:
    """One line of text that somebody else wrote, with hidden characters made visible."""
    return Content.styled(visible(text), style)


def foreign_lines(text: str, style: str = "") -> Content:
    """Several lines of text that somebody else wrote; only the line ends keep their meaning."""
    return Content.styled("\n".join(visible(line) for line in text.splitlines()), style)


def amount(count: int, one: str, many: str = "") -> str:
    """A number with its noun: "1 image", "1,204 images"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def sentence(text: str) -> str:
    """A line with a capital letter at its beginning."""
    return text[:1].upper() + text[1:]


def size(count: int) -> str:
    """A number of bytes for people: "812 B", "3.4 MB"."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def bar(share: float, width: int = 8) -> Content:
    """A share in [0, 1] as a line of `width` cells and a figure, "━━━━━───  62 %"."""
    share = min(max(share, 0.0), 1.0)
    filled = round(share * width)
    return Content.assemble(
        ("━" * filled, "$bar-full"),
        ("─" * (width - filled), "$bar-empty"),
        (f" {share * 100:3.0f} %", "$muted"),
    )
