"""Approval of an export: where, how, which folders, and what stays where it is."""

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from assistant.text.formatting import size
from assistant.tui.keys import bindings
from assistant.tui.screens.approval import Answer, ApprovalScreen
from assistant.tui.screens.prompt import PromptScreen
from assistant.tui.text import foreign
from tools.names import amount

_MODES = {
    "copy": "copied; the originals stay as they are",
    "link": "linked (symbolic links to the originals)",
    "move": "MOVED out of the folder, after each copy was verified",
}
LEFT_SHOWN = 8
NUMBERED_SHOWN = 3


@dataclass(frozen=True, slots=True)
class ExportFacts:
    """All that an export will do.

    Attributes:
        target: The folder that is made.
        mode: "copy", "link" or "move".
        folders: (folder, number of files).
        files: Number of files.
        bytes: Their size.
        renamed: How many get a number because their name is taken.
        left: (file, why it stays where it is).
        numbered: Of the renamed: (folder and new name, the name that was taken), as far as they are listed.
        part: Whether there are other groups, which are not exported.
    """

    target: str
    mode: str
    folders: tuple[tuple[str, int], ...]
    files: int
    bytes: int
    renamed: int
    left: tuple[tuple[str, str], ...]
    numbered: tuple[tuple[str, str], ...] = ()
    part: bool = False


class ExportScreen(ApprovalScreen):
    """Shows the whole plan; nothing is written before it is accepted."""

    TITLE = "Export these groups?"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("approval", "approval.edit")]

    BODY = "#plan"

    def __init__(self, facts: ExportFacts) -> None:
        super().__init__()
        self._facts = facts

    def compose_body(self) -> ComposeResult:
        with VerticalScroll(id="plan"):
            yield Static(plan(self._facts), markup=False)

    def action_edit(self) -> None:
        """Write to another folder: planned and asked again."""

        def edited(text: str | None) -> None:
            if text and text != self._facts.target:
                self.dismiss(Answer(False, target=text))

        self.app.push_screen(
            PromptScreen("Export the groups to which new folder?", self._facts.target), edited
        )


def plan(facts: ExportFacts) -> Content:
    """The plan as text: what, how, the tree of folders, and what is left."""
    lines = [
        Content.assemble(("to    ", "$muted"), foreign(facts.target, "bold")),
        Content.assemble(
            ("what  ", "$muted"),
            f"{amount(facts.files, 'file')}, {size(facts.bytes)}, ",
            (_MODES.get(facts.mode, facts.mode), "bold" if facts.mode == "move" else ""),
        ),
    ]
    if facts.renamed:
        numbered = f"{amount(facts.renamed, 'name')} taken twice: numbered, nothing is overwritten"
        lines.append(Content.assemble(("      ", ""), numbered))
    lines.append(Content(""))
    lines.append(foreign(facts.target.rstrip("/").rsplit("/", 1)[-1] + "/", "bold"))
    for name, count in facts.folders:
        lines.append(Content.assemble(("├── ", "$muted"), foreign(name), (f"/  {count:,}", "$muted")))
        here = [(new, old) for new, old in facts.numbered if new.startswith(f"{name}/")]
        for new, old in here[:NUMBERED_SHOWN]:
            told = Content.assemble(
                foreign(new[len(name) + 1 :]), ("  ", ""), foreign(f"{old} is taken", "$mark")
            )
            lines.append(Content.assemble(("│     ", "$muted"), told))
        if len(here) > NUMBERED_SHOWN:
            lines.append(Content.assemble(("│     ", "$muted"), f"and {len(here) - NUMBERED_SHOWN:,} more"))
    lines.append(Content.assemble(("└── ", "$muted"), "manifest.json, manifest.csv"))
    if facts.part:
        lines += [Content(""), Content("All other groups stay as they are.")]
    if facts.left:
        lines += [Content(""), Content(f"{amount(len(facts.left), 'file')} left where they are:")]
        for path, why in facts.left[:LEFT_SHOWN]:
            lines.append(Content.assemble("  ", foreign(path), (": ", ""), foreign(why, "$muted")))
        if len(facts.left) > LEFT_SHOWN:
            lines.append(Content(f"  and {len(facts.left) - LEFT_SHOWN:,} more; the manifest lists all"))
    lines += [Content(""), Content.styled("Undo takes the export back.", "$muted")]
    return Content("\n").join(lines)
