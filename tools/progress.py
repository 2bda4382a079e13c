"""How long work tells how far it is."""

from typing import Protocol


class Progress(Protocol):
    """Called now and then with what is being done, how much of it is done and how much there is.

    It may be called from a worker thread. It may raise `tools.errors.Cancelled` to stop the work.
    """

    def __call__(self, stage: str, done: int, total: int) -> None: ...


def silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""
