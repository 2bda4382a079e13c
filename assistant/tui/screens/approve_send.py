"""Approval of sending: which pictures, where to, in which form, and at what cost."""

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from assistant.text.formatting import size
from assistant.tui.screens.approval import ApprovalScreen
from assistant.tui.text import foreign
from tools.names import amount


@dataclass(frozen=True, slots=True)
class SendFacts:
    """All that leaves the machine.

    Attributes:
        host: Where it goes.
        model: What describes the pictures there.
        encrypted: Whether nobody on the way can see them.
        images: How many are sent now, once for each criterion.
        bytes: Of these, made small.
        tokens: That one picture with its question counts as.
        cost: What that costs, or why it is not known.
        criteria: What is asked about.
    """

    host: str
    model: str
    encrypted: bool
    images: int
    bytes: int
    tokens: int
    cost: str
    criteria: tuple[str, ...]


class SendScreen(ApprovalScreen):
    """Shows what would be sent; not one byte is before it is accepted."""

    TITLE = "Send these pictures?"

    BODY = "#sending"

    def __init__(self, facts: SendFacts) -> None:
        super().__init__()
        self._facts = facts

    def compose_body(self) -> ComposeResult:
        with VerticalScroll(id="sending"):
            yield Static(sending(self._facts), markup=False)


def sending(facts: SendFacts) -> Content:
    """The facts as text."""
    several = len(facts.criteria) > 1
    each = " for each criterion" if several else ""
    where = [foreign(facts.host, "bold")]
    if not facts.encrypted:
        where.append(Content.styled("  UNENCRYPTED", "bold"))
    count = f"{amount(facts.images, 'image')}{each}, {size(facts.bytes)}, made small, without EXIF and names"
    rows = (
        ("to    ", Content.assemble(*where)),
        ("model ", foreign(facts.model)),
        ("about ", foreign(", ".join(facts.criteria))),
        ("what  ", Content(count)),
        ("cost  ", Content.assemble(foreign(facts.cost), f"{each}, about {facts.tokens:,} tokens an image")),
    )
    lines = [Content.assemble((name, "$muted"), row) for name, row in rows]
    lines += [
        Content(""),
        Content.styled(
            "Yes holds for this collection and this host: each further criterion asks about the same pictures again, "
            "at about the same cost. No sends nothing and groups with the models that are here; after that, /model "
            "names another model, and the setting side makes the pictures smaller.",
            "$muted",
        ),
    ]
    return Content("\n").join(lines)
