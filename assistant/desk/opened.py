"""What every part of the desk stands on: an open collection, its settings, its workspace and its describer."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from assistant import exports
from assistant.models.collection_describer import Describing, Quote
from assistant.models.consent import Sending
from assistant.parts import Parts
from assistant.sayings import Sayings
from assistant.settings import Settings
from assistant.workspace import Shelf, Workspace
from tools.collection import Collection
from tools.decode import decoder
from tools.describe import Descriptions, Meter
from tools.models.bundled import tier
from tools.models.store import Store
from tools.progress import Progress, silent


@dataclass(frozen=True, slots=True)
class Status:
    """What the status line says.

    Attributes:
        tier: Which models look at the pictures.
        brain: What thinks.
        images: How many there are.
        calls: Model calls of this process: one is one model looking at one image, or one request to a host.
        cost: US dollars for them, or None where that is not known.
        missing: A line for each expert that cannot run.
        model: What describes, and where it is; "" for the bundled tier.
        lines: Why models that were set up are not used, a line each.
    """

    tier: str
    brain: str
    images: int
    calls: int
    cost: float | None
    missing: tuple[str, ...]
    model: str = ""
    lines: tuple[str, ...] = ()


class Opened:
    """An open collection, and who may look at it. The attributes are those of `assistant.desk.Desk`."""

    def __init__(
        self, collection: Collection, settings: Settings, workspace: Workspace, shelf: Shelf
    ) -> None:
        self.collection = collection.without(shelf.unreadable())
        self.settings = settings
        self.workspace = workspace
        self.shelf = shelf
        self.meter = Meter()
        self.brain = settings.model or "built-in"  # for the status line; a conversation says what it took
        self._lock = threading.RLock()
        self._store = store = Store(offline=settings.offline)
        self._experts = tier.experts(store)
        self._slow = tier.slow_experts()  # they sleep until a criterion is about what they alone see
        self._parts = Parts(store, shelf, lambda: workspace.cache)
        self._texts = tier.text_encoder()
        self._looked: Descriptions | None = None  # what the experts say
        self._descriptions: Descriptions | None = None  # and what describers were asked besides
        self._remarks: list[str] = []  # what is to be said about the last change
        self._sayings = Sayings(shelf)
        self._skipped: dict[str, set[tuple[str, ...]]] = {}  # clustering to what was asked and not answered
        self._unthought: list[str] = []  # why the language model proposed nothing, the last time
        self.describing = Describing(settings, shelf, lambda: workspace.cache, self._texts)

    @classmethod
    def open(
        cls,
        folder: Path,
        settings: Settings,
        workspace: Workspace | None = None,
        progress: Progress = silent,
        exclusive: bool = True,
    ) -> Self:
        """Scan a folder and fetch what is known about it.

        Raises:
            tools.errors.UsageError: There is no folder or no image in it.
            tools.errors.RegroupError: It is open in another terminal, or the workspace cannot be written.
        """
        workspace = workspace or Workspace(settings.workspace)
        shelf = workspace.open(folder, exclusive)
        try:
            if exclusive:
                exports.settle(shelf)
                if shelf.noted("decoder") != decoder():  # HEIC support was installed, or left
                    shelf.forget_unreadable()
                    shelf.note("decoder", decoder())
            collection = exports.scanned(shelf, progress)
            shelf.seen(len(collection))
            return cls(collection, settings, workspace, shelf)
        except BaseException:
            shelf.close()
            raise

    def close(self) -> None:
        """Let go of the collection, when the call that is running has ended; tell that to stop first."""
        with self._lock:
            self.shelf.close()
            self.workspace.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def status(self) -> Status:
        """What the status line says now."""
        missing = self._descriptions.missing if self._descriptions else ()
        asks, images = self.describing, len(self.collection)
        calls = self.meter.calls + asks.calls
        name, model = (asks.tier.name, asks.tier.model) if asks.tier else (tier.NAME, "")
        lines = (*asks.lines, *self._unthought)
        return Status(name, self.brain, images, calls, asks.cost, missing, model, lines)

    # What may be sent, and what failed

    @property
    def asks(self) -> bool:
        """Whether there is a model that can be asked about a criterion, once it is allowed."""
        return self.describing.asks

    def asked(self) -> dict[str, str | float | None] | None:
        """Which host was asked by this process and what that came to, as counted; None where none was."""
        with self._lock:
            return self.describing.asked()

    def quote(self, criterion: str, values: Sequence[str] = (), again: bool = False) -> Quote | None:
        """What grouping by a criterion would send to a host; None where nothing would. Nothing is sent by asking."""
        with self._lock:
            return self.describing.quote(criterion, self.collection, values, again)

    def allow(self, sending: Sending) -> None:
        """The user has seen what is sent where and agrees, for this collection."""
        with self._lock:
            self.describing.allow(sending)

    def decline(self) -> None:
        """The user does not agree: nothing is sent while this desk is open, and the next tier is used."""
        with self._lock:
            self.describing.decline()

    def withdraw(self) -> None:
        """The user takes back what was allowed for this collection."""
        with self._lock:
            self.describing.withdraw()

    def failures(self, criterion: str) -> dict[str, str]:
        """Image id to reason: a describer gave no usable answer about these. They are in the collection."""
        with self._lock:
            found = self.describing.failures(criterion)
            return {image: found[image] for image in self.collection.ids if image in found}
