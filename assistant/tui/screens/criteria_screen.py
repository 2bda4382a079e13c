"""Asks which of the proposed criteria, or which others, to group by."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import ListItem, ListView, Static

from assistant.tui.key_bindings import bindings
from assistant.tui.screens.approval_screen import Answer, ApprovalScreen
from assistant.tui.screens.prompt_screen import PromptScreen
from assistant.tui.styled_text import foreign, hanging, percent_bar
from tools.names import visible

if TYPE_CHECKING:
    from assistant.chat.session import CriterionOption


@dataclass(frozen=True, slots=True)
class Option:
    """Holds a criterion to choose.

    Attributes:
        criterion: The criterion in words.
        why: Why it fits these images, or that it is in the user's words.
        quality: How well it fits, 0 to 1; None for a criterion of the user's.
        groups: The groups that it would give, each as (name, number of images).
        ticked: Whether it is chosen.
    """

    criterion: str
    why: str = ""
    quality: float | None = None
    groups: tuple[tuple[str, int], ...] = ()
    ticked: bool = False

    @classmethod
    def from_proposal(cls, proposal: "CriterionOption") -> "Option":
        """Return the option for a criterion that the session proposes."""
        groups = tuple((name, count) for name, count in proposal.groups)
        return cls(proposal.criterion, proposal.why, proposal.quality, groups)


class OptionRow(ListItem):
    """Shows one criterion with a box to tick."""

    def __init__(self, option: Option) -> None:
        super().__init__(classes="option-row")
        self.option = option

    def compose(self) -> ComposeResult:
        yield Static(self._content(), markup=False)

    def set(self, option: Option) -> None:
        """Show another option in this row."""
        self.option = option
        self.query_one(Static).update(self._content())

    def _content(self) -> Content:
        option = self.option
        box = ("[x] ", "$mark bold") if option.ticked else ("[ ] ", "$muted")
        quality = (
            Content.assemble("  ", percent_bar(option.quality)) if option.quality is not None else Content("")
        )
        lines = [Content.assemble(box, foreign(option.criterion, "bold"), quality)]
        if option.why:
            lines.append(Content.assemble("    ", foreign(option.why, "$muted")))
        if option.groups:
            groups = ", ".join(f"{visible(name)} {count}" for name, count in option.groups)
            lines.append(Content(f"    {groups}"))
        text, width = Content("\n").join(lines), self.size.width
        return hanging(text, width) if width else text

    def on_resize(self) -> None:
        """Break the lines anew, so that they hang under their beginnings."""
        self.query_one(Static).update(self._content())


class CriteriaScreen(ApprovalScreen):
    """Asks for the approval of criteria: the user ticks, adds or rewords criteria, and accepts.

    Where no option is ticked at first, the first one becomes ticked. `basis` says what a language model read for them,
    or is "".
    """

    TITLE = "Group by which of these?"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("approval", "approval.toggle", "approval.add", "approval.edit")
    ]

    BODY = "#options"

    def __init__(self, options: Sequence[Option], basis: str = "") -> None:
        super().__init__()
        self._basis = basis
        ticked = any(option.ticked for option in options)
        self._options = [
            replace(o, ticked=o.ticked or (not ticked and i == 0)) for i, o in enumerate(options)
        ]

    def compose_body(self) -> ComposeResult:
        if self._basis:
            yield Static(Content.styled(visible(self._basis), "$muted"), id="basis", markup=False)
        yield ListView(*(OptionRow(option) for option in self._options), id="options")

    @property
    def rows(self) -> list[OptionRow]:
        """Return the current rows."""
        return list(self.query(OptionRow))

    def on_list_view_selected(self, event: ListView.Selected) -> None:
        """Tick by enter or a click, too, and show which key accepts, as some expect that of enter."""
        event.stop()
        self.action_tick()
        self.hint("y accepts the ticked criteria.")

    def action_tick(self) -> None:
        """Tick or untick the criterion under the cursor."""
        row = self.query_one(ListView).highlighted_child
        if isinstance(row, OptionRow):
            row.set(replace(row.option, ticked=not row.option.ticked))
            self.hint("")

    def action_add(self) -> None:
        """Add a criterion of the user's."""

        async def added(text: str | None) -> None:
            if text:
                view = self.query_one(ListView)
                await view.append(OptionRow(Option(text, "your own", ticked=True)))
                view.index = len(view) - 1

        self.app.push_screen(PromptScreen("Group by what?"), added)

    def action_edit(self) -> None:
        """Reword the criterion under the cursor."""
        row = self.query_one(ListView).highlighted_child
        if not isinstance(row, OptionRow):
            return

        def edited(text: str | None) -> None:
            if text and text != row.option.criterion:
                row.set(Option(text, "in your words", ticked=True))

        self.app.push_screen(PromptScreen("Group by what?", row.option.criterion), edited)

    def action_accept(self) -> None:
        """Accept the ticked criteria."""
        chosen = [row.option.criterion for row in self.rows if row.option.ticked]
        if chosen:
            self.dismiss(Answer(True, chosen))
        else:
            self.hint("Nothing is ticked: space ticks, n rejects.")
