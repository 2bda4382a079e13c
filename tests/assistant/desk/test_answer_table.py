"""Answers as a table, written and read again."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.desk import Desk
from assistant.desk.answer_table import COLUMNS, parsed, table
from tools.clustering.constraints import CannotLink, Constraint, Label, MustLink
from tools.errors import UsageError
from tools.scan.collection import Collection, ImageFile

SHAS = tuple(f"{i:064x}" for i in range(5))
HERE = Collection(
    Path("/pictures"), tuple(ImageFile(sha, Path(f"{i}.png"), 1, 1, 1) for i, sha in enumerate(SHAS))
)
SAID: list[Constraint] = [Label(SHAS[0], "happy"), MustLink(SHAS[1], SHAS[2]), CannotLink(SHAS[1], SHAS[3])]

name = st.text(st.characters(exclude_categories=("Cs", "Cc", "Z")), min_size=1, max_size=20)


def test_a_row_for_each_answer() -> None:
    lines = table(SAID, "mood", HERE).splitlines()
    assert lines[0] == ",".join(COLUMNS)
    assert lines[1:] == [
        f"{SHAS[0]},0.png,mood,happy,,,",
        f"{SHAS[1]},1.png,mood,,{SHAS[2]},same,2.png",
        f"{SHAS[1]},1.png,mood,,{SHAS[3]},different,3.png",
    ]


@given(name)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_is_read(name: str) -> None:
    said = [Label(SHAS[0], name), *SAID[1:]]
    assert parsed(table(said, "mood", HERE), "Mood", HERE).answers == tuple(said)


def test_a_name_is_no_formula() -> None:
    text = table([Label(SHAS[0], "=1+1")], "mood", HERE)
    assert "'=1+1" in text
    assert parsed(text, "mood", HERE).answers == (Label(SHAS[0], "=1+1"),)


def test_what_is_gone_or_about_something_else_is_counted() -> None:
    text = table([*SAID, Label("f" * 64, "sad")], "mood", HERE)
    read = parsed(text, "mood", HERE)
    assert (len(read.answers), read.gone, read.others) == (3, 1, 0)
    assert parsed(text, "colour", HERE).others == 4


def test_a_file_that_was_saved_anew_is_known_by_its_name() -> None:
    text = f"sha256,file,criterion,group\n{'e' * 64},3.png,mood,sad\n"
    assert parsed(text, "mood", HERE).answers == (Label(SHAS[3], "sad"),)


@pytest.mark.parametrize("column", ["other", "other_file"])
def test_the_second_of_two_that_was_saved_anew_is_known_by_its_name(column: str) -> None:
    text = f"sha256,file,criterion,{column},same\n{SHAS[0]},0.png,mood,3.png,same\n"
    assert parsed(text, "mood", HERE).answers == (MustLink(SHAS[0], SHAS[3]),)
    anew = f"sha256,file,criterion,group,other,same,other_file\n{SHAS[0]},0.png,mood,,{'e' * 64},same,3.png\n"
    assert parsed(anew, "mood", HERE).answers == (MustLink(SHAS[0], SHAS[3]),)
    gone = anew.replace("3.png", "gone.png")
    assert parsed(gone, "mood", HERE).gone == 1


def test_a_table_of_before_is_read() -> None:
    text = f"sha256,file,criterion,group,other,same\n{SHAS[1]},1.png,mood,,{SHAS[3]},different\n"
    assert parsed(text, "mood", HERE).answers == (CannotLink(SHAS[1], SHAS[3]),)


def test_the_name_of_the_second_file_is_no_formula() -> None:
    files = (ImageFile(SHAS[0], Path("0.png"), 1, 1, 1), ImageFile(SHAS[1], Path("=1+1.png"), 1, 1, 1))
    text = table([MustLink(SHAS[0], SHAS[1])], "mood", Collection(Path("/pictures"), files))
    assert text.splitlines()[1].endswith(",same,'=1+1.png")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "this is not a table of answers: the first line must be sha256, file"),
        ("a,b\n1,2\n", "this is not a table of answers"),
        (f"sha256,criterion,group\n{SHAS[0]},mood,\n", "line 2 names neither a group nor another image"),
        (f"sha256,criterion,other,same\n{SHAS[0]},mood,{SHAS[1]},maybe\n", "line 2 must say"),
        (f"sha256,criterion,other,same\n{SHAS[0]},mood,{SHAS[0]},same\n", "names the same image twice"),
    ],
)
def test_what_is_no_answer_is_said(text: str, line: str) -> None:
    with pytest.raises(UsageError, match=line):
        parsed(text, "mood", HERE)


def test_answers_go_to_another_workspace_and_a_grown_folder(
    desk: Desk, open_desk: Callable[[], Desk], pictures: Path, draw: Callable[..., Path]
) -> None:
    desk.grouping.group("colour")
    desk.questions.answer(["#1"], "rot")
    desk.editing.link(["#2", "#3"])
    text = table(desk.questions.answers(), "colour", desk.collection)
    for _ in range(3):
        desk.history.undo()
    draw(pictures / "new.png", "yellow")
    again = open_desk()
    again.grouping.group("colour")
    made = again.questions.take_answers(parsed(text, "colour", again.collection).answers)
    red, a, b = again.find_images(["img-000", "img-001", "img-002"])
    assert made.clusters[made.label_of(red)].name == "rot"
    assert made.label_of(a) == made.label_of(b)
    assert again.history.undo() == "undone: took over 2 answers"


@pytest.mark.parametrize(
    "file", ["a  b.png", "\udcff.png", "new\nline.png", "\u202egnp.exe.png", "=1+1.png", "'-x.png"]
)
def test_files_of_any_name_are_known_by_it_when_they_were_saved_anew(file: str) -> None:
    before = Collection(Path("/pictures"), (ImageFile(SHAS[0], Path(file), 1, 1, 1),))
    after = Collection(Path("/pictures"), (ImageFile(SHAS[1], Path(file), 1, 1, 1),))
    text = table([Label(SHAS[0], "'=happy")], "mood", before)
    assert len(text.encode("utf-8").splitlines()) == 2
    assert parsed(text, "mood", after).answers == (Label(SHAS[1], "'=happy"),)
