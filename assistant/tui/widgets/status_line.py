"""Shows the status line: the models in use, their cost, and the progress of the work."""

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from assistant.chat.job import Job
from assistant.chat.stopping import stopping_line
from assistant.tui.styled_text import bar
from tools.names import amount, visible

if TYPE_CHECKING:
    from assistant.desk import Status


class StatusLine(Horizontal):
    """Shows facts about the desk on the left, the running job or a short notice on the right."""

    def __init__(self) -> None:
        super().__init__(id="status")
        self._job: Job | None = None
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Static("opening the folder", id="facts", markup=False)
        yield Static("", id="job", markup=False)

    def on_mount(self) -> None:
        """Make the clock, which runs only while there is a job."""
        self._timer = self.set_interval(0.2, self._tick, pause=True)

    def show(self, status: "Status", missing: bool = True) -> None:
        """Show the facts about the desk; with `missing`, also how many experts are not installed."""
        facts = [
            f"{visible(status.tier)} models" + (f" ({visible(status.model)})" if status.model else ""),
            f"{visible(status.brain)} brain",
            amount(status.images, "image"),
            amount(status.calls, "call"),
            "cost unknown" if status.cost is None else f"${status.cost:.2f}",
            *status.effort,
        ]
        if missing and status.missing:
            facts.append(f"{amount(len(status.missing), 'expert')} missing")
        if status.lines:
            facts.append(visible(status.lines[0]))
        self.query_one("#facts", Static).update(Content(" · ".join(facts)))

    def begin(self, job: Job) -> None:
        """Show the progress of a job until `end`."""
        self._job = job
        self._tick()
        if self._timer:
            self._timer.resume()

    def end(self, job: Job) -> None:
        """Stop showing the job."""
        if job is not self._job:
            return
        self._job = None
        if self._timer:
            self._timer.pause()
        self.query_one("#job", Static).update("")

    def say(self, text: str) -> None:
        """Show a short notice, unless a job is shown."""
        if self._job is None:
            self.query_one("#job", Static).update(Content(text))

    def withdraw(self, text: str) -> None:
        """Remove a notice if it is still shown."""
        job = self.query_one("#job", Static)
        if self._job is None and str(job.render()) == text:
            job.update("")

    def _tick(self) -> None:
        if self._job is not None and self.is_attached:
            self.query_one("#job", Static).update(job_line(self._job))


def job_line(job: Job) -> Content:
    """Return a job as one line, such as "looking ━━━━──── 120 of 340, 28/s, 8 s left  ctrl+c cancels"."""
    stage, done, total, _ = job.state
    if job.cancelled:
        return Content(stopping_line(stage, done, total))
    parts: list[str | Content | tuple[str, str]] = [visible(stage)]
    if total:
        parts += [" ", bar(done / total), f" {done:,} of {total:,}"]
    if job.paused:
        return Content.assemble(*parts, ("  paused, ctrl+s resumes", "$mark"))
    if job.pace:
        parts.append(f", {job.pace}")
    parts.append(("  ctrl+c cancels", "$muted"))
    return Content.assemble(*parts)
