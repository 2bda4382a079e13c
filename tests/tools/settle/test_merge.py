"""Groups that are said to be the same become one."""

import numpy as np
import pytest

from tools.clustering.constraints import CannotLink, Constraint, Label, MustLink
from tools.describe.describe import Descriptions
from tools.models.ports import Slot, SlotSpec
from tools.settle.merge import merge
from tools.views import View

MOOD = SlotSpec("mood", ("how they feel",), ("v",), "emotion")
EACH = 5


def merged(
    words: list[str | None], at: list[float], sure: float = 0.9, constraints: tuple[Constraint, ...] = ()
) -> list[list[int]]:
    """Which groups became one: each of five images, with its word and where it lies."""
    n, k = EACH * len(words), len(words)
    said = [w for w in words for _ in range(EACH)]
    slots = [{"mood": Slot("mood", w, sure)} if w else {} for w in said]
    seen = Descriptions(tuple(map(str, range(n))), {"mood": MOOD}, _slots=slots)
    soft = np.repeat(np.eye(k, dtype=np.float32), EACH, axis=0)
    spread = np.tile(np.linspace(-0.1, 0.1, EACH), k)
    points = (np.repeat(at, EACH) + spread)[:, None].astype(np.float32)
    found = merge(soft, seen.column("mood"), [View("v", points)], seen.images, constraints)
    np.testing.assert_allclose(found.sum(1), soft.sum(1))
    columns = found.argmax(1)[::EACH].tolist()
    assert found.argmax(1).tolist() == [c for c in columns for _ in range(EACH)]
    return [[i for i, c in enumerate(columns) if c == column] for column in range(found.shape[1])]


def test_two_that_are_surely_the_same_and_lie_together_are_one() -> None:
    assert merged(["happy", "happy", "sad"], [0, 1, 5]) == [[0, 1], [2]]
    assert merged(["sad", "happy", "happy", "happy"], [9, 0, 1, 2]) == [[0], [1, 2, 3]]


@pytest.mark.parametrize(
    ("words", "at", "sure"),
    [
        (["happy", "happy", "sad"], [0, 2, 1], 0.9),  # another lies between them
        (["happy", "happy", "sad"], [0, 1, 5], 0.5),  # nobody is sure
        (["happy", "happy", "happy"], [0, 1, 5], 0.9),  # the word is too coarse
        (["happy", "happy"], [0, 1], 0.9),
        ([None, None, "sad"], [0, 1, 5], 0.9),
    ],
)
def test_others_stay_apart(words: list[str | None], at: list[float], sure: float) -> None:
    assert merged(words, at, sure) == [[i] for i in range(len(words))]


def test_what_the_user_told_apart_stays_apart() -> None:
    where = ["happy", "happy", "sad"], [0.0, 1.0, 5.0]
    for said in ((CannotLink("0", "7"),), (Label("0", "grin"), Label("7", "smile"))):
        assert merged(*where, constraints=said) == [[0], [1], [2]]
    for said in ((MustLink("0", "7"),), (CannotLink("0", "12"),), (Label("0", "grin"), Label("7", "grin"))):
        assert merged(*where, constraints=said) == [[0, 1], [2]]


def test_images_without_a_group_stay_without_one() -> None:
    slots = [{"mood": Slot("mood", w, 1.0)} for w in ("happy", "happy", "sad", "sad")]
    seen = Descriptions(("a", "b", "c", "d"), {"mood": MOOD}, _slots=slots)
    soft = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]], np.float32)
    points = np.array([[0], [1], [9], [np.nan]], np.float32)
    found = merge(soft, seen.column("mood"), [View("v", points)], seen.images)
    assert found.tolist() == [[1, 0], [1, 0], [0, 1], [0, 0]]
