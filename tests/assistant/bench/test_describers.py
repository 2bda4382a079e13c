"""Measuring with a model that describes: it is asked as grouping asks it, and the rows say what looked."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from assistant.bench.runner import Task, asked, run_bench
from assistant.desk import Desk
from assistant.models.consent import NoNotes, PassingNotes
from assistant.settings import Settings
from tests.tools.models.hub.conftest import clip_folder, models, vlm_folder
from tests.tools.models.hub.drawings import draw_many
from tools.clustering.evaluate import evaluate
from tools.models.bundled import tier
from tools.models.bundled.colour_expert import ColourExpert

__all__ = ["clip_folder", "models", "vlm_folder"]

pytestmark = pytest.mark.timeout(1200)  # the first test may have to train the models

Run = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A labelled folder of drawings of the kind that the tiny models know."""
    rows = ["file,shape"]
    (tmp_path / "drawn").mkdir()
    for i, drawing in enumerate(draw_many(24, seed=7)):
        Image.fromarray(drawing.pixels).save(tmp_path / "drawn" / f"{i:02}.png")
        rows.append(f"{i:02}.png,{drawing.shape}")
    (tmp_path / "drawn" / "labels.csv").write_text("\n".join(rows) + "\n", "utf-8")
    return tmp_path / "drawn"


@pytest.fixture
def settings(
    tmp_path: Path, vlm_folder: Path, clip_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    monkeypatch.setattr(tier, "experts", lambda store: [ColourExpert()])
    return Settings(
        workspace=tmp_path / "workspace",
        offline=True,
        tier="hub",
        describer=str(vlm_folder),
        encoder=str(clip_folder),
        side=64,
    )


def test_it_is_asked_as_grouping_asks_it(
    folder: Path, settings: Settings, vlm_folder: Path, clip_folder: Path
) -> None:
    task = Task((folder,), groups="truth", methods=("kmeans", "walk"), seeds=1)
    kmeans, walk = run_bench(task, settings)
    assert (kmeans["tier"], kmeans["described"]) == ("hub", 24)
    assert kmeans["asked"] == f"hub describer={vlm_folder.name} encoder={clip_folder.name}"
    for work, model in (("describer", vlm_folder), ("judge", vlm_folder), ("encoder", clip_folder)):
        assert kmeans["models"][work].startswith(f"{model.name}@")
    assert kmeans["models"]["colour"] == ColourExpert().version
    assert kmeans["model_calls"] == 24 * 4  # the expert, the encoder, the describer: words and vectors
    assert (kmeans["judge_calls"], kmeans["options"]) == (0, {})
    assert walk["judge_calls"] > 0 and walk["options"]["merge"] is True

    with Desk.open(folder, settings) as desk:
        assert desk.models.answered("shape") == 0, "a benchmark leaves no notes on the collection"
        made = desk.grouping.group("shape", kmeans["k_true"], "kmeans")
        assert desk.models.calls == 0, "what was answered is kept"
        truth = {
            line.split(",")[0]: line.split(",")[1] for line in (folder / "labels.csv").read_text().split()
        }
        names = [truth[str(desk.collection.by_id(image).path)] for image in made.images]
    assert evaluate(names, made.labels.tolist()).nmi == pytest.approx(kmeans["nmi"], abs=1e-4)


def test_another_judge_or_none(folder: Path, settings: Settings, vlm_folder: Path) -> None:
    task = Task((folder,), groups="truth", methods=("walk",), seeds=1)
    nobody = settings.model_copy(update={"judge": "none"})
    with Desk.open(folder, nobody, exclusive=False) as desk:
        assert desk.status().lines == (), "nobody is no model that is missing"
    (alone,) = run_bench(task, nobody)
    assert alone["judge_calls"] == 0 and "judge" not in alone["models"] and "describer" in alone["models"]
    only = settings.model_copy(update={"judge": str(vlm_folder), "describer": None, "encoder": None})
    (judged,) = run_bench(task, only)
    assert judged["judge_calls"] > 0 and set(judged["models"]) == {"judge", "colour"}
    assert (judged["tier"], judged["described"]) == ("bundled", 0), "nobody described"


def test_the_command_takes_models_and_says_what_it_asked(
    folder: Path, vlm_folder: Path, tmp_path: Path, regroup: Run
) -> None:
    chosen = ("--tier", "hub", "--describer", vlm_folder, "--judge", "none", "--side", 64)
    measured = ("--groups", "truth", "--method", "kmeans", "--seeds", 1, "--report", tmp_path / "report.md")
    (row,) = regroup("bench", folder, *chosen, *measured, "--json").document["rows"]
    assert (row["tier"], row["described"]) == ("hub", 24)
    (bundled,) = regroup("bench", folder, "--tier", "bundled", *measured, "--json").document["rows"]
    assert (bundled["tier"], bundled["described"], set(bundled["models"])) == ("bundled", 0, {"colour"})
    report = (tmp_path / "report.md").read_text("utf-8")
    heads = [line for line in report.splitlines() if line.startswith("# Looked at by: ")]
    assert heads == [f"# Looked at by: hub describer={vlm_folder.name} judge=none", "# Looked at by: bundled"]
    assert f"describer {vlm_folder.name}@" in report and "24 images described by the hub tier" in report
    assert "0 images described by the bundled tier" in report
    assert report.count("| kmeans | 1 |") == 2, "the means of one are not mixed with the other's"


def test_nothing_is_sent_without_consent(folder: Path, regroup: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGROUP_OFFLINE", "0")
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    hosted = (
        "--tier",
        "hosted",
        "--describer",
        "openai:some-model",
        "--base-url",
        "https://example.invalid/v1",
    )
    refused = regroup("bench", folder, *hosted, "--method", "kmeans", "--seeds", 1)
    assert "without your consent" in refused.complaint(2) and "--send-to example.invalid" in refused.err


def test_notes_over_a_collection_that_is_only_read() -> None:
    class Kept(NoNotes):
        def noted(self, key: str, otherwise: Any = None) -> Any:
            return "kept" if key == "a" else otherwise

        def note(self, key: str, value: Any) -> None:
            raise AssertionError("written")

    notes = PassingNotes(Kept())
    assert (notes.noted("a"), notes.noted("b", 1)) == ("kept", 1)
    notes.note("a", None)
    notes.note("b", "own")
    assert (notes.noted("a", "otherwise"), notes.noted("b")) == (None, "own")


def test_what_was_asked_is_named_without_the_folders_of_this_machine() -> None:
    assert asked(Settings()) == "auto"
    assert asked(Settings(tier="hub", encoder="/home/me/clip")) == "hub encoder=clip"
