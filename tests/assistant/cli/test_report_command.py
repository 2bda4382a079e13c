"""`regroup report`: where it writes, what it prints, and what it refuses."""

from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.cli import main
from assistant.desk import Desk


@pytest.fixture
def run(open_desk: Callable[[], Desk], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    monkeypatch.setenv("REGROUP_OFFLINE", "1")
    return lambda *words: main(["--workspace", str(tmp_path / "workspace"), *words])


def test_it_says_where_the_report_is(
    run: Callable[..., int], pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    opened: list[str] = []
    monkeypatch.setattr("click.launch", opened.append)
    assert run("report", str(pictures)) == 2
    assert "nothing is grouped yet" in capsys.readouterr().err
    assert run("cluster", str(pictures), "--by", "colour", "--groups", "3") == 0
    capsys.readouterr()
    assert run("report", str(pictures), "--out", str(tmp_path / "out"), "--open") == 0
    page = tmp_path / "out" / "index.html"
    assert capsys.readouterr().out == f"The report is written; open {page} in a browser.\n"
    assert page.is_file() and opened == [page.as_uri()]
    assert run("report", str(pictures), "--out", str(tmp_path / "out")) == 2
    assert "not empty" in capsys.readouterr().err
