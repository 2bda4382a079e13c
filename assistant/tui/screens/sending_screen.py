"""Asks for the approval of sending pictures: how many, where to, in which form, and at what cost."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from assistant.text.formatting import size
from assistant.tui.screens.approval_screen import ApprovalScreen
from assistant.tui.styled_text import foreign
from assistant.tui.widgets.hanging_text import HangingText
from tools.names import amount

if TYPE_CHECKING:
    from assistant.agent.approvals import SendApproval


@dataclass(frozen=True, slots=True)
class SendingFacts:
    """Holds the facts about everything that leaves the machine.

    Attributes:
        host: The host to which the pictures go.
        model: The model that describes them there.
        encrypted: Whether the pictures are encrypted on their way.
        images: The number of pictures that are sent now, once for each criterion.
        bytes: Their size after they were made small.
        tokens: The number of tokens of one picture with its question.
        cost: The cost of all of them, or why it is not known.
        criteria: The criteria by which the model describes them, or judges which belong together.
        judging: Whether it judges; `images` is then the most questions that it is asked.
    """

    host: str
    model: str
    encrypted: bool
    images: int
    bytes: int
    tokens: int
    cost: str
    criteria: tuple[str, ...]
    judging: bool = False

    @classmethod
    def from_approval(cls, approval: "SendApproval") -> "SendingFacts":
        """Return the facts of an approval of the session."""
        return cls(
            host=approval.host,
            model=approval.model,
            encrypted=approval.encrypted,
            images=approval.images,
            bytes=approval.bytes,
            tokens=approval.tokens,
            cost=approval.cost,
            criteria=tuple(approval.criteria),
            judging=approval.judging,
        )


class SendingScreen(ApprovalScreen):
    """Asks for the approval of sending pictures; nothing leaves the machine before it is accepted."""

    TITLE = "Send these pictures?"

    BODY = "#sending"

    def __init__(self, facts: SendingFacts) -> None:
        super().__init__()
        self._facts = facts

    def compose_body(self) -> ComposeResult:
        with VerticalScroll(id="sending"):
            yield HangingText(sending_text(self._facts))


def sending_text(facts: SendingFacts) -> Content:
    """Return the facts as text."""
    several = len(facts.criteria) > 1
    each = " for each criterion" if several else ""
    where = [foreign(facts.host, "bold")]
    if not facts.encrypted:
        where.append(Content.styled("  UNENCRYPTED", "bold"))
    images = amount(facts.images, "question" if facts.judging else "image")
    asked = f"up to {images} with images" if facts.judging else images
    count = f"{asked}{each}, {size(facts.bytes)}, made small, without EXIF and names"
    one = "a question" if facts.judging else "an image"
    rows = (
        ("to    ", Content.assemble(*where)),
        ("model ", foreign(facts.model)),
        ("about ", foreign(", ".join(facts.criteria))),
        ("what  ", Content(count)),
        ("cost  ", Content.assemble(foreign(facts.cost), f"{each}, about {facts.tokens:,} tokens {one}")),
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
