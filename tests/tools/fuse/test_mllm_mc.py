"""The fusion of MLLM_MC (Eq. 10) by hand, and that each of its parts changes what comes out."""

from collections import Counter
from functools import cache

import numpy as np
import pytest

from tools.clustering.evaluate import evaluate
from tools.fuse.align import Aligned, Alignment
from tools.fuse.gated import Gated
from tools.fuse.kmeans import SingleView
from tools.fuse.method_context import MethodContext
from tools.fuse.mllm_mc import MllmMc
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.views import View

WORDS = ("red", "green", "blue")
MADE = Aligned(
    z=np.array([[1, 0]], np.float32),
    own_text=np.array([[0, 2]], np.float32),
    attended=np.array([[0, 4]], np.float32),
    seen=np.array([True]),
    right=0.75,
)


def test_equation_10() -> None:
    """u = z + z* = (1, 0) + (0, 4); weighed, a quarter of z and three quarters of z*."""
    assert MllmMc(weighed=False).fused(MADE).tolist() == [[1, 4]]
    assert MllmMc().fused(MADE).tolist() == [[0.25, 3]]
    assert MllmMc(residual=False).fused(MADE).tolist() == [[0, 4]]
    assert MllmMc(attention=False, weighed=False).fused(MADE).tolist() == [[1, 2]]


def test_the_gate_opens_for_words_that_are_right_and_like_the_picture() -> None:
    """lambda = sigmoid(<T, V> / tau + ln(r / (1 - r))); T and V at a right angle, r = .75: lambda = .75."""
    np.testing.assert_allclose(Gated().fused(MADE), [[0.25, 0.75]], atol=1e-6)
    np.testing.assert_allclose(Gated(gate=False).fused(MADE), [[0.5, 0.5]], atol=1e-6)
    like = Aligned(MADE.attended, MADE.own_text, MADE.attended, MADE.seen, 0.5)
    turned = Aligned(-MADE.attended, MADE.own_text, MADE.attended, MADE.seen, 0.5)
    np.testing.assert_allclose(Gated(gate_tau=1.0).fused(like), [[0, 1]], atol=1e-6)
    share = 1 / (1 + np.e)  # <T, V> = -1
    np.testing.assert_allclose(Gated(gate_tau=1.0).fused(turned), [[0, 2 * share - 1]], atol=1e-6)


@cache
def album(right: float = 0.7, n: int = 240) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Pictures that show their colour among other things, and words of which a share is right; and the truth."""
    rng = np.random.default_rng(1)
    truth = np.arange(n) % 3
    other = rng.integers(0, 4, n)  # what they show besides, and more of it
    pixels = np.concatenate([np.eye(3)[truth] * 1.2, np.eye(4)[other] * 1.5], axis=1)
    pixels = np.pad(pixels, ((0, 0), (0, 9))) + rng.normal(0, 0.3, (n, 16))
    said = np.where(rng.random(n) < right, truth, rng.integers(0, 3, n))
    return pixels.astype(np.float32), truth, tuple(WORDS[i] for i in said)


def run(
    method: MllmMc | Gated, texts: WordLlamaEncoder, witness: bool = True
) -> tuple[np.ndarray, list[str]]:
    pixels, truth, said = album()
    vocabulary = tuple(word for word, _ in Counter(said).most_common())
    context = MethodContext("colour", said, np.full(len(said), 0.8, np.float32), vocabulary, texts)
    views = [View("pixels", pixels), View("words", texts.encode(said), kind="text")]
    if witness:  # what an expert of colours would measure
        views.append(View("expert", np.eye(3, dtype=np.float32)[truth], weight=0.0))
    images = tuple(str(i) for i in range(len(said)))
    return method.fit(views, images=images, k=3, context=context).argmax(1), context.notes


def nmi(labels: np.ndarray) -> float:
    return evaluate([str(i) for i in album()[1]], labels.tolist()).nmi


@pytest.mark.parametrize("method", [MllmMc(), Gated()], ids=["mllm_mc", "gated"])
def test_pictures_and_words_together_are_better_than_either(
    method: MllmMc | Gated, texts: WordLlamaEncoder
) -> None:
    pixels, _, said = album()
    labels, notes = run(method, texts)
    alone = SingleView("pixels").fit([View("pixels", pixels)], images=tuple(map(str, range(240))), k=3)
    assert nmi(labels) > nmi(np.array([WORDS.index(word) for word in said])) + 0.1
    assert nmi(labels) > nmi(alone.argmax(1)) + 0.1
    (note,) = notes
    assert note.startswith("the groups agree with the words to 0.") and "1.00" in note


FLAGS = {
    "without contrast": MllmMc(Alignment(contrast=False)),
    "without attention": MllmMc(attention=False),
    "without residual": MllmMc(residual=False),
    "without a prior": MllmMc(Alignment(prior=False)),
    "as printed, Eq. 10": MllmMc(weighed=False),
    "as printed, one key": MllmMc(Alignment(keys="matched")),
    "no image held out": MllmMc(Alignment(held=0)),
}


@pytest.mark.parametrize("without", FLAGS)
def test_each_part_changes_the_groups(without: str, texts: WordLlamaEncoder) -> None:
    assert (run(FLAGS[without], texts)[0] != run(MllmMc(), texts)[0]).any()


def test_the_printed_method_collapses_to_the_words(texts: WordLlamaEncoder) -> None:
    printed = MllmMc(Alignment(held=0, prior=False, keys="matched", trust=False), weighed=False)
    labels, notes = run(printed, texts)
    words = [str(word) for word in album()[2]]
    assert evaluate(words, labels.tolist()).nmi > 0.99
    assert "to 1.00 (NMI)" in notes[0]
