"""Gives the screens their base: the open desk, work outside the event loop, and errors as one line."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from textual.dom import DOMNode
from textual.screen import Screen
from textual.worker import Worker

from tools.errors import RegroupError

if TYPE_CHECKING:
    from assistant.desk import Desk
    from assistant.tui.protocols import HostApp

R = TypeVar("R")
T = TypeVar("T")


def describe_error(error: BaseException) -> str:
    """Return an error as one line: the app's own errors as they are, others with their type."""
    if isinstance(error, RegroupError):
        return str(error)
    return f"Something went wrong ({type(error).__name__}: {error}). Nothing else was changed; try again."


class DeskScreen(Screen[R], Generic[R]):
    """Works on the open desk. `R` is the type of its result."""

    @property
    def host(self) -> "HostApp":
        """Return the app, as far as a screen may know it."""
        return cast("HostApp", self.app)

    @property
    def desk(self) -> "Desk":
        """Return the desk of the open folder. Raises RegroupError while there is none."""
        return self.host.open_desk

    def start(self, work: Coroutine[Any, Any, None], group: str = "work") -> Worker[None]:
        """Run a coroutine in a worker; an error becomes a line of the transcript."""
        return self.run_worker(self._guard(work), group=group, exit_on_error=False)

    async def thread(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Call a blocking function in a thread and wait for it, while the event loop goes on."""
        return await asyncio.to_thread(function, *args, **kwargs)

    async def ask(self, dialog: Screen[T]) -> T:
        """Show a dialog and wait for its result. Only inside a worker."""
        return await self.app.push_screen_wait(dialog)

    async def _guard(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:  # any error: the app lives on
            self.fail(describe_error(error))

    def fail(self, line: str) -> None:
        """Show an error in the transcript, and on this screen, which covers the transcript."""
        self.host.main.error(line)
        self.notify(line, severity="error", markup=False)


def lies_in(node: DOMNode | None, kind: type[DOMNode]) -> bool:
    """Return whether a widget is, or lies inside, a widget of this type."""
    return node is not None and any(isinstance(each, kind) for each in node.ancestors_with_self)
