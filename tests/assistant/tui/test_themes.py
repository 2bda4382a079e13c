"""The themes: enough contrast for whoever sees less, and nothing said by colour alone."""

import pytest
from textual.color import Color

from assistant.tui.themes import THEMES

TEXT, LARGE = 4.5, 3.0
"""WCAG 2.2, AA: the contrast of text, and of what is large or no text."""


def luminance(colour: str) -> float:
    parts = [c / 255 for c in Color.parse(colour).rgb]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", THEMES)
def test_everything_can_be_read(name: str) -> None:
    theme = THEMES[name]
    v = theme.variables
    assert theme.background and theme.surface and theme.foreground and theme.panel
    for ground in (theme.background, theme.surface):
        for text in (theme.foreground, v["muted"], v["good"], v["bad"], v["mark"]):
            assert contrast(text, ground) >= TEXT, (text, ground)
        assert contrast(v["bar-full"], ground) >= LARGE
    for text, ground in (
        ("block-cursor-foreground", "block-cursor-background"),
        ("block-cursor-blurred-foreground", "block-cursor-blurred-background"),
        ("footer-key-foreground", "footer-background"),
        ("footer-description-foreground", "footer-background"),
    ):
        assert contrast(v[text], v[ground]) >= TEXT, text
    assert contrast(theme.foreground, v["input-selection-background"]) >= TEXT
    assert contrast(theme.background, v["mark"]) >= TEXT  # the letters of jump mode
    for text in ("mark", "muted"):
        assert contrast(v[text], v["block-cursor-background"]) >= LARGE, text


def test_both_know_the_same_colours() -> None:
    assert THEMES["dark"].variables.keys() == THEMES["light"].variables.keys()
    assert THEMES["dark"].dark and not THEMES["light"].dark
