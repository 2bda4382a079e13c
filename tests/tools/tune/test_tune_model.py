"""Tuning a model of this machine, on the tiny open_clip model of the hub's tests."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.tools.models.hub.conftest import clip_folder, models
from tests.tools.models.hub.drawings import draw_many
from tools.errors import Cancelled, UsageError
from tools.models.hub.adapter_training import Schedule
from tools.models.hub.clip_encoder import ClipEncoder
from tools.models.hub.lora import Adapter
from tools.models.ports import Pixels
from tools.tune.pairs import Pairs, pairs
from tools.tune.tune_model import MOST_PAIRS, tune_model

__all__ = ["clip_folder", "models"]

pytestmark = pytest.mark.timeout(1200)  # the first test may have to train the model

PICTURES = draw_many(40, seed=31)
QUICK = Schedule(steps=20, batch=24, check=5, rate=3e-3)
NOTHING = np.full((40, 2), np.nan, np.float32)


def decode(rows: Sequence[int]) -> list[Pixels]:
    return [PICTURES[row].pixels for row in rows]


def by(kind: str, count: int = 26) -> Pairs:
    truth = [getattr(picture, kind) for picture in PICTURES[:count]]
    rows = [(a, b) for a in range(count) for b in range(a + 1, count)]
    return pairs(rows, [truth[a] == truth[b] for a, b in rows])


@pytest.fixture
def encoder(clip_folder: Path) -> ClipEncoder:
    return ClipEncoder(str(clip_folder), device="cpu")


def tuned(encoder: ClipEncoder, labelled: Pairs, in_use: Any = NOTHING, **more: Any) -> Any:
    return tune_model(
        encoder, encoder.embed, decode, in_use, labelled, taught_by="your answers", schedule=QUICK, **more
    )


def test_what_helps_is_kept_with_the_vectors_of_all_and_can_be_taken_off(encoder: ClipEncoder) -> None:
    name, before = encoder.name, encoder.encode_images(decode(range(40)))
    done = tuned(encoder, by("colour"))
    assert done.fit.kept and done.fit.after > done.fit.before
    assert done.line.startswith("features tuned to your answers: ")
    assert done.tuned.vectors.shape == before.shape and not np.allclose(done.tuned.vectors, before, atol=1e-3)
    np.testing.assert_allclose(done.tuned.vectors, encoder.encode_images(decode(range(40))), atol=1e-5)
    assert done.tuned.name.endswith(encoder.adapter) and encoder.adapter
    done.tuned.adapter.rollback()
    assert encoder.name == name
    np.testing.assert_array_equal(encoder.encode_images(decode(range(40))), before)


def test_a_model_that_is_no_better_than_the_features_in_use_is_not_kept(encoder: ClipEncoder) -> None:
    colours = sorted({picture.colour for picture in PICTURES})
    perfect = np.eye(len(colours), dtype=np.float32)[[colours.index(picture.colour) for picture in PICTURES]]
    name = encoder.name
    done = tuned(encoder, by("colour"), perfect)
    assert not done.fit.kept and done.tuned is None and encoder.name == name
    assert "rolled back" in done.line and done.line.endswith("the features in use told them apart 1.00")


def test_what_stops_it_leaves_the_model_as_it_was(encoder: ClipEncoder) -> None:
    name, weights = encoder.name, {k: v.clone() for k, v in encoder.tower.state_dict().items()}

    def stop(stage: str, done: int, total: int) -> None:
        if done == 3:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        tuned(encoder, by("colour"), progress=stop)
    assert encoder.name == name
    assert all(torch.equal(weights[k], v) for k, v in encoder.tower.state_dict().items())


ALL_ALIKE = pairs([(0, 1), (1, 2), (2, 3), (3, 4)], [True] * 4)


@pytest.mark.parametrize("labelled", [pairs([(0, 1)], [True]), by("colour", 2), ALL_ALIKE])
def test_too_little_is_one_line(encoder: ClipEncoder, labelled: Pairs) -> None:
    with pytest.raises(UsageError, match="too little to learn from: your answers say of"):
        tuned(encoder, labelled)
    assert not encoder.adapter


def test_of_many_pairs_as_many_of_each_kind_are_learned_from(
    encoder: ClipEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Any] = []

    def seen(adapter: Adapter, embed: Any, images: Any, rows: Any, same: Any, *rest: Any) -> Any:
        given.append(same)
        raise Cancelled("stopped")

    monkeypatch.setattr(Adapter, "fit_pairs", seen)
    with pytest.raises(Cancelled):
        tuned(encoder, by("colour", 40))
    assert len(given[0]) <= MOST_PAIRS and given[0].sum() == min(MOST_PAIRS // 2, by("colour", 40).same.sum())
    assert not encoder.adapter
