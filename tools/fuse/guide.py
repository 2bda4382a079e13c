"""The criterion in words: what methods that read are given beside the views."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from tools.models.ports import Encoder, Pixels, PromptTuner, TextEncoder

if TYPE_CHECKING:
    from tools.teach.material import Material


class Membership(Protocol):
    """A judge that knows the collection: images are rows of it."""

    @property
    def name(self) -> str:
        """Which model, with its revision and prompt version."""
        ...

    def belongs(self, row: int, exemplars: Sequence[int], tags: Sequence[str], criterion: str) -> float:
        """Probability in [0, 1] that an image is of the same group as the exemplars.

        Args:
            row: The image.
            exemplars: Rows of one to five images of the group.
            tags: What is said of the group, the most frequent first; may be empty.
            criterion: In the user's words.

        Raises:
            tools.errors.RegroupError: The model does not answer.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Guide:
    """What is said about n images under one criterion.

    Attributes:
        criterion: In the user's words.
        said: n texts, such as "happy"; None where nothing is visible.
        sure: (n,) float32 in [0, 1].
        values: The different things said, the most frequent first: candidate tags, or reference words.
        texts: Turns words into vectors.
        encoder: Images and texts in one space, where the tier has that; the view "encoder.image" holds its images.
        judge: Says whether an image belongs to a group, where the tier has one.
        accepted: (n,) integer labels of each clustering of the collection that the user accepted under other criteria;
            -1 for unsorted.
        aligned: (n, d) float32, the images as `encoder` sees them, L2-normalised and not compressed; rows of NaN where
            there is nothing. None where the view is not here.
        tuner: The text tower of `encoder`, to be differentiated through, where the tier has one.
        pixels: Decodes images: for rows and a longest side of so many pixels one image per row, in that order. None
            where the method is not given the pictures themselves.
        minutes: How long a method may train.
        material: What a method that is taught learns from.
        notes: Lines for the user about what happened on the way; methods append to it.
        why: Row to a line for the user: why that image is where it is, where a method can say so.
    """

    criterion: str
    said: tuple[str | None, ...]
    sure: NDArray[np.float32]
    values: tuple[str, ...]
    texts: TextEncoder
    encoder: Encoder | None = None
    judge: Membership | None = None
    accepted: tuple[NDArray[np.intp], ...] = ()
    aligned: NDArray[np.float32] | None = None
    tuner: PromptTuner | None = None
    pixels: Callable[[Sequence[int], int], Iterable[Pixels]] | None = None
    minutes: float = float("inf")
    material: "Material | None" = None
    notes: list[str] = field(default_factory=list)
    why: dict[int, str] = field(default_factory=dict)
