"""What was asked and what it costs."""

from dataclasses import dataclass
from typing import Literal

from tools.models.hosted.chat_port import Answer, Message, Transient
from tools.models.hosted.jpeg import size
from tools.models.hosted.prices import Price
from tools.names import amount

Kind = Literal["first", "retry", "repair"]
"""Why a request is sent: for the first time, again after a failure, or for an answer in the right form."""


@dataclass(slots=True)
class UsageMeter:
    """Counts everything that is sent to a host, at the place where it is sent.

    Attributes:
        requests: Requests sent, with those that were sent again and those that asked for a repair.
        retries: Of these, those that were sent again after a failure.
        repairs: Of these, those that asked for an answer in the right form.
        images: Pictures in all requests.
        bytes: Bytes of these JPEGs.
        tokens_in: As the host counted them, of the requests that were answered.
        tokens_out: Likewise.
        uncounted: Answers for which the host named no tokens.
        lost: Requests without an answer (no answer in time, a lost connection, stopped) that may be charged all the
            same.
        described: Images that are described now.
        failed: Images in the failures pile.
    """

    requests: int = 0
    retries: int = 0
    repairs: int = 0
    images: int = 0
    bytes: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    uncounted: int = 0
    lost: int = 0
    described: int = 0
    failed: int = 0

    def cost(self, price: Price | None) -> float | None:
        """US dollars for the tokens; None where there is no price or the host did not count all tokens."""
        if price is None or (self.uncounted and not price.free):
            return None
        return price.of(self.tokens_in, self.tokens_out)

    def line(self, price: Price | None) -> str:
        """The meter in one line."""
        cost = self.cost(price)
        money = "cost unknown" if cost is None else dollars(cost)
        parts = [
            amount(self.requests, "request"),
            f"{self.described:,} described",
            *([f"{self.failed:,} failed"] if self.failed else []),
            f"{self.tokens_in:,} + {self.tokens_out:,} tokens",
            money,
            *([f"{self.lost:,} never answered, perhaps charged"] if self.lost else []),
        ]
        return ", ".join(parts)

    def sent(self, messages: tuple[Message, ...], kind: Kind) -> None:
        """A request goes out."""
        self._add(messages, kind, 1)

    def not_sent(self, messages: tuple[Message, ...], kind: Kind) -> None:
        """It did not: there was no connection."""
        self._add(messages, kind, -1)

    def answered(self, answer: Answer) -> None:
        """A request was answered."""
        if answer.usage is None:
            self.uncounted += 1
        else:
            self.tokens_in += answer.usage.tokens_in
            self.tokens_out += answer.usage.tokens_out

    def failure(self, error: Transient) -> None:
        """A request was not answered."""
        self.lost += error.lost

    def _add(self, messages: tuple[Message, ...], kind: Kind, sign: int) -> None:
        pictures = [block for message in messages for block in message.content if block["type"] == "image"]
        self.requests += sign
        self.retries += sign * (kind == "retry")
        self.repairs += sign * (kind == "repair")
        self.images += sign * len(pictures)
        self.bytes += sign * sum(map(size, pictures))


def dollars(amount: float) -> str:
    """ "$0.0042" below a cent, "$1.23" above."""
    if amount == 0:
        return "$0"
    return f"${amount:.4f}" if amount < 0.01 else f"${amount:,.2f}"
