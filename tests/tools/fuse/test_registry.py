"""Methods by name."""

import inspect

import numpy as np
import pytest

from tools.errors import UsageError
from tools.fuse.base import Method, View
from tools.fuse.registry import DEFAULT, METHODS, method


def test_the_default_is_one_of_them() -> None:
    assert method().name == DEFAULT == method(None).name == method("").name
    assert DEFAULT in METHODS


@pytest.mark.parametrize("name", METHODS)
def test_every_method_goes_by_its_name_and_has_the_one_signature(name: str) -> None:
    found = method(name)
    assert found.name == name
    assert list(inspect.signature(found.fit).parameters) == [
        parameter for parameter in inspect.signature(Method.fit).parameters if parameter != "self"
    ]
    view = View("v", np.array([[0], [0], [4], [4]], np.float32))
    soft = found.fit([view], images=tuple("abcd"), k=2)
    assert soft.shape == (4, 2) and soft.dtype == np.float32
    np.testing.assert_allclose(soft.sum(1), 1)


def test_an_unknown_method_is_refused_and_the_choices_are_named() -> None:
    with pytest.raises(UsageError, match=r"there is no method 'magic'; choose one of kmeans, concatenated"):
        method("magic")
