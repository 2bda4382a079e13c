"""Whether words are believed."""

import numpy as np
import pytest

from tools.clustering.constraints import MustLink
from tools.fuse.align import WORDS_ALONE, Alignment, words_alone
from tools.fuse.gated import Gated
from tools.fuse.method_context import MethodContext
from tools.fuse.mllm_mc import MllmMc
from tools.fuse.pair import pair
from tools.fuse.trust import Trust, trust, worse_than_words
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.views import View

N = 60
TRUTH = np.arange(N) % 3
RNG = np.random.default_rng(0)
NOISE = RNG.integers(0, 3, N).astype(np.intp)
OWN = (np.eye(3)[TRUTH] + RNG.normal(0, 0.05, (N, 3))).astype(np.float32)
OTHER = (np.eye(3)[RNG.permutation(TRUTH)] + RNG.normal(0, 0.05, (N, 3))).astype(np.float32)
WORDS = np.array(["red", "green", "blue"])


def context(tag: np.ndarray, texts: WordLlamaEncoder) -> MethodContext:
    return MethodContext(
        "colour", tuple(WORDS[tag].tolist()), np.full(N, 0.6, np.float32), tuple(WORDS), texts
    )


def views(pictures: np.ndarray, tag: np.ndarray, texts: WordLlamaEncoder) -> list[View]:
    return [
        View("pixels", pictures),
        View("expert", OWN, weight=0.0),
        View("words", texts.encode(WORDS[tag].tolist()), kind="text"),
    ]


def test_words_are_trusted_where_the_criterions_own_views_bear_them_out(texts: WordLlamaEncoder) -> None:
    right = trust(pair(views(OTHER, TRUTH, texts)), context(TRUTH, texts), TRUTH.astype(np.intp), 3, 0)
    assert right.words == pytest.approx(1) and right.pictures < 0.3 and right.deserved and right.right == 1
    wrong = trust(pair(views(OWN, NOISE, texts)), context(NOISE, texts), NOISE, 3, 0)
    assert wrong.words < 0.3 and wrong.pictures > 0.9 and not wrong.deserved


def test_words_need_not_be_better_than_the_pictures_only_good() -> None:
    assert Trust(0.91, 1.0).deserved and not Trust(0.84, 1.0).deserved and Trust(0.43, 0.11).deserved
    assert Trust(0.81, 1.0).right == pytest.approx(0.9)  # two that agree are both right: .9 * .9
    assert Trust(-0.1, 1.0).right == 0


def test_without_a_witness_words_are_as_good_as_they_are_sure(texts: WordLlamaEncoder) -> None:
    tag = NOISE.copy()
    tag[:10] = -1
    alone = [view for view in views(OWN, NOISE, texts) if view.weight > 0]
    found = trust(pair(alone), context(NOISE, texts), tag, 3, 0)
    assert found.words == pytest.approx(0.6) and np.isnan(found.pictures) and found.deserved


@pytest.mark.parametrize("make", [MllmMc, Gated])
def test_words_that_are_not_trusted_are_left_out_and_the_note_says_so(make, texts: WordLlamaEncoder) -> None:
    told = context(NOISE, texts)
    images = tuple(str(i) for i in range(N))
    soft = make().fit(views(OWN, NOISE, texts), images=images, k=3, context=told)
    groups = {(int(best), truth) for best, truth in zip(soft.argmax(1), TRUTH.tolist(), strict=True)}
    assert len(groups) == 3
    assert told.notes[0].startswith("the words were left out") and len(told.notes) == 2
    told.notes.clear()
    make(Alignment(trust=False)).fit(views(OWN, NOISE, texts), images=images, k=3, context=told)
    assert len(told.notes) == 1


def test_a_fusion_is_worse_than_its_words_where_the_criterions_own_views_say_so(
    texts: WordLlamaEncoder,
) -> None:
    sides = pair(views(OTHER, TRUTH, texts))
    tag = TRUTH.astype(np.intp)
    assert worse_than_words(sides, tag, NOISE, 0)
    assert not worse_than_words(sides, NOISE, tag, 0) and not worse_than_words(sides, tag, tag, 0)
    many = pair([View("pixels", np.tile(OTHER, (4, 1))), View("expert", np.tile(OWN, (4, 1)), weight=0.0)])
    slightly = np.tile(tag, 4)
    slightly[:2] = (slightly[:2] + 1) % 3  # two of 240: no more than what is lost by chance
    assert not worse_than_words(many, np.tile(tag, 4), slightly, 0)
    slightly[:40] = NOISE[:40]
    assert worse_than_words(many, np.tile(tag, 4), slightly, 0)
    blind = pair([view for view in views(OTHER, TRUTH, texts) if view.weight > 0])
    assert not worse_than_words(blind, tag, NOISE, 0)


def test_the_groups_of_the_words_alone_by_hand() -> None:
    """The fourth picture has no word and is where most of its group are, the fifth has neither word nor group."""
    soft = words_alone(np.array([1, 1, 0, -1, -1]), np.array([0, 0, 1, 0, -1]), 2)
    assert soft.tolist() == [[0, 1], [0, 1], [1, 0], [0, 1], [0, 0]]


@pytest.mark.parametrize("make", [MllmMc, Gated])
def test_the_words_alone_count_where_the_pictures_take_the_groups_away(
    make, texts: WordLlamaEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pictures show something else: what they would make of the groups is put in place of the fusion."""
    monkeypatch.setattr(
        "tools.fuse.pair.constrained_kmeans", lambda *given: np.eye(3, dtype=np.float32)[NOISE]
    )
    told, images = context(TRUTH, texts), tuple(str(i) for i in range(N))
    soft = make().fit(views(OTHER, TRUTH, texts), images=images, k=3, context=told)
    groups = {(int(best), truth) for best, truth in zip(soft.argmax(1), TRUTH.tolist(), strict=True)}
    assert len(groups) == 3 and told.notes[0] == WORDS_ALONE
    said = MustLink(images[0], images[1])
    tied = make().fit(views(OTHER, TRUTH, texts), images=images, k=3, context=told, constraints=(said,))
    assert tied[0].argmax() == tied[1].argmax()
    told.notes.clear()
    printed = make(Alignment(trust=False)).fit(views(OTHER, TRUTH, texts), images=images, k=3, context=told)
    assert (printed.argmax(1) == NOISE).all() and WORDS_ALONE not in told.notes
