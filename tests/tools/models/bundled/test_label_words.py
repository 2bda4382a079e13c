"""Words against class probabilities, without any picture: the network's own last step on its own class weights."""

import numpy as np
import pytest

from tools.models.bundled import label_words
from tools.models.bundled.imagenet_labels import imagenet_names, scenes
from tools.models.bundled.label_words import LABEL_VIEW, label_likeness
from tools.models.ports import Vectors

CLASSES = {
    "dog": ("golden retriever", "pug", "beagle"),
    "boat": ("canoe", "speedboat", "lifeboat"),
    "clothing": ("cardigan", "trench coat", "miniskirt"),
}


@pytest.fixture(scope="module")
def top() -> Vectors:
    """Means of the last layer of which the network is sure: three classes of each kind."""
    weight, _ = label_words.class_head()
    rows = [weight[imagenet_names().index(name)] for names in CLASSES.values() for name in names]
    return np.array([row / np.linalg.norm(row) * 40 for row in rows], np.float32)


def test_each_word_fits_its_own_kind_best(top: Vectors) -> None:
    fits = label_likeness({LABEL_VIEW: top}.__getitem__, list(CLASSES))
    assert fits.shape == (9, 3) and fits.dtype == np.float32
    assert fits.reshape(3, 3, 3).mean(1).argmax(1).tolist() == [0, 1, 2]
    np.testing.assert_allclose(fits.mean(0), 0, atol=1e-5)


def test_groups_have_words_for_what_their_classes_are_together(top: Vectors) -> None:
    seen = np.concatenate([top, np.full((1, 1280), np.nan, np.float32)])
    words, shown = label_words.thing_words({LABEL_VIEW: seen}.__getitem__)
    assert shown.shape == (10, len(words)) and shown.dtype == np.float32
    assert [words[i] for i in shown[:9].argmax(1)] == ["dog"] * 3 + ["boat"] * 3 + [
        "sweater",
        "coat",
        "skirt",
    ]
    assert np.isnan(shown[9]).all() and (shown[:9].max(1) > 0.9).all()
    assert label_words.thing_words({LABEL_VIEW: seen[:0]}.__getitem__)[1].shape == (0, len(words))
    places, same = label_words.scene_words({LABEL_VIEW: seen}.__getitem__)
    np.testing.assert_array_equal(same, shown)
    assert set(places) == {"", *scenes()} and places[words.index("coast")] == "coast"


def test_a_kind_is_known_by_the_definitions_of_its_classes(
    top: Vectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name of no cardigan says that it is clothing."""
    both = label_likeness({LABEL_VIEW: top}.__getitem__, ["clothing"])
    monkeypatch.setattr(label_words, "definitions", lambda: np.zeros((1000, 256), np.float32))
    names_alone = label_likeness({LABEL_VIEW: top}.__getitem__, ["clothing"])
    assert both[6:].mean() > names_alone[6:].mean()


def test_without_the_view_it_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        label_likeness({}.__getitem__, ["cat"])
