"""Edits by the keys of the board: merge, split, rename, lock, tune, undo, redo, export.

Each one goes to the desk and leaves one note in the transcript.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from textual.content import Content

from assistant.text.formatting import sentence
from assistant.tui.board_data import Row
from assistant.tui.screens.approval_screen import Answer
from assistant.tui.screens.choice_screen import ChoiceScreen
from assistant.tui.screens.export_screen import ExportFacts, ExportScreen
from assistant.tui.screens.prompt_screen import PromptScreen
from assistant.tui.widgets.board import Board
from tools.errors import UsageError
from tools.names import amount, quoted, visible, with_companions

if TYPE_CHECKING:
    from assistant.tui.protocols import HostScreen
    from tools.clustering.clustering import Clustering
    from tools.export.plan import Form, Mode, Plan

_MODES: "dict[Mode, str]" = {
    "copy": "copy the files; the originals stay as they are",
    "link": "symbolic links to the originals",
    "move": "move the files, after each copy was verified",
}
_FORMS: "dict[Form, str]" = {
    "tags": "tags: keywords in XMP sidecars beside the pictures",
    "csv": "a table (CSV): a line for each picture",
    "jsonl": "JSON Lines: an object for each picture",
    "coco": "JSON in the manner of COCO",
    "imagefolder": "a dataset of Hugging Face: folders with metadata",
}
"""The modes of folders and the other forms of an export, each with the text by which it is offered."""


class BoardEdits:
    """Makes the edits by key. Every method runs in a worker of the main screen.

    All methods raise UsageError where the cursor, the selection or the answer does not fit.

    Args:
        screen: The main screen.
        board: The board, whose cursor and selection choose the clusters to edit.
    """

    def __init__(self, screen: "HostScreen", board: Board) -> None:
        self._screen = screen
        self._board = board

    async def merge(self) -> None:
        """Merge the selected clusters; the result keeps the name of the largest."""
        rows = self._board.marked()
        if len(rows) < 2:
            raise UsageError("Select two or more clusters with space, then m merges them.")
        desk, clustering = self._screen.desk, self._screen.clustering_id
        await self._screen.thread(desk.editing.merge, [row.cluster for row in rows], clustering=clustering)
        await self._finish(f"Merged {' and '.join(visible(row.name) for row in rows)}.")

    async def split(self) -> None:
        """Split the cluster under the cursor."""
        row = self._row("s splits the cluster under the cursor.")
        answer = await self._screen.ask(
            PromptScreen(f"Split {visible(row.name)} ({amount(row.size, 'image')}) into how many?", "2")
        )
        if answer is None:
            return
        if not answer.isdecimal() or not 2 <= int(answer) <= row.size:
            raise UsageError(f"The number must be from 2 to {row.size}, not {quoted(answer)}; press s again.")
        desk, clustering = self._screen.desk, self._screen.clustering_id
        await self._screen.work(
            f"splitting {row.name}",
            lambda job: desk.editing.split(
                row.cluster, parts=int(answer), clustering=clustering, progress=job
            ),
        )
        await self._finish(f"Split {visible(row.name)} into {answer}.")

    async def rename(self) -> None:
        """Give the cluster under the cursor another name."""
        row = self._row("r renames the cluster under the cursor.")
        name = await self._screen.ask(PromptScreen(f"New name for {visible(row.name)}", row.name))
        if name is None or name == row.name:
            return
        desk, clustering = self._screen.desk, self._screen.clustering_id
        await self._screen.thread(desk.editing.rename, row.cluster, name, clustering=clustering)
        await self._finish(f"Renamed {visible(row.name)} to {visible(name)}.")

    async def lock(self) -> None:
        """Lock the cluster under the cursor, or unlock it."""
        row = self._row("l locks the cluster under the cursor.")
        desk, clustering = self._screen.desk, self._screen.clustering_id
        await self._screen.thread(desk.editing.lock, row.cluster, not row.locked, clustering=clustering)
        await self._finish(f"{'Unlocked' if row.locked else 'Locked'} {visible(row.name)}.")

    async def more(self) -> None:
        """Make more groups under this criterion."""
        desk, clustering = self._screen.desk, self._clustering("There are no groups yet")
        regrouped = await self._screen.work(
            "grouping", lambda job: desk.grouping.more(clustering, progress=job)
        )
        await self._finish_regrouping(regrouped)

    async def fewer(self) -> None:
        """Make fewer groups under this criterion."""
        desk, clustering = self._screen.desk, self._clustering("There are no groups yet")
        regrouped = await self._screen.work(
            "grouping", lambda job: desk.grouping.fewer(clustering, progress=job)
        )
        await self._finish_regrouping(regrouped)

    async def tune(self) -> None:
        """Tune the features to the answers so far."""
        desk, clustering = self._screen.desk, self._clustering("There are no groups yet")
        outcome = await self._screen.work("tuning", lambda job: desk.tuning.tune(clustering, job))
        await self._finish(f"{visible(sentence(outcome.line))}.")

    async def undo(self) -> None:
        """Undo the last change."""
        desk = self._screen.desk
        await self._finish(await self._screen.work("undoing", lambda job: desk.history.undo(progress=job)))

    async def redo(self) -> None:
        """Redo what was undone last."""
        desk = self._screen.desk
        await self._finish(await self._screen.work("redoing", lambda job: desk.history.redo(job)))

    async def export(self, target: str = "") -> None:
        """Ask for the way and the folder, unless it is given; show the plan; carry it out when it is accepted."""
        desk, clustering = self._screen.desk, self._clustering("There are no groups to export yet")
        folder = desk.collection.folder
        offers: list[tuple[Mode | Form, Content]] = [(m, Content(text)) for m, text in _MODES.items()]
        offers += [(form, Content(text)) for form, text in _FORMS.items()]
        how: Mode | Form | None = await self._screen.ask(ChoiceScreen("How?", offers))
        if how is None:
            return
        form: Form = how if how in _FORMS else "folders"
        mode: Mode = how if how in _MODES else "copy"
        if not target and form != "tags":
            home = desk.exports.home(clustering) if form == "folders" else None
            proposed = str(home or folder.with_name(f"{folder.name} by {clustering}"))
            question = PromptScreen("Export the groups to which new folder?", proposed)
            wanted = await self._screen.ask(question)
            if wanted is None:
                return
            target = wanted
        plan, answer = await self._approve(target, clustering, form, mode)
        while answer is not None and answer.target:
            plan, answer = await self._approve(answer.target, clustering, form, mode)
        if answer is None or not answer.accept:
            self._screen.note("Nothing was exported.")
            return
        manifest = await self._screen.work("exporting", lambda job: desk.exports.carry_out(plan, job))
        files = with_companions(plan.pictures, plan.companions, "file")
        if plan.form == "tags":
            await self._finish(f"Tagged {amount(len(plan.texts), 'picture')} (u takes it back).")
            return
        if not plan.entries:
            files = amount(len(plan.texts), "file")
        await self._finish(
            f"Exported {files} to {visible(str(plan.target))} (u takes it back; {manifest.name} lists all)."
        )

    async def _approve(
        self, target: str, clustering: str, form: "Form", mode: "Mode"
    ) -> "tuple[Plan, Answer | None]":
        desk, to = self._screen.desk, None if form == "tags" else Path(target)
        plan = await self._screen.work(
            "planning",
            lambda job: desk.exports.plan(to, clustering=clustering, mode=mode, form=form, progress=job),
        )
        return plan, await self._screen.ask(ExportScreen(ExportFacts.from_plan(plan)))

    async def _finish_regrouping(self, regrouped: "Clustering") -> None:
        await self._finish(f"{amount(len(regrouped.clusters), 'group')} now.")

    async def _finish(self, line: str) -> None:
        await self._screen.keep_note(line)
        await self._screen.refresh_board()

    def _clustering(self, otherwise: str) -> str:
        clustering = self._screen.clustering_id
        if clustering is None:
            raise UsageError(f"{otherwise}; say what to group by.")
        return clustering

    def _row(self, otherwise: str) -> Row:
        row = self._board.highlighted()
        if row is None:
            raise UsageError(f"The cursor is on no cluster: {otherwise}")
        return row
