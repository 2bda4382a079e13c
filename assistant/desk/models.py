"""Speaks for the models beyond the bundled ones: what would be sent to them, the user's consent, and the
cost so far."""

from collections.abc import Sequence

from assistant.desk.core import Core
from assistant.models.consent import Quote, Sending
from tools.fuse.registry import find_method


class Models:
    """Keeps the user's consent to send images to models that describe them, and reports what came of it."""

    def __init__(self, core: Core) -> None:
        self._core = core

    @property
    def describes(self) -> bool:
        """Return whether there is a model that can be asked about a criterion, if the user allows it."""
        return self._core.describing.asks

    def usage(self) -> dict[str, str | float | None] | None:
        """Return the requests of this process to a host and their cost, as counted; None where there were none."""
        with self._core.lock:
            return self._core.describing.usage()

    def pinned(self) -> dict[str, str]:
        """Return the models beyond the bundled ones by what they do, each with its revision
        (`CollectionDescriber.pinned`)."""
        with self._core.lock:
            return self._core.describing.pinned()

    def answered(self, criterion: str) -> int:
        """Return the number of images of which a model that describes has said something under a criterion."""
        with self._core.lock:
            return self._core.describing.answered(criterion, self._core.collection.ids)

    def asked_for(self, criterion: str) -> str:
        """Return the name of the tier whose answers a grouping by a criterion is made from."""
        with self._core.lock:
            return self._core.describing.tier_of(criterion)

    @property
    def calls(self) -> int:
        """Return the number of calls of models that describe or encode for a criterion, in this process."""
        return self._core.describing.calls

    def quote(self, criterion: str, values: Sequence[str] = (), again: bool = False) -> Quote | None:
        """Return a quote for what grouping by a criterion would send to a host; nothing is sent by this call.

        Args:
            criterion: The criterion in the user's words.
            values: The values that the describer chooses from.
            again: Whether to ask again about images for which there was no usable answer.

        Returns:
            None where nothing would be sent.
        """
        with self._core.lock:
            if self._core.metadata.sees(criterion):
                return None
            return self._core.describing.quote(criterion, self._core.collection, values, again)

    def judge_quote(self, asking: str | int | None) -> Quote | None:
        """Return a quote for what a judge at a host would be sent; None where nothing would be.

        Args:
            asking: The name of a method that may ask it, None for the default one; or a number of questions.

        Raises:
            tools.errors.UsageError: There is no such method.
        """
        with self._core.lock:
            images = len(self._core.collection)
            calls = asking if isinstance(asking, int) else find_method(asking).most_judge_calls(images)
            return self._core.describing.judge_quote(self._core.collection, calls)

    def allow(self, sending: Sending) -> None:
        """Note that the user has seen what is sent where and agrees, for this collection."""
        with self._core.lock:
            self._core.describing.allow(sending)

    def decline(self, judging: bool = False) -> None:
        """Note that the user refuses: nothing is sent while this desk is open, and the next tier is used, or no judge
        is asked."""
        with self._core.lock:
            self._core.describing.decline(judging)

    def withdraw(self) -> None:
        """Withdraw the user's consent for this collection."""
        with self._core.lock:
            self._core.describing.withdraw()

    def failures(self, criterion: str) -> dict[str, str]:
        """Return the images of the collection without a usable answer of a describer, each with the reason."""
        with self._core.lock:
            reasons = self._core.describing.failures(criterion)
            return {image: reasons[image] for image in self._core.collection.ids if image in reasons}
