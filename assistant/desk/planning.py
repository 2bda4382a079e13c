"""Plans the long way to a clustering: describe, propose, embed, graph, walk or fuse, settle, each with its effort."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from assistant.desk.clusterings import Clusterings
from assistant.desk.core import Core
from assistant.desk.experts import Experts
from assistant.desk.tuned_features import ENOUGH
from assistant.models.tiers import HubTier
from tools.fuse.registry import DEFAULT_FUSION
from tools.fuse.walk.walk import Walk
from tools.tune.pairs import MOST_JUDGED

StepName = Literal["describe", "propose", "group", "embed", "graph", "walk", "fuse", "settle"]
"""A step of a plan."""
STEP_NAMES: tuple[StepName, ...] = get_args(StepName)
"""The steps in the order in which they are done; "group" is a first grouping, which an embedding is tuned for."""

LARGE_CALLS = 1000
"""The fewest calls of a describer for which a grouping is planned, where it is not known how long one takes."""
LARGE_SECONDS = 600.0
"""The least time that describing takes for a grouping to be planned."""


@dataclass(frozen=True, slots=True)
class Step:
    """Describes one step of a plan.

    Attributes:
        name: The step.
        about: What is done, in words for the user.
        tool: The agent's tool that does it; "" where the step is left out or done.
        arguments: The arguments of the tool.
        describer_calls: The calls of a describer that it takes, at most.
        judge_calls: The calls of a judge that it takes, at most.
        seconds: The time that it takes; None where that is not known.
        left_out: Why it is left out; "" where it is not.
    """

    name: StepName
    about: str
    tool: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    describer_calls: int = 0
    judge_calls: int = 0
    seconds: float | None = 0.0
    left_out: str = ""


class Planning:
    """Plans with what is here. Nothing is looked at, loaded or sent for a plan."""

    def __init__(self, core: Core, clusterings: Clusterings, experts: Experts) -> None:
        self._core, self._clusterings, self._experts = core, clusterings, experts

    def steps(
        self, criterion: str, wanted: Sequence[StepName] = (), without: Sequence[StepName] = ()
    ) -> list[Step]:
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

    def large(self, criterion: str) -> bool:
        """Return whether describing the images for a criterion is so much work that the user should see a plan."""
        with self._core.lock:
            step = self._describe(criterion)
            if step.seconds is None:
                return step.describer_calls >= LARGE_CALLS
            return bool(step.describer_calls) and step.seconds >= LARGE_SECONDS

    def _describe(self, criterion: str) -> Step:
        core, images = self._core, self._core.collection.ids
        arguments = {"question": criterion}
        tier = core.describing.describer
        if tier is None:
            looks = self._experts.unlooked()
            pace = core.meter.seconds / core.meter.calls if core.meter.calls else None
            seconds = 0.0 if not looks else None if pace is None else looks * pace
            about = f"the experts look at {len(images):,} images; no model here is asked"
            return Step("describe", about, "describe_images", arguments, seconds=seconds)
        missing = len(images) - core.describing.answered(criterion, images)
        calls = missing * (2 if isinstance(tier, HubTier) else 1)  # words, and vectors of a local model
        pace = core.effort.pace("describer", tier.by)
        about = f"{tier.model} says of each image what it is about the criterion"
        seconds = 0.0 if not calls else None if pace is None else calls * pace
        return Step("describe", about, "describe_images", arguments, calls, seconds=seconds)

    def _group(self, criterion: str) -> Step:
        about = "a first grouping, which the embedding is tuned for"
        return Step("group", about, "group_by", {"criterion": criterion})

    def _embed(self, criterion: str) -> Step:
        core, describing = self._core, self._core.describing
        made = self._clusterings.find(criterion)
        answers = len(core.feedback.of(made.id).labels) if made is not None else 0
        encodes = any(isinstance(t, HubTier) and t.encodes for t in describing.usable)
        local = any(isinstance(t, HubTier) and t.describes for t in describing.usable)
        target = "encoder" if encodes else "mllm" if local else "map"
        judge = self._judge()
        teacher = "answers" if answers >= ENOUGH else "judge" if judge else "words" if describing.asks else ""
        if not teacher:
            return Step("embed", "", left_out=f"it takes {ENOUGH} answers, a judge or a model that describes")
        calls = MOST_JUDGED if teacher == "judge" else 0
        pace = core.effort.pace("training", f"tune {target}")
        names = {"encoder": "the image encoder", "mllm": "the multimodal model", "map": "the features"}
        by = {"answers": f"your {answers} answers", "judge": f"the judge {judge}", "words": "the words"}
        about = f"{names[target]} tuned to {by[teacher]}, kept only if it helps"
        asked = core.effort.pace("judge", judge) if judge and calls else 0.0
        seconds = None if pace is None or asked is None else pace + calls * asked
        return Step(
            "embed", about, "tune_embedding", {"target": target, "teacher": teacher}, 0, calls, seconds
        )  # fmt: skip

    def _graph(self, criterion: str) -> Step:
        return Step("graph", "the images and how alike they are", "build_graph", {"criterion": criterion})

    def _walk(self, criterion: str) -> Step:
        judge, images = self._judge(), len(self._core.collection)
        calls = Walk().most_judge_calls(images) if judge else 0
        pace = self._core.effort.pace("judge", judge) if judge else 0.0
        about = f"agents group as they find{f', and ask {judge} where they are not sure' if judge else ''}"
        seconds = None if pace is None else calls * pace
        return Step("walk", about, "traverse", {"criterion": criterion}, 0, calls, seconds)

    def _fuse(self, criterion: str) -> Step:
        about = f"features and words become one, by {DEFAULT_FUSION}"
        pace = self._core.effort.pace("training", DEFAULT_FUSION)
        return Step("fuse", about, "fuse", {"criterion": criterion}, seconds=pace)

    def _settle(self, criterion: str) -> Step:
        about = "the groups with names, how sure they are, and what stays unsorted"
        return Step("settle", about, "show", {"clustering": criterion})

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
