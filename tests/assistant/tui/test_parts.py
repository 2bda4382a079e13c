"""The parts without a terminal: texts, board data, jobs, sizes of pictures."""

from pathlib import Path

import numpy as np
import pytest
from textual.content import Content

from assistant.chat.job import Job
from assistant.text.formatting import size
from assistant.text.greeting import greeting
from assistant.tui.board_data import board_data
from assistant.tui.picture_mode import detect_picture_mode, fit_cells
from assistant.tui.screens.base import describe_error
from assistant.tui.screens.export_screen import ExportFacts, export_text
from assistant.tui.styled_text import foreign, foreign_lines, hanging, percent_bar
from assistant.tui.terminal_answers import TerminalAnswers
from assistant.tui.widgets.status_line import job_line
from tools.clustering.clustering import Cluster, Clustering
from tools.errors import Cancelled, UsageError
from tools.names import amount
from tools.scan.collection import Collection, Duplicate, ImageFile, Unreadable


def collection(n: int) -> Collection:
    images = tuple(ImageFile(f"{i:064}", Path(f"{i}.png"), 10, 4, 3) for i in range(n))
    return Collection(
        Path("/photos"),
        images,
        (Duplicate(Path("again.png"), images[0].sha256),),
        (Unreadable(Path("bad.jpg"), "truncated"),),
    )


def clustering(files: Collection, clusters: int, sure: bool = True) -> Clustering:
    labels = np.arange(len(files), dtype=np.int32) % (clusters + 1) - 1
    confidence = np.full(len(files), 0.5, np.float32)
    named = tuple(Cluster(f"c{i + 3}", f"group {i}") for i in range(clusters))
    return Clustering("colour", "Colour", files.ids, named, labels, confidence, sources=("hue",), sure=sure)


def test_foreign_text_is_never_markup_and_hides_nothing() -> None:
    assert foreign("[bold]x[/]\u202egpj").plain == "[bold]x[/]\\u202egpj"
    assert foreign("a\nb").plain == "a\\nb"
    assert foreign_lines("a\nb\x1b[31m").plain == "a\nb\\x1b[31m"


def test_figures() -> None:
    assert [amount(1, "image"), amount(1204, "image"), amount(0, "copy", "copies")] == [
        "1 image",
        "1,204 images",
        "0 copies",
    ]
    assert [size(812), size(3_400_000), size(0)] == ["812 B", "3.4 MB", "0 B"]
    assert percent_bar(0.62).plain == "━━━━━───  62 %"
    assert percent_bar(7).plain.endswith("100 %")


def test_the_board_is_one_pass_over_a_clustering() -> None:
    files = collection(10)
    made = clustering(files, 2)
    data = board_data(files, [made], made)
    assert [(row.number, row.cluster, row.size) for row in data.rows] == [(1, "c3", 3), (2, "c4", 3)]
    assert [(pile.kind, pile.count) for pile in data.piles] == [
        ("unsorted", 4),
        ("unreadable", 1),
        ("duplicates", 1),
    ]
    assert data.rows[0].confidence == pytest.approx(0.5)
    assert data.rows[0].exemplars == made.members("c3")
    assert data.note == "from hue"
    assert "no model" in board_data(files, [made], clustering(files, 2, sure=False)).note


def test_a_board_of_many_clusters_has_few_pictures() -> None:
    files = collection(300)
    made = clustering(files, 100)
    assert {len(row.exemplars) for row in board_data(files, [made], made).rows} == {1}


def test_an_empty_board_still_has_piles() -> None:
    data = board_data(collection(3), [], None)
    assert data.rows == () and [pile.kind for pile in data.piles] == ["unreadable", "duplicates"]


def test_the_greeting_says_what_is_there() -> None:
    said = greeting(collection(1204), "group by mood")
    assert said.startswith("/photos: 1,204 images, 1 duplicate, 1 unreadable file.")
    assert "Could not be read: " in said
    assert said.endswith("Try: group by mood")


def test_a_job_has_a_rate_and_can_be_cancelled() -> None:
    now = [0.0]
    job = Job("looking", lambda: now[0])
    job("looking", 0, 100)
    now[0] = 2.0
    job("looking", 50, 100)
    assert job.state == ("looking", 50, 100, 25.0)
    assert job_line(job).plain == "looking ━━━━──── 50 of 100, 25/s, 2 s left  ctrl+c cancels"
    job.pause(True)
    now[0] = 500.0
    assert job_line(job).plain == "looking ━━━━──── 50 of 100  paused, ctrl+s resumes"
    job.pause(False)
    assert job.state == ("looking", 50, 100, 25.0)  # the time that it was held is no work
    job("naming", 0, 0)
    assert job.state[:3] == ("naming", 0, 0)
    job.cancel()
    assert job_line(job).plain == "stopping (naming)"
    with pytest.raises(Cancelled):
        job("putting files back", 1, 2)
    assert (
        job_line(job).plain == "stopping (putting files back, 1 of 2)"
    )  # it goes on to its end, which is seen


@pytest.mark.parametrize(
    ("picture", "box", "expected"),
    [((100, 100), (10, 10), (10, 5)), ((400, 100), (10, 10), (10, 1)), ((1, 1000), (8, 4), (1, 4))],
)
def test_a_picture_keeps_its_shape(
    picture: tuple[int, int], box: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert fit_cells(*picture, *box) == expected


def test_no_images_asks_the_terminal_nothing() -> None:
    assert detect_picture_mode(False, TerminalAnswers()) == "none"
    assert detect_picture_mode(True, TerminalAnswers()) == "half"


def test_a_plan_of_moving_says_so() -> None:
    left = tuple((f"{i}.txt", "not an image") for i in range(12))
    facts = ExportFacts("/out/by mood", "move", (("happy", 2), ("[b]sad[/b]", 1)), 3, 2048, 2, left)
    shown = export_text(facts).plain
    assert "MOVED out of the folder" in shown
    assert "3 files, 2.0 kB" in shown and "2 names used twice" in shown
    assert "├── [b]sad[/b]/  1" in shown and "and 4 more" in shown


def test_errors_are_one_line() -> None:
    assert describe_error(UsageError("do this")) == "do this"
    assert describe_error(KeyError("x")).startswith("Something went wrong (KeyError: 'x')")


@pytest.mark.parametrize(
    ("line", "width", "expected"),
    [
        ("  1. six images that are sure", 20, ["  1. six images that", "     are sure"]),
        ("  merge 1 and 2   one group of both", 30, ["  merge 1 and 2", "      one group of both"]),
        ("  undo   takes the last step back", 24, ["  undo   takes the last", "         step back"]),
        ("short", 20, ["short"]),
        ("            far too deep", 16, ["            far too deep"]),
        ("plain words go on", 11, ["plain words", "go on"]),
    ],
)
def test_what_is_left_of_a_line_hangs_under_its_beginning(line: str, width: int, expected: list[str]) -> None:
    assert hanging(Content(line), width).plain.split("\n") == expected
