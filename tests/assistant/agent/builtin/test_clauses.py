"""A sentence is taken apart at its stops, then at its commas, then at one "and"."""

import pytest

from assistant.agent.builtin.clauses import MOST, clauses, steps_of, without_false_start


def test_stops_come_first_then_commas_then_one_and() -> None:
    assert [*clauses("lock a. split b, and show c")] == [
        ["lock a.", "split b, and show c"],
        ["lock a.", "split b", "show c"],
        ["lock a. split b", "show c"],
    ]


def test_each_and_is_a_place_to_take_it_apart() -> None:
    assert [*clauses("merge a and b and show c")] == [
        ["merge a", "b and show c"],
        ["merge a and b", "show c"],
    ]


def test_where_clauses_are_only_loosely_joined() -> None:
    assert [*clauses("a and b are the same so merge them", at_and=False)] == [
        ["a and b are the same", "merge them"]
    ]


def test_one_clause_or_very_many_stay_whole() -> None:
    assert [*clauses("merge them")] == []
    assert [*clauses("a, " * (MOST + 1))] == []


@pytest.mark.parametrize(
    ("said", "steps"),
    [
        ("save sad to ~/a and the happy ones to ~/b", ["save sad to ~/a", "save the happy ones to ~/b"]),
        (
            "copy a to /a, b to /b and the rest to /c",
            ["copy a to /a", "copy b to /b", "copy all but a and b to /c"],
        ),
        ('put 1 in "my a" and 2 in "b"', ['put 1 in "my a"', 'put 2 in "b"']),
        ("export sad to /a and link happy to /b", ["export sad to /a", "link happy to /b"]),
        ("save sad to /a and happy to /b as links", ["save sad to /a as links", "save happy to /b as links"]),
        ("move #1 to sad and #2 to happy", ["move #1 to sad and #2 to happy"]),
        ("export sad and happy to ~/a", ["export sad and happy to ~/a"]),
    ],
)
def test_each_of_several_folders_is_a_step_of_its_own(said: str, steps: list[str]) -> None:
    assert steps_of(said) == steps


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("cut the biggest... i mean cut happy in two", "cut happy in two"),
        ("merge 1 and 2, no wait, merge 1 and 3", "merge 1 and 3"),
        ("move #1 to sad… sorry, move #2 to sad", "move #2 to sad"),
        ("show happy - no, show sad", "show sad"),
        ("merge 1 and 2, then merge 3 and 4", "merge 1 and 2, then merge 3 and 4"),
        ("show happy, no rest", "show happy, no rest"),
    ],
)
def test_what_was_begun_anew_with_its_verb_alone_counts(said: str, meant: str) -> None:
    assert without_false_start(said) == meant
