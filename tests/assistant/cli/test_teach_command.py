"""The commands teach, answers and log, as users run them."""

import io
from pathlib import Path
from typing import Any

import pytest

Run = Any


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What stands in the pipe."""
    return lambda *lines: monkeypatch.setattr(
        "sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines))
    )


def test_a_lesson_in_a_pipe(regroup: Run, album: Path, typed: Any) -> None:
    typed("1", "s", "2")
    said = regroup("teach", album, "--by", "colour", "--questions", "3")
    assert said.code == 0 and said.out.splitlines()[0].startswith("1/3  colour of #")
    assert "answer" in said.out.splitlines()[-1] and "colour: " in said.out.splitlines()[-1]
    events = regroup("log", album, "--json").document["events"]
    assert [event["kind"] for event in events][:2] == ["group", "answer"]
    assert all(event["in_force"] for event in events)
    regroup("undo", album)
    lines = regroup("log", album).out.splitlines()
    assert lines[-1].endswith(f"undo: {events[-1]['text']}") and f"({events[-1]['text']})" in lines[-2]


def test_a_criterion_that_no_model_sees_is_said_to_be_one(regroup: Run, album: Path, typed: Any) -> None:
    typed("n spades")
    said = regroup("teach", album, "--by", "suit", "--groups", "3").out
    assert said.startswith("I cannot see this yet: ")
    assert "spades" in said.splitlines()[-1]


def test_answers_are_exported_and_imported(regroup: Run, album: Path, typed: Any, tmp_path: Path) -> None:
    typed("crimson", "q")
    regroup("teach", album, "--by", "colour")
    file = tmp_path / "answers.csv"
    assert regroup("answers", album, "--by", "colour", "--export", file).out == f"1 answer in {file}\n"
    assert file.read_text().splitlines()[1].endswith(",colour,crimson,,,")
    assert "already exists" in regroup("answers", album, "--by", "colour", "--export", file).complaint(2)
    other = tmp_path / "other"
    taken = regroup("--workspace", other, "answers", album, "--by", "colour", "--import", file)
    assert taken.code == 0 and taken.out.startswith("1 answer taken; colour: ")
    assert "crimson" in regroup("--workspace", other, "cluster", album, "--by", "colour").out


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["answers", "{album}", "--by", "colour"], "say either --export FILE or --import FILE"),
        (["answers", "{album}", "--by", "colour", "--import", "{album}/no.csv"], "cannot read"),
        (["answers", "{album}", "--by", "colour", "--import", "{album}/0.png"], "cannot read"),
        (
            ["answers", "{album}", "--by", "colour", "--export", "{album}/../x.csv"],
            'there is no clustering "colour"',
        ),
        (["teach", "{album}", "--by", " "], "there is no criterion"),
        (["log", "{album}/nothing"], "folder"),
    ],
)
def test_what_cannot_be_done_is_one_line(regroup: Run, album: Path, arguments: list[str], line: str) -> None:
    said = regroup(*(argument.replace("{album}", str(album)) for argument in arguments))
    assert line in said.complaint(2)


def test_before_anything_was_done_the_log_says_so(regroup: Run, album: Path) -> None:
    assert regroup("log", album).out == "nothing has been done yet\n"
