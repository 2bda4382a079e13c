"""Opens a file in the system's viewer."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools.errors import RegroupError
from tools.names import visible


def open_viewer(path: Path) -> None:
    """Start the system's viewer for a file and return at once.

    Raises:
        RegroupError: The file is gone, or this system has no viewer (a server without a desktop).
    """
    if not path.is_file():
        raise RegroupError(f"{visible(str(path))} is gone; reopen the folder.")
    if sys.platform == "win32":
        os.startfile(path)
        return
    command = "open" if sys.platform == "darwin" else "xdg-open"
    viewer = shutil.which(command)
    if viewer is None:
        raise RegroupError(
            f"There is no viewer here ({command} is missing); the file is {visible(str(path))}"
        )
    subprocess.Popen(
        [viewer, str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
