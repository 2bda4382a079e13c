"""Watching a folder: pictures are placed as they come, and go into folders only where that was agreed to."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tools.scan import settled_files

Run = Callable[..., Any]
Tree = Callable[[Path], dict[str, bytes]]
Draw = Callable[..., Path]
SECONDS = 60.0


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("watchfiles")
    monkeypatch.setattr(settled_files, "SETTLED", 0.4)


@pytest.fixture
def sorted_ones(tmp_path: Path, draw: Draw) -> Path:
    """Four pictures of each of three colours, in folders."""
    top = tmp_path / "sorted"
    for name in ("red", "green", "blue"):
        for i in range(4):
            draw(top / name / f"{i}.png", name, variant=20 + i)
    return top


class Meanwhile:
    """Does things in a thread while the command runs, and then presses ctrl+c."""

    def __init__(self, *does: Callable[[], object]) -> None:
        self.problem: BaseException | None = None
        self._does = does
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Meanwhile":
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._thread.join(SECONDS)
        assert self.problem is None, self.problem

    def _run(self) -> None:
        try:
            for do in self._does:
                do()
        except BaseException as error:
            self.problem = error
        finally:
            os.kill(os.getpid(), signal.SIGINT)


def until(is_true: Callable[[], bool]) -> Callable[[], None]:
    def wait() -> None:
        end = time.monotonic() + SECONDS
        while not is_true():
            assert time.monotonic() < end, "it did not come"
            time.sleep(0.05)

    return wait


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the command printed so far, readable from another thread."""
    import click

    heard = io.StringIO()
    echo = click.echo

    def both(message: Any = None, **options: Any) -> None:
        heard.write(f"{message}\n")
        echo(message, **options)

    monkeypatch.setattr(click, "echo", both)
    yield heard


def test_pictures_are_placed_as_they_come_and_no_file_is_touched(
    album: Path, regroup: Run, sorted_ones: Path, tree: Tree, draw: Draw, said: io.StringIO
) -> None:
    before = tree(sorted_ones)
    with Meanwhile(
        until(lambda: "watching" in said.getvalue()),
        lambda: draw(album / "came.png", "red", variant=41),
        until(lambda: '"came.png"' in said.getvalue()),
    ):
        ran = regroup("watch", album, "--like", sorted_ones)
    assert ran.code == 130 and '"came.png": "red"' in ran.out
    assert tree(sorted_ones) == before
    assert "came.png" in regroup("cluster", album, "--like", sorted_ones, "--json").groups["red"]


def test_they_go_into_folders_where_that_was_agreed_to_and_undo_takes_them_back(
    album: Path, regroup: Run, sorted_ones: Path, tree: Tree, draw: Draw, said: io.StringIO
) -> None:
    before = tree(sorted_ones)
    (album / "0.png").rename(album / "zero.png")
    with Meanwhile(
        until(lambda: "watching" in said.getvalue()),
        lambda: draw(album / "0.png", "blue", variant=43),
        until(lambda: "added as" in said.getvalue()),
    ):
        ran = regroup("watch", album, "--like", sorted_ones, "--into", sorted_ones, "--yes")
    assert '"0.png": "blue", added as "blue/0 (2).png"' in ran.out
    assert "Until this program ends" in ran.err and f'under "{sorted_ones}"' in " ".join(ran.err.split())
    after = tree(sorted_ones)
    assert after["blue/0 (2).png"] == (album / "0.png").read_bytes()
    assert {name: content for name, content in after.items() if name in before} == before
    assert not any(
        name.startswith(("red/zero", "green/1.png (2)")) for name in after
    )  # they were there before
    assert regroup("undo", album).code == 0 and tree(sorted_ones) == before


@pytest.mark.timeout(60)
def test_nobody_agrees_in_silence(album: Path, regroup: Run, sorted_ones: Path, tree: Tree) -> None:
    before = tree(sorted_ones)
    ran = regroup("watch", album, "--like", sorted_ones, "--into", sorted_ones)
    assert ran.code == 2 and "agree with --yes" in ran.err and tree(sorted_ones) == before


def test_a_grouping_that_was_made_before_grows(
    album: Path, regroup: Run, draw: Draw, said: io.StringIO
) -> None:
    regroup("cluster", album, "--by", "colour")
    with Meanwhile(
        until(lambda: "watching" in said.getvalue()),
        lambda: draw(album / "came.png", "green", variant=44),
        until(lambda: '"came.png"' in said.getvalue()),
    ):
        ran = regroup("watch", album, "--like", "colour")
    assert '"came.png": "green"' in ran.out


def test_a_half_written_file_is_waited_for(
    album: Path, regroup: Run, draw: Draw, tmp_path: Path, said: io.StringIO
) -> None:
    regroup("cluster", album, "--by", "colour")
    whole = draw(tmp_path / "whole.png", "blue", variant=45).read_bytes()

    def write() -> None:
        with (album / "slow.png").open("wb") as file:
            for at in range(0, len(whole), max(1, len(whole) // 8)):
                file.write(whole[at : at + max(1, len(whole) // 8)])
                file.flush()
                time.sleep(0.15)

    with Meanwhile(
        until(lambda: "watching" in said.getvalue()), write, until(lambda: '"slow.png"' in said.getvalue())
    ):
        ran = regroup("watch", album, "--like", "colour")
    assert '"slow.png": "blue"' in ran.out and "cannot be read" not in ran.out


def test_an_empty_folder_is_waited_for(
    tmp_path: Path, regroup: Run, sorted_ones: Path, draw: Draw, said: io.StringIO
) -> None:
    (tmp_path / "incoming").mkdir()
    with Meanwhile(
        until(lambda: "waiting for one" in said.getvalue()),
        lambda: draw(tmp_path / "incoming" / "first.png", "red", variant=46),
        until(lambda: "watching" in said.getvalue()),
    ):
        ran = regroup("watch", tmp_path / "incoming", "--like", sorted_ones)
    assert ran.code == 130 and "1 picture here already" in ran.err


def test_what_is_no_grouping_and_no_folder_is_refused(album: Path, regroup: Run) -> None:
    assert 'no grouping and no folder "nonsense"' in regroup("watch", album, "--like", "nonsense").complaint(
        2
    )


def test_without_its_extra_it_says_in_one_line_what_to_do(
    album: Path, regroup: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    complaint = regroup("watch", album, "--like", "colour").complaint(2)
    assert 'pip install "watchfiles' in complaint


@pytest.mark.skipif(os.name == "nt", reason="sends a signal")
def test_ctrl_c_ends_it_within_a_second(album: Path, regroup: Run, tmp_path: Path) -> None:
    regroup("cluster", album, "--by", "colour")
    running = subprocess.Popen(
        [sys.executable, "-m", "assistant", "watch", str(album), "--like", "colour"],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3]), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    try:
        assert "watching" in running.stdout.readline()
        begun = time.monotonic()
        running.send_signal(signal.SIGINT)
        running.wait(10)
        assert time.monotonic() - begun < 1.0 and running.returncode == 130
    finally:
        running.kill()
