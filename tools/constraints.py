"""Constraints: what the user said about images. Every later clustering of that criterion obeys them."""

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

    Labels of one name and must-links tie images together, through other images too. Against that stand cannot-links and
    different names. The newest is taken first; what cannot hold beside all that was taken before is dropped.

    Args:
        constraints: In the order in which they were given.

    Returns:
        Those that are kept and those that are dropped, each in that order.
    """
    knots = _Knots()
    holds = [knots.take(constraint) for constraint in reversed(constraints)][::-1]
    pairs = list(zip(constraints, holds, strict=True))
    return [c for c, kept in pairs if kept], [c for c, kept in pairs if not kept]


@dataclass(frozen=True)
class Ties:
    """What consistent constraints say about n images, as numbers.

    Attributes:
        block: For each image the number of its block: images of one block belong together.
        parted: For each block those that a cannot-link keeps it apart from. Blocks of two names are apart, too.
        names: The name that the user gave to a block.
    """

    block: tuple[int, ...]
    parted: dict[int, frozenset[int]]
    names: dict[int, str]

    @cached_property
    def apart(self) -> dict[int, frozenset[int]]:
        """For each block those that it must be apart from, by name, too; blocks that may be anywhere are left out.

        It has as many entries as there are pairs of names: whoever can do with `parted` is quicker.
        """
        found = dict(self.parted)
        for block in self.names:
            if others := found.get(block, frozenset()) | (self.names.keys() - {block}):
                found[block] = frozenset(others)
        return found

    @property
    def blocks(self) -> list[list[int]]:
        """Rows of each block."""
        found: list[list[int]] = [[] for _ in range(max(self.block, default=-1) + 1)]
        for row, block in enumerate(self.block):
            found[block].append(row)
        return found


def tie(images: Sequence[str], constraints: Sequence[Constraint]) -> Ties:
    """Return the blocks that constraints make of n images, and which of them are apart.

    Args:
        images: n image ids. Constraints on other images count only for what they tie together.
        constraints: See `consistent`; those that contradict newer ones do not count.
    """
    knots = _Knots()
    for constraint in reversed(constraints):
        knots.take(constraint)
    number: dict[Hashable, int] = {}
    block = tuple(number.setdefault(knots.root(("image", image)), len(number)) for image in images)
    names = {number[root]: name for root, name in knots.names.items() if root in number}
    parted: dict[int, frozenset[int]] = {}
    for root, own in number.items():
        if others := frozenset(number[other] for other in knots.apart.get(root, ()) if other in number):
            parted[own] = others
    return Ties(block, parted, names)


@dataclass(slots=True)
class _Knots:
    """Sets of things that belong together (union-find); a name is a thing like an image."""

    parent: dict[Hashable, Hashable] = field(default_factory=dict)
    apart: dict[Hashable, set[Hashable]] = field(default_factory=dict)
    names: dict[Hashable, str] = field(default_factory=dict)

    def take(self, constraint: Constraint) -> bool:
        """Take note of a constraint, or say that it contradicts what was taken before."""
        if isinstance(constraint, Label):
            name = ("name", constraint.name)
            self.names.setdefault(self.root(name), constraint.name)
            return self._tie(("image", constraint.image), name)
        a, b = ("image", constraint.a), ("image", constraint.b)
        return self._tie(a, b) if isinstance(constraint, MustLink) else self._part(a, b)

    def root(self, thing: Hashable) -> Hashable:
        """Return what stands for the set that a thing is in."""
        while (above := self.parent.get(thing, thing)) != thing:
            self.parent[thing] = self.parent.get(above, above)
            thing = above
        return thing

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
    """Return one line for the user about what was dropped, or None: that an image's name was changed is no news.

    Args:
        dropped: Of `consistent`.
        constraints: All of them, in order.
        worded: Puts a constraint into words.
    """
    newest = {c.image: c.name for c in constraints if isinstance(c, Label)}
    news = [c for c in dropped if not (isinstance(c, Label) and newest[c.image] != c.name)]
    if not news:
        return None
    if len(news) == 1:
        what = f"what you said before ({worded(news[0])})" if worded else "one thing you said"
        return f"{what} contradicts something newer and was left out: the newest counts"
    return f"{len(news)} things you said contradict something newer and were left out: the newest counts"
