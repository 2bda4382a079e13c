"""Models beyond the bundled ones: what they would be sent, whether the user allows that, and what it has cost."""

from collections.abc import Sequence

from assistant.desk.core import Core
from assistant.models.collection_describer import Quote
from assistant.models.consent import Sending


class Models:
    """What may be sent to models that describe images, and what came of it."""

    def __init__(self, core: Core) -> None:
        self._core = core

    @property
    def describes(self) -> bool:
        """Whether there is a model that can be asked about a criterion, once it is allowed."""
        return self._core.describing.asks

    def usage(self) -> dict[str, str | float | None] | None:
        """Which host was asked by this process and what that came to, as counted; None where none was asked."""
        with self._core.lock:
            return self._core.describing.usage()

    def quote(self, criterion: str, values: Sequence[str] = (), again: bool = False) -> Quote | None:
        """What grouping by a criterion would send to a host. Nothing is sent by asking.

        Args:
            criterion: In the user's words.
            values: What the describer chooses from.
            again: Whether images for which there was no usable answer are asked about again.

        Returns:
            None where nothing would be sent.
        """
        with self._core.lock:
            return self._core.describing.quote(criterion, self._core.collection, values, again)

    def allow(self, sending: Sending) -> None:
        """The user has seen what is sent where and agrees, for this collection."""
        with self._core.lock:
            self._core.describing.allow(sending)

    def decline(self) -> None:
        """The user does not agree: nothing is sent while this desk is open, and the next tier is used."""
        with self._core.lock:
            self._core.describing.decline()

    def withdraw(self) -> None:
        """The user takes back what was allowed for this collection."""
        with self._core.lock:
            self._core.describing.withdraw()

    def failures(self, criterion: str) -> dict[str, str]:
        """The images of the collection about which a describer gave no usable answer, each with the reason."""
        with self._core.lock:
            found = self._core.describing.failures(criterion)
            return {image: found[image] for image in self._core.collection.ids if image in found}
