"""What a criterion does not depend on is taken out of its views, where it is there at all."""

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import normalized_mutual_info_score as nmi

from tools.describe.describe import Descriptions
from tools.embed.prepare import prepare
from tools.embed.subtract_groupings import subtract_independent
from tools.models.ports import Slot, SlotSpec, Vectors
from tools.views import View

PEOPLE, MOODS, TIMES = 6, 3, 8
MOOD = SlotSpec("mood", ("mood",), ("face",), apart_from=(("person", None),))
PERSON = SlotSpec("person", ("person",), ("who",))


def made(
    rng: np.random.Generator, said: str | None = None, blurred: float = 0.05
) -> tuple[Descriptions, Vectors, Vectors]:
    """People x moods, `TIMES` each: a face that shows the person three times as strongly as the mood."""
    person, mood = (a.ravel() for a in np.meshgrid(np.arange(PEOPLE), np.arange(MOODS), indexing="ij"))
    person, mood = np.repeat(person, TIMES), np.repeat(mood, TIMES)
    n = len(person)
    who = np.eye(PEOPLE)[person] * 3 + rng.normal(0, blurred, (n, PEOPLE))
    face = rng.normal(0, 3, (PEOPLE, 5))[person] + 2.0 * np.eye(MOODS, 5)[mood] + rng.normal(0, 0.05, (n, 5))
    views = {"who": who.astype(np.float32), "face": face.astype(np.float32)}
    words = {"mood": mood, "person": person}
    slots = [{"mood": Slot("mood", f"m{words[said][i]}", 1.0)} if said else {} for i in range(n)]
    specs = {"mood": MOOD, "person": PERSON}
    images = tuple(f"{i:064x}" for i in range(n))
    return Descriptions(images, specs, views=tuple(views), _slots=slots, _views=views), person, mood


def told_apart(view: View, truth: Vectors) -> float:
    return float(nmi(truth, KMeans(MOODS, n_init=10, random_state=0).fit_predict(view.data)))


def face(found: Descriptions) -> View:
    return View("face", prepare(found.view("face")))


@pytest.mark.parametrize("seed", range(3))
def test_the_mood_appears_when_the_person_is_taken_out(seed: int) -> None:
    found, _, mood = made(np.random.default_rng(seed))
    (left,) = subtract_independent([face(found)], MOOD, found)
    assert told_apart(face(found), mood) < 0.4
    assert told_apart(left, mood) > 0.95


def test_nothing_is_taken_out_where_the_slot_says_the_same(rng: np.random.Generator) -> None:
    found, _, _ = made(rng, said="person")
    before = face(found)
    assert subtract_independent([before], MOOD, found) == [before]


def test_nothing_is_taken_out_where_the_view_shows_the_slot_already(rng: np.random.Generator) -> None:
    found, _, mood = made(rng, said="mood")
    clear = View(
        "face", prepare((3 * np.eye(MOODS)[mood] + rng.normal(0, 0.2, (len(mood), MOODS))).astype(np.float32))
    )
    assert subtract_independent([clear], MOOD, found) == [clear]
    (left,) = subtract_independent([face(found)], MOOD, found)
    assert told_apart(left, mood) > 0.95


def test_nothing_is_taken_out_where_the_groups_are_not_repeatable(rng: np.random.Generator) -> None:
    found, _, _ = made(rng, blurred=20)
    before = face(found)
    assert subtract_independent([before], MOOD, found) == [before]


def test_a_number_of_groups_that_the_pictures_do_not_repeat_is_not_taken_out(
    rng: np.random.Generator,
) -> None:
    found, _, _ = made(rng)
    before = face(found)
    asked = SlotSpec("mood", ("mood",), ("face",), apart_from=(("person", 2),))  # there are six alike
    assert subtract_independent([before], asked, found) == [before]
    (left,) = subtract_independent(
        [before], SlotSpec("mood", ("mood",), ("face",), apart_from=(("person", PEOPLE),)), found
    )
    assert not np.array_equal(left.data, before.data)


def test_a_slot_that_nobody_fills_is_left_in(rng: np.random.Generator) -> None:
    found, _, _ = made(rng)
    before = face(found)
    lonely = SlotSpec("mood", ("mood",), ("face",), apart_from=(("weather", None),))
    assert subtract_independent([before], lonely, found) == [before]
    assert subtract_independent([before], SlotSpec("mood", ("mood",), ("face",)), found) == [before]


def test_gaps_stay_gaps_and_views_of_no_weight_stay_as_they_are(rng: np.random.Generator) -> None:
    found, _, mood = made(rng)
    data = face(found).data.copy()
    data[::7] = np.nan
    other = View("other", data, 0.0)
    left, same = subtract_independent([View("face", data), other], MOOD, found)
    assert same is other
    assert (np.isnan(left.data) == np.isnan(data)).all()
    seen = ~np.isnan(data).any(axis=1)
    assert told_apart(View("face", left.data[seen]), mood[seen]) > 0.95
