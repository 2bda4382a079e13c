"""Takes in pictures that arrive while a collection is open: into its grouping, and into folders where it may."""

from dataclasses import dataclass
from pathlib import Path

from assistant.desk.clusterings import Clusterings
from assistant.desk.core import Core
from assistant.desk.exports import Exports
from assistant.desk.new_images import NewImages
from tools.clustering.clustering import UNSORTED
from tools.errors import UsageError
from tools.export.plan import Mode
from tools.names import quoted
from tools.progress import Progress, silent


@dataclass(frozen=True, slots=True)
class StandingApproval:
    """Allows pictures that arrive to be added to folders. It is kept nowhere, and ends with the process.

    Attributes:
        into: The folder that holds the groups' folders, absolute.
        mode: How the files get there.
    """

    into: Path
    mode: Mode = "copy"

    def words(self, folder: Path, groups: int) -> str:
        """Return what is allowed, in words: what, from where, to where, and until when."""
        verb = {"copy": "copied", "link": "linked", "move": "MOVED"}[self.mode]
        return (
            f"Until this program ends, each picture that comes into {quoted(str(folder))} and is clear will be "
            f"{verb} into the folder of its group under {quoted(str(self.into))} ({groups:,} groups now; a folder is "
            "made where one is missing). What is not clear stays where it is, nothing is overwritten, and undo takes "
            "it back."
        )


@dataclass(frozen=True, slots=True)
class Arrived:
    """Tells what became of pictures that arrived. Paths are relative to the collection's folder.

    Attributes:
        placed: The pictures that are in a group, each with its name.
        unclear: The pictures that are in none, each with the reason, or "".
        unreadable: The pictures that cannot be read, each with the reason.
        added: Where pictures were added, relative to the folder of the approval, by their paths.
        stayed: Why none was added although it was approved; "" where some were, or none was to be.
    """

    placed: tuple[tuple[Path, str], ...] = ()
    unclear: tuple[tuple[Path, str], ...] = ()
    unreadable: tuple[tuple[Path, str], ...] = ()
    added: tuple[tuple[Path, Path], ...] = ()
    stayed: str = ""


class Arrivals:
    """Looks for pictures that came since the collection was scanned."""

    def __init__(self, core: Core, clusterings: Clusterings, new_images: NewImages, exports: Exports) -> None:
        self._core, self._clusterings, self._new_images, self._exports = (
            core,
            clusterings,
            new_images,
            exports,
        )

    def take(
        self, clustering: str, approval: StandingApproval | None = None, progress: Progress = silent
    ) -> Arrived:
        """Scan the folder again, place what is new in the groups, and add it to folders where that is approved.

        Args:
            clustering: The id of the grouping that they are placed in; other groupings grow, too.
            approval: What is allowed to be done with files; None for nothing.
            progress: Called during the work.

        Raises:
            tools.errors.RegroupError: The pictures cannot be looked at, or cannot be added; what was placed stays.
        """
        core = self._core
        with core.lock:
            known = {item.path for item in core.collection.unreadable}
            try:
                self._exports.rescan(progress)
            except UsageError:  # no picture is there now
                return Arrived()
            new = self._new_images.find(clustering)
            self._new_images.place(progress)
            unreadable = [item for item in core.collection.unreadable if item.path not in known]
            made = self._clusterings.get(clustering)
            row_of = {image: row for row, image in enumerate(made.images)}
            here = [(image, row_of[image]) for image in new if image in row_of]
            placed = [(image, row) for image, row in here if made.labels[row] != UNSORTED]
            added: tuple[tuple[Path, Path], ...] = ()
            stayed = ""
            path_of = {image: core.collection.by_id(image).path for image, _ in here}
            if approval is not None and placed:
                images = frozenset(image for image, _ in placed)
                try:
                    plan = self._exports.plan(approval.into, made.id, approval.mode, add=True, images=images)
                except UsageError as error:  # they lie there already, for one
                    stayed = str(error)
                else:
                    self._exports.carry_out(plan, progress)
                    added = tuple((path_of[e.id], e.destination) for e in plan.entries if e.id)
            return Arrived(
                tuple((path_of[image], made.clusters[made.labels[row]].name) for image, row in placed),
                tuple(
                    (path_of[image], made.why[row] if made.why else "")
                    for image, row in here
                    if made.labels[row] == UNSORTED
                ),
                tuple((item.path, item.reason) for item in unreadable),
                added,
                stayed,
            )
