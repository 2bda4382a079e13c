"""Judges with a chat model with image input, at a provider or on a server that was named."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant.models import consent
from assistant.models.consent import Notes, Sending
from assistant.models.providers import OWN_KEY, hosted_name
from tools.names import visible

if TYPE_CHECKING:
    from assistant.settings import Settings
    from tools.models.hosted.cost_estimate import Estimate
    from tools.models.ports import Decode


class HostedJudge:
    """Asks a chat model whether images belong to a group. Nothing is sent without the user's consent.

    Attributes:
        judge: The model as a judge.
        judge_by: The model, for people.
        model: The model and where it is, for people.
        side: The longest side in pixels of the pictures that it is shown.
        local: Whether it gets one question at a time; a host takes several.
    """

    local = False

    def __init__(self, settings: "Settings", notes: Notes) -> None:
        from assistant.models.chat_model import chat_model
        from tools.models.hosted import prices
        from tools.models.hosted.chat_client import ChatClient
        from tools.models.hosted.chat_judge import ChatJudge
        from tools.models.hosted.jpeg import SIDE
        from tools.models.hosted.request_policy import RequestPolicy

        named, address = hosted_name(settings.judge or "", None, "judge")
        key = None if address is None else os.environ.get(OWN_KEY, "")
        self.chat = chat_model(named, address=address, key=key, offline=settings.offline)
        self._notes, self._sending = notes, self._to_send(1, 0)
        self.client = ChatClient(
            self.chat, permit=self._permit, policy=RequestPolicy(concurrency=settings.concurrency)
        )
        self.side = settings.side or SIDE
        self.judge = ChatJudge(self.client, self.side)
        self.judge_by = visible(self.chat.model)
        self.model = f"{self.judge_by} at {self.chat.host}"
        self._prices = prices.read()
        self._price = self._prices.find(self.chat.host, self.chat.model, self.chat.local)

    @property
    def cost(self) -> float | None:
        """Return the cost of all answers in US dollars; None where the price or the tokens are not known."""
        return self.client.meter.cost(self._price) if self.client.meter.requests else 0.0

    @property
    def allowed(self) -> bool:
        """Return whether the user has allowed any image of this collection to go there, or need not be asked."""
        return not consent.needed(self._notes, self._to_send(1, 0))

    def covers(self, images: int) -> None:
        """Let the following questions be about a collection of this size, for which the consent must hold."""
        self._sending = self._to_send(images, 0)

    def quote(
        self, images: Sequence[str], calls: int, exemplars: int, decode: "Decode"
    ) -> "tuple[Estimate, Sending]":
        """Return the estimate for a number of questions about these images, and the object of the consent."""
        from tools.models.hosted.cost_estimate import estimate_judging

        estimated = estimate_judging(self.judge, images, calls, exemplars, decode, self._prices)
        return estimated, self._to_send(len(images), estimated.bytes)

    def _permit(self) -> None:
        consent.require(self._notes, self._sending)

    def _to_send(self, images: int, size: int) -> Sending:
        return Sending(
            self.chat.origin, self.chat.host, visible(self.chat.model), images, size, self.chat.local
        )
