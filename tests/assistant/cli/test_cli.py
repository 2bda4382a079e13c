"""The command line: what it does."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.cli import main

Run = Callable[..., Any]
Tree = Callable[[Path], dict[str, bytes]]
Groups = dict[str, set[str]]


def test_help_answers_at_once(process: Run) -> None:
    def timed() -> float:
        start = time.perf_counter()
        assert process("--help").code == 0
        return time.perf_counter() - start

    assert min(timed() for _ in range(3)) < 0.5


def test_help_loads_nothing_heavy(process: Run, tmp_path: Path) -> None:
    code = (
        "import sys; from assistant.cli import main; main(['--help']); main(['cluster', '--help']);"
        "print(sorted(sys.modules.keys() & {'torch', 'textual', 'langgraph', 'numpy', 'PIL', 'pydantic', 'scipy',"
        " 'sklearn', 'transformers', 'langchain_core'}))"
    )
    import subprocess

    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_app_loads_nothing_heavy_before_its_first_paint() -> None:
    """The first paint waits for what its modules import."""
    code = (
        "import sys; from assistant.settings import Settings; from assistant.tui.app import RegroupApp;"
        "print(sorted(sys.modules.keys() & {'torch', 'langgraph', 'numpy', 'PIL', 'scipy', 'sklearn', 'networkx',"
        " 'langchain_core', 'assistant.desk', 'tools.scan.collection'}))"
    )
    import subprocess

    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_help_names_every_command(regroup: Run) -> None:
    said = regroup("--help")
    assert said.code == 0 and said.err == ""
    for command in ("chat", "cluster", "propose", "export", "undo", "bench", "models", "doctor", "demo"):
        assert f"\n  {command} " in said.out
        own = regroup(command, "-h")
        assert own.code == 0 and own.out.startswith(f"Usage: regroup {command} ")


def test_without_a_command_the_help_is_shown(regroup: Run) -> None:
    said = regroup()
    assert (said.code, said.out) == (2, "")
    assert "Commands:" in said.err


def test_version(regroup: Run) -> None:
    said = regroup("--version")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("regroup ")


def test_cluster_json(album: Path, regroup_all: Run, by_colour: Groups) -> None:
    (album / "notes.txt").write_text("no picture")
    (album / "copy.png").write_bytes((album / "8.png").read_bytes())
    (album / ".hidden.png").write_bytes((album / "7.png").read_bytes())
    said = regroup_all("cluster", album, "--by", "colour", "--json")
    assert (said.code, said.err) == (0, "")
    document = said.document
    assert said.groups == by_colour
    assert document["piles"] == {"unsorted": [], "unreadable": ["notes.txt"], "duplicates": ["copy.png"]}
    assert (document["criterion"], document["clustering"], document["k"]) == ("colour", "colour", 3)
    assert (document["method"], document["tier"], document["sure"]) == ("kmeans", "bundled", True)
    assert document["model_calls"] == 18  # nine images, two experts
    assert document["seconds"] > 0


def test_a_second_time_nothing_is_looked_at_and_the_clusters_are_equal(album: Path, regroup_all: Run) -> None:
    first, second = (
        regroup_all("cluster", album, "--by", "shape", "--seed", 1, "--json").document for _ in range(2)
    )
    assert second["model_calls"] == 0
    assert second["clusters"] == first["clusters"]


def test_the_same_seed_groups_the_same_in_two_workspaces(
    album: Path, regroup_all: Run, tmp_path: Path
) -> None:
    one, other = (
        regroup_all(
            "--workspace", tmp_path / name, "cluster", album, "--by", "style", "--groups", 4, "--json"
        ).document
        for name in ("one", "other")
    )
    assert one["clusters"] == other["clusters"]
    assert one["model_calls"] == other["model_calls"] > 0


def test_cluster_for_people(album: Path, regroup: Run) -> None:
    said = regroup("cluster", album, "--by", "colour", "--groups", 3)
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    assert lines[0] == "colour: 3 groups"
    assert {line.split()[1] for line in lines[1:4]} == {"red", "green", "blue"}
    assert lines[-1].endswith(" s, 9 model calls")


def test_values_that_no_model_chooses_from_are_said_to_change_nothing(album: Path, regroup: Run) -> None:
    said = regroup("cluster", album, "--by", "colour", "--values", "red,blue")
    assert said.code == 0 and "so --values changed nothing" in said.err and "sort into A, B" in said.err


def test_what_nobody_sees_is_said(album: Path, regroup_all: Run) -> None:
    said = regroup_all("cluster", album, "--by", "brand", "--groups", 2)
    assert said.out.startswith("I cannot see brand yet; these groups come from plain image features.\n")
    assert regroup_all("cluster", album, "--by", "brand", "--json").document["sure"] is False


def test_propose(album: Path, regroup: Run) -> None:
    document = regroup("propose", album, "--json").document
    assert document["criteria"][0]["criterion"] == "colour"
    groups = document["criteria"][0]["groups"]
    assert {(group["name"], group["size"]) for group in groups} == {("red", 3), ("green", 3), ("blue", 3)}
    examples = {group["name"]: sorted(group["examples"]) for group in groups}
    assert examples["red"] == ["0.png", "3.png", "6.png"]
    named = regroup("propose", album, "--own", "car brand", "--json").document["criteria"]
    assert (named[0]["criterion"], named[0]["own"]) == ("car brand", True)
    assert (named[1]["criterion"], named[1]["own"]) == ("colour", False)
    assert "colour" in regroup("propose", album).out.splitlines()[0]


def test_in_a_process_of_its_own_stdout_is_json_and_the_undo_of_a_move_needs_no_memory(
    album: Path, tmp_path: Path, process: Run, tree: Tree, by_colour: Groups
) -> None:
    before = tree(album)
    said = process("cluster", album, "--by", "colour", "--json")
    assert said.code == 0
    assert said.groups == by_colour
    assert set(said.err.splitlines()) <= {
        "regroup: loading the models",
        "regroup: face weights are not here: run `regroup models fetch face`",
    }
    moved = process("export", album, "colour", "--to", tmp_path / "out", "--mode", "move", "--yes")
    assert moved.code == 0 and tree(album) == {}
    back = process("undo", album)
    assert (back.code, back.err) == (0, "")
    assert back.out.startswith(f"undone: moved 9 images to {tmp_path / 'out'} (") and "9 put back" in back.out
    assert tree(album) == before and not (tmp_path / "out").exists()


def test_in_a_process_of_its_own_a_refusal_is_one_line_and_a_code(tmp_path: Path, process: Run) -> None:
    assert "There is no folder" in process("cluster", tmp_path / "missing", "--by", "x").complaint(2)
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    failed = process("--workspace", tmp_path / "file" / "x", "cluster", tmp_path / "folder", "--by", "x")
    assert "cannot write the workspace" in failed.complaint(1)


def test_bench(album: Path, regroup: Run, by_colour: Groups) -> None:
    rows = [f"{file},{colour}" for colour, files in by_colour.items() for file in sorted(files)]
    (album / "labels.csv").write_text("\n".join(["file,colour", *rows]))
    arguments = ("bench", album, "--groups", "truth", "--method", "kmeans", "--seeds", 1)
    said = regroup(*arguments, "--json")
    assert (said.code, said.err) == (0, "")
    (row,) = said.document["rows"]
    assert (row["criterion"], row["nmi"], row["acc"], row["k"]) == ("colour", 1, 1, 3)
    assert (row["folder"], row["method"], row["images"]) == ("album", "kmeans", 9)
    table = regroup(*arguments).out.splitlines()
    assert len(table) == 2 and table[0].split()[:4] == ["folder", "criterion", "method", "asked"]
    assert table[1].split()[:5] == ["album", "colour", "kmeans", "0", "1.000"]


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("--by", "mood"), 'has no column "mood"; there are: colour'),
        (("--method", "magic"), 'there is no method "magic"'),
        (("--questions", "1,x"), '--questions "1,x" is not a list of numbers; write it like 0,16,64'),
        (("--questions", "-1"), "has a negative number"),
        (("--seeds", "0"), "0 is not in the range"),
        (("--groups", "seven"), "'seven' is not one of 'truth', 'auto'"),
    ],
)
def test_a_bench_that_cannot_be(options: tuple[str, ...], line: str, album: Path, regroup: Run) -> None:
    (album / "labels.csv").write_text("file,colour\n0.png,red\n")
    assert line in regroup("bench", album, *options, "--json").complaint(2)


def test_a_bench_without_labels_and_without_folders(album: Path, regroup: Run) -> None:
    assert "labels.csv: No such file" in regroup("bench", album).complaint(2)
    assert "Missing argument 'FOLDERS...'" in regroup("bench").complaint(2)


def test_models(process: Run, tmp_path: Path) -> None:
    said = process("models", XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert (said.code, said.err) == (0, "")
    assert "face weights are not here: run `regroup models fetch face`" in said.out
    offline = process("models", "fetch", "face", XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert "fetching is switched off (offline)" in offline.complaint(1)
    gone = process("models", "remove", "face", XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert (gone.code, gone.out) == (0, "0 files of face deleted\n")


@pytest.mark.parametrize(("name", "optional", "code"), [("face", True, 0), ("object", False, 1)])
def test_doctor(name: str, optional: bool, code: int, regroup: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only how it reports; what it finds is tested with it."""
    from assistant.cli import doctor

    row = {"name": name, "ok": False, "optional": optional, "seconds": 0.5, "text": "is not here"}
    monkeypatch.setattr(doctor, "examine", lambda settings, progress: [row])
    said = regroup("doctor", "--json")
    assert (said.code, said.err, said.document) == (code, "", {"checks": [row]})
    assert regroup("doctor").out == f"{'no  ' if optional else 'FAIL'} {name:<22}   0.50 s  is not here\n"


def test_whoever_stops_reading_is_no_error(monkeypatch: pytest.MonkeyPatch, album: Path) -> None:
    def closed(*_: object, **__: object) -> None:
        raise BrokenPipeError

    from assistant.cli import output

    monkeypatch.setattr(output, "show", closed)
    monkeypatch.setattr(sys, "stderr", open(os.devnull, "w"))  # noqa: SIM115, PTH123 - it is closed by the command
    assert main(["--workspace", str(album.parent / "w"), "--offline", "propose", str(album)]) == 1
    assert sys.stderr.closed


def test_an_error_of_the_disk_is_one_line(regroup: Run, album: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from assistant.desk import grouping

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "/somewhere")

    monkeypatch.setattr(grouping, "group", lambda *_, **__: full())
    assert '"/somewhere": No space left on device' in regroup("cluster", album, "--by", "colour").complaint(1)


@pytest.mark.parametrize(
    "error",
    [ImportError("libx.so: failed to map segment from shared object"), MemoryError()],
    ids=["library", "memory"],
)
def test_too_little_memory_is_one_line(
    regroup: Run, album: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    from assistant.desk import grouping

    def full(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(grouping, "group", full)
    assert "memory" in regroup("cluster", album, "--by", "colour").complaint(1)
