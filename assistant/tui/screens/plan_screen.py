"""Shows the approval of a plan: its steps as a checklist, with calls, time and cost."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from assistant.tui.screens.approval_screen import ApprovalScreen
from assistant.tui.styled_text import foreign
from assistant.tui.widgets.hanging_text import HangingText


class PlanScreen(ApprovalScreen):
    """Asks for the approval of a plan; nothing of it is done, and nothing sent, before it is accepted.

    Args:
        lines: The plan in lines: its title, its steps, what is sent, the budget.
    """

    TITLE = "Do it this way?"

    BODY = "#plan"

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__()
        self._lines = tuple(lines)

    def compose_body(self) -> ComposeResult:
        with VerticalScroll(id="plan"):
            yield HangingText(plan_text(self._lines))


def plan_text(lines: Sequence[str]) -> Content:
    """Return the plan as text: its title, and below it the steps; the budget stands out."""
    title, *steps, budget = lines
    note = 'Each step is shown as it is done, and ctrl+c stops the plan. Steps can be left out: r, "without the graph".'
    return Content("\n").join(
        [
            foreign(title, "bold"),
            Content(""),
            *(foreign(step.removeprefix("  ")) for step in steps),
            Content(""),
            foreign(budget, "bold"),
            Content(""),
            Content.styled(note, "$muted"),
        ]
    )
