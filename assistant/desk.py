"""The desk: one open collection and all that can be done with it. Every change goes into the journal."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from assistant import exports, moves
from assistant.consent import Sending
from assistant.describing import Describing, Quote
from assistant.find import find_cluster, find_clustering, find_images
from assistant.looking import known, look_with, wanted
from assistant.settings import Settings
from assistant.workspace import Event, Shelf, Workspace
from tools import guided, refine
from tools.clustering import Cluster, Clustering
from tools.collection import Collection
from tools.decode import decoder, passing
from tools.describe import Descriptions, Meter
from tools.divide import divide
from tools.errors import UsageError
from tools.explain import explain_image
from tools.export import Mode, Plan, plan
from tools.fuse.registry import method as find_method
from tools.group import check, group
from tools.models.bundled import tier
from tools.models.ports import Encoder, Expert, Thinker
from tools.models.store import Store
from tools.names import visible
from tools.progress import Progress, silent
from tools.propose import Proposal, propose
from tools.settle.settle import slug


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


class Desk:
    """One open collection. Calls may come from any thread; one runs at a time.

    Attributes:
        collection: Its images, as far as they are known to be readable.
        settings: As the user set them.
        workspace: Where everything lasts.
        shelf: What lasts about this collection.
        meter: Model calls of this process.
    """

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
        self._experts = tier.experts(Store(offline=settings.offline))
        self._slow = tier.slow_experts()  # they sleep until a criterion is about what they alone see
        self._texts = tier.text_encoder()
        self._looked: Descriptions | None = None  # what the experts say
        self._descriptions: Descriptions | None = None  # and what describers were asked besides
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

    # Looking and grouping

    @property
    def looked(self) -> bool:
        """Whether the images were looked at since the desk was opened; then questions are answered at once."""
        return self._descriptions is not None

    def look(self, progress: Progress = silent) -> Descriptions:
        """What the experts say of the collection; they are asked only about images that they have not seen."""
        with self._lock:
            if self._looked is None:
                for expert in known(self._slow, self.workspace.cache, self.collection.ids):
                    self._wake(expert)
                experts = [*self._experts, *self.describing.experts()]
                self._looked = look_with(experts, self.collection, self.workspace.cache, self.meter, progress)
                for image, reason in self._looked.unreadable.items():
                    if not passing(reason):
                        self.shelf.mark_unreadable(image, reason)
                self.collection = self.collection.without(self._looked.unreadable)
            if self._descriptions is None:
                self._descriptions = self.describing.joined(self._looked)
            return self._descriptions

    def look_for(self, criterion: str, progress: Progress = silent) -> Descriptions:
        """The same, with the slow expert that alone sees what a criterion is about, where there is one."""
        with self._lock:
            descriptions = self.look(progress)
            expert = wanted(criterion, descriptions, self._slow, self._texts)
            if expert is None:
                return descriptions
            self._wake(expert)
            try:
                return self.look(progress)
            except BaseException:  # stopped, or failed: it must not keep the next, quick question waiting
                self._experts.remove(expert)
                self._slow.append(expert)
                raise

    def propose(
        self, progress: Progress = silent, own: Sequence[str] = (), thinker: Thinker | None = None
    ) -> list[Proposal]:
        """Criteria that fit this collection: the user's own first, then the others, best first.

        Args:
            own: What the user wants to be among them.
            thinker: A language model to ask as well; it is told what was seen, in words. Where it fails, `status`
                says why.
        """
        with self._lock:
            self._unthought.clear()
            return propose(
                self.look(progress),
                seed=self.settings.seed,
                own=own,
                texts=self._texts,
                thinker=thinker,
                describes=self.asks,
                progress=progress,
                tell=self._unthought.append,
            )

    def accept(self, criteria: Sequence[str]) -> None:
        """Remember which criteria the user accepted."""
        with self._lock:
            listed = ", ".join(criteria)
            self.shelf.record(Event("accept", f"accepted: {listed}", detail={"criteria": list(criteria)}))

    def group(
        self,
        criterion: str,
        k: int | None = None,
        method: str | None = None,
        seed: int | None = None,
        progress: Progress = silent,
        values: Sequence[str] = (),
        again: bool = False,
    ) -> Clustering:
        """Group the collection by a criterion. A clustering of the same criterion is replaced; undo brings it back.

        Where the tier has a model that describes, that is asked about each image first, once for a criterion. What
        the user moved under this criterion stays where they put it, in one more group if need be.

        Args:
            values: What the describer chooses from; without any it answers in its own words.
            again: Have it asked again about images for which there was no usable answer.

        Raises:
            tools.errors.UsageError: No criterion, an unknown method, k not in 1..n, or the hosted tier was set and
                the user did not allow it.
            tools.errors.RegroupError: The describer failed; what it answered is kept.
        """
        with self._lock:
            check(criterion, len(self.collection), method, k)
            before, moved = moves.moved(criterion, self.clusterings(), self.shelf.done())
            descriptions = self._described(criterion, values, again, progress)
            made = group(
                criterion,
                descriptions,
                self._texts,
                method=method,
                constraints=moves.said(before, moved),
                k=guided.groups(descriptions, criterion) if k is None else k,
                seed=self.settings.seed if seed is None else seed,
                progress=progress,
                encoder=self.reads(method),
                accepted=[kept for kept in self.clusterings() if kept.sure and kept.id != slug(criterion)],
            )
            made = made.with_changes(tier=self.describing.tier_of(criterion))
            if before is not None:
                made = refine.keep(before, made, moved)
            text = f"grouped by {made.criterion} into {len(made.clusters)}"
            return self._record("group", text, made, {"k": k, "method": made.method})

    def reads(self, method: str | None) -> Encoder | None:
        """The encoder that a method compares pixels and words with, if it does and there is one."""
        return self.describing.encoder() if find_method(method).fuses else None

    # What there is

    def clusterings(self) -> list[Clustering]:
        """All clusterings, in order of creation."""
        with self._lock:
            return [clustering.over(self.collection.ids) for clustering in self.shelf.clusterings()]

    @property
    def current(self) -> Clustering | None:
        """The clustering that was made, changed or chosen last."""
        with self._lock:
            there = {clustering.id: clustering for clustering in self.clusterings()}
            return there.get(self.shelf.noted("current")) or (list(there.values())[-1] if there else None)

    def choose(self, clustering: str) -> Clustering:
        """Make a clustering the current one."""
        with self._lock:
            chosen = self.clustering(clustering)
            self.shelf.note("current", chosen.id)
            return chosen

    def clustering(self, text: str | None = None) -> Clustering:
        """By id or criterion; the current one for None. Raises UsageError."""
        if text is not None:
            return find_clustering(text, self.clusterings())
        current = self.current
        if current is None:
            raise UsageError("nothing is grouped yet; say what to group by, such as: group these by colour")
        return current

    def find_cluster(self, text: str, clustering: str | None = None) -> Cluster:
        """A cluster by id, name or number. Raises UsageError that names the choices."""
        return find_cluster(text, self.clustering(clustering))

    def find_images(self, texts: Sequence[str]) -> tuple[str, ...]:
        """Images by number, file name or hash. Raises UsageError."""
        return find_images(texts, self.collection)

    def explain(self, image: str, clustering: str | None = None, progress: Progress = silent) -> str:
        """Why an image is where it is."""
        with self._lock:
            (sha,) = self.find_images([image])
            number = f"#{self.collection.number(sha)} {visible(self.collection.by_id(sha).path.name)}"
            return f"{number}: {explain_image(sha, self.clustering(clustering), self.look(progress))}"

    # Edits

    def merge(
        self, clusters: Sequence[str], name: str | None = None, clustering: str | None = None
    ) -> Clustering:
        """Make one cluster of several."""
        with self._lock:
            before = self.clustering(clustering)
            chosen = [find_cluster(text, before) for text in clusters]
            after = refine.merge(before, [cluster.id for cluster in chosen], name)
            listed = " and ".join(cluster.name for cluster in chosen)
            return self._record("merge", f"merged {listed}", after, {"clusters": [c.id for c in chosen]})

    def split(
        self,
        cluster: str,
        parts: int = 2,
        by: str | None = None,
        clustering: str | None = None,
        progress: Progress = silent,
    ) -> Clustering:
        """Make several clusters of one: by what sets its members apart, or by another criterion."""
        with self._lock:
            before = self.clustering(clustering)
            chosen = find_cluster(cluster, before)
            labels = divide(
                before,
                chosen.id,
                self.look(progress) if by is None else self.look_for(by, progress),
                self._texts,
                parts=parts,
                by=by,
                seed=self.settings.seed,
            )
            after = refine.split(before, chosen.id, labels)
            detail = {"cluster": chosen.id, "parts": parts, "by": by}
            return self._record("split", f"split {chosen.name} into {parts}", after, detail)

    def move(
        self, images: Sequence[str], to: str | None, clustering: str | None = None, new: bool = False
    ) -> Clustering:
        """Move images to a cluster, to a new one of that name, or with None to the unsorted pile.

        With `new` it is a new one, also where the name could be short for one that there is.
        """
        with self._lock:
            before = self.clustering(clustering)
            chosen = self.find_images(images)
            if to is not None and new:
                after, name = refine.new_cluster(before, to, chosen), to
            elif to is None or to.strip().casefold() == "unsorted":
                after, name = refine.move(before, chosen, None), "unsorted"
            else:
                try:
                    target = find_cluster(to, before)
                except UsageError:
                    if to.strip().lstrip("#").isdigit():  # a number that no cluster has is a slip, not a name
                        raise
                    after, name = refine.new_cluster(before, to, chosen), to
                else:
                    after, name = refine.move(before, chosen, target.id), target.name
            count = "1 image" if len(chosen) == 1 else f"{len(chosen)} images"
            return self._record("move", f"moved {count} to {name}", after, {"images": list(chosen)})

    def rename(self, cluster: str, name: str, clustering: str | None = None) -> Clustering:
        """Give a cluster another name."""
        with self._lock:
            before = self.clustering(clustering)
            chosen = find_cluster(cluster, before)
            after = refine.rename(before, chosen.id, name)
            new = after.clusters[after.index(chosen.id)].name
            return self._record("rename", f"renamed {chosen.name} to {new}", after, {"cluster": chosen.id})

    # Back and forth

    def undo(self) -> str:
        """Take back what was done last, an export included. One line that says what.

        Where something is in the way of files that were moved, the export stays what is undone next.

        Raises:
            UsageError: Nothing is left to undo.
            RegroupError: None of the files that were moved could be put back.
        """
        with self._lock:
            event = self.shelf.next_undo()
            if event is None:
                raise UsageError("there is nothing to undo")
            if event.kind != "export":
                self.shelf.undo()
                return f"undone: {event.text}"
            try:
                told, whole = exports.take_back(self.shelf, event, self.collection)
                if whole:
                    self.shelf.undo()
            finally:
                self._after_files(event.detail["mode"])
            return f"{'undone' if whole else 'partly undone'}: {event.text} ({told})"

    def redo(self, progress: Progress = silent) -> str:
        """Do again what was undone last. An export is done again as it was approved. Raises UsageError."""
        with self._lock:
            event = self.shelf.next_redo()
            if event is None:
                raise UsageError("there is nothing to redo")
            if event.kind == "export":
                planned = self.plan_export(
                    Path(event.detail["target"]), event.clustering, event.detail["mode"]
                )
                exports.export(self.shelf, planned, progress, again=event)
            else:
                self.shelf.redo()
            self._after_files(event.detail.get("mode"))
            return f"redone: {event.text}"

    # Export

    def plan_export(self, to: Path, clustering: str | None = None, mode: Mode = "copy") -> Plan:
        """What an export would do; nothing is touched."""
        with self._lock:
            return plan(self.collection, self.clustering(clustering), to.expanduser(), mode)

    def export(self, plan: Plan, progress: Progress = silent) -> Path:
        """Carry out a plan that the user approved. Returns the path of the manifest."""
        with self._lock:
            try:
                return exports.export(self.shelf, plan, progress)
            finally:
                self._after_files(plan.mode)

    # Within

    def _record(self, kind: str, text: str, after: Clustering, detail: dict[str, object]) -> Clustering:
        self.shelf.record(Event(kind, text, after.id, detail, after=after))
        self.shelf.note("current", after.id)
        return after

    def _after_files(self, mode: str | None) -> None:
        """An export of this mode was done or undone: where files came or went, see what is there now."""
        if mode == "move":
            self.collection = exports.scanned(self.shelf, silent).without(self.shelf.unreadable())
            self._looked = self._descriptions = None

    def _wake(self, expert: Expert) -> None:
        self._slow.remove(expert)
        self._experts.append(expert)
        self._looked = self._descriptions = None

    def _described(
        self, criterion: str, values: Sequence[str], again: bool, progress: Progress
    ) -> Descriptions:
        """What is known of the collection, with what the tier's describer says of a criterion."""
        self.look(progress)
        self.describing.ask(criterion, self.collection, values, again, progress)
        self._descriptions = None
        return self.look_for(criterion, progress)
