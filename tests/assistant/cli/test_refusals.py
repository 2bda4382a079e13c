"""The command line says no: one line on stderr, nothing on stdout, 2 for a request, 1 for a failure."""

import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.workspace import Workspace
from tests.conftest import REPOSITORY

Run = Callable[..., Any]
Tree = Callable[[Path], dict[str, bytes]]
Groups = dict[str, set[str]]


@pytest.fixture
def bad(tmp_path: Path, album: Path) -> Callable[[str], Path]:
    """Folders that are none, by name."""

    def make(kind: str) -> Path:
        place = tmp_path / kind
        if kind == "empty":
            place.mkdir()
        elif kind == "file":
            place.touch()
        elif kind == "texts":
            place.mkdir()
            for i in range(30):
                (place / f"{i}.txt").write_text("text")
        elif kind == "broken":
            place.mkdir()
            (place / "a.png").write_bytes(b"no picture")
        elif kind == "loop":
            place.symlink_to(place)
        elif kind == "long":
            place = tmp_path / ("x" * 300)
        elif kind == "nobody":
            place = Path("~nobody-has-this-name/pictures")
        elif kind == "hostile":
            place = tmp_path / "a\nb\x1b[31m\u202e\udcff"
        return place

    return make


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("empty", "is empty; give a folder that holds images"),
        ("missing", "There is no folder"),
        ("file", "is a file, not a folder"),
        ("texts", "No image among 30 files"),
        ("broken", "The only image in"),
        ("loop", "cannot be opened"),
        ("long", "File name too long"),
        ("nobody", "cannot be opened"),
        ("hostile", "There is no folder"),
    ],
)
@pytest.mark.parametrize(
    "command",
    [("cluster", "--by", "colour", "--json"), ("propose",), ("export", "colour", "--to", "out"), ("undo",)],
)
def test_a_folder_that_is_none(
    kind: str, line: str, command: tuple[str, ...], bad: Callable[[str], Path], regroup: Run
) -> None:
    said = regroup(command[0], bad(kind), *command[1:]).complaint(2)
    assert line in said
    said.encode("utf-8")
    assert said.isprintable()


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("--by", "colour", "--groups", "0"), "0 is not in the range x>=1; see regroup cluster --help"),
        (("--by", "colour", "--groups", "-3"), "-3 is not in the range"),
        (("--by", "colour", "--groups", "two"), "'two' is not a valid integer"),
        (("--by", "colour", "--groups", "10"), "10 groups cannot be made of 9 images; ask for 1 to 9"),
        (("--by", ""), "there is no criterion; say what to group by"),
        (("--by", " \n "), "there is no criterion"),
        ((), "say what to group by: --by CRITERION, or which folder to sort like: --like SORTED"),
        (("--by", "colour", "--method", "magic"), 'there is no method "magic"; choose one of'),
        (("--by", "colour", "--seed", "-1"), "-1 is not in the range"),
        (("--by", "colour", "--seed", "99999999999"), "99999999999 is not in the range"),
        (("--by", "colour", "--frob"), "No such option '--frob'"),
        (("--by", "colour", "more"), "Got unexpected extra argument (more)"),
    ],
)
@pytest.mark.parametrize("as_json", [(), ("--json",)])
def test_a_request_that_cannot_be_carried_out(
    options: tuple[str, ...], line: str, as_json: tuple[str, ...], album: Path, regroup: Run, tmp_path: Path
) -> None:
    assert line in regroup("cluster", album, *options, *as_json).complaint(2)
    assert not list((tmp_path / "workspace").rglob("*.npy"))  # nobody looked at anything


def test_an_unknown_command(regroup: Run) -> None:
    assert "No such command 'frobnicate'; see regroup --help" in regroup("frobnicate").complaint(2)


@pytest.mark.parametrize("seed", [0, 2**31])
def test_the_smallest_and_the_largest_seed(seed: int, album: Path, regroup: Run) -> None:
    assert regroup("cluster", album, "--by", "colour", "--seed", seed).code == 0


def test_settings_that_are_wrong_are_named(
    album: Path, regroup: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REGROUP_SEED", "many")
    assert "the setting seed is wrong" in regroup("cluster", album, "--by", "colour").complaint(2)
    monkeypatch.delenv("REGROUP_SEED")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "config" / "regroup").mkdir(parents=True)
    (tmp_path / "config" / "regroup" / "regroup.toml").write_text("seed = = 1")
    assert "regroup.toml" in regroup("cluster", album, "--by", "colour").complaint(2)


def test_a_workspace_inside_the_folder_and_one_that_cannot_be_written(
    album: Path, regroup: Run, tmp_path: Path, tree: Tree
) -> None:
    before = tree(album)
    for place in (album, album / "workspace"):
        said = regroup("--workspace", place, "cluster", album, "--by", "colour").complaint(2)
        assert "lies inside the collection" in said
    assert tree(album) == before
    (tmp_path / "file").touch()
    said = regroup("--workspace", tmp_path / "file" / "x", "cluster", album, "--by", "colour").complaint(1)
    assert "cannot write the workspace" in said and "--workspace" in said


def test_a_collection_that_is_open_elsewhere(album: Path, regroup: Run, tmp_path: Path) -> None:
    from assistant.desk import Desk
    from assistant.settings import Settings

    with Desk.open(album, Settings(workspace=tmp_path / "workspace")):
        said = regroup("cluster", album, "--by", "colour").complaint(1)
    assert "is open in another terminal; close it there first" in said
    assert regroup("cluster", album, "--by", "colour").code == 0


def test_a_chat_needs_a_terminal(album: Path, regroup: Run) -> None:
    assert "a chat needs a terminal, and this is not one" in regroup("chat", album).complaint(2)
    assert "nowhere" in regroup("chat", album.parent / "nowhere").complaint(2)  # what is wrong first


def test_bad_weights(regroup: Run) -> None:
    assert 'there is no model "mouth"; there are face' in regroup("models", "fetch", "mouth").complaint(2)
    assert 'there is no model "mouth"; there are face' in regroup("models", "remove", "mouth").complaint(2)


def test_answers_that_are_no_text(album: Path, regroup: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"s\n\xff\xfe\n"), "utf-8"))
    said = regroup("teach", album, "--by", "colour")
    assert (said.code, said.err.count("\n")) == (2, 1) and "stdin is not UTF-8" in said.err


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX closes what is standard")
@pytest.mark.parametrize(
    ("closed", "line"),
    [
        ("<&-", "nothing was done, say --yes"),
        ("<&- >&-", "nothing was done, say --yes"),
        ("<&- >&- 2>&-", ""),
    ],
)
def test_a_command_whose_streams_are_closed(tmp_path: Path, album: Path, closed: str, line: str) -> None:
    workspace = Workspace(tmp_path / "workspace")
    workspace.open(album).close()
    command = [sys.executable, "-m", "assistant", "--workspace", workspace.root, "forget", album]
    own = os.environ | {"PYTHONPATH": str(REPOSITORY), "REGROUP_OFFLINE": "1"}
    ran = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}', "sh", *map(str, command)], env=own, capture_output=True, text=True
    )
    assert ran.returncode == 2 and ran.stdout == ""
    assert line in ran.stderr and len(ran.stderr.splitlines()) == bool(line)
    assert workspace.kept_of(album)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
@pytest.mark.parametrize("arguments", [("--help",), ("methods",), ("log",), ("log", "--json")])
def test_an_output_that_cannot_be_written_is_one_line(
    tmp_path: Path, album: Path, arguments: tuple[str, ...]
) -> None:
    folder = [str(album)] if "log" in arguments else []
    command = [sys.executable, "-m", "assistant", "--workspace", str(tmp_path / "w"), *arguments, *folder]
    with Path("/dev/full").open("w") as full:
        own = os.environ | {"PYTHONPATH": str(REPOSITORY), "REGROUP_OFFLINE": "1"}
        ran = subprocess.run(command, env=own, stdout=full, stderr=subprocess.PIPE, text=True)
    assert ran.returncode == 1
    assert ran.stderr.splitlines() == [
        "regroup: the output, or a file, could not be written: No space left on device; make room, or send the "
        "output somewhere else"
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="file names are Unicode there")
def test_names_that_the_locale_does_not_have_come_back(tmp_path: Path, album: Path) -> None:
    (album / "0.png").rename(album / "F\u00e4hre \u2600.png")
    before, out = sorted(album.iterdir()), tmp_path / "out"
    own = os.environ | {"PYTHONPATH": str(REPOSITORY), "REGROUP_OFFLINE": "1"}
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

    def said(environment: dict[str, str], *arguments: str) -> str:
        command = [sys.executable, "-m", "assistant", "--workspace", str(tmp_path / "w"), *arguments]
        ran = subprocess.run(command, env=environment, capture_output=True)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.decode()

    said(own, "cluster", str(album), "--by", "colour", "--groups", "3")
    said(own, "export", str(album), "colour", "--to", str(out), "--mode", "move", "--yes")
    assert "9 put back" in said(own | plain, "undo", str(album))
    assert sorted(album.iterdir()) == before and not out.exists()
