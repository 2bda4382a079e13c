"""Methods by name."""

import inspect

import numpy as np
import pytest

from tools.errors import UsageError
from tools.fuse.base import Method
from tools.fuse.registry import DEFAULT, DEFAULT_WITH_ANSWERS, METHODS, OTHER_NAMES, find_method
from tools.views import View


def test_the_default_is_one_of_them() -> None:
    assert find_method().name == DEFAULT == find_method(None).name == find_method("").name
    assert DEFAULT in METHODS


@pytest.mark.parametrize("name", METHODS)
def test_every_method_goes_by_its_name_and_has_the_one_signature(name: str) -> None:
    found = find_method(name)
    assert found.name == name
    assert list(inspect.signature(found.fit).parameters) == [
        parameter for parameter in inspect.signature(Method.fit).parameters if parameter != "self"
    ]


def test_one_view_alone_is_a_method_for_each_view() -> None:
    signal = View("signal", np.array([[0], [0], [4], [4]], np.float32), weight=0.0)
    noise = View("noise", np.array([[0], [9], [0], [9]], np.float32))
    found = find_method("view:signal")
    assert found.name == "view:signal" and found.missing_requirements([noise]) == (
        'there is no view "signal" of these images; there are noise'
    )
    best = found.fit([noise, signal], images=tuple("abcd"), k=2).argmax(1)
    assert best[0] == best[1] != best[2] == best[3]
    with pytest.raises(UsageError, match='there is no view "signal"'):
        found.fit([noise], images=tuple("abcd"), k=2)


def test_an_unknown_method_is_refused_and_the_choices_are_named() -> None:
    with pytest.raises(UsageError, match=r'there is no method "magic"; choose one of kmeans, concatenated'):
        find_method("magic")


def test_where_the_user_has_said_something_the_default_learns_from_it() -> None:
    assert find_method(answered=True).name == DEFAULT_WITH_ANSWERS
    assert find_method(answered=True).learns_from_answers and not find_method().learns_from_answers
    assert find_method("kmeans", answered=True).name == "kmeans"


@pytest.mark.parametrize("other", OTHER_NAMES)
def test_a_name_of_before_is_still_understood(other: str) -> None:
    assert other not in METHODS
    assert find_method(other).name == OTHER_NAMES[other]
