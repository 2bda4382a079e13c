"""What the journal says was said."""

from assistant.said import Said, packed, read, said, unpacked, written
from assistant.workspace import Event
from tools.constraints import CannotLink, Constraint, Label, MustLink

ALL: list[Constraint] = [Label("a", "happy"), MustLink("b", "c"), CannotLink("a", "b")]


def answer(*constraints: Constraint, **detail: object) -> Event:
    return Event("answer", "", "mood", {"said": written(constraints), **detail})


def test_answers_are_in_the_order_in_which_they_were_said() -> None:
    found = said("mood", [answer(c) for c in ALL])
    assert found.constraints == tuple(ALL)
    assert said("colour", [answer(c) for c in ALL]) == Said()


def test_a_new_name_takes_the_place_of_the_old_one() -> None:
    found = said("mood", [answer(ALL[0]), answer(Label("a", "sad"))])
    assert found.constraints == (Label("a", "sad"),)


def test_what_contradicted_something_newer_is_gone() -> None:
    found = said(
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
    found = said("mood", events)
    assert found.labels == {"a": "Happy", "b": "Happy"}
    assert found.examples == (Label("x", "Happy"), Label("y", "Happy"))
    assert (found.whole, found.named, found.k, found.reshaped) == ({"c1"}, {"c1"}, 3, True)
    split = Event("split", "", "mood", {
        "cluster": "c1", "labels": {"b": "Happy 2", "y": "Happy 2"}, "examples": {"x": "Happy"},
    })  # fmt: skip
    found = said("mood", [*events, split])
    assert found.labels == {"a": "Happy", "b": "Happy 2"}
    assert set(found.examples) == {Label("y", "Happy 2"), Label("x", "Happy")} and not found.whole
    assert not said("mood", [*events, Event("group", "", "mood", {"k": None})]).reshaped


def test_moves_and_what_is_put_aside() -> None:
    moved = Event("move", "", "mood", {"images": ["a", "b"], "to": "sad"})
    aside = Event("move", "", "mood", {"images": ["a"], "to": None})
    assert said("mood", [moved]).labels == {"a": "sad", "b": "sad"}
    found = said("mood", [moved, aside])
    assert found.labels == {"b": "sad"} and found.aside == {"a"}
    assert said("mood", [moved, aside, answer(ALL[0])]).aside == frozenset()
    # An older journal does not say where to.
    assert said("mood", [Event("move", "", "mood", {"images": ["a"]})]) == Said()


def test_what_is_tied_to_something_newer_is_aside_no_more() -> None:
    together = answer(MustLink("a", "b"), MustLink("b", "c"), MustLink("x", "y"))
    aside = Event("move", "", "mood", {"images": ["a", "b", "c", "x", "y"], "to": None})
    found = said("mood", [together, aside, answer(Label("c", "sad"))])
    assert found.aside == {"x", "y"}


def test_all_of_it_goes_into_the_journal_and_back() -> None:
    known = Said(
        tuple(ALL),
        (Label("x", "sad"),),
        frozenset("p"),
        frozenset({"c1"}),
        frozenset({"c2"}),
        answered=frozenset("pq"),
        firm=frozenset("q"),
        k=4,
        reshaped=True,
    )
    assert unpacked(packed(known)) == known and known.doubtable == {"p"}
    assert unpacked({k: v for k, v in packed(known).items() if k != "firm"}).firm == frozenset()  # of before
    assert read(written(ALL)) == ALL
    branch = Event("branch", "", "mood-strict", {"state": packed(known)})
    later = Event("answer", "", "mood-strict", {"said": [["group", "b", "new"]]})
    assert said("mood-strict", [branch, answer(Label("a", "sad")), later]).labels == {
        "a": "happy",
        "b": "new",
    }
