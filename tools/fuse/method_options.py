"""Reads the options of a method by name, as in "sac:intra=off,epochs=50"."""

import inspect
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from operator import attrgetter
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from tools.errors import UsageError
from tools.fuse.base import Method
from tools.names import quoted

_SWITCH = {"on": True, "yes": True, "true": True, "off": False, "no": False, "false": False}
_NONE = "none"
_PAIR = re.compile(r"\s*([\w-]+)\s*=\s*(.*?)\s*")


@dataclass(frozen=True, slots=True)
class Option:
    """Describes one option of a method.

    Attributes:
        name: The name that the user gives it.
        default: Its value where the user gives none.
        about: What it does, from the docstring of the method.
        inside: The attribute of the method whose settings it is one of, "alignment.plan" for settings inside settings;
            "" for an attribute of the method itself.
        optional: Whether it may be "none".
        whole: Whether it is a whole number.
        choices: The words that it may be; empty for any.
    """

    name: str
    default: bool | float | str | None
    about: str
    inside: str = ""
    optional: bool = False
    whole: bool = False
    choices: tuple[str, ...] = ()

    def read(self, text: str, method: str) -> bool | float | str | None:
        """Return the value that a text means. Raise UsageError where it means none."""
        if self.optional and text.casefold() == _NONE:
            return None
        if isinstance(self.default, bool):
            if text.casefold() in _SWITCH:
                return _SWITCH[text.casefold()]
            raise UsageError(f"{method}: {self.name} is on or off, not {quoted(text)}")
        if isinstance(self.default, str):
            if self.choices and text not in self.choices:
                raise UsageError(
                    f"{method}: {self.name} is one of {', '.join(self.choices)}, not {quoted(text)}"
                )
            return text
        try:
            value = int(text) if self.whole else float(text)
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and value >= 0):
            kind = "a whole number" if self.whole else "a number"
            raise UsageError(f"{method}: {self.name} is {kind} of at least 0, not {quoted(text)}")
        return value


def options_of(method: type[Method]) -> dict[str, Option]:
    """Return the options of a method by name; those of its settings, such as the plan of its training, among them."""
    return {option.name: option for option in _options(method(), "")} if is_dataclass(method) else {}


def configured(method: type[Method], text: str) -> Method:
    """Return a method with options, such as "intra=off,epochs=50"; "" for its defaults.

    Raises:
        tools.errors.UsageError: It has no such option, or the option no such value.
    """
    made: Any = method()
    known = options_of(method)
    for part in filter(None, (part.strip() for part in text.split(","))):
        pair = _PAIR.fullmatch(part)
        option = known.get(pair[1]) if pair else None
        if pair is None or option is None:
            names = ", ".join(known) or "none"
            raise UsageError(
                f"{method.name} has no option {quoted(pair[1])}; it has {names}"
                if pair
                else f"{method.name}: {quoted(part)} is no option; write NAME=VALUE with one of {names}"
            )
        made = _replaced(
            made, (*filter(None, option.inside.split(".")), option.name), option.read(pair[2], method.name)
        )
    return made  # type: ignore[no-any-return]


def options_in_force(method: Method) -> dict[str, bool | float | str | None]:
    """Return what every option of a method is set to, by name."""
    values: dict[str, bool | float | str | None] = {}
    for option in options_of(type(method)).values():
        path = f"{option.inside}.{option.name}" if option.inside else option.name
        values[option.name] = attrgetter(path)(method)
    return values


def _replaced(settings: Any, path: Sequence[str], value: Any) -> Any:
    """Return settings in which the attribute at the end of a path has another value."""
    if len(path) > 1:
        value = _replaced(getattr(settings, path[0]), path[1:], value)
    return replace(settings, **{path[0]: value})


def _options(settings: Any, inside: str) -> Iterator[Option]:
    about = _attributes(type(settings))
    for field in fields(settings):
        default, kind = getattr(settings, field.name), field.type
        kinds = () if isinstance(kind, str) else get_args(kind)
        optional = NoneType in kinds and not {int, float}.isdisjoint(kinds)
        whole = int in (kind, *kinds)
        if isinstance(default, (bool, int, float, str)) or (default is None and optional):
            choices = get_args(kind) if get_origin(kind) is Literal else ()
            yield Option(field.name, default, about.get(field.name, ""), inside, optional, whole, choices)
        elif is_dataclass(default):
            yield from _options(default, f"{inside}.{field.name}".lstrip("."))


def _attributes(documented: type[Any]) -> dict[str, str]:
    """Return name to description, as the docstring of a class lists its attributes."""
    listed = (inspect.getdoc(documented) or "").partition("Attributes:\n")[2]
    found = re.findall(r"^    (\w+): (.+?)(?=^    \w+: |\Z)", listed, flags=re.MULTILINE | re.DOTALL)
    return {name: " ".join(text.split()) for name, text in found}
