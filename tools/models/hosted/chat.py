"""What this tier wants of a chat model, and the ways in which one fails.

Nothing here knows a provider: an adapter above (`assistant.models.chat_model`) turns what a provider's library raises
into these errors, with every key taken out of their texts.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from tools.errors import RegroupError

Block = dict[str, str]
"""{"type": "text", "text": ...} or {"type": "image", "media_type": "image/jpeg", "data": base64}."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. `role` is "user" or "assistant"; there is no system turn, which many small models do not know."""

    role: str
    content: tuple[Block, ...]


def text(what: str) -> Block:
    """A block of text."""
    return {"type": "text", "text": what}


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one request, as the host counted them."""

    tokens_in: int
    tokens_out: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Attributes:
        text: As the model wrote it; nothing is checked yet.
        usage: None where the host does not say.
        refused: Why the model would not answer; "" where it did. Asking again is then no use.
    """

    text: str
    usage: Usage | None
    refused: str = ""


class ChatModel(Protocol):
    """A chat model with image input that answers one request at a time and never tries again by itself."""

    @property
    def name(self) -> str:
        """Which model, and where it runs if that is not its provider: part of the key of what is cached."""
        ...

    @property
    def model(self) -> str:
        """The model's own name, as price tables have it."""
        ...

    @property
    def host(self) -> str:
        """Where requests go, for people and price tables: "api.openai.com", "10.0.0.5:8000"."""
        ...

    @property
    def origin(self) -> str:
        """The same with its scheme: consent holds for this."""
        ...

    @property
    def local(self) -> bool:
        """Whether nothing leaves this machine."""
        ...

    async def complete(self, messages: tuple[Message, ...], schema: dict[str, Any]) -> Answer:
        """One request.

        Args:
            messages: The conversation so far.
            schema: JSON schema of the answer, for hosts that can hold the model to it; others ignore it.

        Raises:
            Transient: It may work later.
            Rejected: This request will never work, another one may.
            Fatal: No request will work.
        """
        ...


class ChatError(RegroupError):
    """A request to a hosted model failed. The text is one line without any key."""


class Transient(ChatError):
    """Asking again may help: too many requests, an error of the server, no answer in time, a lost connection.

    Attributes:
        wait: Seconds that the host asks to wait, or None.
        sent: Whether the host may have got the request; False where there was no connection.
        lost: Whether the host may have worked on it, so that it may be charged although no answer came.
    """

    def __init__(
        self, reason: str, wait: float | None = None, *, sent: bool = True, lost: bool = False
    ) -> None:
        super().__init__(reason)
        self.wait = wait
        self.sent = sent
        self.lost = lost


class Rejected(ChatError):
    """The host does not take this request, such as for the picture in it."""


class Fatal(ChatError):
    """The host takes no request: a wrong key, no credit, no such model."""


class Failed(ChatError):
    """One image, or one judgement, for which there is no usable answer. The text is the reason for the pile.

    Attributes:
        host: Whether it is the host that failed rather than the answer; many in a row end the run.
    """

    def __init__(self, reason: str, *, host: bool = False) -> None:
        super().__init__(reason)
        self.host = host
