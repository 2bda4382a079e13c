"""Arguments of a wrong type are refused in one line, and the right ones arrive."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

import regroup
from regroup.checked import checked
from regroup.live_grouping import Grouping, Question


@checked
def taken(
    to: str | Path,
    groups: int | None = None,
    *,
    files: Literal["copy", "move"] = "copy",
    only: Sequence[str] = (),
) -> tuple[object, ...]:
    return to, groups, files, only


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ((7,), "to of taken() is a text or a path, not 7"),
        (("x", "3"), "groups of taken() is a whole number or None, not '3'"),
        (("x", 2.5), "groups of taken() is a whole number or None, not 2.5"),
        (("x", True), "groups of taken() is a whole number or None, not True"),
    ],
)
def test_what_does_not_fit_is_named(arguments: tuple[Any, ...], line: str) -> None:
    with pytest.raises(regroup.UsageError) as told:
        taken(*arguments)
    assert str(told.value) == line


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"files": "steal"}, "files of taken() is 'copy' or 'move', not 'steal'"),
        ({"only": "red"}, "only of taken() is a list of which each is a text, not 'red'"),
        ({"only": ["red", 3]}, "only of taken() is a list of which each is a text, not ['red', 3]"),
    ],
)
def test_what_does_not_fit_by_name(given: Any, line: str) -> None:
    with pytest.raises(regroup.UsageError) as told:
        taken("x", **given)
    assert str(told.value) == line


def test_what_fits_arrives_and_numbers_of_numpy_are_numbers() -> None:
    assert taken(Path("x"), np.int64(3), only=("red",)) == (Path("x"), 3, "copy", ("red",))
    assert type(taken("x", np.int64(3))[1]) is int


def test_unknown_names_are_python_s_own_error() -> None:
    with pytest.raises(TypeError, match="colour"):
        taken("x", colour=1)  # type: ignore[call-arg]


WRONG: list[tuple[Any, str, tuple[Any, ...], dict[str, Any]]] = [
    (regroup, "open", (7,), {}),
    (regroup, "open", ("x",), {"tier": "best"}),
    (regroup.Collection, "group", ("colour", "3"), {}),
    (regroup.Collection, "group", (3,), {}),
    (regroup.Collection, "propose", ("colour",), {}),
    (regroup.Collection, "cross", ("a", 3), {}),
    (Grouping, "answer", (Question((Path("a"),), (), "", 0.0, False), 7), {}),
    (Grouping, "answer", (7, "red"), {}),
    (Grouping, "move", ("a.png", "red"), {}),
    (Grouping, "merge", ("a", 2), {}),
    (Grouping, "split", ("a", "2"), {}),
    (Grouping, "rename", ("a", None), {}),
    (Grouping, "export", ("out", "steal"), {}),
    (Grouping, "plan", ("out",), {"only": "red"}),
    (Grouping, "why", (3,), {}),
]


@pytest.mark.parametrize(("owner", "name", "args", "given"), WRONG)
def test_the_public_functions_check_what_they_are_given(
    owner: Any, name: str, args: tuple[Any, ...], given: dict[str, Any]
) -> None:
    function, itself = getattr(owner, name), () if owner is regroup else (object.__new__(owner),)
    with pytest.raises(regroup.UsageError, match=rf"of {name}\(\) is ") as told:
        function(*itself, *args, **given)
    assert "\n" not in str(told.value)
