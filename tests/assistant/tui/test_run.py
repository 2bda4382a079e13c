"""What is found out before the screen is taken over."""

import io
import sys
from pathlib import Path

import pytest

from assistant.cli import main
from assistant.tui.app import RegroupApp


class Terminal(io.StringIO):
    encoding = "utf-8"  # type: ignore[assignment]

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("model", ["foo", "nobody:nothing", "openai:"])
def test_an_unknown_model_is_one_line_and_the_screen_is_left_alone(
    model: str,
    pictures: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    screen = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setattr(RegroupApp, "run", lambda self: pytest.fail("the screen was taken over"))
    assert main(["--workspace", str(tmp_path / "w"), "--model", model, "chat", str(pictures)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and f'model "{model}" is not known' in said
    assert screen.getvalue() == ""
