"""A sentence is taken apart at its stops, then at its commas, then at one "and"."""

from assistant.agent.builtin.clauses import MOST, clauses


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
