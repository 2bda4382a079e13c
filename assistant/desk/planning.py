"""Plans the long way to a clustering: describe, propose, embed, graph, walk or fuse, settle, each with its effort."""

from collections.abc import Sequence
from dataclasses import replace

from assistant.desk.clusterings import Clusterings
from assistant.desk.core import Core
from assistant.desk.effort import Over
from assistant.desk.experts import Experts
from assistant.desk.plan_step import STEP_NAMES, PlanStep, StepName
from assistant.desk.tuned_features import ENOUGH
from assistant.models.tiers import HubTier
from tools.fuse.registry import DEFAULT_FUSION
from tools.fuse.walk.calibrate_scale import PROBES
from tools.fuse.walk.walk import Walk
from tools.tune.pairs import MOST_JUDGED

MOST_PROBED = 3 * PROBES
"""The most calls of a judge for a graph: whether words, judge and scale can be trusted is asked one by one."""
LARGE_CALLS = 1000
"""The fewest calls of a describer for which a grouping is planned, where it is not known how long one takes."""
LARGE_SECONDS = 600.0
"""The least time that describing takes for a grouping to be planned."""
LEAST_SECONDS = 300.0
"""The least time after which a plan that takes longer than thought is shown again; where nothing is known about how
long it takes, that much of it is the sample by which it is known then."""
PATIENCE = 2.0
"""How many times as long as it was thought to take a plan may go on before it is shown again."""


def most_seconds(steps: Sequence[PlanStep]) -> float:
    """Return the time that a plan may take before it is shown again."""
    return max(LEAST_SECONDS, PATIENCE * sum(step.seconds or 0.0 for step in steps))


class Planning:
    """Plans with what is here. Nothing is looked at, loaded or sent for a plan."""

    def __init__(self, core: Core, clusterings: Clusterings, experts: Experts) -> None:
        self._core, self._clusterings, self._experts = core, clusterings, experts

    def steps(
        self, criterion: str, wanted: Sequence[StepName] = (), without: Sequence[StepName] = ()
    ) -> list[PlanStep]:
        """Return the steps to a clustering by a criterion, in the order in which they are done.

        Args:
            criterion: In the user's words.
            wanted: The steps that are wanted; without any, all that are of use here, and one of walk and fuse.
            without: Steps that are not wanted.
        """
        with self._core.lock:
            makers = {
                "describe": self._describe, "group": self._group, "embed": self._embed, "graph": self._graph,
                "walk": self._walk, "fuse": self._fuse, "settle": self._settle,
            }  # fmt: skip
            fuses: StepName = "fuse" if self._judge() is None and self._worded(criterion) else "walk"
            chosen: set[StepName] = set(wanted) or {"describe", "embed", "graph", fuses, "settle"}
            chosen -= set(without)
            if "embed" in chosen and not self._embed(criterion).left_out and self._unmade(criterion):
                chosen.add("group")
            return [makers[name](criterion) for name in STEP_NAMES if name in chosen and name in makers]

    def renewed(self, criterion: str, steps: Sequence[PlanStep], over: Over) -> list[PlanStep]:
        """Return the steps that are left of a plan with what they take now, the first of which would have taken more
        than was allowed."""
        with self._core.lock:
            now = {step.name: step for step in self.steps(criterion, [step.name for step in steps])}
            found = [
                replace(
                    step,
                    describer_calls=now[step.name].describer_calls,
                    judge_calls=now[step.name].judge_calls,
                    seconds=now[step.name].seconds,
                )
                for step in steps
            ]
            first = found[0]
            if over.kind == "describer" and over.needed > first.describer_calls:
                found[0] = replace(first, describer_calls=over.needed, seconds=None)
            elif over.kind == "judge" and over.needed > first.judge_calls:
                calls = Walk().most_judge_calls(len(self._core.collection))
                found[0] = replace(first, judge_calls=max(calls, over.needed), seconds=None)
            return found

    def large(self, criterion: str) -> bool:
        """Return whether describing the images for a criterion is so much work that the user should see a plan."""
        with self._core.lock:
            if self._core.metadata.sees(criterion):
                return False
            step = self._describe(criterion)
            if step.seconds is None:
                return step.describer_calls >= LARGE_CALLS
            return bool(step.describer_calls) and step.seconds >= LARGE_SECONDS

    def _describe(self, criterion: str) -> PlanStep:
        core, images = self._core, self._core.collection.ids
        arguments = {"question": criterion}
        tier = core.describing.describer
        if tier is None:
            looks = self._experts.unlooked()
            pace = core.meter.seconds / core.meter.calls if core.meter.calls else None
            seconds = 0.0 if not looks else None if pace is None else looks * pace
            about = f"the experts look at {len(images):,} images; no model here is asked"
            return PlanStep("describe", about, "describe_images", arguments, seconds=seconds)
        calls = core.describing.calls_for(criterion, images)
        pace = core.effort.pace("describer", tier.by)
        about = f"{tier.model} says of each image what it is about the criterion"
        seconds = 0.0 if not calls else None if pace is None else calls * pace
        return PlanStep("describe", about, "describe_images", arguments, calls, seconds=seconds)

    def _group(self, criterion: str) -> PlanStep:
        about = "a first grouping, which the embedding is tuned for"
        return PlanStep("group", about, "group_by", {"criterion": criterion})

    def _embed(self, criterion: str) -> PlanStep:
        core, describing = self._core, self._core.describing
        made = self._clusterings.find(criterion)
        answers = len(core.feedback.of(made.id).labels) if made is not None else 0
        encodes = any(isinstance(t, HubTier) and t.encodes for t in describing.usable)
        local = any(isinstance(t, HubTier) and t.describes for t in describing.usable)
        target = "encoder" if encodes else "mllm" if local else "map"
        judge = self._judge()
        teacher = "answers" if answers >= ENOUGH else "judge" if judge else "words" if describing.asks else ""
        if not teacher:
            return PlanStep(
                "embed", "", left_out=f"it takes {ENOUGH} answers, a judge or a model that describes"
            )
        calls = MOST_JUDGED if teacher == "judge" else 0
        pace = core.effort.pace("training", f"tune {target}")
        names = {"encoder": "the image encoder", "mllm": "the multimodal model", "map": "the features"}
        by = {"answers": f"your {answers} answers", "judge": f"the judge {judge}", "words": "the words"}
        about = f"{names[target]} tuned to {by[teacher]}, kept only if it helps"
        asked = core.effort.pace("judge", judge) if judge and calls else 0.0
        seconds = None if pace is None or asked is None else pace + calls * asked
        return PlanStep(
            "embed", about, "tune_embedding", {"target": target, "teacher": teacher}, 0, calls, seconds
        )  # fmt: skip

    def _graph(self, criterion: str) -> PlanStep:
        judge = self._judge()
        calls = min(MOST_PROBED, Walk().most_judge_calls(len(self._core.collection))) if judge else 0
        pace = self._core.effort.pace("judge", judge) if judge and calls else 0.0
        about = f"the images and how alike they are{f', as {judge} sees it' if judge else ''}"
        seconds = None if pace is None else calls * pace
        return PlanStep("graph", about, "build_graph", {"criterion": criterion}, 0, calls, seconds)

    def _walk(self, criterion: str) -> PlanStep:
        judge, images = self._judge(), len(self._core.collection)
        calls = Walk().most_judge_calls(images) if judge else 0
        pace = self._core.effort.pace("judge", judge) if judge else 0.0
        about = f"agents group as they find{f', and ask {judge} where they are not sure' if judge else ''}"
        seconds = None if pace is None else calls * pace
        return PlanStep("walk", about, "traverse", {"criterion": criterion}, 0, calls, seconds)

    def _fuse(self, criterion: str) -> PlanStep:
        about = f"features and words become one, by {DEFAULT_FUSION}"
        pace = self._core.effort.pace("training", DEFAULT_FUSION)
        return PlanStep("fuse", about, "fuse", {"criterion": criterion}, seconds=pace)

    def _settle(self, criterion: str) -> PlanStep:
        about = "the groups with names, how sure they are, and what stays unsorted"
        return PlanStep("settle", about, "show", {"clustering": criterion})

    def _judge(self) -> str | None:
        """Return the name of the judge that may be asked, or that the user can allow; None where there is none."""
        return self._core.describing.judge_name

    def _worded(self, criterion: str) -> bool:
        """Return whether there are words for a criterion to fuse with features, as far as that is known already."""
        if self._core.describing.describer is not None:
            return True
        looked = self._experts.looked
        return looked and self._core.request(criterion, self._experts.look()).words is not None

    def _unmade(self, criterion: str) -> bool:
        return self._clusterings.find(criterion) is None
