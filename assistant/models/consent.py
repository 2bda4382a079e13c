"""Keeps the consent to send images of a collection to a host: asked for once, and again when the collection grew."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from tools.errors import UsageError
from tools.models.hosted.chat_port import ChatModel
from tools.models.hosted.cost_estimate import Estimate, megabytes
from tools.names import amount

GROWTH = 1.10
"""The factor by which a collection may grow before its consent no longer holds."""

_KEY = "consent"


class Notes(Protocol):
    """Keeps a consent, as the shelf of a collection does."""

    def note(self, key: str, value: Any) -> None:
        """Keep a value under a key."""
        ...

    def noted(self, key: str, otherwise: Any = None) -> Any:
        """Return the value kept under a key, or `otherwise`."""
        ...


class NoNotes:
    """Keeps nothing, for when no collection is open, so that nobody has consented to anything."""

    def note(self, key: str, value: Any) -> None:
        """Keep nothing."""

    def noted(self, key: str, otherwise: Any = None) -> Any:
        """Return `otherwise`."""
        return otherwise


class PassingNotes:
    """Keeps notes over those of a collection that is only read: what is noted here lasts as long as this object.

    Args:
        kept: The notes of the collection, which are read and never written.
    """

    def __init__(self, kept: Notes) -> None:
        self._kept = kept
        self._own: dict[str, Any] = {}

    def note(self, key: str, value: Any) -> None:
        """Keep a value under a key, in memory."""
        self._own[key] = value

    def noted(self, key: str, otherwise: Any = None) -> Any:
        """Return the value that was noted here, or else the one of the collection, or else `otherwise`."""
        return self._own[key] if key in self._own else self._kept.noted(key, otherwise)


@dataclass(frozen=True, slots=True)
class Sending:
    """Names the object of a consent: what is to be sent where.

    Attributes:
        origin: The scheme and host that the consent holds for, such as "https://api.openai.com".
        host: The host, for people.
        model: The model's name at the host.
        images: The number of images of the collection.
        bytes: The estimated size of their JPEGs.
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
        """Return what would be sent to a model, from an estimate over the whole collection."""
        return cls(model.origin, model.host, model.model, estimate.images, estimate.bytes, model.local)

    def line(self) -> str:
        """Return the question to the user, without a question mark: what, how much, and where to."""
        count = amount(self.images, "image")
        where = f"stays on this machine, at {self.host}" if self.local else f"goes to {self.host}"
        plain = ", unencrypted" if self.origin.startswith("http://") and not self.local else ""
        return f"{count}, made small ({megabytes(self.bytes)}), without EXIF and names: {where}{plain} ({self.model})"


@dataclass(frozen=True, slots=True)
class Quote:
    """States what grouping by a criterion would send to a host.

    Attributes:
        estimate: The estimated images, bytes, tokens and cost of what is sent now.
        sending: The object of the consent, for the whole collection.
        needed: Whether the user has to be asked first.
    """

    estimate: Estimate
    sending: Sending
    needed: bool


def needed(notes: Notes, sending: Sending) -> bool:
    """Return whether the user has to be asked: not for this machine, and not within an earlier consent."""
    if sending.local:
        return False
    agreed_images = _agreed_images(notes).get(sending.origin)
    return agreed_images is None or sending.images > agreed_images * GROWTH


def give(notes: Notes, sending: Sending) -> None:
    """Keep the user's consent to exactly this."""
    about = {
        "images": sending.images,
        "bytes": sending.bytes,
        "model": sending.model,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    notes.note(_KEY, _all(notes) | {sending.origin: about})


def withdraw(notes: Notes, origin: str | None = None) -> None:
    """Withdraw the consent for a host, or with None every consent. Pictures that were sent are not called back."""
    notes.note(_KEY, {o: about for o, about in _all(notes).items() if origin is not None and o != origin})


def require(notes: Notes, sending: Sending) -> None:
    """Raise UsageError where there is no consent; the hosted tier calls this before every request."""
    if needed(notes, sending):
        raise UsageError(
            f"nothing is sent to {sending.host} without your consent; allow it first: {sending.line()}"
        )


def _all(notes: Notes) -> dict[str, Any]:
    consents = notes.noted(_KEY, {})
    return consents if isinstance(consents, dict) else {}


def _agreed_images(notes: Notes) -> dict[str, float]:
    """Return each origin with the number of images that the user agreed to; a malformed note is no consent."""
    agreed = {}
    for origin, about in _all(notes).items():
        images = about.get("images") if isinstance(about, dict) else None
        if isinstance(images, int) and not isinstance(images, bool):
            agreed[origin] = float(images)
    return agreed
