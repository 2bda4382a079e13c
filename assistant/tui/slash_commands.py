"""Runs the slash commands: each command of the registry that has a slash name."""

from pathlib import Path
from typing import TYPE_CHECKING

from assistant.chat.conversations import Conversations
from assistant.chat.slash_replies import switch_reply
from assistant.settings import save_setting
from assistant.text.commands import COMMANDS
from assistant.tui.board_edits import BoardEdits
from assistant.tui.picture_mode import PictureMode
from assistant.tui.protocols import SessionChoice
from assistant.tui.themes import THEMES
from tools.errors import UsageError
from tools.names import quoted, visible

if TYPE_CHECKING:
    from assistant.tui.protocols import HostApp

_IMAGES: tuple[str, ...] = ("on", "ascii", "off")
"""The arguments of /images; without one the command takes the next."""


class SlashCommands:
    """Runs the slash commands on a main screen, in one of its workers.

    Args:
        app: The app.
        edits: The edits of the board, for the export.
    """

    def __init__(self, app: "HostApp", edits: BoardEdits) -> None:
        self._app = app
        self._edits = edits

    async def run(self, name: str, argument: str = "") -> None:
        """Run a command by its slash name.

        Raises:
            UsageError: The argument does not fit.
        """
        if name == "theme":
            await self._theme(argument)
        elif name == "images":
            await self._images(argument)
        elif name == "sessions" and argument:
            self._sessions(argument)
        elif name == "export":
            await self._export(argument)
        elif name == "report":
            await self._report(argument)
        elif name in ("model", "tier"):
            await self._models(name, argument)
        elif name == "cost":
            from assistant.agent.tools.cost import cost_lines

            self._app.main.note("\n".join(cost_lines(self._app.open_desk.status())))
        else:
            await self._app.run_command(next(command for command in COMMANDS if command.slash == name))

    async def _theme(self, argument: str) -> None:
        names = list(THEMES)
        current = next(name for name in names if THEMES[name].name == self._app.theme)
        chosen = argument or names[(names.index(current) + 1) % len(names)]
        if chosen not in names:
            raise UsageError(f"there is no theme {quoted(chosen)}; there are {' and '.join(names)}")
        self._app.theme = THEMES[chosen].name
        path = await self._app.main.thread(save_setting, "theme", chosen)
        self._app.main.note(f"The theme is {chosen} now; this is kept in {visible(str(path))}.")

    async def _images(self, argument: str) -> None:
        current = {"none": "off", "ascii": "ascii"}.get(self._app.picture_mode, "on")
        chosen = argument or _IMAGES[(_IMAGES.index(current) + 1) % len(_IMAGES)]
        if chosen not in _IMAGES:
            raise UsageError(f"/images takes {', '.join(_IMAGES)}, not {quoted(chosen)}")
        # The terminal's abilities were found out before the screen was taken over, or never.
        best: PictureMode = "ascii" if self._app.best_picture_mode == "none" else self._app.best_picture_mode
        modes: dict[str, PictureMode] = {"on": best, "ascii": "ascii", "off": "none"}
        await self._app.show_pictures(modes[chosen])
        labels = {"none": "no pictures", "ascii": "pictures in letters"}
        self._app.main.show_status(labels.get(modes[chosen], "pictures in colour"))

    def _sessions(self, argument: str) -> None:
        desk = self._app.open_desk
        conversations = Conversations(desk.shelf).all()
        if not argument.isdecimal() or not 1 <= int(argument) <= len(conversations):
            raise UsageError(
                f"/sessions takes a number from 1 to {len(conversations)}, or nothing to choose from a list"
            )
        self._app.reopen(SessionChoice(desk.collection.folder, conversations[int(argument) - 1].thread))

    async def _models(self, name: str, argument: str) -> None:
        desk, main = self._app.open_desk, self._app.main
        line, settings = await main.thread(switch_reply, name, argument, desk)
        main.note(line)
        if settings is not None:
            self._app.reopen(SessionChoice(desk.collection.folder, main.conversation_id), settings)

    async def _report(self, argument: str) -> None:
        from assistant.report.write_report import report_line, write_report

        desk, main = self._app.open_desk, self._app.main
        if main.job is not None:
            raise UsageError("still working; ctrl+c cancels")
        to = Path(argument) if argument else None
        page = await main.work("writing the report", lambda job: write_report(desk, to, progress=job))
        main.note(report_line(page))

    async def _export(self, argument: str) -> None:
        if self._app.main.job is not None:
            raise UsageError("still working; ctrl+c cancels")
        await self._edits.export(argument)
