"""Holds the screens of the terminal app, one per file: `NameScreen` in `name_screen.py`."""
