"""Holds the widgets of the terminal app, one per file."""
