"""Refuses arguments of a wrong type in one line, before anything is done, as far as a signature says what it takes."""

import inspect
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import wraps
from numbers import Integral
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, ParamSpec, TypeVar, Union, get_args, get_origin

from tools.errors import UsageError

P = ParamSpec("P")
R = TypeVar("R")

_WORDS = {str: "a text", Path: "a path", int: "a whole number", bool: "True or False", NoneType: "None"}
"""The types that arguments have, in words."""
_SHOWN = 40
"""The most characters of a wrong value that are shown."""


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """Return a function that raises UsageError where an argument is not of the type that is said of it."""
    signature = inspect.signature(function)

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        given = signature.bind(*args, **kwargs)
        for name, value in given.arguments.items():
            parameter = signature.parameters[name]
            hint = _hint(parameter.annotation, function.__globals__)
            several = parameter.kind is inspect.Parameter.VAR_POSITIONAL
            for each in value if several else (value,):
                if hint is not None and not _fits(each, hint):
                    shown = repr(each)
                    shown = shown if len(shown) <= _SHOWN else shown[: _SHOWN - 3] + "..."
                    raise UsageError(f"{name} of {function.__name__}() is {_named(hint)}, not {shown}")
            if isinstance(value, Integral) and not isinstance(value, int):
                given.arguments[name] = int(value)  # a number of NumPy, which no journal could hold
        return function(*given.args, **given.kwargs)

    return call


def _hint(annotation: Any, names: dict[str, Any]) -> Any:
    """Return the type that an annotation says; None where it says nothing that can be checked."""
    if annotation is inspect.Parameter.empty:
        return None
    if isinstance(annotation, str):
        with suppress(NameError):
            return eval(annotation, names)
        return None
    return annotation if _named(annotation) else None


def _fits(value: object, hint: Any) -> bool:
    """Return whether a value is of a type: no text is a list of texts, and no truth a number."""
    match get_origin(hint):
        case origin if origin in (Union, UnionType):
            return any(_fits(value, each) for each in get_args(hint))
        case origin if origin is Literal:
            return value in get_args(hint)
        case origin if origin is Sequence:
            items = isinstance(value, Sequence) and not isinstance(value, str | bytes)
            return items and all(_fits(each, get_args(hint)[0]) for each in value)  # type: ignore[attr-defined]
    if hint is int:
        return isinstance(value, Integral) and not isinstance(value, bool)
    return isinstance(value, os.PathLike if hint is Path else hint)


def _named(hint: Any) -> str:
    """Return a type in words; "" where it cannot be checked."""
    match get_origin(hint):
        case origin if origin in (Union, UnionType):
            names = [_named(each) for each in get_args(hint)]
            return f"{', '.join(names[:-1])} or {names[-1]}" if all(names) else ""
        case origin if origin is Literal:
            *most, last = map(repr, get_args(hint))
            return f"{', '.join(most)} or {last}"
        case origin if origin is Sequence:
            return f"a list of which each is {_named(get_args(hint)[0])}"
    return _WORDS.get(hint, "") or (f"a {hint.__name__}" if hint.__module__.startswith("regroup") else "")
