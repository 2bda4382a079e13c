"""The contrast and the attention of MLLM_MC (Eq. 6-9), by hand; and when training ends."""

from math import e, log, sqrt

import numpy as np
import pytest
import torch

from tools.fuse.align import Alignment, Texts, align, attend, contrast, gather_texts, held_out, sharpness
from tools.fuse.method_context import MethodContext
from tools.fuse.pair import Pair
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.training import Plan

# Two pictures of the first text and one of the second; lengths do not count.
Z = torch.tensor([[3.0, 0.0], [1.0, 0.0], [0.0, 2.0]])
H = torch.tensor([[1.0, 0.0], [0.0, 5.0]])
OWN, COUNT = torch.tensor([0, 0, 1]), torch.tensor([2.0, 1.0])


def test_equations_6_and_7_as_printed() -> None:
    """tau = .5: scores 2 and 0. The first two: -ln(e^2 / (2 e^2 + 1)); the third: -ln(e^2 / (2 + e^2))."""
    expected = (2 * log(2 + e**-2) + log(1 + 2 * e**-2)) / 3
    assert float(contrast(Z, H, OWN, COUNT, 0.5, printed=True)) == pytest.approx(expected, abs=1e-6)
    assert expected == pytest.approx(0.5855, abs=1e-4)


def test_equations_6_and_7_without_images_of_the_same_text() -> None:
    """The first two: -ln(e^2 / (e^2 + 1)); the third as printed."""
    expected = (2 * log(1 + e**-2) + log(1 + 2 * e**-2)) / 3
    assert float(contrast(Z, H, OWN, COUNT, 0.5)) == pytest.approx(expected, abs=1e-6)
    assert expected == pytest.approx(0.1645, abs=1e-4)


def test_the_contrast_draws_pictures_and_texts_to_each_other() -> None:
    z, h = (
        torch.tensor([[1.0, 1.0]], requires_grad=True),
        torch.tensor([[1.0, 0.0], [0.0, 1.0]], requires_grad=True),
    )
    contrast(z, h, torch.tensor([0]), torch.ones(2), 1.0).backward()
    assert z.grad is not None and h.grad is not None
    assert z.grad[0, 0] < 0 < z.grad[0, 1]  # a step against the gradient turns the picture towards its text
    assert h.grad[0, 1] < 0 < h.grad[1, 0]  # its text turns to the picture, and the other text away from it


def test_equations_8_and_9() -> None:
    """Scores (4, 0) / sqrt(2); softmax .944, .056; z* = .944 (2, 0) + .056 (0, 2)."""
    z, h = torch.tensor([[2.0, 0.0]]), torch.tensor([[2.0, 0.0], [0.0, 2.0]])
    share = e ** (4 / sqrt(2)) / (e ** (4 / sqrt(2)) + 1)
    found = attend(z, h, torch.tensor([[True, True]]))
    np.testing.assert_allclose(found.numpy(), [[2 * share, 2 * (1 - share)]], atol=1e-6)
    assert share == pytest.approx(0.944, abs=1e-3)


def test_attention_begins_from_what_is_likely_before_the_picture_is_seen() -> None:
    """odds .1 e^2.83 : .9 = 1.69 : .9."""
    z, h = torch.tensor([[2.0, 0.0]]), torch.tensor([[2.0, 0.0], [0.0, 2.0]])
    found = attend(z, h, torch.tensor([[True, True]]), torch.log(torch.tensor([[0.1, 0.9]])))
    odds = 0.1 * e ** (4 / sqrt(2)) / 0.9
    np.testing.assert_allclose(found.numpy(), [[2 * odds / (1 + odds), 2 / (1 + odds)]], atol=1e-5)


def test_as_printed_one_key_is_the_identity_on_values_and_none_gives_nothing() -> None:
    z, h = torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[5.0, 6.0], [7.0, 8.0]])
    found = attend(z, h, torch.tensor([[True, False], [False, False]]))
    assert torch.equal(found[0], h[0]) and not found[1].any()


def test_an_own_text_is_likely_as_often_as_texts_are_right() -> None:
    texts = Texts(np.eye(3, dtype=np.float32), np.array([1, -1]), np.ones((2, 3), bool))
    np.testing.assert_allclose(np.exp(texts.prior(0.8)), [[0.1, 0.8, 0.1], [0.1, 0.1, 0.1]], atol=1e-6)
    assert np.exp(texts.prior(1.0))[0, 1] == pytest.approx(0.99)  # never beyond doubt
    np.testing.assert_allclose(np.exp(texts.prior(0.0))[0], 1 / 3, atol=1e-6)  # nor worse than chance


def test_queries_are_as_sharp_as_held_out_pictures_bear_out() -> None:
    h, keys = torch.eye(4) * 4, torch.ones(4, 4, dtype=torch.bool)
    assert sharpness(torch.eye(4) * 4, h, torch.arange(4), keys) == 1
    assert sharpness(torch.eye(4) * 4, h, torch.tensor([1, 0, 3, 2]), keys) == 0  # always wrong
    half = sharpness(
        torch.eye(4).repeat(2, 1) * 4, h, torch.tensor([0, 1, 2, 3, 0, 1, 3, 2]), keys.repeat(2, 1)
    )
    assert 0 < half < 1
    assert sharpness(torch.empty(0, 4), h, torch.empty(0, dtype=torch.int64), keys[:0]) == 1


def test_images_that_are_held_out_are_not_learned_from() -> None:
    rows = np.arange(10, 60)
    learned, held = (part.tolist() for part in held_out(rows, 0.2, seed=1))
    assert len(held) == 10 and sorted(learned + held) == rows.tolist()
    assert held_out(rows, 0.2, seed=2)[1].tolist() != held
    assert not len(held_out(rows[:19], 0.2, seed=1)[1])  # of so few all are needed


def random_words(n: int = 80) -> tuple[Pair, Texts]:
    """Pictures whose words have nothing to do with them."""
    rng = np.random.default_rng(0)
    image = rng.normal(size=(n, 8)).astype(np.float32)
    own = rng.integers(0, 2, n).astype(np.intp)
    none = np.zeros(n, bool)
    sides = Pair(image, ~none, np.zeros((n, 1), np.float32), none)
    return sides, Texts(np.eye(2, dtype=np.float32), own, np.ones((n, 2), bool))


def aligned(how: Alignment) -> tuple[float, int]:
    """The share of images that attend most to their own text, and the number of epochs."""
    sides, texts = random_words()
    epochs: list[int] = []
    made = align(
        sides, texts, 0.5, how, seed=0, stage="", progress=lambda stage, done, total: epochs.append(done)
    )
    nearest = (made.attended * made.own_text).sum(1) > (made.attended * made.own_text).sum(1).mean() / 2
    return float(nearest.mean()), epochs[-1]


def test_training_ends_before_pictures_are_where_their_words_are() -> None:
    """Words that nothing in the pictures shows can be learned by heart, picture by picture."""
    plan = Plan(epochs=150, patience=150)
    by_heart, all_epochs = aligned(Alignment(held=0, prior=False, plan=plan))
    ours, few = aligned(Alignment(prior=False, plan=plan))
    assert by_heart == 1 and all_epochs == 150
    assert ours < 0.95 and few < 60


def test_texts_are_matched_tags_or_descriptions_and_keys_are_what_was_asked_for(
    texts: WordLlamaEncoder,
) -> None:
    said = ("red", "red", "blue", "dark red", None)
    told = MethodContext("colour", said, np.ones(5, np.float32), ("red", "blue", "dark red"), texts)
    tags = gather_texts(told, 2, Alignment())
    assert tags.own_text.tolist() == [0, 0, 1, 0, -1] and tags.keys.shape == (5, 2) and tags.keys.all()
    own = gather_texts(told, 2, Alignment(keys="matched"))
    assert own.keys.tolist() == [[True, False], [True, False], [False, True], [True, False], [False, False]]
    descriptions = gather_texts(told, 2, Alignment(matching=False))
    assert len(set(descriptions.own_text[:4].tolist())) == 3 and descriptions.own_text[4] == -1
    tokens = gather_texts(told, 2, Alignment(keys="tokens"))
    assert tokens.keys.sum(1).tolist() == [1, 1, 1, 1, 0]
