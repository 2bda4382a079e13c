"""Tuning the models of this machine by each teacher, on a desk with the tiny models of the hub's tests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from langchain_core.messages import ToolCall
from PIL import Image

from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call
from assistant.agent.toolbox import Toolbox
from assistant.desk import Desk
from assistant.desk.tuned_features import Target, Teacher
from assistant.settings import Settings
from tests.tools.models.hub.conftest import clip_folder, models, vlm_folder
from tests.tools.models.hub.drawings import draw_many
from tools.clustering.constraints import Label
from tools.errors import UsageError

__all__ = ["clip_folder", "models", "vlm_folder"]

pytestmark = pytest.mark.timeout(1200)  # the first test may have to train the models

DRAWINGS = draw_many(40, seed=7)
Open = Callable[[], Desk]


@pytest.fixture
def opened(tmp_path: Path, clip_folder: Path, vlm_folder: Path) -> Iterator[Open]:
    """Opens a folder of drawings with both models, each time as in another process."""
    folder = tmp_path / "drawn"
    folder.mkdir()
    for i, drawing in enumerate(DRAWINGS):
        Image.fromarray(drawing.pixels).save(folder / f"{i:02}.png")
    settings = Settings(
        workspace=tmp_path / "own",
        tier="hub",
        describer=str(vlm_folder),
        encoder=str(clip_folder),
        side=64,
        offline=True,
    )
    yield lambda: Desk.open(folder, settings)


def taught(desk: Desk, kind: str) -> None:
    """Group by what is drawn, and answer for some of the pictures."""
    desk.grouping.group(kind, k=4)
    ids = desk.collection.ids[:26]
    names = {image: int(desk.collection.by_id(image).path.stem) for image in ids}
    desk.questions.take_answers([Label(image, getattr(DRAWINGS[names[image]], kind)) for image in ids])


def test_a_tuned_encoder_groups_until_undone_also_in_another_process(opened: Open) -> None:
    with opened() as desk:
        taught(desk, "place")
        before = desk.clusterings.get()
        done = desk.tuning.tune(target="encoder")
        assert done.kept and done.after > done.before, done.line
        assert desk.shelf.log()[-1].detail["target"] == "encoder"
        assert desk.clusterings.get().notes == ("made from features that were tuned to this criterion",)
        desk.history.undo()
        assert np.array_equal(desk.clusterings.get().labels, before.labels)
        desk.history.redo()
        made = desk.grouping.group("place", k=4)
    with opened() as desk:
        again = desk.grouping.group("place", k=4)
        assert np.array_equal(again.labels, made.labels) and again.notes == made.notes


@pytest.mark.parametrize(("target", "teacher"), [("map", "judge"), ("encoder", "words"), ("mllm", "answers")])
def test_each_model_learns_from_each_teacher_and_is_as_it_was_afterwards(
    opened: Open, target: Target, teacher: Teacher
) -> None:
    who = {"judge": "of the judge tiny", "words": "the words that were seen", "answers": "your answers"}
    with opened() as desk:
        taught(desk, "shape")
        done = desk.tuning.tune(target=target, teacher=teacher)
        assert done.kept == (done.after > done.before and "rolled back" not in done.line)
        assert not done.kept or f"features tuned to {who[teacher]}" in done.line.replace("clear answers ", "")
        inputs = desk.grouping.method_inputs("tac", desk.collection.ids)
        assert inputs["encoder"] is not None and "lora" not in inputs["encoder"].name


def test_what_is_not_here_is_one_line(desk: Desk) -> None:
    desk.grouping.group("colour", k=3)
    for target, teacher, line in (
        ("encoder", "answers", "there is no encoder here to tune"),
        ("mllm", "answers", "there is no multimodal model on this machine to tune"),
        ("map", "judge", "there is no model here that judges pairs"),
    ):
        call = ToolCall(name="tune_embedding", args={"target": target, "teacher": teacher}, id="c1")
        told = Toolbox(desk).run(call)
        assert told.status == "error" and told.text.startswith(line)
    desk.grouping.group("what nobody sees")
    with pytest.raises(UsageError, match="no model here has words for"):
        desk.tuning.tune("what nobody sees", teacher="words")


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ("tune the features to my answers", {}),
        ("fine-tune the encoder", {"target": "encoder"}),
        ("train CLIP on what I answered", {"target": "encoder"}),
        ("adapt the multimodal model to the words", {"target": "mllm", "teacher": "words"}),
        ("tune the features by the words that were seen", {"teacher": "words"}),
        ("let a judge teach the encoder", {"target": "encoder", "teacher": "judge"}),
        ("fine tune the vision-language model with lora", {"target": "mllm"}),
    ],
)
def test_what_is_tuned_and_by_whom_is_said(said: str, given: dict[str, str]) -> None:
    assert parse(said) == [Call("tune_embedding", given)]
