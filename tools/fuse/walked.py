"""The walk: agents go through the relational graph and ask a judge where they are not sure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from tools.constraints import Constraint
from tools.fuse.base import View, possible, side_by_side
from tools.fuse.guide import Guide
from tools.fuse.obey import tied
from tools.fuse.pair import number
from tools.progress import Progress, silent
from tools.walk import Plan, Walked, walk
from tools.walk.asker import spoken


@dataclass(slots=True)
class Walk:
    """Agent-centric clustering (our third paper, arXiv 2503.22241), with a budget for the judge (`tools.walk`).

    Edges of the graph have the weight sigmoid(beta <H(u), H(v)>); those under tau are dropped. The paper's tau is .6;
    here beta and tau are calibrated on the collection. One walker for each connected component, then a merge of their
    groups along Ward's minimum spanning tree. Without a judge it goes by what is said of the images; where nothing is
    said by the graph alone. Then it makes as many groups as k-means would, and so it does where what is said makes less
    than half as many or more than twice: words chain thousands of images into one group, or part each from each.

    Attributes:
        plan: How it walks; its flags are the ablations.
        last: What the last `fit` found, with every decision for `explain`.
    """

    name: ClassVar[str] = "walk"
    every: ClassVar[bool] = False
    fuses: ClassVar[bool] = False
    finds_k: ClassVar[bool] = True

    plan: Plan = field(default_factory=Plan)
    last: Walked | None = field(default=None, compare=False)

    def lacks(self, views: Sequence[View], guide: Guide | None = None) -> str | None:
        """None: it runs on any view."""
        return None

    def fit(
        self,
        views: Sequence[View],
        *,
        images: Sequence[str],
        constraints: Sequence[Constraint] = (),
        k: int | None = None,
        seed: int = 0,
        progress: Progress = silent,
        guide: Guide | None = None,
    ) -> NDArray[np.float32]:
        """See `tools.fuse.base.Method.fit`. What was said is obeyed, in more than k groups if it must be.

        Raises:
            tools.errors.UsageError: k is not in 1..n.
            tools.errors.RegroupError: There are more images than can be compared each with each, and no faiss.
        """
        n = len(images)
        possible(k, n)
        rows = side_by_side([view for view in views if view.weight > 0] or views)
        alone = k is None and (guide is None or guide.judge is None)  # nobody can say where one group ends
        usual = number(rows, None, guide, seed) if alone else 0
        if alone and (guide is None or len(guide.values) < 2):
            k = usual
        said = tied(images, constraints, guide)
        self.last = walk(rows, said, guide, k, seed, self.plan, progress)
        if alone and k is None and self.plan.merge and not _near(self.last, usual):
            self.last = walk(rows, said, guide, usual, seed, self.plan, progress)
        if guide is not None:
            guide.why.update(spoken(self.last.log))
        return self.last.soft


def _near(found: Walked, usual: int) -> bool:
    """Whether a walk made about as many groups as is usual."""
    groups = len(set(found.soft[found.soft.any(axis=1)].argmax(1).tolist()))
    return usual <= 2 * groups and groups <= 2 * usual
