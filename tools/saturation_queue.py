"""In which order blocks of images choose their group, where some must be apart (DSATUR; Brelaz 1979)."""

from collections.abc import Callable, Collection, Iterable, Mapping
from heapq import heapify, heappop, heappush

Key = tuple[float, ...]


class SaturationQueue:
    """A queue of blocks: the next one is the block that is shut out of most groups, then the one with the lowest key.

    Named blocks are apart from each other without being listed as that. What a turn costs grows with the number of
    blocks that the one whose turn it was is apart from, not with that of all.

    Args:
        blocks: Those that wait for a group.
        parted: For each block the other blocks that it must be apart from.
        named: Blocks of which each has another name.
        key: Decides between two that are shut out of equally many groups: the lowest is first. It must not change.
    """

    def __init__(
        self,
        blocks: Iterable[int],
        parted: Mapping[int, Collection[int]],
        named: Collection[int],
        key: Callable[[int], Key],
    ) -> None:
        self._parted = parted
        self._named = named
        self._shut: dict[int, set[int]] = {}
        self._taken: set[int] = set()  # groups of named blocks
        # Group to the named blocks that are shut out of it by what is parted.
        self._shutting: dict[int, list[int]] = {}
        self._left = {block: key(block) for block in blocks}
        # Named ones wait apart from the others: what a name takes shuts out all of them alike.
        self._waiting: dict[bool, list[tuple[int, Key, int]]] = {True: [], False: []}
        for block, own in self._left.items():
            self._waiting[block in named].append((0, own, block))
        for waiting in self._waiting.values():
            heapify(waiting)

    def next(self) -> int | None:
        """Return the block whose turn it is, which is not waiting any more; None at the end."""
        heads = []
        for named, waiting in self._waiting.items():
            while waiting and not self._stands(waiting[0]):
                heappop(waiting)
            if waiting:
                count, key, block = waiting[0]
                heads.append((count - len(self._taken) * named, key, block))
        if not heads:
            return None
        block = min(heads)[2]
        heappop(self._waiting[block in self._named])
        del self._left[block]
        return block

    def closed(self, block: int, group: int) -> bool:
        """Return whether a block that it must be apart from is in a group."""
        return group in self._shut.get(block, ()) or (block in self._named and group in self._taken)

    def take(self, block: int, group: int) -> None:
        """The block is in this group from now on."""
        if block in self._named and group not in self._taken:
            self._taken.add(group)
            for other in self._shutting.pop(group, ()):
                self._note(other)
        for other in self._parted.get(block, ()):
            shut = self._shut.setdefault(other, set())
            if group in shut:
                continue
            shut.add(group)
            if other in self._named:
                self._shutting.setdefault(group, []).append(other)
            self._note(other)

    def _own(self, block: int) -> int:
        """Return how many groups it is shut out of, those of named blocks not counted where it is named itself."""
        shut = self._shut.get(block, set())
        return sum(group not in self._taken for group in shut) if block in self._named else len(shut)

    def _note(self, block: int) -> None:
        if block in self._left:
            heappush(self._waiting[block in self._named], (-self._own(block), self._left[block], block))

    def _stands(self, entry: tuple[int, Key, int]) -> bool:
        """Return whether an entry says how it is now."""
        return entry[2] in self._left and entry[0] == -self._own(entry[2])
