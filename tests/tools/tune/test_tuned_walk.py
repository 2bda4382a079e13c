"""Agent-centric clustering end to end on the tiny model: a teacher tunes H, agents walk its graph, a judge is asked."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.tools.models.hub.conftest import models, vlm_folder
from tests.tools.models.hub.drawings import draw_many
from tools.clustering.evaluate import evaluate
from tools.describe.judging import PictureJudge
from tools.embed.prepare import prepare
from tools.errors import Cancelled, UsageError
from tools.fuse.method_context import MethodContext
from tools.fuse.walk.traversal import Plan
from tools.fuse.walk.walk import Walk
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.models.hub.adapter_training import Schedule
from tools.models.hub.vision_language_model import VisionLanguageModel
from tools.models.hub.vlm_describer import VlmDescriber
from tools.models.hub.vlm_interest_encoder import VlmInterestEncoder
from tools.models.hub.vlm_judge import VlmJudge
from tools.models.ports import Pixels, Question
from tools.tune.pairs import Pairs, from_judge, from_values, pairs
from tools.tune.tune_features import Attempt
from tools.tune.tune_model import tune_model
from tools.views import View

__all__ = ["models", "vlm_folder"]

pytestmark = pytest.mark.timeout(1200)

PICTURES = draw_many(60, seed=77)
PIXELS = [p.pixels for p in PICTURES]
IDS = [f"{i}" for i in range(60)]
SHAPE = Question("shape", ("shape",))
KIND = "kind"
"""A criterion that the model was not taught: its states tell colours apart, and a teacher means shapes."""


@pytest.fixture(scope="module")
def model(vlm_folder: Path) -> VisionLanguageModel:
    return VisionLanguageModel(str(vlm_folder), device="cpu")


def tuned(
    encoder: VlmInterestEncoder, criterion: str, taught: Pairs, schedule: Schedule, **more: Any
) -> Attempt:
    def decode(rows: Sequence[int]) -> list[Pixels]:
        return [PIXELS[row] for row in rows]

    embed = partial(encoder.embed, criterion=criterion)
    nothing = np.full((60, 2), np.nan, np.float32)
    return tune_model(
        encoder.model, embed, decode, nothing, taught, taught_by="the words", schedule=schedule, **more
    )


def judge_of(model: VisionLanguageModel) -> PictureJudge:
    asked = VlmJudge(model, exemplars=0)
    return PictureJudge(asked, IDS, lambda image: PIXELS[int(image)], exemplars=0, further=False)


def walked(
    encoder: VlmInterestEncoder, said: list[str | None], judge: PictureJudge | None = None
) -> tuple[float, int]:
    """The NMI of a walk over the graph of H with the shapes, and how often the judge was asked."""
    sure = np.array([0.9 if word else 0.0 for word in said], np.float32)
    names = tuple(sorted({word for word in said if word}))
    told = MethodContext("shape", tuple(said), sure, names, WordLlamaEncoder(), judge=judge, described=True)
    method = Walk(Plan(budget=0.3))
    view = View("interest", prepare(encoder.encode(PIXELS, KIND)))
    soft = method.fit([view], images=IDS, k=5, context=told)
    assert method.last is not None
    return evaluate([p.shape for p in PICTURES], soft.argmax(1).tolist()).nmi, method.last.calls


def test_a_teacher_tunes_what_the_agents_walk_on(model: VisionLanguageModel) -> None:
    encoder, describer = VlmInterestEncoder(model), VlmDescriber(model, batch=30)
    plain = encoder.encode(PIXELS, KIND)
    name = encoder.name
    # The first forty pictures are described, and the words are the teacher; of the others nobody says anything.
    slots = describer.describe(PIXELS[:40], SHAPE)
    values = [found[0].value if found else None for found in slots]
    sure = np.array([found[0].confidence if found else 0 for found in slots], np.float32)
    taught = from_values(values, sure)
    said: list[str | None] = [*values, *[None] * 20]
    silent: list[str | None] = [None] * 60
    judge = judge_of(model)
    before = walked(encoder, silent)[0], walked(encoder, said, judge)[0]

    schedule = Schedule(steps=30, batch=64, check=5, rate=3e-3)
    done = tuned(encoder, KIND, taught, schedule)
    fit = done.fit
    assert done.tuned is not None and fit.kept and 1 - fit.after < (1 - fit.before) / 2 and fit.after > 0.8
    assert encoder.name != name
    judge = judge_of(model)
    asked, calls = walked(encoder, said, judge)
    assert 0 < judge.asked <= calls <= 18
    after = walked(encoder, silent)[0], asked
    assert after[0] > before[0] + 0.1 and after[1] > before[1]

    done.tuned.adapter.rollback()
    assert encoder.name == name
    np.testing.assert_array_equal(encoder.encode(PIXELS, KIND), plain)


def test_a_judge_may_be_the_teacher_and_its_calls_are_counted(model: VisionLanguageModel) -> None:
    encoder, judge = VlmInterestEncoder(model), judge_of(model)
    told = from_judge(encoder.encode(PIXELS, "shape"), judge, "shape", count=10)
    assert 5 <= judge.asked <= 10 and 0 < len(told) <= 10


def test_a_teacher_that_says_nothing_and_a_stop_leave_the_model_as_it_was(model: VisionLanguageModel) -> None:
    encoder = VlmInterestEncoder(model)
    name, plain = encoder.name, encoder.encode(PIXELS[:6], "shape")
    rng = np.random.default_rng(0)
    taught = pairs(rng.integers(0, 20, (24, 2)), rng.random(24) < 0.5)
    slow = Schedule(steps=2, batch=8, check=1, rate=1e-12)
    done = tuned(encoder, "shape", taught, slow)
    assert done.tuned is None and not done.fit.kept and encoder.name == name

    def stop(stage: str, done: int, total: int) -> None:
        raise Cancelled("cancelled")

    with pytest.raises(Cancelled):
        tuned(encoder, "shape", taught, slow, progress=stop)
    with pytest.raises(UsageError, match="too little to learn from"):
        tuned(encoder, "shape", pairs([(0, 1), (1, 2)], [True, False]), slow)
    assert encoder.name == name
    np.testing.assert_array_equal(encoder.encode(PIXELS[:6], "shape"), plain)
