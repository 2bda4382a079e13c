"""Sorting into groups that the user names, on a real desk with one expert (colour)."""

from collections.abc import Callable

import numpy as np
import pytest

from assistant.desk import Desk
from assistant.desk.feedback import CONFIRMED
from assistant.desk.grouping import GUESS
from assistant.desk.sorting import criterion_of
from tools.clustering.clustering import Clustering
from tools.errors import UsageError


def names(made: Clustering) -> list[str]:
    return [cluster.name for cluster in made.clusters]


def members(desk: Desk, name: str) -> set[int]:
    made = desk.clusterings.get()
    (cluster,) = (c for c in made.clusters if c.name == name)
    return {desk.collection.number(image) for image in made.members(cluster.id)}


def test_each_value_is_a_group_that_keeps_its_name(desk: Desk) -> None:
    made = desk.sorting.sort_into(["Red", "green", "the blue ones"])
    assert sorted(names(made.clustering)) == ["Red", "green", "the blue ones"] and not made.guessed
    assert members(desk, "Red") == {1, 4, 7, 10}
    assert made.clustering.criterion == "Red, green or the blue ones"


def test_everything_else_is_the_rest(desk: Desk) -> None:
    made = desk.sorting.sort_into(["red"], rest="other")
    assert sorted(names(made.clustering)) == ["other", "red"]
    assert members(desk, "red") == {1, 4, 7, 10}
    assert made.clustering.criterion == "red or other"


def test_it_is_a_grouping_beside_the_others_and_undo_takes_it_back(desk: Desk) -> None:
    desk.grouping.group("colour", k=3)
    desk.sorting.sort_into(["red", "blue"], rest="other")
    assert [c.criterion for c in desk.clusterings.all()] == ["colour", "red, blue or other"]
    desk.history.undo()
    assert [c.criterion for c in desk.clusterings.all()] == ["colour"]


def test_what_is_answered_holds_and_the_examples_are_still_learned_from(desk: Desk) -> None:
    desk.sorting.sort_into(["red", "blue"], rest="other")
    desk.questions.answer(["#2"], "red")  # which is green
    assert 2 in members(desk, "red") and members(desk, "blue") == {3, 6, 9, 12}
    assert desk.feedback.of(desk.clusterings.get().id).examples


def test_one_group_can_be_sorted_by_itself(desk: Desk) -> None:
    desk.grouping.group("colour", k=2)
    whole = max(desk.clusterings.get().clusters, key=lambda c: desk.clusterings.get().size(c.id))
    other = next(c.name for c in desk.clusterings.get().clusters if c.id != whole.id)
    inside = {desk.collection.number(i) for i in desk.clusterings.get().members(whole.id)}
    colours = sorted({("red", "green", "blue")[(number - 1) % 3] for number in inside})
    made = desk.sorting.sort_into([f"{colour} ones" for colour in colours], within=whole.name)
    assert sorted(names(made.clustering)) == sorted([other, *(f"{colour} ones" for colour in colours)])
    assert members(desk, f"{colours[0]} ones") <= inside
    assert desk.clusterings.get().criterion == "colour"
    desk.history.undo()
    assert len(desk.clusterings.get().clusters) == 2


def test_guesses_are_asked_about_first_until_enough_are_confirmed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assistant.desk import sorting

    monkeypatch.setattr(sorting, "evidence", guessing(sorting.evidence))
    made = desk.sorting.sort_into(["red", "blue"])
    assert made.guessed == ("red", "blue")
    assert made.clustering.sure and made.clustering.confidence.max() <= np.float32(GUESS)
    state = desk.feedback.of(made.clustering.id)
    asked = desk.questions.ask()
    assert asked is not None and asked.why == 'a guess at "red"'
    assert asked.images[0] in {label.image for label in state.examples if label.name == "red"}
    desk.questions.answer(asked.images, "blue")  # it was a wrong guess
    then = desk.questions.ask()
    assert then is not None and then.images != asked.images
    reds = ["#1", "#4", "#7"][:CONFIRMED]
    for image in reds:
        desk.questions.answer([image], "red")
    now, known = desk.clusterings.get(), members(desk, "red") - {1, 4, 7}
    assert all(now.confidence[number - 1] > GUESS for number in known)
    state = desk.feedback.of(made.clustering.id)
    assert state.guessed == {"blue"} and not any(label.name == "red" for label in state.examples)


def test_what_was_guessed_lasts(open_desk: Callable[[], Desk], monkeypatch: pytest.MonkeyPatch) -> None:
    from assistant.desk import sorting

    monkeypatch.setattr(sorting, "evidence", guessing(sorting.evidence))
    made = open_desk().sorting.sort_into(["red", "blue"])
    again = open_desk()
    assert again.feedback.of(made.clustering.id).guessed == {"red", "blue"}
    assert again.feedback.of(made.clustering.id).examples
    again.editing.rename("red", "crimson")
    assert again.feedback.of(made.clustering.id).guessed == {"crimson", "blue"}


@pytest.mark.parametrize(
    ("values", "rest", "line"),
    [
        (["red"], None, "one group sorts nothing"),
        (["red", "RED"], None, "one group sorts nothing"),
        ([" "], "other", "one group sorts nothing"),
        (["red", "green", "blue", "white"], "other", "5 groups are too many for 12 images; name at most 4"),
    ],
)
def test_what_cannot_be_sorted_is_one_line(
    desk: Desk, values: list[str], rest: str | None, line: str
) -> None:
    with pytest.raises(UsageError, match=line):
        desk.sorting.sort_into(values, rest)
    assert not desk.clusterings.all()


def test_values_that_nothing_here_can_see_make_no_pile(desk: Desk) -> None:
    with pytest.raises(UsageError, match='no expert here has a word for "boats"'):
        desk.sorting.sort_into(["boats", "trains"])
    assert not desk.clusterings.all()


def test_the_criterion_lists_the_groups() -> None:
    assert criterion_of(["cats", "Dogs", "cats"], "other") == "cats, Dogs or other"
    assert criterion_of(["other", "cats"], "other") == "cats or other"


def guessing(real):  # type: ignore[no-untyped-def]
    """Return evidence of which nothing is firm."""
    from dataclasses import replace

    def found(*given):  # type: ignore[no-untyped-def]
        made = real(*given)
        return replace(made, firm=(False,) * len(made.firm))

    return found
