"""Builds the relational graph of a criterion, sums it up, and saves it for programs that draw graphs."""

from dataclasses import dataclass, replace
from pathlib import Path

from assistant.desk.clusterings import Clusterings
from assistant.desk.core import Core
from assistant.desk.experts import Experts
from assistant.desk.grouping import Grouping
from assistant.desk.tuned_features import with_tuned_features
from tools.clustering.clustering import UNSORTED, slug
from tools.errors import RegroupError, UsageError
from tools.fuse.walk.traversal import Plan
from tools.fuse.walk.walk import Walk
from tools.group import check, relational_graph
from tools.names import visible
from tools.progress import Progress, silent
from tools.relational_graph import components, graphml


@dataclass(frozen=True, slots=True)
class Graph:
    """Sums up a relational graph.

    Attributes:
        criterion: In the user's words.
        images: The number of images, its nodes.
        edges: The number of edges.
        components: The numbers of images of its connected components, the largest first.
        tau: The least weight of an edge, in (0, 1).
        beta: The sharpness of the weights, >= 0.
        calls: How often the judge was asked for the scale.
        path: The GraphML file in the workspace.
        tuned: Whether it is of features that were tuned to the criterion.
    """

    criterion: str
    images: int
    edges: int
    components: tuple[int, ...]
    tau: float
    beta: float
    calls: int
    path: Path
    tuned: bool = False

    @property
    def degree(self) -> float:
        """Return the mean number of edges of an image."""
        return 2 * self.edges / max(1, self.images)


class Graphs:
    """Builds the graph that agents walk. Nothing is grouped and no picture is touched."""

    def __init__(self, core: Core, clusterings: Clusterings, experts: Experts, grouping: Grouping) -> None:
        self._core, self._clusterings, self._experts, self._grouping = core, clusterings, experts, grouping

    def build(
        self,
        criterion: str | None = None,
        tau: float | None = None,
        neighbours: int | None = None,
        progress: Progress = silent,
    ) -> Graph:
        """Build the graph of a criterion and save it as GraphML in the workspace, over the one before.

        It is of the features that were tuned to the criterion, where there are some, as is what agents walk.

        Args:
            criterion: In the user's words; None for that of the current clustering.
            tau: The least weight of an edge, in (0, 1); None to calibrate it.
            neighbours: The most neighbours of an image, at least 1; None for the usual number.
            progress: Called during the work.

        Raises:
            tools.errors.UsageError: Nothing is grouped and no criterion given; tau or neighbours out of range.
            tools.errors.RegroupError: The file cannot be written.
        """
        core = self._core
        with core.lock:
            if criterion is None:
                criterion = self._clusterings.get().criterion
            if tau is not None and not 0 < tau < 1:
                raise UsageError(f"tau is between 0 and 1, not {tau:g}")
            if neighbours is not None and neighbours < 1:
                raise UsageError(f"an image has at least 1 neighbour, not {neighbours}")
            check(criterion, len(core.collection))
            descriptions = self._experts.describe(criterion, (), False, progress)
            made = self._clusterings.find(criterion)
            images = descriptions.images
            plan = Plan(tau=tau) if neighbours is None else Plan(tau=tau, neighbours=neighbours)
            request = replace(
                with_tuned_features(core.request(criterion, descriptions), core.shelf),
                **self._grouping.method_inputs(Walk.name, images),
                progress=progress,
            )
            graph, scale, calls = relational_graph(request, plan)
            path = core.shelf.path / "graphs" / f"{slug(criterion)}.graphml"
            try:
                path.parent.mkdir(exist_ok=True)
            except OSError as error:
                raise RegroupError(f"cannot write {path}: {error.strerror}; free some space there") from error
            names = [visible(str(core.collection.by_id(image).path)) for image in images]
            groups = None
            if made is not None:
                labels = made.over(images).labels.tolist()
                groups = ["" if label == UNSORTED else made.clusters[label].name for label in labels]
            graphml(graph, names, path, groups)
            return Graph(
                criterion,
                len(images),
                graph.nnz // 2,
                tuple(len(part) for part in components(graph)),
                scale.tau if tau is None else tau,
                scale.beta,
                calls,
                path,
                request.tuned is not None,
            )
