"""Asks for the approval of an export: the target, the mode, the folders, and the files that stay where they are."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content

from assistant.text.formatting import size
from assistant.tui.key_bindings import bindings
from assistant.tui.screens.approval_screen import Answer, ApprovalScreen
from assistant.tui.screens.prompt_screen import PromptScreen
from assistant.tui.styled_text import foreign
from assistant.tui.widgets.hanging_text import HangingText
from tools.names import amount, visible, with_companions

if TYPE_CHECKING:
    from assistant.chat.session import ExportApproval
    from tools.export.plan import Plan

_MODES = {
    "copy": "copied; the originals stay as they are",
    "link": "linked (symbolic links to the originals)",
    "move": "MOVED out of the folder, after each copy was verified",
}
MAX_LEFT = 8
"""The most files listed of those that stay where they are."""
MAX_NUMBERED = 3
"""The most files listed for each folder of those that get a number."""


@dataclass(frozen=True, slots=True)
class ExportFacts:
    """Holds the facts of an export.

    Attributes:
        target: The folder to create.
        mode: "copy", "link" or "move".
        folders: The folders in it, each as (name, number of files).
        files: The number of files.
        bytes: Their size.
        renamed: The number of files that get a number because their name is taken.
        left: The files that stay where they are, each as (file, reason).
        numbered: The renamed files that are listed, each as (folder and new name, the name that was taken).
        part: Whether there are other groups, which are not exported.
        companions: The number of files that are no pictures, but belong to one.
        sources: The folders that files are moved out of, in words; empty where none are moved.
        form: What is made of the groups.
        written: The files that are written, each with what becomes of it.
        tags: The keywords, each with the number of pictures that get it.
        sidecars: The number of all sidecars, of which `written` may list the first alone.
        added_to: The number of those that are there already.
        adds: Whether files are added to what is in the target.
        into: The folders that are there already.
        placed: The pictures that are added, each as (folder and new name, where it is now).
        order: By what the numbers before all names are in order; "" without numbers.
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
    companions: int = 0
    sources: tuple[str, ...] = ()
    form: str = "folders"
    written: tuple[tuple[str, str], ...] = ()
    tags: tuple[tuple[str, int], ...] = ()
    sidecars: int = 0
    added_to: int = 0
    adds: bool = False
    into: tuple[str, ...] = ()
    placed: tuple[tuple[str, str], ...] = ()
    order: str = ""

    @classmethod
    def from_approval(cls, approval: "ExportApproval") -> "ExportFacts":
        """Return the facts of an approval of the session."""
        return cls(
            target=str(approval.target),
            mode=approval.mode,
            folders=tuple((str(name), int(count)) for name, count in approval.folders),
            files=approval.files,
            bytes=approval.bytes,
            renamed=approval.renamed,
            left=tuple((str(path), str(why)) for path, why in approval.left),
            numbered=tuple((str(new), str(old)) for new, old in approval.numbered),
            part=bool(approval.only),
            companions=approval.companions,
            sources=tuple(approval.sources),
            form=approval.form,
            written=tuple((str(path), str(what)) for path, what in approval.written),
            tags=tuple((str(name), int(count)) for name, count in approval.tags),
            sidecars=approval.sidecars,
            added_to=approval.added_to,
            adds=approval.adds,
            into=tuple(approval.into),
            placed=tuple((str(new), str(old)) for new, old in approval.placed),
            order=approval.order,
        )

    @classmethod
    def from_plan(cls, plan: "Plan") -> "ExportFacts":
        """Return the facts of a plan that was made by key."""
        from assistant.agent.approvals import MOST_LISTED, numbered, placed, sources, written

        return cls(
            target=str(plan.target),
            mode=plan.mode,
            folders=plan.folders,
            files=len(plan.entries),
            bytes=plan.bytes,
            renamed=plan.renamed,
            left=tuple((str(path), why) for path, why in plan.left),
            numbered=tuple(numbered(plan)),
            companions=plan.companions,
            sources=tuple(sources(plan.sources)),
            form=plan.form,
            written=tuple(written(plan)),
            tags=plan.tags,
            sidecars=len(plan.texts) if plan.form == "tags" else 0,
            added_to=sum(bool(text.before) for text in plan.texts),
            adds=plan.adds,
            into=plan.into,
            placed=tuple(placed(plan)[:MOST_LISTED]),
        )


class ExportScreen(ApprovalScreen):
    """Asks for the approval of an export and shows the whole plan; nothing is written before it is accepted."""

    TITLE = "Export these groups?"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("approval", "approval.edit")]

    BODY = "#plan"

    def __init__(self, facts: ExportFacts) -> None:
        super().__init__()
        self._facts = facts

    @property
    def question(self) -> str:
        """Return the question, another one where there are files in the folder already."""
        return "Add these pictures to that folder?" if self._facts.adds else self.TITLE

    def compose_body(self) -> ComposeResult:
        with VerticalScroll(id="plan"):
            yield HangingText(export_text(self._facts))

    def action_edit(self) -> None:
        """Ask for another folder, for which the export is planned and asked about again."""

        if self._facts.form == "tags":
            self.notify("Tags go beside the pictures; there is no other folder for them.")
            return

        def edited(text: str | None) -> None:
            if text and text != self._facts.target:
                self.dismiss(Answer(False, target=text))

        self.app.push_screen(
            PromptScreen("Export the groups to which new folder?", self._facts.target), edited
        )


def export_text(facts: ExportFacts) -> Content:
    """Return the plan as text: what, how, the tree of folders or the files, and the files that stay."""
    if facts.form == "tags":
        return Content("\n").join([*_tag_lines(facts), *_ends(facts)])
    what = (
        f"{with_companions(facts.files - facts.companions, facts.companions, 'file')}, {size(facts.bytes)}, "
    )
    how: tuple[str, str] | str = (_MODES.get(facts.mode, facts.mode), "bold" if facts.mode == "move" else "")
    if not facts.files:
        what, how = f"one file, {size(facts.bytes)}", "; the pictures stay as they are"
    lines = [
        Content.assemble(("to    ", "$muted"), foreign(facts.target, "bold")),
        Content.assemble(("what  ", "$muted"), what, how),
    ]
    for at, source in enumerate(facts.sources[:MAX_LEFT]):
        lines.append(Content.assemble(("from  " if not at else "      ", "$muted"), foreign(source)))
    if len(facts.sources) > MAX_LEFT:
        lines.append(Content(f"      and {len(facts.sources) - MAX_LEFT:,} more folders"))
    if facts.order:
        lines.append(Content.assemble(("names ", "$muted"), f"0001-..., the place by {facts.order}"))
    if facts.renamed:
        numbered = (
            f"{amount(facts.renamed, 'name')} used twice; a number is added, and nothing is overwritten"
        )
        lines.append(Content.assemble(("      ", ""), numbered))
    lines.append(Content(""))
    lines.append(foreign(facts.target.rstrip("/").rsplit("/", 1)[-1] + "/", "bold"))
    for name, count in facts.folders:
        new_one = "  new" if facts.adds and name not in facts.into else ""
        lines.append(
            Content.assemble(("├── ", "$muted"), foreign(name), (f"/  {count:,}{new_one}", "$muted"))
        )
        inside = [(new, old) for new, old in facts.placed if new.rpartition("/")[0] == visible(name)]
        for new, old in inside:
            origin = foreign(f"  from {old}", "$muted")
            lines.append(Content.assemble(("│     ", "$muted"), foreign(new.rpartition("/")[2]), origin))
        if inside:
            continue
        here = [(new, old) for new, old in facts.numbered if new.startswith(f"{name}/")]
        for new, old in here[:MAX_NUMBERED]:
            taken = foreign(f"{old} is taken", "$mark")
            lines.append(
                Content.assemble(("│     ", "$muted"), foreign(new[len(name) + 1 :]), ("  ", ""), taken)
            )
        if len(here) > MAX_NUMBERED:
            lines.append(Content.assemble(("│     ", "$muted"), f"and {len(here) - MAX_NUMBERED:,} more"))
    for path, _ in facts.written:
        lines.append(Content.assemble(("├── ", "$muted"), foreign(path)))
    records = "a manifest, as JSON and CSV" if facts.adds else "manifest.json, manifest.csv"
    lines.append(Content.assemble(("└── ", "$muted"), records))
    if facts.adds:
        lines += [Content(""), Content("What is there already stays as it is.")]
    return Content("\n").join([*lines, *_ends(facts)])


def _tag_lines(facts: ExportFacts) -> list[Content]:
    """Return the lines about keywords: how many pictures get which, and the sidecars."""
    new = facts.sidecars - facts.added_to
    files = f"{amount(facts.sidecars, 'sidecar')} ({new:,} new, {facts.added_to:,} added to)"
    lines = [
        Content.assemble(("to    ", "$muted"), ("XMP sidecars beside the pictures", "bold")),
        Content.assemble(("what  ", "$muted"), files, "; the pictures stay as they are"),
        Content(""),
    ]
    lines += [Content.assemble("  ", foreign(name, "bold"), (f"  {n:,}", "$muted")) for name, n in facts.tags]
    lines.append(Content(""))
    for path, what in facts.written[:MAX_LEFT]:
        lines.append(Content.assemble("  ", foreign(path), (f": {what}", "$muted")))
    if facts.sidecars > MAX_LEFT:
        lines.append(Content(f"  and {facts.sidecars - MAX_LEFT:,} more"))
    return lines


def _ends(facts: ExportFacts) -> list[Content]:
    """Return the lines about the files that stay, and about undo."""
    lines: list[Content] = []
    if facts.part:
        lines += [Content(""), Content("All other groups stay as they are.")]
    if facts.left:
        lines += [Content(""), Content(f"{amount(len(facts.left), 'file')} left where they are:")]
        for path, why in facts.left[:MAX_LEFT]:
            lines.append(Content.assemble("  ", foreign(path), (": ", ""), foreign(why, "$muted")))
        if len(facts.left) > MAX_LEFT:
            lines.append(Content(f"  and {len(facts.left) - MAX_LEFT:,} more; the manifest lists all"))
    return [*lines, Content(""), Content.styled("Undo takes the export back.", "$muted")]
