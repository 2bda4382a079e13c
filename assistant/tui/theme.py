"""The colours: few, quiet, with enough contrast; nothing is said by colour alone."""

from textual.theme import Theme

VARIABLES = {
    "muted": "#8b95a3",
    "good": "#8fbf95",
    "bad": "#d98a80",
    "mark": "#d8ae74",
    "bar-full": "#7fa8c9",
    "bar-empty": "#3a424e",
}
"""Colours of our own, under every theme. (Spans of text know no "auto" colours such as $text-muted.)"""

THEME = Theme(
    name="regroup",
    dark=True,
    primary="#7fa8c9",
    secondary="#9aa7b8",
    accent="#d8ae74",
    success="#8fbf95",
    warning="#d8ae74",
    error="#d98a80",
    foreground="#d6dae0",
    background="#15181d",
    surface="#1a1e24",
    panel="#222831",
    variables={
        "block-cursor-background": "#2c3a49",
        "block-cursor-foreground": "#eef1f5",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#20262e",
        "block-cursor-blurred-foreground": "#d6dae0",
        "block-hover-background": "#20262e",
        "footer-background": "#15181d",
        "footer-key-foreground": "#d8ae74",
        "footer-description-foreground": "#8b95a3",
        "input-selection-background": "#3f5871",
    },
)
