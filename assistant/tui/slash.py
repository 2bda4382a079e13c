"""What is typed after a "/": each command of the registry that has one."""

from typing import TYPE_CHECKING

from assistant.chat.conversations import Conversations
from assistant.chat.slash_replies import cost_lines, reply
from assistant.settings import keep
from assistant.text.commands import COMMANDS
from assistant.tui.images import PictureMode
from assistant.tui.screens.sessions import Choice
from assistant.tui.theme import THEMES
from tools.errors import UsageError
from tools.names import visible

if TYPE_CHECKING:
    from assistant.tui.screens.main import MainScreen

_PICTURES: tuple[str, ...] = ("on", "ascii", "off")


class Slash:
    """The commands over the main screen. `run` is called in a worker of it."""

    def __init__(self, screen: "MainScreen") -> None:
        self._screen = screen
        self._app = screen.regroup

    async def run(self, name: str, argument: str = "") -> None:
        """Carry out a command by its slash.

        Raises:
            UsageError: The argument does not fit.
        """
        if name in ("theme", "images", "sessions", "export"):
            await getattr(self, f"_{name}")(argument)
        elif name in ("model", "tier"):
            line, settings = await self._screen.thread(reply, name, argument, self._app.open_desk)
            self._say(line)
            if settings is not None:
                self._app.reopen(
                    Choice(self._app.open_desk.collection.folder, self._screen.talk_name), settings
                )
        elif name == "cost":
            self._say("\n".join(cost_lines(self._app.open_desk.status())))
        else:
            command = next(each for each in COMMANDS if each.slash == name)
            await self._app.run_action(command.action, self._screen)

    async def _theme(self, argument: str) -> None:
        names = list(THEMES)
        now = next(name for name in names if THEMES[name].name == self._app.theme)
        chosen = argument or names[(names.index(now) + 1) % len(names)]
        if chosen not in names:
            raise UsageError(f"there is no theme {visible(chosen)!r}; there are {' and '.join(names)}")
        self._app.theme = THEMES[chosen].name
        path = await self._screen.thread(keep, "theme", chosen)
        self._say(f"The {chosen} theme; kept in {visible(str(path))}.")

    async def _images(self, argument: str) -> None:
        now = {"none": "off", "ascii": "ascii"}.get(self._app.pictures, "on")
        chosen = argument or _PICTURES[(_PICTURES.index(now) + 1) % len(_PICTURES)]
        if chosen not in _PICTURES:
            raise UsageError(f"/images takes {', '.join(_PICTURES)}, not {visible(chosen)!r}")
        # What the terminal can do was asked before the screen was taken over, or never.
        best: PictureMode = "ascii" if self._app.best == "none" else self._app.best
        modes: dict[str, PictureMode] = {"on": best, "ascii": "ascii", "off": "none"}
        await self._app.show_pictures(modes[chosen])
        told = {"none": "no pictures", "ascii": "pictures in letters"}
        self._screen.status.say(told.get(modes[chosen], "pictures in colour"))

    async def _sessions(self, argument: str) -> None:
        if not argument:
            self._screen.action_sessions()
            return
        talks = Conversations(self._app.open_desk.shelf).all()
        if not argument.isdecimal() or not 1 <= int(argument) <= len(talks):
            raise UsageError(
                f"/sessions takes a number from 1 to {len(talks)}, or nothing to choose from a list"
            )
        self._app.reopen(Choice(self._app.open_desk.collection.folder, talks[int(argument) - 1].thread))

    async def _export(self, argument: str) -> None:
        if self._screen.job is not None:
            raise UsageError("still working; ctrl+c cancels")
        await self._screen.edits.export(argument)

    def _say(self, text: str) -> None:
        self._screen.conversation.note(text)
