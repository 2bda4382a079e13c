"""Measuring methods on drawn folders whose truth is known."""

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant.bench import runner as module
from assistant.bench.report import write_report
from assistant.bench.runner import BEST_VIEW, MEASURES, Task, read_labels, run_bench
from assistant.settings import Settings
from tools.errors import RegroupError, UsageError
from tools.fuse.registry import METHODS
from tools.models.bundled import tier
from tools.models.ports import Expert

FIELDS = {
    "folder", "criterion", "method", "questions", "groups", "k", "k_true", "images", "seconds", "model_calls",
    "look_seconds", "peak_mb", "seeds", "asked", "tier", "models", "described", "judge_calls", "options", "runs",
    "version", "code", "command", *MEASURES, *(f"{measure}_sd" for measure in MEASURES),
}  # fmt: skip
Draw = Callable[..., Path]
Write = Callable[..., Path]


@pytest.fixture
def settings(tmp_path: Path, experts: list[Expert], monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(tier, "experts", lambda store: list(experts))
    return Settings(workspace=tmp_path / "workspace", offline=True)


@pytest.fixture
def labels() -> Write:
    """Writes labels.csv of the album: colour and shape."""

    def write(folder: Path, extra: tuple[str, ...] = (), skip: tuple[int, ...] = ()) -> Path:
        rows = [
            f"{i}.png,{('red', 'green', 'blue')[i % 3]},{('circle', 'square', 'triangle')[i // 3]}"
            for i in range(9)
        ]
        kept = [row for i, row in enumerate(rows) if i not in skip]
        (folder / "labels.csv").write_text("\n".join(["file,colour,shape", *kept, *extra]) + "\n", "utf-8")
        return folder

    return write


def test_colours_of_drawn_pictures_are_perfect(album: Path, labels: Write, settings: Settings) -> None:
    rows = run_bench(
        Task((labels(album),), by=("colour",), groups="truth", methods=("kmeans",), seeds=2), settings
    )
    (row,) = rows
    assert set(row) == FIELDS
    assert [row[measure] for measure in MEASURES] == [1] * len(MEASURES)
    assert [row[f"{measure}_sd"] for measure in MEASURES] == [0] * len(MEASURES)
    assert (row["folder"], row["criterion"], row["method"], row["groups"]) == (
        "album",
        "colour",
        "kmeans",
        "truth",
    )
    assert (row["k"], row["k_true"], row["images"], row["questions"]) == (3, 3, 9, 0)
    assert row["model_calls"] == 18  # two experts
    assert (row["asked"], row["tier"], row["described"], row["judge_calls"]) == ("auto", "bundled", 0, 0)
    assert set(row["models"]) == {"object", "colour"} and row["options"] == {}
    assert row["runs"] == {measure: [1, 1] for measure in MEASURES}
    assert row["peak_mb"] == pytest.approx(module.peak_mb(), rel=0.5)


def test_every_method_has_a_row(album: Path, labels: Write, settings: Settings) -> None:
    rows = run_bench(Task((labels(album),), by=("colour",), groups="truth", seeds=1), settings)
    assert [row["method"] for row in rows] == [*(name for name in METHODS if name != "taught"), BEST_VIEW]


def test_every_column_method_and_number_of_questions_has_a_row_and_looking_is_done_once(
    album: Path, labels: Write, settings: Settings
) -> None:
    methods = ("kmeans", "tac")
    task = Task((labels(album),), methods=methods, questions=(0, 3), seeds=1)
    rows = run_bench(task, settings)
    assert [(row["criterion"], row["method"], row["questions"]) for row in rows] == [
        (criterion, method, count)
        for criterion in ("colour", "shape")
        for method in methods
        for count in (0, 3)
    ]
    assert {row["model_calls"] for row in run_bench(task, settings)} == {0}


def test_answers_never_make_a_grouping_of_drawn_colours_worse(
    album: Path, labels: Write, settings: Settings
) -> None:
    task = Task(
        (labels(album),), by=("colour",), groups="truth", methods=("kmeans",), questions=(0, 9), seeds=2
    )
    none, all_ = run_bench(task, settings)
    assert all_["nmi"] == 1 >= none["nmi"]  # type: ignore[operator]


def test_an_unreadable_picture_is_an_error_and_an_unlabelled_one_is_not_counted(
    album: Path, labels: Write, settings: Settings
) -> None:
    labels(album, skip=(1,))
    whole = (album / "0.png").read_bytes()
    (album / "0.png").write_bytes(whole[: len(whole) // 2])  # found out when it is decoded
    (album / "3.png").write_bytes(b"no picture")  # found out by the scan
    task = Task((album,), by=("colour",), groups="truth", methods=("kmeans",), seeds=1)
    for _ in range(2):  # also when it is known
        (row,) = run_bench(task, settings)
        assert (row["images"], row["k_true"]) == (8, 3)
        assert row["acc"] == pytest.approx(6 / 8)
        assert row["nmi"] < 1  # type: ignore[operator]


def test_what_has_no_label_under_one_criterion_may_have_one_under_another(
    album: Path, settings: Settings
) -> None:
    (album / "labels.csv").write_text("file,colour,odd\n0.png,red,\n1.png,green,x\n2.png,,y\n", "utf-8")
    rows = run_bench(Task((album,), methods=("kmeans",), seeds=1), settings)
    assert [(row["criterion"], row["images"]) for row in rows] == [("colour", 2), ("odd", 2)]


def test_labels_beside_the_folder(album: Path, labels: Write, settings: Settings) -> None:
    folder = album.rename(album.with_name("my.album"))
    labels(folder)
    (folder / "labels.csv").rename(folder.with_name("my.album.csv"))
    assert (
        run_bench(Task((folder,), by=("colour",), methods=("kmeans",), seeds=1), settings)[0]["folder"]
        == "my.album"
    )


def test_the_current_folder_has_its_name(
    album: Path, labels: Write, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels(album)
    monkeypatch.chdir(album)
    assert (
        run_bench(Task((Path(),), by=("colour",), methods=("kmeans",), seeds=1), settings)[0]["folder"]
        == "album"
    )


def test_nothing_is_recorded_and_an_open_collection_can_be_measured(
    album: Path, labels: Write, settings: Settings
) -> None:
    from assistant.desk import Desk

    labels(album)
    with Desk.open(album, settings) as desk:
        desk.grouping.group("colour")
        run_bench(Task((album,), by=("shape",), methods=("kmeans",), seeds=1), settings)
        assert [event.kind for event in desk.shelf.log()] == ["group"]
        assert [made.id for made in desk.clusterings.all()] == ["colour"]


def test_labels_are_read_by_the_scorer_alone(
    album: Path, labels: Write, settings: Settings, draw: Draw
) -> None:
    task = {"groups": "auto", "methods": ("kmeans",), "by": ("colour",), "seeds": 1}
    labels(album)
    (right,) = run_bench(Task((album,), **task), settings)  # type: ignore[arg-type]
    text = (
        (album / "labels.csv")
        .read_text("utf-8")
        .replace("red", "tmp")
        .replace("green", "red")
        .replace("tmp", "green")
    )
    (album / "labels.csv").write_text(text, "utf-8")
    (swapped,) = run_bench(Task((album,), **task), settings)  # type: ignore[arg-type]
    assert {name: right[name] for name in MEASURES} == {name: swapped[name] for name in MEASURES}
    (album / "labels.csv").write_text(text.replace("red", "green"), "utf-8")
    (merged,) = run_bench(Task((album,), **task), settings)  # type: ignore[arg-type]
    assert (merged["k"], merged["k_true"]) == (3, 2)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"by": ("mood",)}, r'labels.csv has no column "mood"; there are: colour, shape'),
        ({"methods": ("magic",)}, 'there is no method "magic"; choose one of'),
        ({"folders": (Path("nowhere"),)}, "cannot read nowhere/labels.csv: No such file"),
    ],
)
def test_a_wrong_request_is_refused(
    change: dict[str, Any], line: str, album: Path, labels: Write, settings: Settings
) -> None:
    with pytest.raises(UsageError, match=line):
        run_bench(Task(**({"folders": (labels(album),)} | change)), settings)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", "needs a column `file`"),
        (b"name,colour\n0.png,red\n", "needs a column `file`"),
        (b"file\n0.png\n", "needs a column `file`"),
        (b"file,colour\n0.png,gr\xfcn\n", "is not a CSV file in UTF-8"),
        (b"file,colour\nelsewhere.png,red\n", "names no image of that folder; write paths relative to it"),
        (b"file,colour\n0.png,\n", "names no image of that folder"),
        (b"file,colour\n", "names no image of that folder"),
    ],
)
def test_labels_that_are_of_no_use_are_told(
    content: bytes, line: str, album: Path, settings: Settings
) -> None:
    (album / "labels.csv").write_bytes(content)
    with pytest.raises(UsageError, match=line):
        run_bench(Task((album,), seeds=1), settings)


def test_reading_labels(tmp_path: Path) -> None:
    with (tmp_path / "labels.csv").open("w", newline="", encoding="utf-8-sig") as file:
        rows = [
            ["file", "mood", "hair"],
            ["a,b.png", "sad", "grün"],
            ['"q".png', "happy"],
            ["c.png", "", "x", "y"],
        ]
        csv.writer(file).writerows(rows)
    assert read_labels(tmp_path) == {
        "mood": {"a,b.png": "sad", '"q".png': "happy", "c.png": ""},
        "hair": {"a,b.png": "grün", '"q".png': "", "c.png": "x"},
    }


def test_k_given_and_found_and_a_method_that_cannot_run_are_all_in_the_report(
    album: Path, labels: Write, settings: Settings, tmp_path: Path
) -> None:
    task = Task(
        (labels(album),), by=("colour",), groups="both", methods=("kmeans", "multi_sub", BEST_VIEW), seeds=1
    )
    rows = run_bench(task, settings)
    assert [row["groups"] for row in rows] == ["truth"] * 3 + ["auto"] * 3
    lacking = [row for row in rows if "reason" in row]
    assert {row["method"] for row in lacking} == {"multi_sub"} and "nmi" not in lacking[0]
    best = rows[2]
    assert best["nmi"] == max(best["views"].values()) and best["view"] in best["views"]

    write_report(tmp_path / "report.md", rows)
    text = (tmp_path / "report.md").read_text("utf-8")
    assert "## album: colour" in text and "| kmeans | 1 | 1.000 |" in text
    assert "| kmeans | given | 0 | 1.000 ± 0.000 |" in text
    assert f"| multi_sub | {lacking[0]['reason']} | album colour |" in text


def test_the_report_tells_each_learner_by_its_answers(
    album: Path, labels: Write, settings: Settings, tmp_path: Path
) -> None:
    task = Task((labels(album),), by=("colour",), methods=("taught", "random"), questions=(0, 2, 4), seeds=1)
    rows = run_bench(task, settings)
    rows += run_bench(replace(task, methods=("taught",), questions=(4,), wrong=0.5), settings)
    write_report(tmp_path / "report.md", rows)
    text = (tmp_path / "report.md").read_text("utf-8")
    assert "| learner | k | criteria | 0 | 2 | 4 |" in text and "Means over criteria" not in text
    nmi = {(row["method"], row.get("wrong", 0), row["questions"]): f"{row['nmi']:.3f}" for row in rows}
    told = " | ".join(nmi["taught", 0, count] for count in (0, 2, 4))
    assert f"| taught | found | 1 | {told} |" in text
    assert f"| taught, 50% wrong | found | 1 |  |  | {nmi['taught', 0.5, 4]} |" in text
    assert "| random | found | 4 |" in text


def test_a_report_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(RegroupError, match="cannot write"):
        write_report(tmp_path / "no" / "report.md", [])
