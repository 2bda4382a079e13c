"""A terminal that can be typed into and looked at: tmux, with a server of its own."""

import shlex
import subprocess
import time
from pathlib import Path


class Terminal:
    """A tmux server of its own with one window."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    def tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", str(self._socket), "-f", "/dev/null", *arguments], capture_output=True, timeout=30
        )
        return done.stdout.decode(errors="replace")

    def start(
        self, command: str, width: int = 100, height: int = 30, folder: str = ".", **environment: str
    ) -> None:
        given = " ".join(f"{name}={shlex.quote(value)}" for name, value in environment.items())
        self.tmux(
            "new-session", "-d", "-c", folder, "-x", str(width), "-y", str(height), f"env {given} {command}"
        )

    def type(self, text: str) -> None:
        self.tmux("send-keys", "-l", text)

    def press(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)

    def pane(self) -> str:
        return self.tmux("capture-pane", "-p")

    def until(self, *texts: str, seconds: float = 120) -> str:
        end = time.monotonic() + seconds
        while not all(text in (pane := self.pane()) for text in texts):
            assert time.monotonic() < end, f"no {texts} on the screen:\n{pane}"
            time.sleep(0.2)
        return pane

    def gone(self, seconds: float = 60) -> bool:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not self.tmux("list-sessions").strip():
                return True
            time.sleep(0.2)
        return False
