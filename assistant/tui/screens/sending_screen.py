"""Approval of sending: which pictures, where to, in which form, and at what cost."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from assistant.text.formatting import size
from assistant.tui.screens.approval_screen import ApprovalScreen
from assistant.tui.styled_text import foreign
from tools.names import amount

if TYPE_CHECKING:
    from assistant.agent.approvals import SendApproval


@dataclass(frozen=True, slots=True)
class SendingFacts:
    """Everything that leaves the machine.

    Attributes:
        host: Where the pictures go.
        model: The model that describes them there.
        encrypted: Whether nobody on the way can see them.
        images: Number of pictures that are sent now, once for each criterion.
        bytes: Their size, made small.
        tokens: The number of tokens that one picture with its question counts as.
        cost: What all of them cost, or why that is not known.
        criteria: The criteria that the model is asked about.
    """

    host: str
    model: str
    encrypted: bool
    images: int
    bytes: int
    tokens: int
    cost: str
    criteria: tuple[str, ...]

    @classmethod
    def from_approval(cls, approval: "SendApproval") -> "SendingFacts":
        """What the session wants approved."""
        return cls(
            host=approval.host,
            model=approval.model,
            encrypted=approval.encrypted,
            images=approval.images,
            bytes=approval.bytes,
            tokens=approval.tokens,
            cost=approval.cost,
            criteria=tuple(approval.criteria),
        )


class SendingScreen(ApprovalScreen):
    """Shows what would be sent; not one byte leaves before it is accepted."""

    TITLE = "Send these pictures?"

    BODY = "#sending"

    def __init__(self, facts: SendingFacts) -> None:
        super().__init__()
        self._facts = facts

    def compose_body(self) -> ComposeResult:
        with VerticalScroll(id="sending"):
            yield Static(sending_text(self._facts), markup=False)


def sending_text(facts: SendingFacts) -> Content:
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
