"""The one contract that every method of grouping fulfils."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from tools.constraints import Constraint
from tools.fuse.method_context import MethodContext
from tools.progress import Progress, silent
from tools.views import View


class Method(Protocol):
    """An algorithm from views to a soft assignment.

    A method inherits from this and says what is true of it: the rest of the program asks for these attributes and
    knows no method by its name.
    """

    name: str
    """What the user calls it, and what a clustering that it made bears."""
    uses_all_views: ClassVar[bool] = False
    """Whether it takes the views of weight 0 as well, those that have nothing to do with the criterion."""
    multimodal: ClassVar[bool] = False
    """Whether it wants both sides: at least one view of the pixels and one of the words
    (`tools.fuse.method_context.both_sides`)."""
    estimates_k: ClassVar[bool] = False
    """Whether it finds the number of groups on its way, where none is given: then none is looked for before."""
    learns_from_answers: ClassVar[bool] = False
    """Whether it learns from labels what the other images are, and so wants `MethodContext.material`."""
    asks_judge: ClassVar[bool] = False
    """Whether it asks `MethodContext.judge` about images, where there is one."""

    def missing_requirements(self, views: Sequence[View], context: MethodContext | None = None) -> str | None:
        """Return None where it can run on this; else one line: what it needs and why that is not here."""
        return None

    @abstractmethod
    def fit(
        self,
        views: Sequence[View],
        *,
        images: Sequence[str],
        constraints: Sequence[Constraint] = (),
        k: int | None = None,
        seed: int = 0,
        progress: Progress = silent,
        context: MethodContext | None = None,
    ) -> NDArray[np.float32]:
        """Return soft assignment, (n, k) float32 with rows that sum to 1.

        A row of zeros marks an image about which the views say nothing: it is left unsorted.

        Args:
            views: At least one, all of n rows.
            images: n image ids; what constraints refer to.
            constraints: What the user said of the images, in order; labels are obeyed.
            k: Number of groups, 1 <= k <= n, or None to find it.
            seed: Of every random choice.
            progress: Called during long work; it may raise to stop.
            context: The criterion in words, and the models that can be asked about it.

        Raises:
            tools.errors.UsageError: k is not in 1..n, or something is missing (`missing_requirements`).
        """
        ...
