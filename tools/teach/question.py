"""A question to the user about one picture or two."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    """What the user is asked next.

    Attributes:
        images: One image: which group is it in? Two images: are they of the same group or of different ones?
        names: The names that an answer may choose from, in an order that stays: those that the user gave first.
        why: Why this one, in a few words for people.
        gain: Share of the collection that an answer is expected to put right, in [0, 1].
        enough: Whether more answers would hardly help.
        closed: Names of groups that take no answer, since they are locked.
        before: What the user called the one image before, where that may be a slip; else empty.
    """

    images: tuple[str, ...]
    names: tuple[str, ...]
    why: str
    gain: float
    enough: bool
    closed: tuple[str, ...] = ()
    before: str = ""

    @property
    def pair(self) -> bool:
        """Whether it asks for same or different."""
        return len(self.images) == 2
