"""What a benchmark keeps: it goes on where it was stopped, and one method's fault costs no other's row."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.bench import results as kept
from assistant.bench import runner as module
from assistant.bench.report import write_report
from assistant.bench.results import Results
from assistant.bench.runner import Task, run_bench
from assistant.settings import Settings
from tools.errors import Cancelled, RegroupError
from tools.group import group
from tools.models.bundled import tier
from tools.models.ports import Expert
from tools.request import Request

ABOUT = {"folder": "album", "criterion": "colour", "method": "kmeans", "questions": 0, "groups": "truth"}


@pytest.fixture
def settings(tmp_path: Path, experts: list[Expert], monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(tier, "experts", lambda store: list(experts))
    return Settings(workspace=tmp_path / "workspace", offline=True)


@pytest.fixture
def task(album: Path) -> Task:
    rows = [f"{i}.png,{('red', 'green', 'blue')[i % 3]}" for i in range(9)]
    (album / "labels.csv").write_text("\n".join(["file,colour", *rows]) + "\n", "utf-8")
    return Task((album,), groups="truth", methods=("kmeans", "tac", "concatenated"), seeds=1)


def faulty(broken: str, error: BaseException) -> Callable[..., Any]:
    """`group` that fails for one method."""

    def wrapped(request: Request) -> Any:
        if request.method == broken:
            raise error
        return group(request)

    return wrapped


def test_a_stopped_run_goes_on_and_a_faulty_method_costs_no_other_row(
    task: Task, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.jsonl"
    monkeypatch.setattr(module, "group", faulty("tac", Cancelled("stopped")))
    for _ in range(3):  # stopped by the user, so it is begun again however often
        with pytest.raises(Cancelled):
            run_bench(task, settings, results=Results(path))
    first = Results(path).rows()
    assert [row["method"] for row in first] == ["kmeans"]

    monkeypatch.setattr(module, "group", faulty("tac", ValueError("two\nlines")))
    rows = run_bench(task, settings, results=Results(path))
    assert [row["method"] for row in rows] == ["kmeans", "tac", "concatenated"]
    assert rows[0] == first[0]
    assert rows[1]["reason"] == "failed: ValueError: two lines" and "nmi" in rows[2]

    monkeypatch.setattr(module, "group", faulty("kmeans", AssertionError("measured twice")))
    assert run_bench(task, settings, results=Results(path)) == rows
    monkeypatch.setattr(kept, "code", lambda: "mended")  # what failed is tried again, the rest stands
    again = run_bench(task, settings, results=Results(path))
    assert "nmi" in again[1] and [again[0], again[2]] == [rows[0], rows[2]]

    write_report(tmp_path / "report.md", Results(path).rows())
    assert "1 of 3 rows were measured with other code" in (tmp_path / "report.md").read_text("utf-8")


def test_what_kills_the_process_twice_is_left_out_until_the_code_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.jsonl"
    for _ in range(2):
        assert Results(path).begin(ABOUT) is None
    row = Results(path).begin(ABOUT)
    assert row is not None and "the process died" in row["reason"]
    assert Results(path).find(ABOUT) == row
    monkeypatch.setattr(kept, "code", lambda: "mended")
    assert Results(path).find(ABOUT) is None and Results(path).begin(ABOUT) is None


def test_several_write_to_one_file_and_the_last_reads_all(tmp_path: Path) -> None:
    path = tmp_path / "report.jsonl"
    one, other = Results(path), Results(path)
    one.add(ABOUT | {"nmi": 1.0})
    other.add(ABOUT | {"folder": "aaa", "nmi": 0.5})
    assert (
        [row["folder"] for row in one.rows()] == ["aaa", "album"] == [row["folder"] for row in other.rows()]
    )
    assert Results(path, seeds=3).find(ABOUT) is None  # other seeds are another measurement


def test_a_line_that_was_cut_off_is_measured_anew_and_a_foreign_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "report.jsonl"
    Results(path).add(ABOUT | {"nmi": 1.0})
    whole = path.read_text("utf-8")
    path.write_text(whole + whole[:20], "utf-8")
    again = Results(path)
    assert len(again.rows()) == 1
    again.add(ABOUT | {"folder": "other", "nmi": 0.5})
    assert len(Results(path).rows()) == 2
    path.write_text("\na report" + whole, "utf-8")
    with pytest.raises(RegroupError, match="line 1 is no row") as refused:
        Results(path)
    assert "\n" not in str(refused.value)


def test_paths_of_the_machine_are_not_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = ["x", "bench", str(tmp_path / "my cards"), "fruit", "--seeds", "3", "--at", "http://localhost"]
    monkeypatch.setattr("sys.argv", given)
    assert kept.command() == "regroup bench 'my cards' fruit --seeds 3 --at http://localhost"


def test_a_report_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    row = Results(None).add(ABOUT | {"reason": "none", "peak_mb": 1})
    path.write_text("# Benchmarks\n\n## Of another day\n", "utf-8")
    write_report(path, [row])
    text = path.read_text("utf-8")
    assert text.count("# Benchmarks") == 1 and "Of another day" not in text
    write_report(path, [row])
    assert path.read_text("utf-8") == text
