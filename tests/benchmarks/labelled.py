"""Folders of real pictures with labels, a case for each criterion, on which a method is run through the whole way."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.bench.runner import read_labels
from assistant.desk import Desk
from assistant.settings import Settings
from tools.clustering.evaluate import evaluate
from tools.describe.describe import Descriptions
from tools.describe.judging import Membership
from tools.group import group
from tools.models.bundled.tier import text_encoder
from tools.request import Request


@dataclass(frozen=True, slots=True)
class Ran:
    """One run: its NMI, the number of its groups, and seconds."""

    nmi: float
    groups: int
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One criterion of one folder. Only the scorer and a simulated judge read the labels.

    Attributes:
        folder: The name of the folder.
        criterion: The column of the labels, by which it is grouped.
        labels: The label of each image; "" where it has none.
    """

    folder: str
    criterion: str
    labels: tuple[str, ...]
    descriptions: Descriptions
    desk: Desk

    @property
    def k(self) -> int:
        """The true number of groups."""
        return len(set(self.labels) - {""})

    def request(self, method: str, k: int | None, seed: int, judge: Membership | None = None) -> Request:
        """A request to group by the criterion, with the judge in place of the tier's."""
        given = {**self.desk.grouping.method_inputs(method, self.descriptions.images)}
        if judge is not None:
            given["judge"] = judge
        return Request(
            self.criterion, self.descriptions, text_encoder(), method=method, k=k, seed=seed, **given
        )

    def run(self, method: str, k: int | None, seed: int, judge: Membership | None = None) -> Ran:
        """Group by a method with options, such as "walk:tau=.6"."""
        start = time.perf_counter()
        labels = group(self.request(method, k, seed, judge)).labels
        return Ran(self.nmi(labels.tolist()), len(set(labels.tolist()) - {-1}), time.perf_counter() - start)

    def nmi(self, labels: list[int]) -> float:
        """The NMI of labels of all images with the truth."""
        rows = [row for row, label in enumerate(self.labels) if label]
        return evaluate([self.labels[row] for row in rows], [labels[row] for row in rows]).nmi


def cases(folders: list[Path]) -> Iterator[Case]:
    """Yield a case for each column of the labels of each folder."""
    for folder in folders:
        columns = read_labels(folder)
        with Desk.open(folder, Settings(), exclusive=False) as desk:
            for criterion, truth in columns.items():
                descriptions = desk.experts.look_for(criterion)
                paths = [str(desk.collection.by_id(image).path) for image in descriptions.images]
                labels = tuple(truth.get(path, "") for path in paths)
                yield Case(folder.name, criterion, labels, descriptions, desk)


def mean(values: list[float]) -> str:
    """The mean of figures, as a row of a file has it."""
    return f"{np.mean(values):.3f}"
