"""Defines the dark and the light theme: few, quiet colours with enough contrast; nothing is shown by colour alone."""

from textual.theme import Theme


def _theme(name: str, dark: bool, c: dict[str, str]) -> Theme:
    return Theme(
        name=name,
        dark=dark,
        primary=c["blue"],
        secondary=c["grey"],
        accent=c["mark"],
        success=c["good"],
        warning=c["mark"],
        error=c["bad"],
        foreground=c["text"],
        background=c["ground"],
        surface=c["surface"],
        panel=c["panel"],
        variables={
            "muted": c["muted"],
            "good": c["good"],
            "bad": c["bad"],
            "mark": c["mark"],
            "bar-full": c["blue"],
            "bar-empty": c["empty"],
            "block-cursor-background": c["cursor"],
            "block-cursor-foreground": c["strong"],
            "block-cursor-text-style": "none",
            "block-cursor-blurred-background": c["blurred"],
            "block-cursor-blurred-foreground": c["text"],
            "block-hover-background": c["blurred"],
            "footer-background": c["ground"],
            "footer-key-foreground": c["mark"],
            "footer-description-foreground": c["muted"],
            "input-selection-background": c["selection"],
        },
    )


DARK = _theme("regroup-dark", True, {
    "text": "#d6dae0", "strong": "#eef1f5", "muted": "#8b95a3", "ground": "#15181d", "surface": "#1a1e24",
    "panel": "#222831", "blue": "#7fa8c9", "grey": "#9aa7b8", "mark": "#d8ae74", "good": "#8fbf95", "bad": "#d98a80",
    "empty": "#3a424e", "cursor": "#2c3a49", "blurred": "#20262e", "selection": "#3f5871",
})  # fmt: skip
LIGHT = _theme("regroup-light", False, {
    "text": "#23282f", "strong": "#0f1216", "muted": "#5a636f", "ground": "#faf9f6", "surface": "#f3f1ec",
    "panel": "#e4e1d9", "blue": "#2f6690", "grey": "#55606e", "mark": "#7d5309", "good": "#2d6a37", "bad": "#a3352a",
    "empty": "#c3c0b8", "cursor": "#cfdeea", "blurred": "#e6e9ea", "selection": "#b4cde0",
})  # fmt: skip
THEMES = {"dark": DARK, "light": LIGHT}
"""The themes by the names that the setting `theme` takes.

Their variables replace Textual's "auto" colours such as $text-muted, which spans of text do not support.
"""
