"""Edits by key: merge, split, rename, tune, undo, redo, export. Each goes to the desk and leaves one line."""

from pathlib import Path
from typing import TYPE_CHECKING

from textual.content import Content

from assistant.text.formatting import sentence
from assistant.tui.approvals import ask, plan_screen
from assistant.tui.boarddata import Row
from assistant.tui.screens.approval import Answer
from assistant.tui.screens.choose import ChooseScreen
from assistant.tui.screens.prompt import PromptScreen
from tools.errors import UsageError
from tools.names import amount, visible

if TYPE_CHECKING:
    from assistant.tui.screens.main import MainScreen
    from tools.export.plan import Mode, Plan

_MODES: "dict[str, Mode]" = {"copy": "copy", "link": "link", "move": "move"}


class Edits:
    """What the keys of the board do. Every method runs in a worker of the main screen."""

    def __init__(self, screen: "MainScreen") -> None:
        self._screen = screen

    async def merge(self) -> None:
        """Merge the selected clusters; the result keeps the name of the largest."""
        rows = self._screen.board.marked()
        if len(rows) < 2:
            raise UsageError("Select two or more clusters with space, then m merges them.")
        desk, clustering = self._screen.desk, self._screen.shown
        await self._screen.thread(desk.editing.merge, [row.cluster for row in rows], clustering=clustering)
        await self._done(f"Merged {' and '.join(visible(row.name) for row in rows)}.")

    async def split(self) -> None:
        """Split the cluster under the cursor."""
        row = self._row("s splits the cluster under the cursor.")
        answer = await self._ask(
            f"Split {visible(row.name)} ({amount(row.size, 'image')}) into how many?", "2"
        )
        if answer is None:
            return
        if not answer.isdecimal() or not 2 <= int(answer) <= row.size:
            raise UsageError(
                f"It takes a number from 2 to {row.size}, not {visible(answer)!r}; press s again."
            )
        desk, clustering = self._screen.desk, self._screen.shown
        await self._screen.work(
            f"splitting {row.name}",
            lambda job: desk.editing.split(
                row.cluster, parts=int(answer), clustering=clustering, progress=job
            ),
        )
        await self._done(f"Split {visible(row.name)} into {answer}.")

    async def rename(self) -> None:
        """Give the cluster under the cursor another name."""
        row = self._row("r renames the cluster under the cursor.")
        name = await self._ask(f"New name of {visible(row.name)}", row.name)
        if name is None or name == row.name:
            return
        await self._screen.thread(
            self._screen.desk.editing.rename, row.cluster, name, clustering=self._screen.shown
        )
        await self._done(f"Renamed {visible(row.name)} to {visible(name)}.")

    async def lock(self) -> None:
        """Lock the cluster under the cursor, or unlock it."""
        row = self._row("l locks the cluster under the cursor.")
        await self._screen.thread(
            self._screen.desk.editing.lock, row.cluster, not row.locked, clustering=self._screen.shown
        )
        await self._done(f"{'Unlocked' if row.locked else 'Locked'} {visible(row.name)}.")

    async def more(self) -> None:
        """More groups."""
        await self._number("more")

    async def fewer(self) -> None:
        """Fewer groups."""
        await self._number("fewer")

    async def _number(self, way: str) -> None:
        clustering = self._screen.shown
        if clustering is None:
            raise UsageError("There are no groups yet; say what to group by.")
        step = getattr(self._screen.desk.grouping, way)
        made = await self._screen.work("grouping", lambda job: step(clustering, progress=job))
        await self._done(f"{amount(len(made.clusters), 'group')} now.")

    async def tune(self) -> None:
        """Tune the features to the answers so far."""
        desk, clustering = self._screen.desk, self._screen.shown
        if clustering is None:
            raise UsageError("There are no groups yet; say what to group by.")
        done = await self._screen.work("tuning", lambda job: desk.tuning.tune(clustering, job))
        await self._done(f"{visible(sentence(done.line))}.")

    async def undo(self) -> None:
        """Take the last change back."""
        await self._done(await self._screen.work("undoing", lambda job: self._screen.desk.history.undo()))

    async def redo(self) -> None:
        """Do again what was undone."""
        await self._done(await self._screen.work("redoing", self._screen.desk.history.redo))

    async def export(self, target: str = "") -> None:
        """Ask where to (unless that was said) and how, show the plan, and carry it out when it is accepted."""
        desk, clustering = self._screen.desk, self._screen.shown
        if clustering is None:
            raise UsageError("There are no groups to export yet; say what to group by.")
        folder = desk.collection.folder
        proposed = folder.with_name(f"{folder.name} by {clustering}")
        said = target or await self._ask("Export the groups to which new folder?", str(proposed))
        if said is None:
            return
        choices = [
            ("copy", Content("copy the files; the originals stay as they are")),
            ("link", Content("symbolic links to the originals")),
            ("move", Content("move the files, after each copy was verified")),
        ]
        mode = await self._screen.app.push_screen_wait(ChooseScreen("How?", choices))
        if mode is None:
            return
        plan, answer = await self._approve(said, clustering, _MODES[mode])
        while answer is not None and answer.target:
            plan, answer = await self._approve(answer.target, clustering, _MODES[mode])
        if answer is None or not answer.accept:
            self._screen.conversation.note("Nothing was exported.")
            return
        manifest = await self._screen.work("exporting", lambda job: desk.exports.carry_out(plan, job))
        files = amount(len(plan.entries), "file")
        await self._done(
            f"Exported {files} to {visible(str(plan.target))} (u takes it back; {manifest.name} lists all)."
        )

    async def _approve(self, target: str, clustering: str, mode: "Mode") -> "tuple[Plan, Answer | None]":
        desk, to = self._screen.desk, Path(target)
        plan = await self._screen.work(
            "planning", lambda job: desk.exports.plan(to, clustering=clustering, mode=mode)
        )
        return plan, await ask(self._screen.app, plan_screen(plan))

    async def _done(self, line: str) -> None:
        await self._screen.leave(line)
        await self._screen.refresh_board()

    async def _ask(self, question: str, value: str) -> str | None:
        return await self._screen.app.push_screen_wait(PromptScreen(question, value))

    def _row(self, otherwise: str) -> Row:
        row = self._screen.board.highlighted()
        if row is None:
            raise UsageError(f"The cursor is on no cluster: {otherwise}")
        return row
