"""Progress on stderr: a bar on a terminal, a line now and then elsewhere, nothing of it on stdout."""

import io
import sys
import time

import pytest

from assistant.cli import progress_bar as module
from assistant.cli.progress_bar import EVERY, QUICK, Lines, bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_work_that_is_over_at_once_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    with bar() as progress:
        progress("looking", 1, 2)
    assert capsys.readouterr() == ("", "")


def test_work_that_goes_on_is_told_on_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "QUICK", 0.02)
    with bar() as progress:
        progress("look\x1b[31ming", 40, 1200)
        time.sleep(0.2)
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "regroup: look\\x1b[31ming, 40 of 1,200\n"


def test_nobody_reads_what_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "QUICK", 0.02)
    broken = io.StringIO()
    monkeypatch.setattr(sys, "stderr", broken)
    with bar() as progress:
        broken.close()
        progress("looking", 1, 2)
        time.sleep(0.1)


def test_a_stage_is_told_once_it_is_not_over_at_once_and_then_every_ten_seconds() -> None:
    lines = Lines("beginning", 100.0)
    assert lines.due(100 + QUICK - 0.1) is None
    assert lines.due(100 + QUICK) == "beginning"
    lines.report("looking", 0, 120, 103.0)
    assert lines.due(104.0) is None
    lines.report("looking", 40, 120, 104.5)
    assert lines.due(105.0) == "looking, 40 of 120"
    lines.report("looking", 80, 120, 114.0)
    assert lines.due(105.0 + EVERY - 0.1) is None
    assert lines.due(105.0 + EVERY) == "looking, 80 of 120"


def test_many_quick_stages_in_a_row_are_no_silence() -> None:
    lines = Lines("beginning", 0.0)
    told = []
    for second in range(60):
        lines.report(f"method {second}", 0, 1, float(second))
        told.append(lines.due(float(second)))
    assert [line for line in told if line] == [f"method {s}" for s in (10, 20, 30, 40, 50)]


def test_after_the_last_of_a_stage_it_is_not_still_going_on() -> None:
    lines = Lines("beginning", 0.0)
    lines.report("scan", 64, 120, 0.1)
    lines.report("scan", 120, 120, 0.2)
    assert lines.due(5.0) == "scan done, continuing"


def test_a_bar_goes_to_stderr_and_starts_again_for_each_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with bar() as progress:
        for stage in ("scan", "looking"):
            for done in range(3):
                progress(stage, done, 2)
    assert "scan" in screen.getvalue() and "looking" in screen.getvalue()


def test_lines_on_a_terminal_where_something_else_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "QUICK", 0.02)
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with bar(lines=True) as progress:
        progress("looking", 1, 2)
        time.sleep(0.1)
    assert screen.getvalue() == "regroup: looking, 1 of 2\n"
