"""Defines the one contract that every method of grouping fulfils."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from tools.clustering.constraints import Constraint
from tools.fuse.method_context import MethodContext
from tools.progress import Progress, silent
from tools.views import View


class Method(Protocol):
    """Makes a soft assignment from views by one algorithm.

    A method inherits from this and says what is true of it: the rest of the program asks for these attributes and
    knows no method by its name.
    """

    name: str
    """The name that the user calls it by, and that a clustering made by it bears."""
    about: ClassVar[str]
    """What it does, in words for the user: a phrase without a full stop."""
    aliases: ClassVar[tuple[str, ...]] = ()
    """Other names that people give it, in small letters."""
    uses_all_views: ClassVar[bool] = False
    """Whether it takes views of weight 0 as well, which have nothing to do with the criterion."""
    multimodal: ClassVar[bool] = False
    """Whether it needs both sides: at least one view of the pixels and one of the words
    (`tools.fuse.method_context.both_sides`)."""
    encodes_pictures: ClassVar[bool] = False
    """Whether its pixels are those of an image encoder rather than the views that the criterion was routed to; these
    come along with weight 0."""
    estimates_k: ClassVar[bool] = False
    """Whether it finds the number of groups itself where none is given, so that none is estimated before."""
    learns_from_answers: ClassVar[bool] = False
    """Whether it learns from the user's labels, for which it needs `MethodContext.material`."""
    asks_judge: ClassVar[bool] = False
    """Whether it asks `MethodContext.judge` about images, where there is one."""
    asks_thinker: ClassVar[bool] = False
    """Whether it asks `MethodContext.thinker` for words, where there is one."""
    measures_certainty: ClassVar[bool] = False
    """Whether its memberships say how often such an image is in the right group. Distances do not, nor does what a
    network was trained to be sure of: for those something else has to say it (`tools.settle.certainty`)."""
    trains: ClassVar[bool] = False
    """Whether it trains a network, which takes by far the most of its time."""

    def most_judge_calls(self, images: int) -> int:
        """Return how often a judge is asked at most about a number of images, as the options say; for estimates."""
        return 0

    def missing_requirements(self, views: Sequence[View], context: MethodContext | None = None) -> str | None:
        """Return None where the method can run on these views; otherwise one line on what is missing and what to do."""
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
        """Return a soft assignment, (n, k) float32 with rows that sum to 1.

        A row of zeros marks an image about which the views say nothing, which is left unsorted.

        Args:
            views: At least one view, all of n rows.
            images: The n image ids, which constraints refer to.
            constraints: The user's constraints, in the order in which they were given; labels are obeyed.
            k: The number of groups, 1 <= k <= n, or None to find it.
            seed: The seed of every random choice.
            progress: Called during long work; it may raise to stop.
            context: The criterion in words, and the models that can be asked about it.

        Raises:
            tools.errors.UsageError: k is not in 1..n, or the method cannot run (`missing_requirements`).
        """
        ...
