"""Sorts the collection like a folder of folders: its folders are groups, and its pictures are answers."""

from dataclasses import dataclass
from pathlib import Path

from assistant.desk.core import Core
from assistant.desk.experts import Experts
from assistant.desk.grouping import Grouping
from tools.clustering.clustering import Clustering
from tools.clustering.refine import clean_name
from tools.errors import UsageError
from tools.names import amount, quoted, visible
from tools.progress import Progress, silent
from tools.scan.collection import Collection, readable_folder, scan
from tools.scan.taxonomy import Taxonomy, read_taxonomy, spread

LEARNED = 1000
"""The most pictures of a folder that are learned from, of small groups all and of large ones alike many."""
OWN = "my folders"
"""What the grouping is called whose answers are the collection's own folders."""


@dataclass(frozen=True, slots=True)
class SortedLike:
    """Holds what came of sorting like a folder.

    Attributes:
        clustering: The groups, with what is not clear unsorted.
        folder: The folder, absolute.
        groups: The number of its groups.
        pictures: The number of pictures in them.
        learned: The number of those that were learned from.
        already: The number of pictures of the collection that lie in that folder as well.
        torn: The number of pictures that lie in several of its groups, and so say nothing.
        own: Whether it lies in the collection, so that its pictures are among those that are shown.
    """

    clustering: Clustering
    folder: Path
    groups: int
    pictures: int
    learned: int
    already: int = 0
    torn: int = 0
    own: bool = False

    def lines(self) -> list[str]:
        """Return in sentences what was learned from, and what of it could not be used."""
        some = "" if self.learned == self.pictures else f"{self.learned:,} of "
        lines = [
            f"Learned from {some}{amount(self.pictures, 'picture')} in {amount(self.groups, 'folder')} of "
            f"{quoted(str(self.folder))}."
        ]
        if self.already and not self.own:
            is_there = "picture here is" if self.already == 1 else "pictures here are"
            lines.append(f"{self.already:,} {is_there} in that folder already, and sorted as there.")
        if self.torn:
            lie = "picture lies" if self.torn == 1 else "pictures lie"
            lines.append(f"{self.torn:,} {lie} in several of its folders, so nothing was learned from that.")
        return lines


class SortingLike:
    """Learns from a folder of folders where the pictures of the collection belong."""

    def __init__(self, core: Core, experts: Experts, grouping: Grouping) -> None:
        self._core, self._experts, self._grouping = core, experts, grouping

    def sort_like(self, folder: Path | None = None, progress: Progress = silent) -> SortedLike:
        """Group the collection into the groups of a folder. A grouping of the same name is replaced.

        The pictures of the folder are only read. What lies in both is known, and what is not clear is left unsorted:
        it is asked about first.

        Args:
            folder: The folder of folders; "~" is the user's home. None for the collection's own folders, where the
                pictures beside them are new.
            progress: Called during the work.

        Raises:
            UsageError: The folder cannot be opened, or has fewer than two folders with pictures.
        """
        core = self._core
        with core.lock:
            root = core.collection.folder if folder is None else readable_folder(folder)
            if root.is_relative_to(core.collection.folder):
                return self._own(root, progress)
            try:
                others = self._scanned(root, progress)
            except UsageError as error:
                raise UsageError(f"cannot sort like {quoted(str(root))}: {error}") from None
            taxonomy = read_taxonomy(others, but=core.collection.folder)
            here = set(core.collection.ids)
            away = {name: [i for i in ids if i not in here] for name, ids in taxonomy.groups.items()}
            chosen = spread({name: ids for name, ids in away.items() if ids}, LEARNED)
            seen = self._experts.look_at_others(others, chosen, progress)
            labels = taxonomy.labels
            same = {image: labels[image] for image in core.collection.ids if image in labels}
            examples = {image: labels[image] for image in seen} | same
            if len(set(examples.values())) < 2:
                raise UsageError(
                    f"the pictures in {quoted(str(root))} cannot be read, but for those of one folder; "
                    "give another folder"
                )
            made = self._grouping.group_like(f"like {_name(root)}", root, examples, seen, progress)
            pictures = sum(map(len, taxonomy.groups.values()))
            groups, torn = len(taxonomy.groups), len(taxonomy.torn)
            return SortedLike(made, root, groups, pictures, len(examples), len(same), torn)

    def _own(self, root: Path, progress: Progress) -> SortedLike:
        """Group by what lies in folders of the collection itself."""
        core = self._core
        self._experts.look(progress)  # what cannot be seen leaves the collection
        top = root.relative_to(core.collection.folder)
        taxonomy: Taxonomy = read_taxonomy(core.collection, top)
        examples = taxonomy.labels
        name = OWN if root == core.collection.folder else f"like {_name(root)}"
        made = self._grouping.group_like(name, root, examples, (), progress)
        count = len(examples)
        return SortedLike(made, root, len(taxonomy.groups), count, count, count, len(taxonomy.torn), own=True)

    def _scanned(self, root: Path, progress: Progress) -> Collection:
        """Scan another folder. What was hashed before is remembered, as for a folder that was opened."""
        workspace = self._core.workspace
        with workspace.open(root, exclusive=False) as shelf:
            others = scan(root, shelf.index, progress, shelf.pictures)
            return others.without(shelf.unreadable())


def _name(folder: Path) -> str:
    """Return the name of a folder as part of a criterion."""
    return visible(clean_name(folder.name)) or "that folder"
