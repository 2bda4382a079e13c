"""SAC: each numbered equation on numbers worked out by hand, its options, and what it does with poor words."""

from dataclasses import replace
from math import exp, log
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.tools.fuse.test_kmeans import partition
from tools.errors import Cancelled
from tools.fuse.constrained import constrained_kmeans
from tools.fuse.method_context import MethodContext
from tools.fuse.sac import Near, Sac, agreement, assigned, entropy, nce, neighbours, start_at
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.models.ports import Vectors
from tools.relational_graph import lift
from tools.training import Plan
from tools.views import View

# Three assignments of two groups, whose cosines are 0 (A, B), .6 (A, M) and .8 (B, M).
A, M, B = (1.0, 0.0), (3 / 7, 4 / 7), (0.0, 1.0)
P, Q = torch.tensor([A, M, B]), torch.tensor([M, B, A])
# The one neighbour of each image, so that the means over neighbours are p^K = B A M, q^K = B A M in the paper's intra
# sets and q^N = A M B, p^N = M B A in its inter sets.
NEAR = Near(image=torch.tensor([[1], [2], [0]]), text=torch.tensor([[2], [0], [1]]))
ROWS = torch.arange(3)
TAU = 1.1
PRINTED = Sac(weights="printed", start="random", balance=4.0)


def sgm(x: float) -> float:
    return 1 / (1 + exp(-x))


W_IN = [0.9 * sgm(0.0) + 0.1 * sgm(0.8), 0.9 * sgm(0.6) + 0.1 * sgm(0.0), 0.9 * sgm(0.8) + 0.1 * sgm(0.6)]
W_CN = [sgm(1.0)] * 3


def infonce(own: float, *others: float) -> float:
    return -log(exp(own / TAU) / (exp(own / TAU) + sum(exp(other / TAU) for other in others)))


# Eq. 8: A, M and B against B A M; Eq. 10: A, M and B against A M B; Eq. 11: M, B and A against M B A.
INTRA = [infonce(0.0, 1.0, 0.6), infonce(0.6, 0.8, 1.0), infonce(0.8, 1.0, 0.0)]
IMAGE_TO_TEXT = [infonce(1.0, 0.6, 0.0), infonce(1.0, 0.6, 0.8), infonce(1.0, 0.0, 0.8)]
TEXT_TO_IMAGE = [infonce(1.0, 0.8, 0.6), infonce(1.0, 0.8, 0.0), infonce(1.0, 0.6, 0.0)]


def loss(made: Sac) -> float:
    return float(made.loss(P, Q, NEAR, ROWS))


def test_eq_2_an_assignment_is_the_softmax_of_a_linear_head() -> None:
    heads = {
        "image.weight": torch.tensor([[1.0, 0.0], [0.0, 2.0]]),
        "image.bias": torch.tensor([0.0, log(3.0)]),
    }
    p = assigned(torch.tensor([[log(2.0), 0.0], [0.0, log(2.0)]]), heads, "image")
    torch.testing.assert_close(p, torch.tensor([[2 / 5, 3 / 5], [1 / 13, 12 / 13]]))


def test_eq_3_and_4_the_weight_within_a_side() -> None:
    found = PRINTED.weight(P, P[NEAR.text[:, 0]], Q, Q[NEAR.image[:, 0]])
    np.testing.assert_allclose(found.numpy(), W_IN, atol=1e-6)
    halved = replace(PRINTED, a=0.5).weight(P, P[NEAR.text[:, 0]], Q, Q[NEAR.image[:, 0]])
    assert float(halved[0]) == pytest.approx(0.9 * sgm(0.0) + 0.1 * sgm(1.6), abs=1e-6)


def test_eq_5_and_6_the_weight_between_the_sides() -> None:
    found = PRINTED.weight(P, Q[NEAR.text[:, 0]], Q, P[NEAR.image[:, 0]])
    np.testing.assert_allclose(found.numpy(), W_CN, atol=1e-6)


def test_by_chance_a_weight_is_how_far_a_cosine_lies_above_that_with_the_mean() -> None:
    ends = torch.tensor([A, A, B, B])
    # With the mean of A and B each has the cosine 1 / sqrt 2: the right neighbour counts in full, the wrong one not.
    np.testing.assert_allclose(Sac().weight(ends, ends, ends, ends).numpy(), [1, 1, 1, 1], atol=1e-6)
    np.testing.assert_allclose(
        Sac().weight(ends, ends, ends, ends.flip(0)).numpy(), [0.9, 0.9, 0.9, 0.9], atol=1e-6
    )
    between = torch.tensor([M, M, (4 / 7, 3 / 7), (4 / 7, 3 / 7)])
    wanted = 0.1 + 0.9 * (0.6 - 0.5**0.5) / (1 - 0.5**0.5)
    assert wanted < 0.1  # below chance, so that the image side has no say at all
    found = Sac().weight(ends, between, ends, ends)
    np.testing.assert_allclose(found.numpy(), [0.1, 0.1, 0.1, 0.1], atol=1e-6)
    found = Sac().weight(ends, between.flip(0), ends, ends)
    np.testing.assert_allclose(found.numpy(), 0.1 + 0.9 * (0.8 - 0.5**0.5) / (1 - 0.5**0.5), atol=1e-6)


def test_eq_8_to_11_the_contrasts() -> None:
    for own, near, wanted in (
        (P, P[NEAR.text[:, 0]], INTRA),
        (P, Q[NEAR.text[:, 0]], IMAGE_TO_TEXT),
        (Q, P[NEAR.image[:, 0]], TEXT_TO_IMAGE),
    ):
        np.testing.assert_allclose(nce(own, near, TAU).numpy(), wanted, atol=1e-6)


def test_eq_7_to_11_the_contrast_is_of_the_printed_neighbours_each_part_by_its_option() -> None:
    bare = replace(PRINTED, align=0.0, balance=0.0, sums=True)
    intra = sum(w * each for w, each in zip(W_IN, INTRA, strict=True))
    inter = sum(w * (i + t) for w, i, t in zip(W_CN, IMAGE_TO_TEXT, TEXT_TO_IMAGE, strict=True))
    assert loss(bare) == pytest.approx(intra + inter, abs=1e-5)
    assert loss(replace(bare, inter=False)) == pytest.approx(intra, abs=1e-5)
    assert loss(replace(bare, intra=False)) == pytest.approx(inter, abs=1e-5)
    assert loss(replace(bare, intra=False, inter=False)) == 0
    assert loss(replace(bare, sums=False)) == pytest.approx((intra + inter) / 3, abs=1e-5)
    unweighted = loss(replace(bare, intra_weights=False))
    assert unweighted == pytest.approx(sum(INTRA) + inter, abs=1e-5)
    unweighted = loss(replace(bare, inter_weights=False))
    assert unweighted == pytest.approx(intra + sum(IMAGE_TO_TEXT) + sum(TEXT_TO_IMAGE), abs=1e-5)


def test_a_batch_is_compared_with_itself_by_neighbours_from_anywhere() -> None:
    bare = replace(PRINTED, align=0.0, balance=0.0, inter=False, sums=True)
    found = float(bare.loss(P, Q, NEAR, torch.tensor([0, 2])))  # A and B, whose neighbours are B and M
    wanted = W_IN[0] * infonce(0.0, 0.6) + W_IN[2] * infonce(0.8, 1.0)
    assert found == pytest.approx(wanted, abs=1e-5)


def test_no_gradient_goes_through_the_weights() -> None:
    def gradient(made: Sac) -> torch.Tensor:
        p = P.clone().requires_grad_()
        return torch.autograd.grad(made.loss(p, Q, NEAR, ROWS), p)[0]

    bare = replace(PRINTED, align=0.0, balance=0.0, sums=True, inter=False)
    p = P.clone().requires_grad_()
    each = nce(p, p[NEAR.text[:, 0]], TAU)
    wanted = torch.autograd.grad((torch.tensor(W_IN) * each).sum(), p)[0]
    torch.testing.assert_close(gradient(bare), wanted)


def test_eq_12_the_agreement_over_columns_and_rows() -> None:
    p, q = torch.tensor([[0.75, 0.25], [0.25, 0.75]]), torch.tensor([[0.5, 0.5], [0.25, 0.75]])
    # The columns as distributions over images: p (3/4, 1/4) and (1/4, 3/4), q (2/3, 1/3) and (2/5, 3/5).
    columns = [
        -(0.75 * log(2 / 3) + 0.25 * log(1 / 3)),
        -(0.25 * log(2 / 5) + 0.75 * log(3 / 5)),
    ]
    rows = [-log(0.5), -(0.25 * log(0.25) + 0.75 * log(0.75))]
    wanted = sum(columns) / 2 + sum(rows) / 2
    assert float(agreement(p, q, torch.ones(2))) == pytest.approx(wanted, abs=1e-6)
    # An image of weight 0 is left out of the sums, and the columns count by the mean weight.
    assert float(agreement(p, q, torch.tensor([1.0, 0.0]))) == pytest.approx(
        0.5 * (-log(2 / 3) - log(2 / 5)) / 2 - log(0.5) / 2, abs=1e-6
    )


def test_eq_13_the_balance_is_the_entropy_of_the_mean_assignments() -> None:
    p, q = torch.tensor([A, A, A, B]), torch.tensor([A, B, A, B])
    wanted = -(0.75 * log(0.75) + 0.25 * log(0.25)) + log(2)
    assert float(entropy(p, q)) == pytest.approx(wanted, abs=1e-6)


def test_eq_14_what_is_minimised() -> None:
    contrast = loss(replace(PRINTED, align=0.0, balance=0.0))
    agreed, spread = float(agreement(P, Q, torch.ones(3))), float(entropy(P, Q))
    assert spread > 0 and agreed > 0
    assert loss(PRINTED) == pytest.approx(contrast + 0.6 * agreed - 4.0 * spread, abs=1e-4)


def test_neighbours_are_the_nearest_by_cosine_without_the_row_itself() -> None:
    rows = torch.tensor([[1, 0], [0.6, 0.8], [0, 1], [0.8, 0.6]])
    assert neighbours(rows, 1, 0)[:, 0].tolist() == [3, 3, 1, 1]
    assert sorted(neighbours(rows, 2, 0)[0].tolist()) == [1, 3]
    equal = torch.ones(30, 2)
    near = neighbours(equal, 3, 0)
    assert not (near == torch.arange(30)[:, None]).any() and len(set(near.flatten().tolist())) > 20


def test_each_side_has_its_own_neighbours(texts: WordLlamaEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    views, told, truth = given(30, texts, "useless")
    seen: list[Near] = []
    whole = Sac.loss

    def spy(made: Sac, p: torch.Tensor, q: torch.Tensor, near: Near, rows: torch.Tensor) -> torch.Tensor:
        seen.append(near)
        return whole(made, p, q, near, rows)

    monkeypatch.setattr(Sac, "loss", spy)
    fit(Sac(neighbours=5, plan=Plan(epochs=1)), (views, told, truth))
    kinds, words = np.array(truth), np.array(told.values)
    assert (kinds[seen[0].image.numpy()] == kinds[:, None]).mean() > 0.9
    assert (words[seen[0].text.numpy()] == words[:, None]).all()


def test_heads_start_at_the_groups_and_words_that_tell_nothing_start_at_their_shares() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 3 % 2  # two thirds and a third
    image = torch.from_numpy(np.eye(2, 8)[labels].astype(np.float32) * 2)
    text = torch.from_numpy(np.ones((60, 8), np.float32))
    heads = {
        f"{side}.{part}": torch.from_numpy(rng.normal(size=size).astype(np.float32)).requires_grad_()
        for side in ("image", "text")
        for part, size in (("weight", (8, 2)), ("bias", 2))
    }
    start_at(labels, image, text, heads)
    p, q = assigned(image, heads, "image").detach(), assigned(text, heads, "text").detach()
    assert (p.argmax(1).numpy() == labels).all() and p.max(1).values.min() > 0.9
    np.testing.assert_allclose(q[0].numpy(), [2 / 3, 1 / 3], atol=0.02)


def given(
    n: int, texts: WordLlamaEncoder, words: str, seed: int = 0
) -> tuple[list[View], MethodContext, list[int]]:
    """n pictures of three kinds that their pixels show, and words: "true", "useless" (of another partition), or of
    which a third is "swapped"."""
    rng = np.random.default_rng(seed)
    truth = [i % 3 for i in range(n)]
    pixels = np.eye(3, 40)[truth] + rng.normal(0, 0.15, (n, 40))
    said = {
        "true": truth,
        "useless": [i // 3 % 3 for i in range(n)],
        "swapped": [truth[i] if i % 4 else int(rng.integers(3)) for i in range(n)],
    }[words]
    values = tuple(("red", "green", "blue")[i] for i in said)
    told = MethodContext("colour", values, np.ones(n, np.float32), ("blue", "green", "red"), texts)
    views = [View("pixels", pixels.astype(np.float32)), View("words", texts.encode(values), kind="text")]
    return views, told, truth


def fit(made: Sac, both: tuple[list[View], MethodContext, list[int]], **more) -> Vectors:
    views, told, _ = both
    return made.fit(views, images=[f"{i}" for i in range(len(told.values))], k=3, context=told, **more)


def truly(truth: list[int]) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(np.array(truth) == group).tolist()) for group in set(truth)}


@pytest.mark.parametrize("words", ["true", "useless", "swapped"])
def test_words_that_the_pictures_do_not_bear_out_change_nothing(words: str, texts: WordLlamaEncoder) -> None:
    both = given(90, texts, words)
    assert partition(fit(Sac(), both)) == truly(both[2])


@pytest.mark.parametrize("words", ["useless", "swapped"])
def test_as_printed_such_words_pull_pictures_away(words: str, texts: WordLlamaEncoder) -> None:
    both = given(90, texts, words)
    kinds = np.array(both[2])
    right = sum(np.bincount(kinds[list(group)]).max() for group in partition(fit(PRINTED, both)))
    assert right < 85
    # The weights alone no longer decide: the heads are fitted to the groups that they start at.
    assert partition(fit(Sac(weights="printed"), both)) == truly(both[2])


def test_pictures_that_tell_nothing_are_grouped_by_words_of_a_model_that_was_asked(
    texts: WordLlamaEncoder,
) -> None:
    views, told, truth = given(90, texts, "true")
    rng = np.random.default_rng(1)
    views[0] = replace(views[0], data=rng.normal(size=(90, 200)).astype(np.float32))
    asked = replace(told, described=True)
    assert partition(fit(Sac(), (views, asked, truth))) == truly(truth)
    assert partition(fit(Sac(start="text"), (views, told, truth))) == truly(truth)
    assert partition(fit(Sac(), (views, told, truth))) != truly(truth)


def test_a_run_that_was_stopped_ends_as_if_it_never_was(texts: WordLlamaEncoder, tmp_path: Path) -> None:
    views, told, truth = given(30, texts, "true")
    made = Sac(plan=Plan(epochs=40), start="random")

    def stop(stage: str, done: int, total: int) -> None:
        if done == 17:
            raise Cancelled("cancelled")

    whole = fit(made, (views, told, truth))
    kept = views, replace(told, checkpoints=tmp_path), truth
    with pytest.raises(Cancelled):
        fit(made, kept, progress=stop)
    steps: list[int] = []
    resumed = fit(made, kept, progress=lambda stage, done, total: steps.append(done))
    assert steps[0] == 18 and not list(tmp_path.iterdir())
    np.testing.assert_array_equal(whole, resumed)
    with pytest.raises(Cancelled):
        fit(made, kept, progress=stop)
    steps.clear()
    other = fit(replace(made, sums=True), kept, progress=lambda stage, done, total: steps.append(done))
    assert steps[0] == 1  # a checkpoint of other options is none
    np.testing.assert_array_equal(other, fit(replace(made, sums=True), (views, told, truth)))


def test_heads_hold_small_groups_from_the_start() -> None:
    """Most pictures are near the middle, and the groups at the rim are small: none of their pictures is lost."""
    rng = np.random.default_rng(0)
    rows = np.concatenate([rng.normal(0, 0.3, (150, 12)), rng.normal(0, 1.0, (50, 12))]).astype(np.float32)
    soft = constrained_kmeans(rows, [str(row) for row in range(200)], (), 4, 0)
    labels = soft.argmax(1)
    assert np.bincount(labels).min() < 20
    features = torch.from_numpy(lift(rows) * np.float32(13**0.5))
    heads = {f"{side}.weight": torch.zeros(13, 4, requires_grad=True) for side in ("image", "text")}
    heads |= {f"{side}.bias": torch.zeros(4, requires_grad=True) for side in ("image", "text")}
    start_at(labels, features, features, heads)
    assert (assigned(features, heads, "image").argmax(1).numpy() == labels).all()
