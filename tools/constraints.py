"""What the user said about images: each is obeyed by every later clustering of that criterion."""

from dataclasses import dataclass


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
