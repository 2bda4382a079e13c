"""Sorting into groups that the user names, on a real desk with one expert (colour)."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from assistant.desk import Desk
from assistant.desk.feedback import CONFIRMED, EXPERT, GUESS
from assistant.desk.sorting import NothingSeen, criterion_of
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
    asked = desk.questions.ask()
    assert asked is not None and asked.guess in made.guessed and asked.why == f'a guess at "{asked.guess}"'
    assert desk.collection.number(asked.images[0]) in members(desk, asked.guess)
    (other,) = {*made.guessed} - {asked.guess}
    desk.questions.answer(asked.images, other)  # it was a wrong guess
    then = desk.questions.ask()
    assert then is not None and then.images != asked.images
    for image in ["#1", "#4", "#7"][:CONFIRMED]:
        desk.questions.answer([image], "red")
        examples = desk.feedback.of(made.clustering.id).examples
        assert not any(label.name == "red" for label in examples)  # one that is known is worth more
    now = desk.clusterings.get()
    assert 10 in members(desk, "red") and now.confidence[10 - 1] > GUESS  # the one that was not asked about
    assert desk.feedback.of(made.clustering.id).guessed == {"blue"}


def test_what_nobody_has_confirmed_is_never_quite_sure(desk: Desk) -> None:
    made = desk.sorting.sort_into(["red"], rest="other").clustering
    assert not desk.feedback.of(made.id).guessed and made.confidence.max() <= np.float32(EXPERT)
    desk.questions.answer(["#1"], "red")
    assert desk.clusterings.get().confidence.max() > EXPERT


def test_the_group_with_fewer_known_pictures_is_asked_about_and_not_for_ever(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assistant.desk import questions, sorting

    monkeypatch.setattr(sorting, "evidence", guessing(sorting.evidence))
    desk.sorting.sort_into(["red", "blue"])
    desk.questions.answer(["#1"], "red")
    asked = desk.questions.ask()
    assert asked is not None and asked.guess == "blue"
    monkeypatch.setattr(questions, "MOST_GUESSES", 0)
    asked = desk.questions.ask()
    assert asked is None or not asked.guess


def test_what_is_not_found_for_sure_makes_no_group_and_names_the_likeliest(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assistant.desk import sorting

    monkeypatch.setattr(sorting, "evidence", lacking(sorting.evidence, "blue"))
    with pytest.raises(NothingSeen, match=r'like "blue" for sure.*the likeliest pictures are #') as refused:
        desk.sorting.sort_into(["blue"], rest="other")
    assert set(refused.value.absent["blue"]) <= {3, 6, 9, 12} and not desk.clusterings.all()
    made = desk.sorting.sort_into(["red", "blue"], rest="other")
    assert sorted(names(made.clustering)) == ["other", "red"] and list(made.absent) == ["blue"]
    unsure = desk.sorting.sort_into(["blue"], rest="other", unsure=True)
    assert sorted(names(unsure.clustering)) == ["blue", "other"]
    desk.editing.rename("blue", "sky")
    with pytest.raises(NothingSeen):
        desk.sorting.take_out(["blue"])


def test_a_guess_that_would_take_most_pictures_takes_none(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assistant.desk import sorting

    desk.grouping.group("colour")
    monkeypatch.setattr(sorting, "MOST_GUESSED", 0.3)
    before = desk.clusterings.get()
    monkeypatch.setattr(sorting, "evidence", guessing(sorting.evidence))
    desk.editing.rename("red", "warm")
    with pytest.raises(sorting.NothingSeen) as told:
        desk.sorting.take_out(["red"])
    assert len(told.value.absent["red"]) == sorting.NEAREST
    assert desk.clusterings.get().labels.tolist() == before.labels.tolist()
    monkeypatch.setattr(sorting, "MOST_GUESSED", 0.5)
    assert desk.sorting.take_out(["red"]).guessed == ("red",)


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
        (
            [f"c{chr(97 + i)}" for i in range(12)],
            "other",
            "13 groups are too many for 12 images; name at most 12",
        ),
    ],
)
def test_what_cannot_be_sorted_is_one_line(
    desk: Desk, values: list[str], rest: str | None, line: str
) -> None:
    with pytest.raises(UsageError, match=line):
        desk.sorting.sort_into(values, rest)
    assert not desk.clusterings.all()


def test_a_folder_of_few_pictures_is_sorted_as_well(pictures: Path, open_desk: Callable[[], Desk]) -> None:
    for path in sorted(path for path in pictures.iterdir() if path.is_file())[3:]:
        path.unlink()
    desk = open_desk()
    made = desk.sorting.sort_into(["red", "blue"])
    assert len(desk.collection) == 3 and sorted(names(made.clustering)) == ["blue", "red"]
    assert not made.clustering.unsorted()
    with pytest.raises(UsageError, match="4 groups are too many for 3 images; name at most 3"):
        desk.sorting.sort_into(["red", "blue", "green"], "other")


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


def lacking(real, gone):  # type: ignore[no-untyped-def]
    """Return evidence in which one value is in no picture for sure."""
    from dataclasses import replace

    def found(values, *given):  # type: ignore[no-untyped-def]
        made = real(values, *given)
        return replace(made, absent=tuple(value == gone for value in values))

    return found


def test_the_same_names_again_make_the_same_groups(desk: Desk) -> None:
    desk.sorting.sort_into(["red", "blue"], rest="other")
    desk.questions.answer(["#1"], "red")
    again = desk.sorting.sort_into(["Red", "blue"], rest="Other")
    assert sorted(names(again.clustering)) == ["Other", "Red", "blue"]
    assert desk.feedback.of(again.clustering.id).labels == {desk.find_images(["#1"])[0]: "Red"}


def test_names_again_take_the_place_of_renamed_and_merged_groups(desk: Desk) -> None:
    desk.sorting.sort_into(["red", "green", "blue"])
    desk.editing.rename("red", "crimson")
    assert sorted(names(desk.sorting.sort_into(["red", "green", "blue"]).clustering)) == [
        "blue",
        "green",
        "red",
    ]
    desk.editing.merge(["red", "blue"], "warm")
    again = desk.sorting.sort_into(["red", "green", "blue"])
    assert sorted(names(again.clustering)) == ["blue", "green", "red"]
    assert set(again.guessed) <= set(names(again.clustering))


def test_what_was_confirmed_is_no_guess_when_it_is_named_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assistant.desk import sorting

    monkeypatch.setattr(sorting, "evidence", guessing(sorting.evidence))
    desk.sorting.sort_into(["red", "blue"])
    for image in ("#1", "#4", "#7"):
        desk.questions.answer([image], "red")
    assert desk.sorting.sort_into(["red", "blue"]).guessed == ("blue",)


def test_fewer_groups_carry_examples_and_guesses_along(desk: Desk) -> None:
    desk.sorting.sort_into(["red", "green", "blue"])
    fewer = desk.grouping.fewer()
    assert len(fewer.clusters) == 2
    state = desk.feedback.of(fewer.id)
    assert {label.name for label in state.examples} <= set(names(fewer))
    after = desk.questions.answer(["#2"], "2")
    assert len(after.clusters) == 2


def test_groups_that_become_one_bear_both_names_whatever_was_answered(desk: Desk) -> None:
    desk.sorting.sort_into(["red", "green", "blue"])
    desk.questions.answer(["#2"], "red")  # which is green
    sizes = {c.name: desk.clusterings.get().size(c.id) for c in desk.clusterings.get().clusters}
    fewer = desk.grouping.fewer()
    (both,) = (c for c in fewer.clusters if c.name not in sizes)
    assert fewer.size(both.id) == sum(sizes[name] for name in both.name.split(" or ")) and " or " in both.name
    after = desk.questions.answer(["#3"], both.name)  # what was said of one of them is said of both
    assert names(after) == names(fewer)


def test_within_a_group_only_its_own_images_tell_what_is_there(desk: Desk) -> None:
    desk.sorting.sort_into(["red"], rest="other")
    with pytest.raises(NothingSeen, match="red ones"):  # there is nothing red in it
        desk.sorting.sort_into(["red ones", "blue"], within="other")
    unsure = desk.sorting.sort_into(["red ones", "blue"], within="other", unsure=True)
    assert "red ones" in unsure.guessed
    (guess,) = (c for c in unsure.clustering.clusters if c.name == "red ones")
    rows = unsure.clustering.labels == unsure.clustering.index(guess.id)
    assert unsure.clustering.confidence[rows].max() <= np.float32(GUESS)


def test_the_rest_of_one_group_has_a_name_of_its_own(desk: Desk) -> None:
    desk.sorting.sort_into(["red"], rest="other")
    desk.grouping.group("colour", k=2)
    desk.clusterings.choose("red-or-other")
    desk.editing.rename("other", "cold")
    made = desk.sorting.sort_into(["green"], rest="red", within="cold")
    assert sorted(names(made.clustering)) == ["green", "red", "red cold"]


@pytest.mark.parametrize("name", ["unsorted", "c2", "Duplicates"])
def test_a_group_that_could_not_be_reached_is_refused(desk: Desk, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name of a group"):
        desk.sorting.sort_into(["red", name])
    made = desk.sorting.sort_into(["red"], rest="unsorted")
    assert sorted(names(made.clustering)) == ["other", "red"]


def test_names_are_kept_in_one_line_without_control_characters(desk: Desk) -> None:
    made = desk.sorting.sort_into(["red \x1b[31m", "green\n ones", "green ones", "\u200b"], rest=" other ")
    assert sorted(names(made.clustering)) == ["green ones", "other", "red [31m"]


def test_nothing_is_sent_to_anybody(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def describe(*given: object) -> None:
        raise AssertionError("a describer was asked")

    monkeypatch.setattr(desk.experts, "describe", describe)
    desk.sorting.sort_into(["red", "blue"])


def test_what_is_taken_out_stands_beside_the_groups_that_there_are(desk: Desk) -> None:
    desk.grouping.group("shape", k=2)
    before = [cluster.name for cluster in desk.clusterings.get().clusters]
    made = desk.sorting.take_out(["red"]).clustering
    assert names(made) == [*before, "red"] and made.criterion == "shape"
    assert members(desk, "red") == {1, 4, 7, 10}
    again = desk.grouping.group("shape")
    assert "red" in names(again)  # it holds when it is grouped again
    desk.history.undo()
    desk.history.undo()
    assert names(desk.clusterings.get()) == before


def test_what_is_there_already_is_not_taken_out_again(desk: Desk) -> None:
    desk.sorting.sort_into(["red"], rest="other")
    with pytest.raises(UsageError, match='already a group "Red"'):
        desk.sorting.take_out(["Red"])


def test_a_locked_group_gives_nothing_away(desk: Desk) -> None:
    desk.sorting.sort_into(["red", "green"], rest="other")
    desk.editing.lock("green")
    kept = members(desk, "green")
    desk.sorting.take_out(["blue"])
    assert members(desk, "green") == kept and members(desk, "blue") <= {3, 6, 9, 12}
