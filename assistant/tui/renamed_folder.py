"""Asks whether a folder is a known one that was renamed or mounted elsewhere."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from textual.content import Content

from assistant.tui.screens.choice_screen import ChoiceScreen
from tools.errors import RegroupError

if TYPE_CHECKING:
    from assistant.tui.protocols import HostScreen
    from assistant.workspace.moved_folder import Resemblance


async def recognise_folder(screen: "HostScreen", folder: Path) -> None:
    """Ask whether a folder is a known one that is gone, and go on with that. Only inside a worker."""

    def find() -> "Resemblance | None":
        from assistant.workspace import Workspace
        from assistant.workspace.moved_folder import resembling

        with suppress(RegroupError), Workspace(screen.host.settings.workspace) as workspace:
            return resembling(workspace, folder)
        return None  # opening it says what is wrong

    def settle(likeness: "Resemblance", is_it: bool) -> None:
        from assistant.workspace import Workspace
        from assistant.workspace.moved_folder import decline, relocate

        with Workspace(screen.host.settings.workspace) as workspace:
            if is_it:
                relocate(workspace, likeness.known.folder, likeness.folder)
            else:
                decline(workspace, likeness)

    likeness = await screen.thread(find)
    if likeness is not None:
        choices = [("yes", Content("yes, go on")), ("no", Content("no, this is another folder"))]
        answer = await screen.ask(ChoiceScreen(likeness.question, choices))
        if answer is not None:
            await screen.thread(settle, likeness, answer == "yes")
