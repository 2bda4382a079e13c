"""Finds the screens that a command opens by name. There is no list of them: the name leads to the file and
its class."""

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from assistant.tui.protocols import HostApp


class NamedScreen(Protocol):
    """Opens itself, so that a command need know no more than its name."""

    @classmethod
    def open(cls, app: "HostApp") -> None:
        """Show the screen, or say why there is nothing to show."""


def find_screen(name: str) -> NamedScreen:
    """Return the class `NameScreen` of `screens/name_screen.py`.

    A command with the action "app.open('name')" opens it, and no other file has to know it.

    Raises:
        ModuleNotFoundError: There is no such file.
        AttributeError: The file has no such class.
    """
    module = import_module(f"assistant.tui.screens.{name}_screen")
    return cast(NamedScreen, getattr(module, f"{name.title().replace('_', '')}Screen"))
