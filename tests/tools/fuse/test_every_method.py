"""What every method of the registry promises, whatever it is given."""

from dataclasses import replace

import numpy as np
import pytest

from tools.clustering.constraints import Label
from tools.errors import UsageError
from tools.fuse import registry
from tools.fuse.align import Alignment
from tools.fuse.base import Method
from tools.fuse.gated import Gated
from tools.fuse.method_context import MethodContext
from tools.fuse.mllm_mc import MllmMc
from tools.fuse.multi_sub import MultiSub
from tools.fuse.orthogonalise import Orthogonalise
from tools.fuse.registry import find_method
from tools.fuse.sac import Sac
from tools.fuse.zero_shot import ZeroShot
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.models.ports import Vectors
from tools.training import Plan
from tools.views import View

# MFAVBs-CC refuses the few images, and wants the pictures themselves: it has tests of its own.
METHODS = {name: made for name, made in registry.METHODS.items() if name != "mfavbs"}
WORDS = ("red", "green", "blue")


class Linear:
    """A text tower that is one matrix: words and images in one space of six dimensions."""

    name = "linear"
    aligned = True
    columns = np.eye(3, 6, dtype=np.float32)

    def untunable(self) -> str | None:
        return None

    def word_vectors(self, words):
        return np.stack([self.columns[WORDS.index(word) if word in WORDS else 0] for word in words]) * 3

    def read(self, prompt, stars):
        return stars / stars.norm(dim=1, keepdim=True)

    def encode_texts(self, texts):
        return self.word_vectors([text.split()[-1] for text in texts]) / 3

    def encode_images(self, batch):
        raise AssertionError("no image is looked at")


def quick(name: str) -> Method:
    """A method that trains for a moment only."""
    if name == Sac.name:
        return Sac(plan=Plan(epochs=30))
    if name in (MllmMc.name, Gated.name):
        return registry.METHODS[name](Alignment(plan=Plan(epochs=40)))  # type: ignore[call-arg]
    if name == MultiSub.name:
        return MultiSub(words="/".join(WORDS), first=5, second=2, cycles=2, rate=0.1)
    if name == ZeroShot.name:
        return ZeroShot(words="/".join(WORDS))
    return find_method(name)


def both(
    n: int, texts: WordLlamaEncoder, equal: bool = False, seed: int = 0
) -> tuple[list[View], MethodContext, list[int]]:
    """n images of up to three colours: noisy pixels, words that are true."""
    rng = np.random.default_rng(seed)
    truth = [0 if equal else i % 3 for i in range(n)]
    noise = 0.0 if equal else 0.1
    pixels = np.eye(3, 6)[truth] + rng.normal(0, noise, (n, 6))
    pixels = (pixels / np.linalg.norm(pixels, axis=1, keepdims=True)).astype(np.float32)
    said = tuple(WORDS[i] for i in truth)
    words = texts.encode(said)
    told = MethodContext("colour", said, np.ones(n, np.float32), tuple(sorted(set(said))), texts)
    told = replace(told, encoder=Linear(), aligned=pixels, tuner=Linear())
    wide = np.pad(pixels, ((0, 0), (0, 34)))  # as wide as what a network gives
    return [View("pixels", wide), View("words", words, kind="text")], told, truth


def fit(
    name: str, given: tuple[list[View], MethodContext, list[int]], k: int | None, labels=(), seed: int = 0
) -> Vectors:
    views, told, _ = given
    images = tuple(f"image {i}" for i in range(len(told.values)))
    said = [Label(f"image {row}", group) for row, group in labels]
    return quick(name).fit(views, images=images, constraints=said, k=k, seed=seed, context=told)


@pytest.mark.parametrize("name", METHODS)
def test_it_finds_what_pixels_and_words_agree_on_the_same_each_time(
    name: str, texts: WordLlamaEncoder
) -> None:
    given = both(30, texts)
    soft = fit(name, given, 3)
    assert soft.shape == (30, 3) and soft.dtype == np.float32
    np.testing.assert_allclose(soft.sum(1), 1, atol=1e-5)
    np.testing.assert_array_equal(soft, fit(name, given, 3))
    if name != Sac.name:  # thirty epochs are too few for it; drawn pictures measure it
        groups = {(int(best), colour) for best, colour in zip(soft.argmax(1), given[2], strict=True)}
        assert len(groups) == 3


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("k", [0, -1, 5])
def test_a_number_of_groups_that_cannot_be_is_refused(name: str, k: int, texts: WordLlamaEncoder) -> None:
    with pytest.raises(UsageError, match=f"{k} groups cannot be made of 4 images; ask for 1 to 4"):
        fit(name, both(4, texts), k)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_few_images_and_images_that_are_all_equal(name: str, n: int, texts: WordLlamaEncoder) -> None:
    for k in (None, 1, n):
        for equal in (False, True):
            soft = fit(name, both(n, texts, equal), k)
            assert soft.shape[0] == n and (k is None or soft.shape[1] == k)
            np.testing.assert_allclose(soft.sum(1), 1, atol=1e-5)


@pytest.mark.parametrize("name", METHODS)
def test_without_a_number_one_is_found(name: str, texts: WordLlamaEncoder) -> None:
    assert 2 <= fit(name, both(36, texts), None).shape[1] <= 6


@pytest.mark.parametrize("name", METHODS)
def test_labels_are_obeyed(name: str, texts: WordLlamaEncoder) -> None:
    labels = [(0, "x"), (1, "x"), (2, "y"), (4, "y")]
    best = fit(name, both(24, texts), 3, labels).argmax(1)
    assert best[0] == best[1] != best[2] == best[4]


@pytest.mark.parametrize("name", METHODS)
def test_one_side_is_enough_and_none_leaves_an_image_unsorted(name: str, texts: WordLlamaEncoder) -> None:
    views, told, truth = both(24, texts)
    pixels, words = (view.data.copy() for view in views)
    pixels[[3, 5]], words[[4, 5]] = np.nan, np.nan
    said = tuple(None if i in (4, 5) else word for i, word in enumerate(told.values))
    told = replace(told, values=said, aligned=pixels[:, :6])
    given = [replace(views[0], data=pixels), replace(views[1], data=words)], told, truth
    soft = fit(name, given, 3)
    assert np.isfinite(soft).all() and not soft[5].any()
    assert soft[4].sum() == pytest.approx(1, abs=1e-5)
    if name not in (
        MultiSub.name,
        Orthogonalise.name,
        ZeroShot.name,
    ):  # without a picture there is nothing to group
        assert soft[3].sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("name", [name for name in METHODS if METHODS[name].multimodal])
def test_what_it_lacks_is_one_line(name: str, texts: WordLlamaEncoder) -> None:
    views, told, _ = both(4, texts)
    silent = replace(told, values=(None,) * 4, vocabulary=(), tuner=None, encoder=None)
    lack = quick(name).missing_requirements(views[:1], silent)
    assert lack and "\n" not in lack
    assert quick(name).missing_requirements(views, told) is None
    with pytest.raises(UsageError):
        quick(name).fit(views[:1], images=tuple("abcd"), k=2, context=silent)


class Enough(Exception):
    pass


def test_a_run_that_was_stopped_ends_as_if_it_never_was(texts: WordLlamaEncoder, tmp_path) -> None:
    views, told, _ = both(30, texts)
    images = tuple(f"image {i}" for i in range(30))
    made, kept = MllmMc(Alignment(plan=Plan(epochs=40))), replace(told, checkpoints=tmp_path / "runs")

    def stop(stage: str, done: int, total: int) -> None:
        if done == 5:  # the images that are held out end it soon after
            raise Enough

    whole = made.fit(views, images=images, k=3, context=told)
    with pytest.raises(Enough):
        made.fit(views, images=images, k=3, context=kept, progress=stop)
    assert len(list((tmp_path / "runs").iterdir())) == 1
    steps: list[int] = []
    resumed = made.fit(
        views, images=images, k=3, context=kept, progress=lambda stage, done, total: steps.append(done)
    )
    assert steps[0] == 6
    np.testing.assert_array_equal(whole, resumed)
    assert not list((tmp_path / "runs").iterdir())
    # A checkpoint of another run is none.
    with pytest.raises(Enough):
        made.fit(views, images=images, k=3, context=kept, progress=stop)
    steps.clear()
    other = made.fit(
        views,
        images=images,
        k=3,
        seed=1,
        context=kept,
        progress=lambda stage, done, total: steps.append(done),
    )
    assert steps[0] == 1
    np.testing.assert_array_equal(other, made.fit(views, images=images, k=3, seed=1, context=told))
