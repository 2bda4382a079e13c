"""Counts what is sent to a host and what it costs."""

from dataclasses import dataclass
from typing import Literal

from tools.models.hosted.chat_port import Answer, Message, Transient
from tools.models.hosted.jpeg import size
from tools.models.hosted.prices import Price
from tools.names import amount

Kind = Literal["first", "retry", "repair"]
"""The reason why a request is sent: for the first time, again after a failure, or for an answer in the right form."""


@dataclass(slots=True)
class UsageMeter:
    """Counts everything that is sent to a host, where it is sent.

    Attributes:
        requests: All requests that were sent, including retries and repairs.
        retries: The requests that were sent again after a failure.
        repairs: The requests that asked for an answer in the right form.
        images: Pictures in all requests.
        bytes: Bytes of the JPEGs of these pictures.
        tokens_in: Tokens sent in the requests that were answered, as the host counted them.
        tokens_out: Tokens of the answers, as the host counted them.
        uncounted: Answers for which the host counted no tokens.
        lost: Requests without an answer (timeout, lost connection, stopped) that may be charged nevertheless.
        described: Images that have been described.
        failed: Images for which there is no usable answer.
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
        """Return the cost in US dollars; None where there is no price or the host did not count all tokens."""
        if price is None or (self.uncounted and not price.free):
            return None
        return price.of(self.tokens_in, self.tokens_out)

    def line(self, price: Price | None) -> str:
        """Return what was counted, in one line."""
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
        """Count a request that is sent."""
        self._add(messages, kind, 1)

    def not_sent(self, messages: tuple[Message, ...], kind: Kind) -> None:
        """Take back the count of a request that never left, because there was no connection."""
        self._add(messages, kind, -1)

    def answered(self, answer: Answer) -> None:
        """Count the tokens of an answer."""
        if answer.usage is None:
            self.uncounted += 1
        else:
            self.tokens_in += answer.usage.tokens_in
            self.tokens_out += answer.usage.tokens_out

    def failure(self, error: Transient) -> None:
        """Count a request that failed and may be charged."""
        self.lost += error.lost

    def _add(self, messages: tuple[Message, ...], kind: Kind, sign: int) -> None:
        pictures = [block for message in messages for block in message.content if block["type"] == "image"]
        self.requests += sign
        self.retries += sign * (kind == "retry")
        self.repairs += sign * (kind == "repair")
        self.images += sign * len(pictures)
        self.bytes += sign * sum(map(size, pictures))


def dollars(amount: float) -> str:
    """Return an amount of US dollars for people: "$0.0042" below a cent, "$1.23" above."""
    if amount == 0:
        return "$0"
    return f"${amount:.4f}" if amount < 0.01 else f"${amount:,.2f}"
