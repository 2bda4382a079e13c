"""What the user said, without contradictions."""

from hypothesis import given
from hypothesis import strategies as st

from tools.clustering.constraints import (
    CannotLink,
    Constraint,
    Label,
    MustLink,
    consistent,
    dropped_note,
    tie,
)

IMAGES = "abcdef"
SAID = st.lists(
    st.one_of(
        st.builds(Label, st.sampled_from(IMAGES), st.sampled_from("XY")),
        st.builds(MustLink, st.sampled_from(IMAGES), st.sampled_from(IMAGES)),
        st.builds(CannotLink, st.sampled_from(IMAGES), st.sampled_from(IMAGES)),
    ),
    max_size=12,
)


def places(number: int, left: int) -> list[tuple[int, ...]]:
    """All ways to put so many images into groups that are still free to be chosen."""
    if not left:
        return [()]
    return [
        (group, *rest) for group in range(number + 1) for rest in places(max(number, group + 1), left - 1)
    ]


EVERY = places(0, len(IMAGES))


def can_hold(constraints: list[Constraint]) -> bool:
    """Whether some partition of the six images obeys all of it, found by trying all 203."""

    def obeys(where: dict[str, int]) -> bool:
        names: dict[str, int] = {}
        for said in constraints:
            if isinstance(said, Label):
                if names.setdefault(said.name, where[said.image]) != where[said.image]:
                    return False
            elif (where[said.a] == where[said.b]) != isinstance(said, MustLink):
                return False
        return len(set(names.values())) == len(names)

    return any(obeys(dict(zip(IMAGES, way, strict=True))) for way in EVERY)


@given(SAID)
def test_what_is_kept_can_hold_and_nothing_is_dropped_that_could(said: list[Constraint]) -> None:
    kept, dropped = consistent(said)
    assert sorted(map(repr, kept + dropped)) == sorted(map(repr, said))
    assert can_hold(kept)
    assert consistent(kept) == (kept, [])
    if can_hold(said):
        assert not dropped
    if said and can_hold(said[-1:]):
        assert said[-1] in kept  # the newest wins


@given(SAID)
def test_ties_are_what_is_kept(said: list[Constraint]) -> None:
    found = tie(IMAGES, said)
    assert found == tie(IMAGES, consistent(said)[0])
    of = dict(zip(IMAGES, found.block, strict=True))
    for one in consistent(said)[0]:
        if isinstance(one, Label):
            assert found.names[of[one.image]] == one.name
        elif isinstance(one, MustLink):
            assert of[one.a] == of[one.b]
        else:
            assert of[one.b] in found.apart[of[one.a]] and of[one.a] in found.apart[of[one.b]]


def test_the_newest_wins_through_other_images_too() -> None:
    links = [MustLink("a", "b"), MustLink("b", "c")]
    assert consistent([*links, CannotLink("a", "c")]) == ([links[1], CannotLink("a", "c")], [links[0]])
    assert consistent([CannotLink("a", "c"), *links]) == (links, [CannotLink("a", "c")])
    same = [Label("a", "X"), Label("b", "X")]
    assert consistent([CannotLink("a", "b"), *same]) == (same, [CannotLink("a", "b")])
    assert consistent([*same, CannotLink("a", "b")]) == ([same[1], CannotLink("a", "b")], [same[0]])


def test_images_that_are_gone_still_tie_others_together() -> None:
    assert tie("ab", [MustLink("a", "gone"), MustLink("gone", "b")]).block == (0, 0)
    assert tie("ab", [CannotLink("a", "gone")]).apart == {}


def test_the_user_is_told_of_contradictions_but_not_of_changed_names() -> None:
    said: list[Constraint] = [Label("a", "X"), Label("a", "Y")]
    assert dropped_note(consistent(said)[1], said) is None
    said = [MustLink("a", "b"), CannotLink("a", "b")]
    note = dropped_note(consistent(said)[1], said)
    assert note == "one thing you said contradicts a newer answer and was ignored: the newest counts"
