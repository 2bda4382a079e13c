"""Orders blocks of images to choose their groups, where some must be apart (DSATUR; Brelaz 1979)."""

from collections.abc import Callable, Collection, Iterable, Mapping
from heapq import heapify, heappop, heappush

Key = tuple[float, ...]


class SaturationQueue:
    """Gives the block that is shut out of most groups next, and of those the one with the lowest key.

    Named blocks are apart from each other without being listed as such. The cost of a turn grows with the number of
    blocks that the block in turn is apart from, not with the number of all blocks.

    Args:
        blocks: The blocks that wait for a group.
        parted: Block to the other blocks that it must be apart from.
        named: The blocks that have a name, each another one.
        key: The key of a block, which decides between blocks that are shut out of equally many groups; it is fixed.
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
        self._taken: set[int] = set()  # the groups of named blocks
        # Group to the named blocks that are shut out of it by what is parted.
        self._shutting: dict[int, list[int]] = {}
        self._keys = {block: key(block) for block in blocks}
        # Named blocks wait apart from the others, because a group that one of them takes shuts out all of them alike.
        self._waiting: dict[bool, list[tuple[int, Key, int]]] = {True: [], False: []}
        for block, block_key in self._keys.items():
            self._waiting[block in named].append((0, block_key, block))
        for waiting in self._waiting.values():
            heapify(waiting)

    def next(self) -> int | None:
        """Take the next block out of the queue and return it; None where no block is left."""
        heads = []
        for named, waiting in self._waiting.items():
            while waiting and not self._is_current(waiting[0]):
                heappop(waiting)
            if waiting:
                count, key, block = waiting[0]
                heads.append((count - len(self._taken) * named, key, block))
        if not heads:
            return None
        block = min(heads)[2]
        heappop(self._waiting[block in self._named])
        del self._keys[block]
        return block

    def closed(self, block: int, group: int) -> bool:
        """Return whether a group is closed to a block, because a block that it must be apart from is in it."""
        return group in self._shut.get(block, ()) or (block in self._named and group in self._taken)

    def take(self, block: int, group: int) -> None:
        """Record that a block is in a group from now on."""
        if block in self._named and group not in self._taken:
            self._taken.add(group)
            for other in self._shutting.pop(group, ()):
                self._requeue(other)
        for other in self._parted.get(block, ()):
            shut = self._shut.setdefault(other, set())
            if group in shut:
                continue
            shut.add(group)
            if other in self._named:
                self._shutting.setdefault(group, []).append(other)
            self._requeue(other)

    def _saturation(self, block: int) -> int:
        """Return how many groups a block is shut out of; for a named block those of other named blocks do not count."""
        shut = self._shut.get(block, set())
        return sum(group not in self._taken for group in shut) if block in self._named else len(shut)

    def _requeue(self, block: int) -> None:
        if block in self._keys:
            heappush(
                self._waiting[block in self._named], (-self._saturation(block), self._keys[block], block)
            )

    def _is_current(self, entry: tuple[int, Key, int]) -> bool:
        """Return whether an entry of a heap still holds the block's saturation."""
        return entry[2] in self._keys and entry[0] == -self._saturation(entry[2])
