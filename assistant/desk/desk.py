"""Joins the parts of a desk: opens a collection, and has a part for each kind of work on it."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from assistant.desk.arranging import Arranging
from assistant.desk.arrivals import Arrivals
from assistant.desk.changes import Changes
from assistant.desk.clusterings import Clusterings
from assistant.desk.comparing import Comparing
from assistant.desk.conditions import Conditions
from assistant.desk.core import Core
from assistant.desk.criteria import Criteria
from assistant.desk.editing import Editing
from assistant.desk.experts import Experts
from assistant.desk.explaining import Explaining
from assistant.desk.exports import INCLUDE_SKIPPED, Exports, scanned, settle
from assistant.desk.graphs import Graphs
from assistant.desk.grouping import Grouping
from assistant.desk.models import Models
from assistant.desk.near_duplicates import NearDuplicates
from assistant.desk.new_images import NewImages
from assistant.desk.planning import Planning
from assistant.desk.questions import Questions
from assistant.desk.region_views import RegionViews
from assistant.desk.regions import Regions
from assistant.desk.seeing import Seeing
from assistant.desk.since_last import SinceLast, before, present, since_last, skipped_line
from assistant.desk.sorting import Sorting
from assistant.desk.sorting_like import SortingLike
from assistant.desk.tuning import Tuning
from assistant.desk.undo_history import History
from assistant.settings import Settings
from assistant.workspace import Shelf, Workspace
from tools.decode.decode import decoder
from tools.models.bundled import tier
from tools.models.weight_store import WeightStore
from tools.progress import Progress, silent
from tools.scan.collection import Collection


@dataclass(frozen=True, slots=True)
class Status:
    """Holds the fields of the status line.

    Attributes:
        tier: The tier of the models that look at the pictures.
        brain: The label of the brain.
        images: The number of images.
        calls: The number of model calls of this process: one model looking at one image, or one request to a host.
        cost: The cost of these calls in US dollars; None where it is not known.
        missing: A line for each expert that cannot run.
        model: The describer and its host; "" for the bundled tier.
        lines: What was damaged and is mended, and why models that were set up are not used, a line each.
        effort: The calls of describers and judges and the time of training in words, beside what a plan allows.
    """

    tier: str
    brain: str
    images: int
    calls: int
    cost: float | None
    missing: tuple[str, ...]
    model: str = ""
    lines: tuple[str, ...] = ()
    effort: tuple[str, ...] = ()


class Desk:
    """Holds one open collection, with a part for each kind of work on it. Calls may come from any thread; one runs at a
    time.

    Attributes:
        settings: The user's settings.
        workspace: The store of all persistent data.
        shelf: The store of this collection.
        meter: The count of the experts' looks of this process.
        effort: What describers, judges and training took, and what is allowed of it.
        brain: The label of the brain in the status line; the conversation sets it.
        feedback: The user's feedback on each clustering.
        models: The consent to send pictures to models that describe, and the cost so far.
        metadata: What the files say of their pictures: when, where and with what they were taken.
        clusterings: All clusterings, the current one, and the one that is meant by a name.
        experts: The experts' descriptions of the images.
        criteria: Proposals of criteria.
        changes: The gate through which every change is recorded, with the remarks about the last one.
        grouping: Grouping by a criterion, with fewer or more groups.
        editing: Merge, split, move, rename, lock, link, cut.
        questions: The questions to the user, and the answers.
        sorting: Sorting into groups that the user names.
        sorting_like: Sorting like a folder of folders.
        regions: The search for regions of the pictures that tell the groups apart.
        tuning: Tuning the features to many answers.
        comparing: Branch, compare, cross.
        conditions: The images for which several things hold at once.
        seeing: What was seen in a single picture.
        graphs: The relational graphs that agents walk.
        explaining: Explanations of clusterings.
        planning: Plans of the long way to a clustering.
        new_images: Images that came since a grouping.
        exports: Folders of the groups.
        arrivals: Images that arrive while the collection is open.
        arranging: The order of the pictures of a group, and the best of each.
        near_duplicates: Pictures that are nearly the same, and bursts.
        history: Undo, redo, snapshots.
        since_last: What happened to the files since the collection was opened last.
        skipped: A line about folders of other programs and what git ignores, where that was not said before.
    """

    def __init__(
        self, collection: Collection, settings: Settings, workspace: Workspace, shelf: Shelf
    ) -> None:
        self._core = core = Core(collection, settings, workspace, shelf)
        self.settings, self.workspace, self.shelf = settings, workspace, shelf
        self.meter, self.effort, self.feedback = core.meter, core.effort, core.feedback
        self.brain = settings.model or "built-in"
        store = WeightStore(offline=settings.offline)
        region_views = RegionViews(store, shelf, lambda: workspace.cache)
        self.models, self.metadata = Models(core), core.metadata
        self.clusterings = clusterings = Clusterings(core)
        self.experts = experts = Experts(core, store, region_views)
        self.criteria = Criteria(core, clusterings, experts)
        self.changes = changes = Changes(core, clusterings)
        self.grouping = grouping = Grouping(core, clusterings, experts, changes)
        self.editing = editing = Editing(core, clusterings, experts, changes)
        self.questions = Questions(core, clusterings, changes, grouping, editing)
        self.sorting = Sorting(core, clusterings, experts, grouping, editing)
        self.sorting_like = SortingLike(core, experts, grouping)
        self.regions = Regions(core, clusterings, grouping, region_views)
        self.tuning = Tuning(core, clusterings, experts, changes, grouping)
        self.comparing = Comparing(core, clusterings, changes)
        self.conditions = Conditions(core, clusterings, changes, experts)
        self.seeing = Seeing(core, clusterings, experts, self.criteria, self.conditions)
        self.graphs = Graphs(core, clusterings, experts, grouping)
        self.explaining = Explaining(core, clusterings, experts, grouping)
        self.planning = Planning(core, clusterings, experts)
        self.new_images = NewImages(core, clusterings, experts, changes)
        self.exports = exports = Exports(core, clusterings, experts)
        self.arrivals = Arrivals(core, clusterings, self.new_images, exports)
        self.near_duplicates = NearDuplicates(core, changes, store)
        self.arranging = Arranging(core, clusterings, experts, changes, self.near_duplicates)
        self.history = History(core, clusterings, changes, exports)
        self.since_last = SinceLast()
        self.skipped: tuple[str, ...] = ()

    @classmethod
    def open(
        cls,
        folder: Path,
        settings: Settings,
        workspace: Workspace | None = None,
        progress: Progress = silent,
        exclusive: bool = True,
        gone: bool = False,
    ) -> Self:
        """Scan a folder and open its shelf.

        Args:
            folder: The folder with the images.
            settings: The user's settings.
            workspace: The store of all persistent data; None for the one of the settings.
            progress: Called during the scan.
            exclusive: Whether this process may change the collection, which only one may at a time.
            gone: Whether the folder may be gone, where it was opened before.

        Raises:
            tools.errors.UsageError: The folder does not exist or has no image.
            tools.errors.RegroupError: It is open in another terminal, or the workspace cannot be written.
        """
        workspace = workspace or Workspace(settings.workspace)
        shelf = workspace.open(folder, exclusive, gone)
        try:
            if exclusive:
                settle(shelf)
                if shelf.noted("decoder") != decoder():  # HEIC support was installed, or left
                    shelf.forget_unreadable()
                    for image in shelf.pictures.ids().values():
                        workspace.thumbnails.forget(image)
                    shelf.note("decoder", decoder())
                if settings.include_skipped is not None:
                    shelf.note(INCLUDE_SKIPPED, settings.include_skipped)
            earlier, seen = before(shelf), set(shelf.pictures.ids().values())
            collection = scanned(shelf, progress, settings.include_skipped)
            moved = [item.source for r in shelf.exports.all() if r.mode == "move" for item in r.entries]
            # At first there is nothing to compare with, and to say that all files are new says nothing.
            changed = since_last(earlier, collection, moved, seen) if earlier else SinceLast()
            if exclusive:
                _accept_rewritten(workspace, shelf, changed, collection)
            if collection.images:
                shelf.seen(len(collection))
            desk = cls(collection, settings, workspace, shelf)
            desk.since_last = replace(changed, cut_off=desk.exports.cut_off(), away=desk.exports.moved_away())
            desk.skipped = _skipped_news(shelf, collection)
            return desk
        except BaseException:
            shelf.close()
            raise

    def close(self) -> None:
        """Close the collection after the running call has ended; cancel that call first."""
        with self._core.lock:
            self._core.effort.keep()
            self.shelf.close()
            self.workspace.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def collection(self) -> Collection:
        """Return the collection of readable images; it is replaced when files come or go."""
        return self._core.collection

    def find_images(self, texts: Sequence[str]) -> tuple[str, ...]:
        """Return the ids of images given by number, file name or hash, each once. Raises UsageError for others."""
        return self._core.find_images(texts)

    def status(self) -> Status:
        """Return the current fields of the status line."""
        describing = self._core.describing
        used = describing.tier
        name, model = (used.name, used.model) if used else (tier.NAME, "")
        return Status(
            tier=name,
            brain=self.brain,
            images=len(self.collection),
            calls=self.meter.calls + describing.calls + self.effort.taken("judge").calls,
            cost=describing.cost,
            missing=self.experts.missing,
            model=model,
            lines=(*self.shelf.notices, *describing.lines, *self.criteria.failures),
            effort=self.effort.words(),
        )


def _accept_rewritten(workspace: Workspace, shelf: Shelf, changed: SinceLast, collection: Collection) -> None:
    """Remember what is there now, and forget what was made of files that were rewritten since."""
    files = present(collection)
    ids = {files[os.fsencode(path)][0] for path in changed.rewritten}
    for id in ids:
        workspace.thumbnails.forget(id)  # a picture may have been turned by its metadata
    shelf.mark_readable(ids)
    if files:  # without any, the disk may not be connected
        shelf.pictures.keep_present(files)


def _skipped_news(shelf: Shelf, collection: Collection) -> tuple[str, ...]:
    """Return the line about what was skipped, unless it was told before."""
    skipped = [str(item.path) for item in collection.skipped]
    told: list[str] = shelf.noted("skipped", [])
    if set(skipped) <= set(told):
        return ()
    if shelf.exclusive:
        shelf.note("skipped", sorted({*told, *skipped}))
    return (skipped_line(collection),)
