"""Holds the groups of a folder under one criterion: to look at, to correct, to teach and to export."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regroup.checked import checked
from regroup.export import Export, Files
from regroup.html import thumbnail_row
from regroup.open_folder import OpenFolder
from tools.errors import RegroupError, UsageError
from tools.names import amount, quoted
from tools.progress import Progress, silent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from assistant.desk import Desk
    from tools.clustering.clustering import Clustering
    from tools.export.plan import Plan

UNSORTED = -1
"""The label of a picture that is in no group."""


@dataclass(frozen=True, slots=True)
class Question:
    """Asks about one picture, which group it belongs to, or about two, whether they belong to one group.

    Attributes:
        paths: The one or two pictures, relative to the folder.
        names: The names of groups to choose from; another name makes a new group.
        why: Why this is asked, in a few words.
        gain: The share of the pictures that an answer is expected to put right, in [0, 1].
        enough: Whether more answers would hardly help.
    """

    paths: tuple[Path, ...]
    names: tuple[str, ...]
    why: str
    gain: float
    enough: bool

    @property
    def pair(self) -> bool:
        """Return whether it is about two pictures, to be answered by True, the same group, or False."""
        return len(self.paths) == 2


class Grouping:
    """Shows the groups under one criterion as they are now: after an edit, an answer or an undo it shows the new ones.

    Every change is a step in the journal of the folder, which `Collection.undo` takes back. Its order of pictures is
    that of `paths`, and all arrays have a row for each.
    """

    def __init__(self, opened: OpenFolder, id: str, progress: Progress = silent) -> None:
        self._opened, self.id, self._progress = opened, id, progress

    @property
    def _desk(self) -> "Desk":
        return self._opened.desk

    @property
    def _now(self) -> "Clustering":
        return self._desk.clusterings.get(self.id)

    @property
    def criterion(self) -> str:
        """Return what it is grouped by, in the user's words."""
        return self._now.criterion

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the k groups, in the order of the labels."""
        return tuple(cluster.name for cluster in self._now.clusters)

    @property
    def paths(self) -> tuple[Path, ...]:
        """Return the paths of the n pictures, relative to the folder."""
        return tuple(self._desk.collection.by_id(image).path for image in self._now.images)

    @property
    def labels(self) -> "NDArray[np.int32]":
        """Return the group of each picture, (n,) int32 in 0..k-1; `UNSORTED` for none."""
        return self._now.labels.copy()

    @property
    def confidence(self) -> "NDArray[np.float32]":
        """Return how likely each picture is in the right group, (n,) float32 in [0, 1]."""
        return self._now.confidence.copy()

    @property
    def sizes(self) -> dict[str, int]:
        """Return the number of pictures of each group."""
        made = self._now
        return {cluster.name: made.size(cluster.id) for cluster in made.clusters}

    @property
    def unsorted(self) -> tuple[Path, ...]:
        """Return the pictures that are in no group."""
        return self._paths(self._now.unsorted())

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what should be known of how it was made."""
        return self._now.notes

    def __getitem__(self, group: str | int) -> tuple[Path, ...]:
        """Return the pictures of a group by its name, or by its number from 0, the surest first.

        Raises:
            KeyError: There is no such group.
        """
        made = self._now
        for number, cluster in enumerate(made.clusters):
            if group == cluster.name or (group == number and not isinstance(group, bool)):
                return self._paths(made.members(cluster.id))
        raise KeyError(group)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self._now.clusters)

    def __contains__(self, group: object) -> bool:
        return group in self.names

    @checked
    def why(self, picture: str | Path) -> str:
        """Return in lines why a picture is where it is: what was seen, what was said, what is most like it."""
        return self._desk.explaining.image(self._id_of(picture), self.id, self._progress)

    # -- corrections -----------------------------------------------------------------------------------

    @checked
    def merge(self, *groups: str, name: str | None = None) -> "Grouping":
        """Make one group of two or more. Raise UsageError where one is unknown or another group has the name."""
        self._desk.editing.merge([self._cluster(group) for group in groups], name, self.id)
        return self

    @checked
    def split(self, group: str, parts: int = 2, by: str | None = None) -> "Grouping":
        """Split a group into parts, by this criterion or by another one. Raise UsageError where it is unknown."""
        self._desk.editing.split(self._cluster(group), parts, by, self.id, self._progress)
        return self

    @checked
    def rename(self, group: str, name: str) -> "Grouping":
        """Give a group another name. Raise UsageError where it is unknown or another group has the name."""
        self._desk.editing.rename(self._cluster(group), name, self.id)
        return self

    @checked
    def move(self, pictures: Sequence[str | Path], to: str | None) -> "Grouping":
        """Move pictures to a group, to a new one of that name, or out of all groups for None. They stay there.

        Raises:
            UsageError: A picture is unknown.
        """
        made = self._now
        target = next((cluster.id for cluster in made.clusters if cluster.name == to), to)
        new = to is not None and target == to
        self._desk.editing.move(self._ids_of(pictures), target, self.id, new=new)
        return self

    def fewer(self) -> "Grouping":
        """Go to the next coarser number of groups."""
        self._desk.grouping.fewer(self.id, self._progress)
        return self

    def more(self) -> "Grouping":
        """Go to the next finer number of groups."""
        self._desk.grouping.more(self.id, self._progress)
        return self

    def ask(self) -> Question | None:
        """Return the question whose answer is worth most; None where nothing is left to ask."""
        asked = self._desk.questions.ask(self.id, progress=self._progress)
        if asked is None:
            return None
        return Question(self._paths(asked.images), asked.names, asked.why, asked.gain, asked.enough)

    @checked
    def answer(self, question: Question | str | Path, reply: str | bool | None) -> "Grouping":
        """Answer a question, or say of a picture which group it belongs to; everything is learned anew at once.

        Args:
            question: What `ask` returned, or one picture.
            reply: The name of a group, one that there is or a new one. For two pictures, whether they belong to one
                group. None skips the question.

        Raises:
            UsageError: A picture is unknown, or the reply does not fit the question.
        """
        paths = question.paths if isinstance(question, Question) else (question,)
        if isinstance(reply, bool) != (len(paths) == 2) and reply is not None:
            raise UsageError("a question about two pictures is answered by True or False, one by a name")
        images = self._ids_of(paths)
        self._desk.questions.answer(images, reply, self.id, self._progress)
        return self

    # -- out of here -----------------------------------------------------------------------------------

    @checked
    def plan(self, to: str | Path, files: Files = "copy", only: Sequence[str] | None = None) -> "Plan":
        """Return what an export would do: every file, its folder and its name. Nothing is written.

        Raises:
            UsageError: There is nothing to export, or the folder cannot be used.
        """
        if only is not None and not only:
            raise UsageError(
                "no group is named, so there is nothing to export; leave out only= for all of them"
            )
        return self._desk.exports.plan(
            Path(to), self.id, files, [self._cluster(group) for group in only or ()]
        )

    @checked
    def export(self, to: str | Path, files: Files = "copy", only: Sequence[str] | None = None) -> Export:
        """Write the groups as folders of a new or empty folder, with a manifest. No file is overwritten.

        Args:
            to: The folder.
            files: "copy", "link" or "move". Only "move" takes files away from where they are; undo puts them back.
            only: The groups to export; None for all.

        Raises:
            UsageError: There is nothing to export, or the folder cannot be used.
            RegroupError: A file could not be written; what was written until then can be undone.
        """
        plan = self.plan(to, files, only)
        self._desk.exports.carry_out(plan, self._progress)
        return Export(self._opened, plan)

    def to_pandas(self) -> Any:
        """Return a DataFrame with the columns path, group (None for unsorted) and confidence.

        Raises:
            RegroupError: pandas is not installed.
        """
        try:
            import pandas
        except ImportError as error:
            raise RegroupError("pandas is not installed: pip install pandas") from error
        made = self._now
        names = [*self.names, None]
        return pandas.DataFrame(
            {
                "path": [str(path) for path in self.paths],
                "group": [names[label] for label in made.labels.tolist()],
                "confidence": made.confidence,
            }
        )

    def __repr__(self) -> str:
        made = self._now
        groups = ", ".join(f"{name} ({size:,})" for name, size in self.sizes.items())
        left = len(made.unsorted())
        rest = f"; {amount(left, 'image')} unsorted" if left else ""
        return f"<Grouping by {made.criterion!r}: {groups}{rest}>"

    def _repr_html_(self) -> str:
        made = self._now
        rows = [
            thumbnail_row(self._desk, f"{cluster.name} ({made.size(cluster.id):,})", made.members(cluster.id))
            for cluster in made.clusters
        ]
        return "".join(rows)

    def _paths(self, images: Sequence[str]) -> tuple[Path, ...]:
        return tuple(self._desk.collection.by_id(image).path for image in images)

    def _cluster(self, group: str) -> str:
        for cluster in self._now.clusters:
            if group == cluster.name:
                return cluster.id
        raise UsageError(
            f"there is no group {quoted(group)}; there are: {', '.join(map(quoted, self.names))}"
        )

    def _id_of(self, picture: str | Path) -> str:
        return self._ids_of([picture])[0]

    def _ids_of(self, pictures: Sequence[str | Path]) -> list[str]:
        """Return the ids of pictures by their paths, absolute or in the folder. Raise UsageError for another."""
        collection = self._desk.collection
        by_path = {image.path: image.sha256 for image in collection.images}
        ids = []
        for picture in pictures:
            path = Path(picture)
            inside = path.relative_to(collection.folder) if path.is_relative_to(collection.folder) else path
            if inside not in by_path:
                raise UsageError(
                    f"there is no picture {quoted(str(picture))} in {quoted(str(collection.folder))}"
                )
            ids.append(by_path[inside])
        return ids
