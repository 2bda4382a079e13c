"""The mutants fit the code as it stands, and the runner tells a test that notices from one that does not."""

from pathlib import Path

import pytest

from tests.mutants.__main__ import TREE, Mutant, attempt, subjects, verdicts

CODE = "def double(x):\n    return 2 * x\n"
TESTS = """from doubling import double

def test_of_two():
    assert double(2) == 4

def test_of_nothing():
    assert double(0) == 0
"""


@pytest.mark.parametrize("name", subjects())
def test_each_mutant_can_be_tried_and_none_is_listed_twice(name: str) -> None:
    mutants = subjects()[name]
    assert {mutant.breaks: mutant.problem(TREE) for mutant in mutants if mutant.problem(TREE)} == {}
    assert len({(mutant.file, mutant.old, mutant.new) for mutant in mutants}) == len(mutants)
    assert all(mutant.old != mutant.new for mutant in mutants)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A tree of one file and its tests."""
    (tmp_path / "doubling.py").write_text(CODE)
    (tmp_path / "test_doubling.py").write_text(TESTS)
    return tmp_path


def mutant(new: str, old: str = "2 * x", tests: tuple[str, ...] = ("test_doubling.py",)) -> Mutant:
    return Mutant("it doubles", "doubling.py", old, new, tests)


def test_a_test_that_fails_kills_and_the_tree_is_mended(small: Path) -> None:
    assert attempt(mutant("3 * x"), small) == "killed"
    assert (small / "doubling.py").read_text() == CODE


def test_what_no_named_test_notices_survives(small: Path) -> None:
    assert attempt(mutant("x + x"), small) == "survived"
    assert attempt(mutant("3 * x", tests=("test_doubling.py::test_of_nothing",)), small) == "survived"


def test_what_cannot_be_tried_is_neither(small: Path) -> None:
    assert attempt(mutant("y", old="4 * x"), small) == "doubling.py has '4 * x' 0 times"
    assert attempt(mutant("y", tests=("none.py",)), small) == "there is no test none.py"
    assert "pytest says" in attempt(mutant(") * x"), small)


def test_tests_that_fail_by_themselves_prove_nothing(small: Path) -> None:
    (small / "doubling.py").write_text(CODE.replace("2 * x", "x"))
    with pytest.raises(SystemExit, match="although nothing is broken"):
        list(verdicts([mutant("3 * x", old="return x")], small))
