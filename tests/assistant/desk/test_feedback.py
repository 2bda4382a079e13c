"""What the journal says was said."""

from assistant.desk.feedback import Feedback
from assistant.desk.feedback_log import (
    constraints_from_json,
    constraints_to_json,
    feedback_from,
    feedback_from_json,
    feedback_to_json,
)
from assistant.workspace import Event
from tools.clustering.constraints import CannotLink, Constraint, Label, MustLink, consistent

ALL: list[Constraint] = [Label("a", "happy"), MustLink("b", "c"), CannotLink("a", "b")]


def answer(*constraints: Constraint, **detail: object) -> Event:
    return Event("answer", "", "mood", {"said": constraints_to_json(constraints), **detail})


def test_answers_are_in_the_order_in_which_they_were_said() -> None:
    found = feedback_from("mood", [answer(c) for c in ALL])
    assert found.constraints == tuple(ALL)
    assert feedback_from("colour", [answer(c) for c in ALL]) == Feedback()


def test_a_new_name_takes_the_place_of_the_old_one() -> None:
    found = feedback_from("mood", [answer(ALL[0]), answer(Label("a", "sad"))])
    assert found.constraints == (Label("a", "sad"),)


def test_what_contradicted_something_newer_is_gone() -> None:
    found = feedback_from(
        "mood", [answer(MustLink("a", "b")), answer(CannotLink("a", "b"), dropped=[["same", "a", "b"]])]
    )
    assert found.constraints == (CannotLink("a", "b"),)


def test_names_follow_renames_merges_and_splits() -> None:
    events = [
        Event("group", "", "mood", {"k": 3}),
        answer(Label("a", "happy"), Label("b", "glad")),
        Event("rename", "", "mood", {"cluster": "c1", "from": "happy", "to": "Happy"}),
        Event("merge", "", "mood", {
            "clusters": ["c1", "c2"], "kept": "c1", "given": False, "names": {"Happy": "Happy", "glad": "Happy"},
            "examples": {"a": "Happy", "x": "Happy", "y": "Happy"},
        }),
    ]  # fmt: skip
    found = feedback_from("mood", events)
    assert found.labels == {"a": "Happy", "b": "Happy"}
    assert found.examples == (Label("x", "Happy"), Label("y", "Happy"))
    assert (found.merged_ids, found.named_ids, found.k, found.reshaped) == ({"c1"}, {"c1"}, 3, True)
    split = Event("split", "", "mood", {
        "cluster": "c1", "labels": {"b": "Happy 2", "y": "Happy 2"}, "examples": {"x": "Happy"},
    })  # fmt: skip
    found = feedback_from("mood", [*events, split])
    assert found.labels == {"a": "Happy", "b": "Happy 2"}
    assert set(found.examples) == {Label("y", "Happy 2"), Label("x", "Happy")} and not found.merged_ids
    assert not feedback_from("mood", [*events, Event("group", "", "mood", {"k": None})]).reshaped


def test_moves_and_what_is_put_aside() -> None:
    moved = Event("move", "", "mood", {"images": ["a", "b"], "to": "sad"})
    aside = Event("move", "", "mood", {"images": ["a"], "to": None})
    assert feedback_from("mood", [moved]).labels == {"a": "sad", "b": "sad"}
    found = feedback_from("mood", [moved, aside])
    assert found.labels == {"b": "sad"} and found.set_aside == {"a"}
    assert feedback_from("mood", [moved, aside, answer(ALL[0])]).set_aside == frozenset()
    # An older journal does not say where to.
    assert feedback_from("mood", [Event("move", "", "mood", {"images": ["a"]})]) == Feedback()


def test_what_is_tied_to_something_newer_is_aside_no_more() -> None:
    together = answer(MustLink("a", "b"), MustLink("b", "c"), MustLink("x", "y"))
    aside = Event("move", "", "mood", {"images": ["a", "b", "c", "x", "y"], "to": None})
    found = feedback_from("mood", [together, aside, answer(Label("c", "sad"))])
    assert found.set_aside == {"x", "y"}


def test_all_of_it_goes_into_the_journal_and_back() -> None:
    known = Feedback(
        tuple(ALL),
        (Label("x", "sad"),),
        frozenset("p"),
        frozenset({"c1"}),
        frozenset({"c2"}),
        answered=frozenset("pq"),
        confirmed=frozenset("q"),
        k=4,
        reshaped=True,
        files_said={"x": "March"},
        of_value={"March": "sad"},
    )
    assert feedback_from_json(feedback_to_json(known)) == known and known.unconfirmed == {"p"}
    assert (
        feedback_from_json({k: v for k, v in feedback_to_json(known).items() if k != "firm"}).confirmed
        == frozenset()
    )  # of before
    assert constraints_from_json(constraints_to_json(ALL)) == ALL
    branch = Event("branch", "", "mood-strict", {"state": feedback_to_json(known)})
    later = Event("answer", "", "mood-strict", {"said": [["group", "b", "new"]]})
    assert feedback_from("mood-strict", [branch, answer(Label("a", "sad")), later]).labels == {
        "a": "happy",
        "b": "new",
    }


def test_one_image_that_is_known_is_worth_more_than_the_guesses_of_its_group() -> None:
    examples = (Label("a", "red"), Label("b", "red"), Label("c", "blue"), Label("d", "green"))
    begun = Feedback(examples=examples, guessed=frozenset({"red", "blue"}))
    told = begun.plus([Label("z", "red"), Label("y", "green")])
    assert told.examples == (Label("c", "blue"), Label("d", "green"))  # green is no guess
    assert told.guessed == {"red", "blue"}
    assert told.plus([Label("x", "red"), Label("w", "red")]).guessed == {"blue"}


def test_what_was_put_aside_does_not_come_back_by_a_link_that_is_broken() -> None:
    said = (MustLink("y", "x"), Label("w", "green"), MustLink("x", "w"))
    aside = Feedback(constraints=said, set_aside=frozenset("x"))
    grown = aside.plus([Label("y", "red")])
    assert MustLink("y", "x") in consistent(grown.constraints)[1], "the newest wins"
    assert grown.set_aside == {"x"}
    tied = Feedback(constraints=(MustLink("y", "x"),), set_aside=frozenset("x"))
    assert tied.plus([Label("y", "red")]).set_aside == frozenset()
