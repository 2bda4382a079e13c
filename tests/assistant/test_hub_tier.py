"""The hub tier as a user meets it, with the tiny models that the tests of the hub make."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.tools.models.hub.conftest import clip_folder, models, vlm_folder
from tests.tools.models.hub.drawings import draw_many
from tests.tools.models.hub.tiny_vlm import CHOICES

__all__ = ["clip_folder", "models", "vlm_folder"]

pytestmark = pytest.mark.timeout(1200)  # the first test may have to train the models

Run = Callable[..., Any]


@pytest.fixture
def drawn(tmp_path: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """A folder of 36 drawings of the kind that the tiny models know, and the colour of each."""
    folder, colours = tmp_path / "drawn", {}
    folder.mkdir()
    for i, drawing in enumerate(draw_many(36, seed=7)):
        Image.fromarray(drawing.pixels).save(folder / f"{i:02}.png")
        colours[f"{i:02}.png"] = drawing.colour
    yield folder, colours


def test_groups_by_what_a_model_of_this_machine_says(
    drawn: tuple[Path, dict[str, str]], vlm_folder: Path, clip_folder: Path, regroup: Run
) -> None:
    folder, colours = drawn
    known = ",".join(CHOICES["colour"])
    own = ("--tier", "hub", "--describer", vlm_folder, "--encoder", clip_folder, "--side", 64)
    said = regroup("cluster", folder, "--by", "colour", "--values", known, *own, "--json")
    assert said.code == 0, said.err
    document = said.document
    assert document["tier"] == "hub" and document["sources"] == [f"{vlm_folder.name}: colour"]
    assert document["model_calls"] == 36 * 3  # the colour expert, the encoder and the describer
    right = sum(colours[file] == name for name, files in said.groups.items() for file in files)
    assert right >= 0.8 * len(colours), said.groups
    again = regroup("cluster", folder, "--by", "colour", "--values", known, *own, "--json").document
    assert again["model_calls"] == 0 and again["clusters"] == document["clusters"]


def test_a_criterion_that_nobody_sees_is_grouped_by_the_encoder(
    drawn: tuple[Path, dict[str, str]], clip_folder: Path, regroup: Run
) -> None:
    folder, _ = drawn
    said = regroup(
        "cluster", folder, "--by", "overall look", "--tier", "hub", "--encoder", clip_folder, "--json"
    )
    assert said.code == 0, said.err
    assert said.document["sources"] == ["encoder expert: look"] and said.document["model_calls"] == 36 * 2


@pytest.mark.parametrize("what", ["describer", "encoder"])
def test_a_damaged_model_is_a_line_and_the_rest_goes_on(
    what: str, drawn: tuple[Path, dict[str, str]], tmp_path: Path, regroup: Run
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
