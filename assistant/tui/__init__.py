"""Holds the terminal app. Import it only where it is run: it loads Textual."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.settings import Settings


def run(folder: Path | None, settings: "Settings", first: str = "") -> int:
    """Open a folder in the terminal app and stay until the user leaves; with None the user chooses one first.

    Args:
        folder: The folder.
        settings: The user's settings.
        first: What is said first, in place of the user; "" for nothing.

    Returns:
        The exit code.

    Raises:
        tools.errors.RegroupError: The folder cannot be opened.
        tools.errors.UsageError: The model that was named is not known or cannot be set up.
    """
    if (
        settings.model or settings.gguf
    ):  # checked before the screen is taken over; other models are found later
        from assistant.agent.brain import brain

        brain(settings)
    from assistant.chat.stopping import leave_within
    from assistant.tui.app import RegroupApp
    from assistant.tui.picture_mode import detect_picture_mode
    from assistant.tui.stray_output import stray_output_in
    from assistant.tui.terminal_answers import ask_terminal
    from assistant.workspace import Workspace

    terminal = ask_terminal()  # after the slow imports, so that little is typed between this and the app
    picture_mode = detect_picture_mode(settings.images, terminal)
    app = RegroupApp(folder, settings, picture_mode=picture_mode, first=first)
    if sys.platform != "win32":
        from assistant.tui.terminal_driver import driver_after

        app.driver_class = driver_after(terminal.typed)
    app.leaving = leave_within
    with stray_output_in(Workspace(settings.workspace).root / "cache"):
        app.run()
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0
