"""Defines the constraints, which are what the user said about images. Every later clustering of that criterion obeys
them."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Label:
    """This image belongs to the group of this name."""

    image: str
    name: str


@dataclass(frozen=True, slots=True)
class MustLink:
    """These two images belong together."""

    a: str
    b: str


@dataclass(frozen=True, slots=True)
class CannotLink:
    """These two images belong apart."""

    a: str
    b: str


Constraint = Label | MustLink | CannotLink


def consistent(constraints: Sequence[Constraint]) -> tuple[list[Constraint], list[Constraint]]:
    """Return the constraints without contradictions: where two of them cannot both hold, the newest wins.

    Labels of one name and must-links tie images together, also through other images; cannot-links and different names
    keep them apart. Constraints are taken from the newest to the oldest, and one that contradicts those taken before is
    dropped.

    Args:
        constraints: In the order in which they were given.

    Returns:
        The constraints that are kept and those that are dropped, both in the order in which they were given.
    """
    union_find = _UnionFind()
    holds = [union_find.take(constraint) for constraint in reversed(constraints)][::-1]
    pairs = list(zip(constraints, holds, strict=True))
    return [c for c, stays in pairs if stays], [c for c, stays in pairs if not stays]


@dataclass(frozen=True)
class Ties:
    """Holds the ties that consistent constraints put between n images, in numbered blocks.

    Attributes:
        block: The number of each image's block; images of one block belong together.
        parted: Block to the blocks that cannot-links keep it apart from. Blocks of different names are apart as well,
            without being listed here.
        names: Block to the name that the user gave it.
    """

    block: tuple[int, ...]
    parted: dict[int, frozenset[int]]
    names: dict[int, str]

    @cached_property
    def apart(self) -> dict[int, frozenset[int]]:
        """Map each block to all blocks that it must be apart from, by cannot-links or names; free blocks are left out.

        It has an entry for every pair of names, so `parted` is the quicker choice wherever that is enough.
        """
        result = dict(self.parted)
        for block in self.names:
            if others := result.get(block, frozenset()) | (self.names.keys() - {block}):
                result[block] = frozenset(others)
        return result

    @property
    def blocks(self) -> list[list[int]]:
        """Return the rows of the images in each block, by block number."""
        rows_of: list[list[int]] = [[] for _ in range(max(self.block, default=-1) + 1)]
        for row, block in enumerate(self.block):
            rows_of[block].append(row)
        return rows_of


def tie(images: Sequence[str], constraints: Sequence[Constraint]) -> Ties:
    """Return the blocks that constraints make of n images, and which of them are apart.

    Args:
        images: n image ids. Constraints on other images matter only through the images that they tie together.
        constraints: In the order in which they were given; those that contradict newer ones are ignored (`consistent`).
    """
    union_find = _UnionFind()
    for constraint in reversed(constraints):
        union_find.take(constraint)
    number: dict[Hashable, int] = {}
    block = tuple(number.setdefault(union_find.root(("image", image)), len(number)) for image in images)
    names = {number[root]: name for root, name in union_find.names.items() if root in number}
    parted: dict[int, frozenset[int]] = {}
    for root, block_number in number.items():
        if others := frozenset(number[other] for other in union_find.apart.get(root, ()) if other in number):
            parted[block_number] = others
    return Ties(block, parted, names)


@dataclass(slots=True)
class _UnionFind:
    """Keeps disjoint sets of images and names that belong together (union-find; Tarjan 1975), and which
    sets are apart."""

    parent: dict[Hashable, Hashable] = field(default_factory=dict)
    apart: dict[Hashable, set[Hashable]] = field(default_factory=dict)
    names: dict[Hashable, str] = field(default_factory=dict)

    def take(self, constraint: Constraint) -> bool:
        """Add a constraint and return True, or return False where it contradicts those that were taken before."""
        if isinstance(constraint, Label):
            name = ("name", constraint.name)
            self.names.setdefault(self.root(name), constraint.name)
            return self._tie(("image", constraint.image), name)
        a, b = ("image", constraint.a), ("image", constraint.b)
        return self._tie(a, b) if isinstance(constraint, MustLink) else self._part(a, b)

    def root(self, item: Hashable) -> Hashable:
        """Return the representative of the set that an item is in, halving the path to it on the way."""
        while (above := self.parent.get(item, item)) != item:
            self.parent[item] = self.parent.get(above, above)
            item = above
        return item

    def _tie(self, a: Hashable, b: Hashable) -> bool:
        a, b = self.root(a), self.root(b)
        if a == b:
            return True
        if self._parted(a, b):
            return False
        self.parent[a] = b
        if a in self.names:
            self.names[b] = self.names.pop(a)
        for other in self.apart.pop(a, set()):
            self.apart[other].remove(a)
            self._note(other, b)
        return True

    def _part(self, a: Hashable, b: Hashable) -> bool:
        a, b = self.root(a), self.root(b)
        if a != b:
            self._note(a, b)
        return a != b

    def _note(self, a: Hashable, b: Hashable) -> None:
        self.apart.setdefault(a, set()).add(b)
        self.apart.setdefault(b, set()).add(a)

    def _parted(self, a: Hashable, b: Hashable) -> bool:
        named = a in self.names and b in self.names  # different names: each is in one set only
        return named or b in self.apart.get(a, ())


def dropped_note(
    dropped: Sequence[Constraint],
    constraints: Sequence[Constraint],
    worded: Callable[[Constraint], str] | None = None,
) -> str | None:
    """Return one line that tells the user what was dropped, or None where there is nothing to tell.

    A label that a newer label of the same image replaced is not mentioned: the user knows of that.

    Args:
        dropped: The constraints that `consistent` dropped.
        constraints: All constraints, in the order in which they were given.
        worded: Puts a constraint into words.
    """
    newest = {c.image: c.name for c in constraints if isinstance(c, Label)}
    news = [c for c in dropped if not (isinstance(c, Label) and newest[c.image] != c.name)]
    if not news:
        return None
    if len(news) == 1:
        what = f"what you said before ({worded(news[0])})" if worded else "one thing you said"
        return f"{what} contradicts a newer answer and was ignored: the newest counts"
    return f"{len(news)} things you said contradict newer answers and were ignored: the newest counts"
