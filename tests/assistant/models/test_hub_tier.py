"""The hub tier as a user meets it, with the tiny models that the tests of the hub make."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save

from assistant.agent.approvals import PlanApproval
from assistant.chat.session import ApprovalRequested, Session, ToolEnded
from assistant.desk import Desk
from assistant.settings import Settings
from tests.tools.models.hub.conftest import clip_folder, models, vlm_folder
from tests.tools.models.hub.drawings import Drawing, draw_many
from tests.tools.models.hub.tiny_vlm import CHOICES
from tools.clustering.evaluate import evaluate
from tools.describe.guided import IN_VECTORS, question_about
from tools.models.hub.catalogue import read_catalogue
from tools.models.hub.vision_language_model import VisionLanguageModel
from tools.models.hub.vlm_describer import VlmDescriber

__all__ = ["clip_folder", "models", "vlm_folder"]

pytestmark = pytest.mark.timeout(1200)  # the first test may have to train the models

Run = Callable[..., Any]
LONG_WAY = "do it properly by shape"


@pytest.fixture
def drawn(tmp_path: Path) -> tuple[Path, list[Drawing]]:
    """A folder of drawings of the kind that the tiny models know, and the drawings in the order of the files."""
    drawings = draw_many(24, seed=7)
    (tmp_path / "drawn").mkdir()
    for i, drawing in enumerate(drawings):
        Image.fromarray(drawing.pixels).save(tmp_path / "drawn" / f"{i:02}.png")
    return tmp_path / "drawn", drawings


def test_groups_by_what_a_model_of_this_machine_says(
    drawn: tuple[Path, list[Drawing]], vlm_folder: Path, clip_folder: Path, regroup: Run
) -> None:
    """How well the tiny model sees is tested with it; here the groups are what it says, whatever that is."""
    folder, drawings = drawn
    describer = VlmDescriber(VisionLanguageModel(str(vlm_folder), side=64))
    said = describer.describe([d.pixels for d in drawings], question_about("colour", CHOICES["colour"]))
    expected: dict[str, set[str]] = {}
    for i, slots in enumerate(said):
        if slots:
            expected.setdefault(slots[0].value, set()).add(f"{i:02}.png")
    own = ("--tier", "hub", "--describer", vlm_folder, "--encoder", clip_folder, "--side", 64)
    arguments = ("cluster", folder, "--by", "colour", "--values", ",".join(CHOICES["colour"]), *own, "--json")
    found = regroup(*arguments)
    assert found.code == 0, found.err
    document = found.document
    assert document["tier"] == "hub"
    assert document["sources"] == [f"{vlm_folder.name}: colour, in words and vectors"]
    assert (
        document["model_calls"] == 24 * 4
    )  # the colour expert, the encoder, the describer: words and vectors
    assert found.groups == expected and len(expected) > 1
    again = regroup(*arguments).document
    assert again["model_calls"] == 0 and again["clusters"] == document["clusters"]


def test_a_describers_vectors_count_under_their_criterion_and_no_other(
    drawn: tuple[Path, list[Drawing]], vlm_folder: Path, tmp_path: Path
) -> None:
    folder, drawings = drawn
    settings = Settings(
        workspace=tmp_path / "own", tier="hub", describer=str(vlm_folder), side=64, offline=True
    )
    with Desk.open(folder, settings) as desk:
        made = {
            method: desk.grouping.group("shape", k=3, method=method) for method in ("kmeans", "mllm_mc")
        }  # without values: so the tiny model was taught to be asked about shape
        seen = desk.experts.look_for("shape")
        found = [name for name in seen.views if name.endswith(IN_VECTORS)]
        assert len(found) == 1, desk.status()  # which says what a model could not do
        (name,) = found
        assert seen.view(name).shape[0] == 24 and desk.experts.look_for("shape") is seen
        assert not [name for name in desk.experts.look_for("colour").views if name.endswith(IN_VECTORS)]
        assert desk.status().calls >= 2 * 24
        truth = [drawing.shape for drawing in drawings]
        for clustering in made.values():
            assert clustering.sources == (f"{vlm_folder.name}: shape, in words and vectors",)
            assert evaluate(truth, clustering.labels.tolist()).nmi > 0.5
    with Desk.open(folder, settings) as desk:  # in another process
        again = desk.grouping.group("shape", k=3, method="kmeans")
        assert desk.status().calls == 0 and again.labels.tolist() == made["kmeans"].labels.tolist()


async def test_a_plan_is_carried_out_within_its_budget(
    drawn: tuple[Path, list[Drawing]], vlm_folder: Path, clip_folder: Path, tmp_path: Path
) -> None:
    """The whole long way on models of this machine: described, grouped, tuned, a graph, a walk with a judge."""
    folder, drawings = drawn
    settings = Settings(
        workspace=tmp_path / "own", tier="hub", describer=str(vlm_folder), encoder=str(clip_folder),
        judge=str(vlm_folder), side=64, offline=True,
    )  # fmt: skip
    done: list[ToolEnded] = []
    with Desk.open(folder, settings) as desk:
        async with Session.open(desk, model="builtin") as session:
            (asked,) = [e.approval async for e in session.say(LONG_WAY) if isinstance(e, ApprovalRequested)]
            assert isinstance(asked, PlanApproval)
            most = {step.name: (step.describer_calls, step.judge_calls) for step in asked.steps}
            assert most == {
                "describe": (48, 0), "group": (0, 0), "embed": (0, 64), "graph": (0, 7), "walk": (0, 7),
                "settle": (0, 0),
            }  # fmt: skip
            assert all(step.seconds is None for step in asked.steps if any(most[step.name]))
            while True:  # where a slow machine takes longer than was thought, it asks again
                events = [event async for event in session.say("yes")]
                done += [event for event in events if isinstance(event, ToolEnded)]
                more = [event.approval for event in events if isinstance(event, ApprovalRequested)]
                if not more:
                    break
                assert isinstance(more[0], PlanApproval) and "that you allowed are over" in more[0].over
            assert all(event.ok for event in done), [event.text for event in done]
            called = [event.name for event in done if not event.text.startswith("Agreed: ")]
            assert called == [
                "describe_images",
                "group_by",
                "tune_embedding",
                "build_graph",
                "traverse",
                "show",
            ]
            assert all(event.ok for event in done), [event.text for event in done]
            assert "pairs it had not seen were told apart" in done[-4].text
            judged = desk.effort.taken("judge").calls
            assert desk.effort.taken("describer").calls == 48 and 0 < judged <= 78
            made = desk.clusterings.get("shape")
            assert made.method == "walk" and made.tier == "hub"
            truth = [drawing.shape for drawing in drawings]
            assert evaluate(truth, made.labels.tolist()).nmi > 0.5
            again = desk.planning.steps("shape")
            assert [s.seconds is not None for s in again if s.name in ("describe", "embed", "walk")] == [
                True
            ] * 3


def test_a_criterion_that_nobody_sees_is_grouped_by_the_encoder(
    drawn: tuple[Path, list[Drawing]], clip_folder: Path, regroup: Run
) -> None:
    folder, _ = drawn
    said = regroup(
        "cluster", folder, "--by", "overall look", "--tier", "hub", "--encoder", clip_folder, "--json"
    )
    assert said.code == 0, said.err
    assert said.document["sources"] == ["encoder expert: look"] and said.document["model_calls"] == 24 * 2


def test_a_method_that_compares_pixels_with_words_is_given_the_encoder(
    drawn: tuple[Path, list[Drawing]], clip_folder: Path, tmp_path: Path
) -> None:
    folder, drawings = drawn
    settings = Settings(workspace=tmp_path / "own", tier="hub", encoder=str(clip_folder), offline=True)
    with Desk.open(folder, settings) as desk:
        assert desk.grouping.method_inputs("kmeans", ())["encoder"] is None
        encoder = desk.grouping.method_inputs("tac", ())["encoder"]
        assert encoder is not None and encoder.aligned
        made = desk.grouping.group("colour", k=6, method="tac")
        assert made.method == "tac" and len(made.clusters) == 6
        truth = [drawing.colour for drawing in drawings]
        assert evaluate(truth, made.labels.tolist()).nmi > 0.5


def test_what_to_group_by_is_proposed_with_the_models_that_are_named(
    drawn: tuple[Path, list[Drawing]], clip_folder: Path, regroup: Run
) -> None:
    folder, _ = drawn
    told = regroup("propose", folder, "--encoder", clip_folder, "--json")
    assert told.code == 0, told.err
    assert told.document["model_calls"] == 24 * 2
    plain = regroup("propose", folder, "--tier", "bundled", "--encoder", clip_folder, "--json")
    assert plain.document["model_calls"] == 0 and plain.err == ""
    named = regroup("propose", folder, "--tier", "hub", "--describer", "owner/none", "--seed", 3)
    assert named.code == 0 and "The model owner/none is not here" in named.err


@pytest.mark.parametrize("what", ["describer", "encoder"])
def test_a_damaged_model_is_a_line_and_the_rest_goes_on(
    what: str, drawn: tuple[Path, list[Drawing]], tmp_path: Path, regroup: Run
) -> None:
    folder, _ = drawn
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "config.json").write_text("{}")
    (broken / "open_clip_config.json").write_text("{}")
    (broken / "model.safetensors").write_bytes(b"no weights")
    said = regroup("cluster", folder, "--by", "colour", "--tier", "hub", f"--{what}", broken, "--json")
    assert said.code == 0, said.err
    assert said.document["tier"] == "bundled" and "cannot be loaded" in said.err
    assert "the bundled models look instead" in said.err


@pytest.mark.parametrize("damage", ["config", "no weights", "cut"])
@pytest.mark.parametrize("tier", ["auto", "hub"])
def test_a_damaged_model_of_the_catalogue_is_a_line_and_the_next_tier_looks(
    tier: str, damage: str, album: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, regroup: Run
) -> None:
    """No model is named: the one that is here is taken by itself, and left again."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    entry = read_catalogue()["vlm-small"]
    kept = tmp_path / "hub" / f"models--{entry.repository.replace('/', '--')}"
    folder = kept / "snapshots" / entry.revision
    folder.mkdir(parents=True)
    for pattern in entry.files:
        (folder / pattern.replace("*", "x")).write_text("{}")
    weights = save({"a": np.ones(9, np.float32)})
    (folder / "model.safetensors").write_bytes(weights)
    (folder / "config.json").write_text('{"model_type": "nothing"}')
    why = "its config.json cannot be read"
    if damage == "config":
        (folder / "config.json").write_bytes(b"{")
    elif damage == "cut":
        (folder / "model.safetensors").write_bytes(weights[:-4])
        why = "its model.safetensors is cut short"
    else:
        (folder / "model.safetensors").unlink()
    said = regroup("cluster", album, "--by", "colour", "--tier", tier, "--json")
    assert said.code == 0, said.err
    assert said.document["tier"] == "bundled" and said.document["clusters"]
    if damage == "no weights":  # as one that was fetched in part: not here, and auto says nothing of these
        assert said.err == "" if tier == "auto" else "regroup models fetch vlm-small" in said.err
        return
    (line,) = [line for line in said.err.splitlines() if "vlm-small cannot be loaded" in line]
    assert line == (
        f"regroup: The model vlm-small cannot be loaded: {why}; bring it again: regroup models remove vlm-small; "
        "regroup models fetch vlm-small; the bundled models look instead"
    )
