"""Learning slowly in the background: after a lesson, where there are answers enough, beside whatever the user does."""

import logging
from typing import TYPE_CHECKING

from assistant.chat.job import Job
from assistant.text.formatting import sentence
from tools.errors import Cancelled, RegroupError
from tools.names import visible
from tools.progress import Progress

if TYPE_CHECKING:
    from assistant.tui.screens.main import MainScreen

log = logging.getLogger("regroup.tui")


class Learning:
    """Tunes the features of one criterion at a time; while questions are asked it waits, and they have the machine.

    Its one line is told in the conversation when it is over.
    """

    def __init__(self, screen: "MainScreen") -> None:
        self._screen = screen
        self._job: Job | None = None
        self._asking = False

    @property
    def under_way(self) -> bool:
        """Whether something is being learned."""
        return self._job is not None

    def lesson(self, on: bool) -> None:
        """Questions are asked now, or not any more: meanwhile no group may change but by an answer."""
        self._asking = on
        if self._job is not None:
            self._job.pause(on)

    def cancel(self) -> None:
        """Stop at the next report; nothing is left of the work."""
        if self._job is not None:
            self._job.cancel()

    async def begin(self, clustering: str) -> None:
        """Learn from the answers under a clustering, where it is time to; returns when that is over."""
        if self._job is not None:
            return
        screen = self._screen
        self._job = job = Job("learning", screen.regroup.clock)
        try:
            desk = screen.desk
            if not await screen.thread(desk.tuning.worthwhile, clustering):
                return
            job.pause(self._asking)
            screen.status.say("learning slowly from your answers, in the background")
            line = (await screen.thread(desk.tuning.tune, clustering, _held(job))).line
        except (
            Cancelled,
            RegroupError,
        ) as error:  # nobody asked for it, so nobody is told why it cannot be done
            log.info("nothing was learned slowly: %s", error)
            return
        finally:
            self._job = None
        if screen.is_attached and not job.cancelled:
            await screen.leave(f"{visible(sentence(line))}.")
            await screen.refresh_board()


def _held(job: Job) -> Progress:
    """The progress that may be held, but only while it trains: all else is done with the desk's lock, for which a
    question would wait."""
    from assistant.desk.tuned_features import TRAINING

    def tell(stage: str, done: int, total: int) -> None:
        if stage == TRAINING:
            job(stage, done, total)
        elif job.cancelled:
            raise Cancelled("cancelled; nothing was changed")

    return tell
