"""Groups by the walk, in which agents traverse the relational graph and ask a judge where they are not sure."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from tools.clustering.constraints import Constraint
from tools.fuse.base import Method
from tools.fuse.constrained import ties_of
from tools.fuse.method_context import MethodContext
from tools.fuse.walk.decisions import reasons, told
from tools.fuse.walk.settle_groups import settle_groups
from tools.fuse.walk.traversal import Plan, WalkResult, walk
from tools.names import amount
from tools.number_of_groups import check_k, k_or_estimate
from tools.progress import Progress, silent
from tools.views import View, side_by_side


@dataclass(slots=True)
class Walk(Method):
    """Agent-centric clustering (our third paper, arXiv 2503.22241), with a budget for the judge (`tools.fuse.walk`).

    Edges of the graph weigh sigmoid(beta <H(u), H(v)>), and those below tau are dropped; the paper's tau is .6, here
    beta and tau are calibrated on the collection. Each connected component has one walker, and their groups are merged
    along Ward's minimum spanning tree. Without a judge the walk goes by what is said of the images, or by the graph
    alone. By the graph alone it makes as many groups as k-means would; so it does where words make less than half or
    more than twice as many, since words may chain thousands of images into one group or separate all of them. Where the
    number is given and nobody can be asked, the walk is also made without the words, and the groups are settled on the
    pictures (`tools.fuse.walk.settle_groups`), unless a model was asked for the words: those of the experts come from
    the same pixels and cannot overrule them. On the 13 criteria of 4 folders with k given that lifts the mean NMI from
    .810 to .852, which k-means has as well. A judge is worth its calls only where it is nearly always right: .787 with
    a simulated one that is right in 90 % of its answers, .843 with one that always is (docs/benchmarks/agents.csv).

    Attributes:
        plan: The settings of the walk, whose flags are the ablations.
        last: The result of the last `fit`, with every decision for explanations.
    """

    name = "walk"
    about = "agents that walk a graph of alike pictures and settle doubtful ones by a judge"
    aliases = (
        "walker",
        "walkers",
        "agents",
        "agent-centric",
        "agent-centric clustering",
        "graph walk",
        "agent walk",
        "graph",
    )
    estimates_k = True
    asks_judge = True

    plan: Plan = field(default_factory=Plan)
    last: WalkResult | None = field(default=None, compare=False)

    def most_judge_calls(self, images: int) -> int:
        """Return the budget of the walk; without a limit, one call for each edge."""
        budget = self.plan.neighbours if self.plan.budget is None else self.plan.budget
        return int(budget * images)

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
        """See `tools.fuse.base.Method.fit`. Constraints are obeyed, with more than k groups if they require it.

        Raises:
            tools.errors.UsageError: k is not in 1..n.
            tools.errors.RegroupError: There are too many images to compare all of them, and faiss is not installed.
        """
        n = len(images)
        check_k(k, n)
        rows = side_by_side([view for view in views if view.weight > 0] or views)
        alone = k is None and (
            context is None or context.judge is None
        )  # nobody can say where one group ends
        usual = k_or_estimate(rows, None, context.values if context else None, seed) if alone else 0
        if alone and (context is None or len(context.vocabulary) < 2):
            k = usual
        ties = ties_of(images, constraints, context)
        self.last = walk(rows, ties, context, k, seed, self.plan, progress)
        if alone and k is None and self.plan.merge and not _near(self.last, usual):
            self.last = walk(rows, ties, context, usual, seed, self.plan, progress)
        moved: NDArray[np.intp] = np.empty(0, np.intp)
        if k is not None and self._unanswerable(constraints, context):
            walks = [self.last]
            if context is not None and context.vocabulary:
                silent_context = replace(context, values=(None,) * n, vocabulary=())
                walks.append(walk(rows, ties, silent_context, k, seed, self.plan, progress))
            self.last, moved = settle_groups(rows, walks)
        if context is not None:
            context.why.update(reasons(self.last.log))
            context.why.update({int(row): "it is nearest to the middle of this group" for row in moved})
            context.notes.append(story(self.last))
        return self.last.soft

    def _unanswerable(self, constraints: Sequence[Constraint], context: MethodContext | None) -> bool:
        """Return whether neither the user nor a model says where one group ends."""
        asked = context is not None and (context.judge is not None or context.described)
        return self.plan.settle and not constraints and not asked


def story(walked: WalkResult) -> str:
    """Return a line for the user on how a walk went: where, who decided, who was asked, what was merged."""
    groups = int(walked.soft.any(axis=0).sum())
    calls = f"the judge was asked {amount(walked.calls, 'time')}" if walked.calls else "no judge was asked"
    joined = f", joined to {groups}" if groups < walked.met else ""
    line = (
        f"{amount(walked.components, 'walker')} came back with {amount(walked.met, 'group')}{joined}; {calls}"
    )
    return f"{line}; {decided}" if (decided := told(walked.log)) else line


def _near(walked: WalkResult, usual: int) -> bool:
    """Return whether a walk made at least half and at most twice as many groups as are usual."""
    groups = len(set(walked.soft[walked.soft.any(axis=1)].argmax(1).tolist()))
    return usual <= 2 * groups and groups <= 2 * usual
