"""Whether images of a collection may go to a host: asked once, kept with the collection, asked again for more."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from tools.errors import UsageError
from tools.models.hosted.chat import ChatModel
from tools.models.hosted.estimate import Estimate, megabytes
from tools.names import amount

GROWTH = 1.10
"""A consent holds for a collection that grew by at most this factor."""

_KEY = "consent"


class Notes(Protocol):
    """Where a consent is kept: what is wanted of a shelf."""

    def note(self, key: str, value: Any) -> None:
        """Keep a fact."""
        ...

    def noted(self, key: str, otherwise: Any = None) -> Any:
        """The fact kept under a key."""
        ...


class Nothing:
    """Notes that keep nothing: no collection is open, so nobody has consented to anything."""

    def note(self, key: str, value: Any) -> None:
        """Kept nowhere."""

    def noted(self, key: str, otherwise: Any = None) -> Any:
        """Always `otherwise`."""
        return otherwise


@dataclass(frozen=True, slots=True)
class Sending:
    """What is to be sent where.

    Attributes:
        origin: Scheme and host, such as "https://api.openai.com": a consent holds for this.
        host: For people.
        model: The model's own name.
        images: How many of the collection.
        bytes: Of their JPEGs, as estimated.
        local: Whether nothing leaves this machine.
    """

    origin: str
    host: str
    model: str
    images: int
    bytes: int
    local: bool

    @classmethod
    def of(cls, model: ChatModel, estimate: Estimate) -> "Sending":
        """What an estimate over the whole collection says would be sent to a model."""
        return cls(model.origin, model.host, model.model, estimate.images, estimate.bytes, model.local)

    def line(self) -> str:
        """The question, without its question mark: what, how much, where to."""
        count = amount(self.images, "image")
        where = f"stays on this machine, at {self.host}" if self.local else f"goes to {self.host}"
        plain = ", unencrypted" if self.origin.startswith("http://") and not self.local else ""
        return f"{count}, made small ({megabytes(self.bytes)}), without EXIF and names: {where}{plain} ({self.model})"


def needed(notes: Notes, sending: Sending) -> bool:
    """Whether the user has to be asked: not for this machine, not within what they consented to before."""
    if sending.local:
        return False
    given = _given(notes).get(sending.origin)
    return given is None or sending.images > given * GROWTH


def give(notes: Notes, sending: Sending) -> None:
    """The user said yes to exactly this."""
    about = {
        "images": sending.images,
        "bytes": sending.bytes,
        "model": sending.model,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    notes.note(_KEY, _all(notes) | {sending.origin: about})


def withdraw(notes: Notes, origin: str | None = None) -> None:
    """The user takes a consent back, or with None all of them. What was sent is gone, what was answered is kept."""
    notes.note(_KEY, {o: about for o, about in _all(notes).items() if origin is not None and o != origin})


def require(notes: Notes, sending: Sending) -> None:
    """What the hosted tier calls before every request. Raises UsageError where the user was not asked or said no."""
    if needed(notes, sending):
        raise UsageError(
            f"nothing is sent to {sending.host} without your consent; allow it first: {sending.line()}"
        )


def _all(notes: Notes) -> dict[str, Any]:
    found = notes.noted(_KEY, {})
    return found if isinstance(found, dict) else {}


def _given(notes: Notes) -> dict[str, float]:
    """Origin to the number of images that were consented to; what is not well formed is no consent."""
    found = {}
    for origin, about in _all(notes).items():
        images = about.get("images") if isinstance(about, dict) else None
        if isinstance(images, int) and not isinstance(images, bool):
            found[origin] = float(images)
    return found
