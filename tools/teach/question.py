"""Defines a question to the user about one picture or two."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    """Holds the next question to the user.

    Attributes:
        images: One image, of which the group is asked; or two, of which it is asked whether they are of one group.
        names: The names that an answer may choose from, in a fixed order: first those that the user gave.
        why: The reason for this question, in a few words for people.
        gain: The share of the collection that an answer is expected to put right, in [0, 1].
        enough: Whether more answers would hardly help.
        closed: The names of locked groups, which take no answer.
        guess: The group that the user named and of which the one image was guessed to be; otherwise empty.
        before: The user's earlier answer about the one image, where that may be a slip; otherwise empty.
    """

    images: tuple[str, ...]
    names: tuple[str, ...]
    why: str
    gain: float
    enough: bool
    closed: tuple[str, ...] = ()
    before: str = ""
    guess: str = ""

    @property
    def pair(self) -> bool:
        """Return whether the question is about two images: the same group or different ones."""
        return len(self.images) == 2
