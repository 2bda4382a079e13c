"""Tunes the features in the background, after a lesson with enough answers."""

import logging
from typing import TYPE_CHECKING

from assistant.chat.job import Job
from assistant.text.formatting import sentence
from tools.errors import Cancelled, RegroupError
from tools.names import visible
from tools.progress import Progress

if TYPE_CHECKING:
    from assistant.tui.protocols import HostScreen

log = logging.getLogger("regroup.tui")


class BackgroundTuning:
    """Tunes the features of one criterion at a time, while the user goes on working.

    It pauses while questions are asked, so that they have the whole machine. A note reports the outcome.
    """

    def __init__(self, screen: "HostScreen") -> None:
        self._screen = screen
        self._job: Job | None = None
        self._paused = False

    @property
    def running(self) -> bool:
        """Return whether features are being tuned, or the tuning is paused."""
        return self._job is not None

    def pause(self, on: bool) -> None:
        """Pause the tuning while questions are asked, when only answers may change the groups, or resume it."""
        self._paused = on
        if self._job is not None:
            self._job.pause(on)

    def cancel(self) -> None:
        """Stop at the next report of progress, without a trace of the work."""
        if self._job is not None:
            self._job.cancel()

    async def run(self, clustering: str) -> None:
        """Tune to the answers of a clustering if there are enough, and nothing is being tuned; returns at the end.

        As nobody asked for it, errors are logged and not shown.
        """
        if self._job is not None:
            return
        screen = self._screen
        self._job = job = Job("learning", screen.host.clock)
        try:
            desk = screen.desk
            if not await screen.thread(desk.tuning.worthwhile, clustering):
                return
            job.pause(self._paused)
            screen.show_status("tuning to your answers in the background")
            line = (await screen.thread(desk.tuning.tune, clustering, _pausable(job))).line
        except (Cancelled, RegroupError) as error:
            log.info("nothing was tuned in the background: %s", error)
            return
        finally:
            self._job = None
        if screen.is_attached and not job.cancelled:
            await screen.keep_note(f"{visible(sentence(line))}.")
            await screen.refresh_board()


def _pausable(job: Job) -> Progress:
    """Return a progress that waits while the job is paused, but only during the training.

    All other work holds the desk's lock, for which a question would have to wait.
    """
    from assistant.desk.tuned_features import TRAINING

    def progress(stage: str, done: int, total: int) -> None:
        if stage == TRAINING:
            job(stage, done, total)
        elif job.cancelled:
            raise Cancelled("cancelled; nothing was changed")

    return progress
