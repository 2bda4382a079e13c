"""Multi-Sub: each equation by hand, and that it beats zero-shot classification on the tests' own CLIP."""

from dataclasses import replace
from math import e, log, sqrt
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import torch

from tests.tools.models.hub.conftest import clip_folder, models
from tests.tools.models.hub.drawings import COLOURS, draw_many
from tools.clustering.evaluate import evaluate
from tools.errors import Cancelled
from tools.fuse.method_context import MethodContext
from tools.fuse.multi_sub import DECAYS, RATES, MultiSub, Proxies, prompt_of
from tools.fuse.zero_shot import ZeroShot
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.models.hub.clip_encoder import ClipEncoder
from tools.models.ports import Vectors
from tools.progress import silent

__all__ = ["clip_folder", "models"]


class Tower:
    """A text tower that reads a word as its own vector; it remembers the prompts."""

    name = "tower"
    aligned = True
    places: ClassVar = dict(zip(("red", "green", "blue"), np.eye(3, dtype=np.float32), strict=True))

    def __init__(self) -> None:
        self.prompts: set[str] = set()

    def untunable(self) -> str | None:
        return None

    def word_vectors(self, words: tuple[str, ...]) -> Vectors:
        return np.stack([self.places[word] for word in words])

    def read(self, prompt: str, stars: torch.Tensor) -> torch.Tensor:
        self.prompts.add(prompt)
        return torch.nn.functional.normalize(stars, dim=1)

    def encode_texts(self, texts: list[str]) -> Vectors:
        self.prompts |= {text.rpartition(" ")[0] for text in texts}
        return self.word_vectors(tuple(text.split()[-1] for text in texts))

    def encode_images(self, batch: object) -> Vectors:
        raise AssertionError("no image is looked at")


def model(
    images: list[list[float]], basis: list[list[float]], p: list[list[float]], how: MultiSub | None = None
) -> Proxies:
    made = Proxies(
        Tower(), "a fruit with the colour of", torch.tensor(images), torch.tensor(basis), how or MultiSub()
    )
    with torch.no_grad():
        made.state["p"].copy_(torch.tensor(p))
    return made


def test_equations_2_and_3() -> None:
    """p = (ln(3)/2, 0), z = (2, 0) and (0, 1): p.z = ln 3 and 0, a = .75 and .25, w = .75 (2, 0) + .25 (0, 1)."""
    made = model([[1.0, 0.0]], [[2.0, 0.0], [0.0, 1.0]], [[log(3) / 2, 0.0]])
    np.testing.assert_allclose(made.proxies().detach().numpy(), [[1.5, 0.25]], atol=1e-6)


def test_equations_4_and_5() -> None:
    """w = (.75, .25) reads as (3, 1) / sqrt(10); the images are (1, 0) and (.6, .8); L = -(3 + 2.6) / sqrt(10) / 2."""
    made = model([[1.0, 0.0], [0.6, 0.8]], [[1.0, 0.0], [0.0, 1.0]], [[log(3), 0.0]] * 2)
    assert float(made.likeness(torch.arange(2)).detach()) == pytest.approx(-2.8 / sqrt(10), abs=1e-6)
    assert made.tuner.prompts == {"a fruit with the colour of"}  # type: ignore[attr-defined]


def test_the_prompt_has_the_noun_of_the_collection(texts: WordLlamaEncoder) -> None:
    told = MethodContext(" skin  colour", (), np.zeros(0, np.float32), (), texts)
    assert prompt_of(told) == "a thing with the skin colour of"
    assert prompt_of(replace(told, thing="fruit")) == "a fruit with the skin colour of"
    assert prompt_of(replace(told, thing="fruit"), "pear") == "a pear with the skin colour of"


THREE = [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
FAR = [[50.0, 0.0], [50.0, 0.0], [0.0, 50.0]]  # w is the first word, the first, the second


def test_equations_6_to_8() -> None:
    """v = (1,0,1,0), (1,0,0,1), (0,1,1,0). Intra: |v1 - v2|^2 = 2. Inter, m = 3: 3 - sqrt(2) and 1, on average 1.29.
    lambda = .25: .25 * 2 + .75 * 1.29."""
    made = model(THREE, [[1.0, 0.0], [0.0, 1.0]], FAR, MultiSub(share=0.25, margin=3.0))
    labels = made.labels()
    assert labels.tolist() == [0, 0, 1]
    expected = 0.25 * 2 + 0.75 * ((3 - sqrt(2)) + 1) / 2
    assert float(made.compactness(torch.arange(3), labels).detach()) == pytest.approx(expected, abs=1e-5)
    near = model(THREE, [[1.0, 0.0], [0.0, 1.0]], FAR, MultiSub(share=0.0, margin=1.0))
    assert (
        float(near.compactness(torch.arange(3), labels).detach()) == 0
    )  # all are farther apart than the margin


def test_pseudo_labels_go_by_the_cosine() -> None:
    """w = .2 (2, 0) + .8 (.5, .5) = (.8, .4): cosines .89 and .95, but products 1.6 and .6."""
    made = model([[1.0, 0.0]], [[2.0, 0.0], [0.5, 0.5]], [[0.0, 2 * log(4)]])
    np.testing.assert_allclose(made.proxies().detach().numpy(), [[0.8, 0.4]], atol=1e-6)
    assert made.labels().tolist() == [1]


def test_phase_one_trains_words_and_projection_and_phase_two_the_projection_alone() -> None:
    made = model(THREE, [[1.0, 0.0], [0.0, 1.0]], [[0.5, 0.2], [0.1, 0.3], [0.0, 0.4]], MultiSub(margin=3.0))
    p, open_ = made.state["p"], made.state["open"]
    first = torch.autograd.grad(made.likeness(torch.arange(3)), [p, open_])
    assert all(bool(gradient.any()) for gradient in first)
    loss = made.compactness(torch.arange(3), torch.tensor([0, 0, 1]))
    words, projection = torch.autograd.grad(loss, [p, open_], allow_unused=True)
    assert words is None and bool(projection.any())
    closed = model(THREE, [[1.0, 0.0], [0.0, 1.0]], FAR, MultiSub(projection=False))
    assert not closed.images().requires_grad


def test_it_starts_at_the_words_whose_prompts_are_like_the_image() -> None:
    """(.6, .8) is .2 nearer to the second word; over .05 that is 4, so that a = 1 / (1 + e^4) and the rest."""
    made = model([[0.6, 0.8]], [[1.0, 0.0], [0.0, 1.0]], [[0.0, 0.0]])
    np.testing.assert_allclose(made.proxies().detach().numpy(), [[0.5, 0.5]])
    made.begin()
    np.testing.assert_allclose(
        made.proxies().detach().numpy(), [[1 / (1 + e**4), 1 / (1 + e**-4)]], atol=1e-5
    )


def test_rate_and_decay_are_those_of_the_smallest_loss_and_a_pilot_leaves_no_trace() -> None:
    made = model(THREE, [[1.0, 0.0], [0.0, 1.0]], [[0.5, 0.2], [0.1, 0.3], [0.0, 0.4]])
    before = {name: value.detach().clone() for name, value in made.state.items()}
    rate, decay = made.searched()
    losses = {other: made.pilot_loss(other, 0.0, 5) for other in RATES}
    assert losses[rate] == min(losses.values()) < max(losses.values())
    decays = {other: made.pilot_loss(rate, other, 5) for other in DECAYS}
    assert decays[decay] == min(decays.values()) < max(decays.values())
    assert all(torch.equal(value, before[name]) for name, value in made.state.items())


@pytest.mark.parametrize(("first", "second", "changed"), [(3, 0, {"p", "open"}), (0, 3, {"open"})])
def test_each_phase_runs(first: int, second: int, changed: set[str]) -> None:
    how = MultiSub(first=first, second=second, cycles=1, margin=3.0)
    made = model(THREE, [[1.0, 0.0], [0.0, 1.0]], [[0.5, 0.2], [0.1, 0.3], [0.0, 0.4]], how)
    before = {name: made.state[name].detach().clone() for name in ("p", "open")}
    rows, labels = torch.arange(3), made.labels()
    losses = [float(made.compactness(rows, labels).detach()), float(made.likeness(rows).detach())]
    made.learn(0.1, 0.0, 0, silent, "")
    assert {name for name, value in before.items() if not torch.equal(value, made.state[name])} == changed
    after = [float(made.compactness(rows, labels).detach()), float(made.likeness(rows).detach())]
    kind = 1 if first else 0
    assert after[kind] < losses[kind]


def test_it_ends_when_a_cycle_changes_no_pseudo_label() -> None:
    epochs: list[int] = []
    how = MultiSub(first=2, second=1, cycles=50, rate=1e-4)
    made = model(THREE, [[1.0, 0.0], [0.0, 1.0]], FAR, how)
    made.learn(1e-4, 0.0, 0, lambda stage, done, total: epochs.append(done), "")
    assert epochs[-1] == 6  # the first cycle sets them, the second leaves them


def test_a_run_that_was_stopped_goes_on_where_it_stopped(tmp_path: Path) -> None:
    how = MultiSub(first=4, second=2, cycles=2)

    def stop(stage: str, done: int, total: int) -> None:
        if done == 3:
            raise Cancelled("cancelled")

    def made() -> Proxies:
        return model(THREE, [[1.0, 0.0], [0.0, 1.0]], FAR, how)

    whole, resumed, epochs, kept = made(), made(), list[int](), tmp_path / "multi_sub-key.safetensors"
    whole.learn(0.1, 0.0, 0, silent)
    with pytest.raises(Cancelled):
        made().learn(0.1, 0.0, 0, stop, "key", kept)
    resumed.learn(0.1, 0.0, 0, lambda stage, done, total: epochs.append(done), "key", kept)
    assert epochs[0] == 4 and not kept.exists()
    assert all(torch.equal(value, resumed.state[name]) for name, value in whole.state.items())


def told(images: list[list[float]], texts: WordLlamaEncoder) -> MethodContext:
    aligned, n = np.array(images, np.float32), len(images)
    return MethodContext(
        "paint", (None,) * n, np.zeros(n, np.float32), (), texts, Tower(), aligned=aligned, tuner=Tower()
    )


CORNERS = [[1.0, 0, 0], [0.9, 0.436, 0], [0, 1.0, 0], [0, 0.9, 0.436], [0, 0, 1.0]]
FIVE = tuple("abcde")


def test_zero_shot_takes_the_word_of_the_likeliest_prompt(texts: WordLlamaEncoder) -> None:
    context = told(CORNERS, texts)
    method = ZeroShot(words="red/green/blue", thing="wall")
    soft = method.fit([], images=FIVE, k=3, context=context)
    assert soft.argmax(1).tolist() == [0, 0, 1, 1, 2]
    assert context.encoder.prompts == {"a wall with the paint of"}  # type: ignore[union-attr]
    assert soft[1, 1] / soft[1, 0] == pytest.approx(e ** ((0.436 - 0.9) / 0.05), rel=1e-3)
    two = method.fit([], images=FIVE, k=2, context=context)  # of three words the two that most are nearest to
    assert two.argmax(1)[:4].tolist() == [0, 0, 1, 1]
    four = method.fit([], images=FIVE, k=4, context=context)
    assert four.shape == (5, 4) and four.argmax(1)[0] != four.argmax(1)[4]


def test_the_number_of_words_is_not_that_of_the_groups(texts: WordLlamaEncoder) -> None:
    how = MultiSub(words="red/green/blue", first=3, second=1, cycles=1)
    for k in (2, 3, 4):
        assert how.fit([], images=FIVE, k=k, context=told(CORNERS, texts)).shape == (5, k)
    hard = replace(how, pseudo=True).fit([], images=FIVE, k=3, context=told(CORNERS, texts))
    assert set(np.unique(hard).tolist()) == {0, 1} and hard.argmax(1).tolist() == [0, 0, 1, 1, 2]


@pytest.mark.timeout(600)  # the first run on a machine trains the model
def test_it_beats_zero_shot_classification_by_the_same_words(
    clip_folder: Path, texts: WordLlamaEncoder
) -> None:
    """With the true labels as words: CLIP-label of the paper's Table 3, its best baseline."""
    pictures = draw_many(120, seed=5)
    encoder = ClipEncoder(str(clip_folder), device="cpu")
    aligned = encoder.encode_images([picture.pixels for picture in pictures])
    n = len(pictures)
    context = MethodContext(
        "colour",
        (None,) * n,
        np.zeros(n, np.float32),
        (),
        texts,
        encoder,
        "shape",
        aligned=aligned,
        tuner=encoder,
    )
    images, truth = tuple(map(str, range(n))), [picture.colour for picture in pictures]

    def nmi(method: MultiSub | ZeroShot) -> float:
        soft = method.fit([], images=images, k=len(COLOURS), context=context)
        return evaluate(truth, soft.argmax(1).tolist()).nmi

    words = "/".join(COLOURS)
    assert nmi(MultiSub(words=words, first=40, cycles=1, slow=0.05)) > nmi(ZeroShot(words=words)) + 0.01
