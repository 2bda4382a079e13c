"""Opens a folder of images, and groups it by what its owner says."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from regroup.checked import checked
from regroup.html import proposals_table, thumbnail_row
from regroup.live_grouping import Grouping
from regroup.open_folder import OpenFolder
from tools.errors import UsageError
from tools.names import amount, quoted
from tools.progress import Progress, silent

if TYPE_CHECKING:
    from assistant.desk import Desk
    from tools.propose.propose import Proposal


@checked
def open(
    folder: str | Path,
    *,
    workspace: str | Path | None = None,
    tier: Literal["auto", "bundled", "hub", "hosted"] = "auto",
    offline: bool = False,
    seed: int = 0,
    progress: Progress = silent,
) -> "Collection":
    """Open a folder of images. No picture is ever changed; an export that moves takes files away, and undo brings them.

    Args:
        folder: The folder; its subfolders count as well.
        workspace: Where findings, groups and the journal are kept; None for the place that the chat uses, so that both
            see the same groups.
        tier: The models that look at the pictures; "auto" takes the best that are already here and sends nothing
            anywhere.
        offline: Whether small models that are missing are not fetched.
        seed: The seed of every random choice.
        progress: Called with a stage, what is done and what there is to do; it may raise to stop.

    Raises:
        regroup.UsageError: The folder does not exist or has no image.
        regroup.RegroupError: It is open elsewhere, or the workspace cannot be written.
    """
    from assistant.desk import Desk
    from assistant.settings import load_settings

    given = {} if workspace is None else {"workspace": Path(workspace)}
    settings = load_settings({"tier": tier, "offline": offline, "seed": seed, **given})
    return Collection(OpenFolder(Desk.open(Path(folder), settings, progress=progress)), progress)


class Proposals(tuple["Proposal", ...]):
    """Lists criteria that the folder could be grouped by, the best first."""

    def __repr__(self) -> str:
        lines = (
            f"{proposal.criterion}: {', '.join(f'{name} ({size})' for name, size in proposal.groups[:6])}"
            for proposal in self
        )
        return "\n".join(lines) or "nothing in these pictures tells groups apart"

    def _repr_html_(self) -> str:
        return proposals_table(self)


class Collection:
    """Is an open folder of images. Close it, or use it in a `with` statement.

    `len` is the number of distinct pictures that can be read, and iteration gives their paths.
    """

    def __init__(self, opened: OpenFolder, progress: Progress = silent) -> None:
        self._opened, self._progress = opened, progress

    @property
    def _desk(self) -> "Desk":
        return self._opened.desk

    @property
    def folder(self) -> Path:
        """Return the absolute path of the folder."""
        return self._desk.collection.folder

    @property
    def paths(self) -> tuple[Path, ...]:
        """Return the paths of the n distinct pictures, relative to the folder, in natural order."""
        return tuple(image.path for image in self._desk.collection.images)

    @property
    def unreadable(self) -> dict[Path, str]:
        """Return why each file that is an image cannot be read."""
        return {each.path: each.reason for each in self._desk.collection.unreadable}

    @property
    def duplicates(self) -> tuple[Path, ...]:
        """Return the other files with the picture of an earlier one."""
        return tuple(each.path for each in self._desk.collection.duplicates)

    @property
    def groupings(self) -> tuple[Grouping, ...]:
        """Return every grouping that there is, the current one first."""
        return tuple(Grouping(self._opened, each.id, self._progress) for each in self._desk.clusterings.all())

    @checked
    def propose(self, own: Sequence[str] = ()) -> Proposals:
        """Return criteria that this folder could be grouped by, the best first; the pictures are looked at for that.

        Args:
            own: Criteria of your own to include.
        """
        return Proposals(self._desk.criteria.propose(self._progress, own))

    @checked
    def group(
        self, by: str, groups: int | None = None, *, method: str | None = None, seed: int | None = None
    ) -> Grouping:
        """Group the pictures by a criterion. What was said under it before holds again.

        Args:
            by: The criterion in your words: "emotion", "what it is", "month".
            groups: The number of groups, 1 <= groups <= n; None to find it.
            method: One of `regroup methods`, with options as in "sac:epochs=50"; None for the default.
            seed: The seed of this grouping; None for that of the collection.

        Raises:
            regroup.UsageError: The number or the method does not fit, or no file says what was asked for.
        """
        made = self._desk.grouping.group(by, groups, method, seed, self._progress)
        return Grouping(self._opened, made.id, self._progress)

    @checked
    def grouping(self, by: str) -> Grouping:
        """Return the grouping under a criterion that there is. Raise UsageError where there is none."""
        if not any(by in (each.id, each.criterion) for each in self._desk.clusterings.all()):
            raise UsageError(f"nothing is grouped by {quoted(by)} yet; call group(by={by!r})")
        return Grouping(self._opened, self._desk.clusterings.get(by).id, self._progress)

    @checked
    def cross(self, first: Grouping | str, second: Grouping | str) -> Grouping:
        """Return a group for each pair of groups of two groupings that share pictures; an export nests them."""
        a, b = (each.id if isinstance(each, Grouping) else each for each in (first, second))
        return Grouping(self._opened, self._desk.comparing.cross(a, b).id, self._progress)

    def undo(self) -> str:
        """Undo the last step, an export as well, and return in words what it was.

        Raises:
            regroup.UsageError: There is nothing to undo.
            regroup.RegroupError: Files that were moved could not all be put back; each is named.
        """
        return self._desk.history.undo(progress=self._progress)

    def redo(self) -> str:
        """Redo what was undone last, and return in words what it was. Raise UsageError where there is nothing."""
        return self._desk.history.redo(self._progress)

    def close(self) -> None:
        """Close the folder, so that another program can open it. Nothing that was made from it is of use then."""
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._desk.collection.images)

    def __iter__(self) -> Iterator[Path]:
        return iter(self.paths)

    def __repr__(self) -> str:
        return f"<Collection {str(self.folder)!r}: {amount(len(self), 'image')}>"

    def _repr_html_(self) -> str:
        ids = self._desk.collection.ids
        return thumbnail_row(self._desk, repr(self)[1:-1], ids)
