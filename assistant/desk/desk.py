"""The desk as a whole: opens a collection, and has a part for everything that can be done with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from assistant.desk.changes import Changes
from assistant.desk.clusterings import Clusterings
from assistant.desk.comparing import Comparing
from assistant.desk.core import Core
from assistant.desk.criteria import Criteria
from assistant.desk.editing import Editing
from assistant.desk.experts import Experts
from assistant.desk.explaining import Explaining
from assistant.desk.exports import Exports, scanned, settle
from assistant.desk.grouping import Grouping
from assistant.desk.models import Models
from assistant.desk.new_images import NewImages
from assistant.desk.questions import Questions
from assistant.desk.region_views import RegionViews
from assistant.desk.regions import Regions
from assistant.desk.tuning import Tuning
from assistant.desk.undo_history import History
from assistant.settings import Settings
from assistant.workspace import Shelf, Workspace
from tools.collection import Collection
from tools.decode import decoder
from tools.models.bundled import tier
from tools.models.weight_store import WeightStore
from tools.progress import Progress, silent


@dataclass(frozen=True, slots=True)
class Status:
    """What the status line says.

    Attributes:
        tier: Which models look at the pictures.
        brain: What thinks.
        images: How many there are.
        calls: The model calls of this process: one is one model looking at one image, or one request to a host.
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


class Desk:
    """One open collection. Calls may come from any thread; one runs at a time.

    Attributes:
        settings: As the user set them.
        workspace: Where everything lasts.
        shelf: What lasts about this collection.
        meter: The model calls of this process.
        brain: What thinks, for the status line. A conversation sets what it took.
        feedback: What the user has said about each clustering.
        models: What may be sent to models that describe, and what that has cost.
        clusterings: Which there are, which one is current, which one is meant.
        experts: What is seen in the images.
        criteria: What the collection could be grouped by.
        changes: The gate through which every change is recorded, and what is to be said about the last one.
        grouping: Group by a criterion, with fewer or more groups.
        editing: Merge, split, move, rename, lock, link, cut.
        questions: What the user is asked, and the answers.
        regions: Looking at what is small in the pictures.
        tuning: Learning from many answers.
        comparing: Branch, compare, cross.
        explaining: Why things are as they are.
        new_images: What came since.
        exports: Folders of the groups.
        history: Undo, redo, snapshots.
    """

    def __init__(
        self, collection: Collection, settings: Settings, workspace: Workspace, shelf: Shelf
    ) -> None:
        self._core = core = Core(collection, settings, workspace, shelf)
        self.settings, self.workspace, self.shelf = settings, workspace, shelf
        self.meter, self.feedback = core.meter, core.feedback
        self.brain = settings.model or "built-in"
        store = WeightStore(offline=settings.offline)
        region_views = RegionViews(store, shelf, lambda: workspace.cache)
        self.models = Models(core)
        self.clusterings = clusterings = Clusterings(core)
        self.experts = experts = Experts(core, store, region_views)
        self.criteria = Criteria(core, clusterings, experts)
        self.changes = changes = Changes(core, clusterings)
        self.grouping = grouping = Grouping(core, clusterings, experts, changes)
        self.editing = editing = Editing(core, clusterings, experts, changes)
        self.questions = Questions(core, clusterings, changes, grouping, editing)
        self.regions = Regions(core, clusterings, grouping, region_views)
        self.tuning = Tuning(core, clusterings, experts, changes, grouping)
        self.comparing = Comparing(core, clusterings, changes)
        self.explaining = Explaining(core, clusterings, experts, grouping)
        self.new_images = NewImages(core, clusterings, experts, changes)
        self.exports = exports = Exports(core, clusterings, experts)
        self.history = History(core, clusterings, changes, exports)

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

        Args:
            folder: With the images.
            settings: As the user set them.
            workspace: Where everything lasts, or None for the one of the settings.
            progress: Called during the scan.
            exclusive: Whether this process may change the collection, which only one may at a time.

        Raises:
            tools.errors.UsageError: There is no folder or no image in it.
            tools.errors.RegroupError: It is open in another terminal, or the workspace cannot be written.
        """
        workspace = workspace or Workspace(settings.workspace)
        shelf = workspace.open(folder, exclusive)
        try:
            if exclusive:
                settle(shelf)
                if shelf.noted("decoder") != decoder():  # HEIC support was installed, or left
                    shelf.forget_unreadable()
                    shelf.note("decoder", decoder())
            collection = scanned(shelf, progress)
            shelf.seen(len(collection))
            return cls(collection, settings, workspace, shelf)
        except BaseException:
            shelf.close()
            raise

    def close(self) -> None:
        """Let go of the collection, when the call that is running has ended; tell that to stop first."""
        with self._core.lock:
            self.shelf.close()
            self.workspace.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def collection(self) -> Collection:
        """The images, as far as they are known to be readable. Another one once files came or went."""
        return self._core.collection

    def find_images(self, texts: Sequence[str]) -> tuple[str, ...]:
        """The ids of images that are meant by number, file name or hash, each once. Raises UsageError."""
        return self._core.find_images(texts)

    def status(self) -> Status:
        """What the status line says now."""
        describing = self._core.describing
        used = describing.tier
        name, model = (used.name, used.model) if used else (tier.NAME, "")
        return Status(
            tier=name,
            brain=self.brain,
            images=len(self.collection),
            calls=self.meter.calls + describing.calls,
            cost=describing.cost,
            missing=self.experts.missing,
            model=model,
            lines=(*describing.lines, *self.criteria.failures),
        )
