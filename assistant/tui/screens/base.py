"""What the screens share: calls of the desk in a thread, with errors as one line."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar, cast

from textual.dom import DOMNode
from textual.screen import Screen
from textual.worker import Worker

from tools.errors import RegroupError

if TYPE_CHECKING:
    from assistant.desk import Desk
    from assistant.tui.app import RegroupApp

T = TypeVar("T")


def describe_error(error: BaseException) -> str:
    """One line for the conversation: ours as they are, others with their kind."""
    if isinstance(error, RegroupError):
        return str(error)
    return f"Something went wrong ({type(error).__name__}: {error}). Nothing else was changed; try again."


class DeskScreen(Screen[None]):
    """A screen that works on the open desk."""

    @property
    def regroup(self) -> "RegroupApp":
        """The app, typed."""
        return cast("RegroupApp", self.app)

    @property
    def desk(self) -> "Desk":
        """The open desk. Raises RegroupError while the folder is still being opened."""
        if self.regroup.desk is None:
            raise RegroupError("The folder is still being opened; one moment.")
        return self.regroup.desk

    def start(self, work: Coroutine[Any, Any, None], group: str = "work") -> Worker[None]:
        """Run `work` beside the event loop's other business; what it raises becomes one line."""
        return self.run_worker(self._guard(work), group=group, exit_on_error=False)

    async def thread(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Call something slow in a thread and wait for it; the loop goes on."""
        return await asyncio.to_thread(function, *args, **kwargs)

    async def _guard(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:  # whatever it is: the app lives on
            self.fail(describe_error(error))

    def fail(self, line: str) -> None:
        """Say what went wrong: in the conversation, and here when this screen covers it."""
        self.regroup.main.conversation.error(line)
        if self is not self.regroup.main:
            self.notify(line, severity="error", markup=False)


def ancestor_is(node: DOMNode | None, kind: type[DOMNode]) -> bool:
    """Whether a widget is, or lies in, a widget of this kind."""
    return node is not None and any(isinstance(a, kind) for a in node.ancestors_with_self)
