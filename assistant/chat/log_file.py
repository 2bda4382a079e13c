"""Keeps the log of the conversation in a file, as far as its disk lets it."""

import logging
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path

from assistant.models.redact import redact

_MOST_BYTES = 500_000
"""The most bytes of the file, and of the older one beside it."""


class LogFile(RotatingFileHandler):
    """Writes lines and tracebacks without the user's keys.

    What cannot be written is left out: the disk is full, or cannot be written. Logging would complain on the screen.
    """

    def __init__(self, file: Path) -> None:
        """`file` is made with the first line."""
        super().__init__(file, maxBytes=_MOST_BYTES, backupCount=1, delay=True, encoding="utf-8")
        self.setFormatter(_Redacted("%(asctime)s %(levelname)s %(message)s"))

    def handleError(self, record: logging.LogRecord) -> None:
        """Leave out a line that cannot be written."""

    def close(self) -> None:
        """Close the file; what is still to be written may be lost."""
        with suppress(OSError):
            super().close()


class _Redacted(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))
