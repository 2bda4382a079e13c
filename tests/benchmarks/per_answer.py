"""Measure quality per answer on dumped features: `python -m tests.benchmarks.per_answer DUMPS --into FILE.csv`.

The protocol (`tests.benchmarks.features` makes the dumps):

- A simulated user answers. Quality is AMI and ARI over the pictures that were never asked about; NMI over all pictures
  stands beside it, as older papers have it. Unsorted pictures count as one more group.
- At most a tenth of a folder is asked about, so that "32 answers" of 286 pictures are 28; a folder of fewer than 80 is
  left out.
- Regroup finds the number of groups itself, and has no other names than those of the answers. So have the peers.
- The peers (`tests.benchmarks.peers`) get the same features, in two forms: those that Regroup routes the criterion to,
  side by side, and the general ones, layers of the object network that know no criterion. Regroup is compared with the
  one peer that is best on the mean over all criteria, the same one for all, and not with whichever is best on each.
- Yes/no answers are another curve. COBRAS asks whether two pictures belong together. Regroup's labels are counted as
  the questions that it takes to get them by yes and no: "is it in this group?", the likeliest of the groups named so
  far first, until one yes; all no's where the group is new.
"""

import argparse
import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.cobras import Cobras
from tests.benchmarks.features import Dump, load
from tests.benchmarks.peers import CHOICES, LEARNERS, random_order
from tests.calibration.fitting import expected_error
from tools.clustering.constraints import CannotLink, Constraint, Label, MustLink
from tools.clustering.evaluate import evaluate
from tools.embed.prepare import prepared
from tools.embed.route import PLAIN
from tools.models.bundled.tier import text_encoder
from tools.request import Request
from tools.teach.teacher import Teacher
from tools.views import fill_gaps

Rows = NDArray[np.intp]

COUNTS = (0, 4, 8, 12, 16, 24, 32)
"""Numbers of answers after which quality is measured."""
SHARE = 0.1
"""The largest share of a folder that is asked about."""
FEWEST = 8
"""The least number of answers that this share must allow; smaller folders are left out."""
FIELDS = (
    "folder",
    "criterion",
    "seed",
    "learner",
    "answers",
    "asked",
    "ami",
    "ari",
    "nmi_all",
    "ece",
    "sure",
)
"""The columns of the file: `answers` is the count of the curve and `asked` how many there were under the cap."""
REGROUP = "regroup"
FEATURES = ("routed", "general")
"""The two forms in which the peers get the features."""


@dataclass(eq=False)
class Case:
    """One criterion of one folder, with one seed.

    Attributes:
        truth: (n,) the label of each picture; "" where it has none, which is never asked about nor scored.
    """

    dump: Dump
    criterion: str
    seed: int
    truth: NDArray[np.str_] = field(init=False)

    def __post_init__(self) -> None:
        self.truth = self.dump.truths[self.criterion]

    @property
    def allowed(self) -> Rows:
        """The rows that have a label."""
        return np.flatnonzero(self.truth != "")

    @property
    def cap(self) -> int:
        """The most pictures that are asked about."""
        return int(SHARE * len(self.allowed))

    @property
    def counts(self) -> dict[int, int]:
        """The counts of the curve, each with the number of answers that the cap leaves of it."""
        return {count: min(count, self.cap) for count in COUNTS}

    def request(self, answers: Sequence[Constraint] = ()) -> Request:
        """Regroup's request, the number of groups not given."""
        return Request(
            self.criterion, self.dump.descriptions, text_encoder(), constraints=tuple(answers), seed=self.seed
        )

    def features(self, kind: str) -> NDArray[np.float32]:
        """The matrix that a peer gets: the routed views, or those that say something about any picture."""
        if kind == "routed":
            return Teacher(self.request()).material().routed
        d = self.dump.descriptions
        return np.concatenate([fill_gaps(prepared(name, d)) for name in PLAIN if name in d.views], axis=1)

    def score(self, labels: Rows, asked: Iterable[int]) -> dict[str, float]:
        """AMI and ARI over the pictures that were not asked about, and NMI over all."""
        unasked = np.setdiff1d(self.allowed, np.fromiter(asked, np.intp))
        left = evaluate(self.truth[unasked].tolist(), labels[unasked].tolist())
        whole = evaluate(self.truth[self.allowed].tolist(), labels[self.allowed].tolist())
        return {"ami": left.ami, "ari": left.ari, "nmi_all": whole.nmi}


@dataclass(eq=False)
class Lesson:
    """Regroup, taught by a simulated user.

    Attributes:
        case: What is taught.
        answers: What was said, in order.
        pictures: The rows that each answer was about.
        yes_no: How many yes/no questions had been needed after each answer, had it been got by these alone.
    """

    case: Case
    answers: list[Constraint] = field(default_factory=list)
    pictures: list[tuple[int, ...]] = field(default_factory=list)
    yes_no: list[int] = field(default_factory=list)

    def ask(self, count: int) -> bool:
        """Ask until there are so many answers; False where no question is left before."""
        images, truth = self.case.dump.descriptions.images, self.case.truth
        row_of = {image: row for row, image in enumerate(images)}
        skipped: list[tuple[str, ...]] = []
        while len(self.answers) < count:
            teacher = Teacher(self.case.request(self.answers))
            question = teacher.question(skipped)
            if question is None:
                return False
            rows = tuple(row_of[image] for image in question.images)
            if any(not truth[row] for row in rows):
                skipped.append(question.images)
                continue
            before = self.yes_no[-1] if self.yes_no else 0
            if question.pair:
                a, b = rows
                self.answers.append((MustLink if truth[a] == truth[b] else CannotLink)(*question.images))
                self.yes_no.append(before + 1)
            else:
                self.yes_no.append(before + self._rank(teacher, rows[0]))
                self.answers.append(Label(images[rows[0]], str(truth[rows[0]])))
            self.pictures.append(rows)
        return True

    def at_random(self) -> "Lesson":
        """The same lesson with pictures drawn at random."""
        images, truth = self.case.dump.descriptions.images, self.case.truth
        drawn = random_order(self.case.features("routed"), self.case.allowed, self.case.cap, self.case.seed)
        rows = drawn.tolist()
        answers: list[Constraint] = [Label(images[row], str(truth[row])) for row in rows]
        return Lesson(self.case, answers, [(row,) for row in rows])

    def _rank(self, teacher: Teacher, row: int) -> int:
        """The number of groups that are proposed for a picture before the answer is known."""
        learned = teacher.learned()
        if learned is None:
            return 0
        order = np.argsort(-learned.posterior.soft[row, : len(learned.names)], kind="stable")
        proposed = [learned.names[i] for i in order.tolist()]
        name = str(self.case.truth[row])
        return proposed.index(name) + 1 if name in proposed else len(proposed)

    def measure(self, count: int) -> dict[str, float]:
        """The scores after so many answers, with how well the certainty is calibrated on unasked pictures."""
        answers = self.answers[:count]
        made = Teacher(self.case.request(answers)).clustering()
        labels = made.labels.astype(np.intp)
        asked = {row for rows in self.pictures[:count] for row in rows}
        unasked = np.setdiff1d(self.case.allowed, np.fromiter(asked, np.intp))
        named = {i: cluster.name for i, cluster in enumerate(made.clusters)}
        said = {c.name for c in answers if isinstance(c, Label)}
        right = in_right_group(self.case.truth, labels, {i: n for i, n in named.items() if n in said})
        sure = made.confidence[unasked].astype(np.float64)
        return self.case.score(labels, asked) | {
            "ece": expected_error(sure.tolist(), right[unasked].tolist()),
            "sure": float(sure.mean()),
        }


def in_right_group(truth: NDArray[np.str_], labels: Rows, named: dict[int, str]) -> NDArray[np.bool_]:
    """Whether each picture is in the group of its label, (n,). A group without a name that was given counts as that of
    most of its pictures; unsorted pictures are wrong."""
    right = np.zeros(len(truth), bool)
    for group in np.unique(labels[labels >= 0]).tolist():
        inside = labels == group
        values, counts = np.unique(truth[inside], return_counts=True)
        right[inside] = truth[inside] == named.get(group, str(values[counts.argmax()]))
    return right


def regroup_rows(case: Case) -> Iterator[dict[str, object]]:
    """Regroup's rows: its curve by labels; that with random questions; and its answers by the yes/no questions that
    they would have taken."""
    lesson = Lesson(case)
    scores: dict[int, dict[str, float]] = {}
    for count, capped in case.counts.items():
        lesson.ask(capped)
        there = min(capped, len(lesson.answers))
        if there not in scores:
            scores[there] = lesson.measure(there)
        yield row(case, REGROUP, count, there, scores[there])
    random = lesson.at_random()
    for count, capped in case.counts.items():
        yield row(case, f"{REGROUP} random", count, capped, random.measure(capped))
    for count, capped in case.counts.items():
        there = sum(needed <= capped for needed in lesson.yes_no)
        if there not in scores:
            scores[there] = lesson.measure(there)
        yield row(case, f"{REGROUP} yes/no", count, capped, scores[there])


def peer_rows(case: Case, features: Sequence[str] = FEATURES) -> Iterator[dict[str, object]]:
    """The rows of all peers."""
    counts = {count: capped for count, capped in case.counts.items() if count}
    _, of = np.unique(case.truth, return_inverse=True)
    for kind in features:
        points = case.features(kind)
        for choice, order in CHOICES.items():
            rows = order(points, case.allowed, max(counts.values()), case.seed)
            for learner, learn in LEARNERS.items():
                for count, capped in counts.items():
                    labels = learn(points, rows[:capped], of[rows[:capped]])
                    score = case.score(labels, rows[:capped].tolist())
                    yield row(case, f"{choice} {learner} {kind}", count, capped, score)
        cobras = Cobras(
            points, lambda a, b: bool(of[a] == of[b]), max(counts.values()), case.seed, case.allowed
        )
        cobras.run()
        for count, capped in counts.items():
            there = min(capped, len(cobras.snapshots))
            asked = {r for a, b, _ in cobras.asked[:there] for r in (a, b)}
            labels = cobras.snapshots[there - 1] if there else np.zeros(len(points), np.intp)
            yield row(case, f"cobras {kind}", count, there, case.score(labels, asked))


def row(case: Case, learner: str, count: int, asked: int, score: dict[str, float]) -> dict[str, object]:
    """A row of the file."""
    about = (case.dump.folder, case.criterion, case.seed, learner, count, asked)
    rounded = {name: round(value, 4) for name, value in score.items()}
    return dict.fromkeys(FIELDS, "") | dict(zip(FIELDS, about, strict=False)) | rounded


def cases(dump: Dump, seeds: int) -> Iterator[Case]:
    """The cases of a folder that is large enough."""
    for criterion in dump.truths:
        for seed in range(seeds):
            case = Case(dump, criterion, seed)
            if case.cap >= FEWEST:
                yield case


def main() -> None:
    """Read the command line, and measure one folder after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dumps", nargs="+", type=Path)
    parser.add_argument("--into", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", choices=("regroup", "peers"))
    given = parser.parse_args()
    with given.into.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        for path in given.dumps:
            for case in cases(load(path), given.seeds):
                if given.only != "peers":
                    writer.writerows(regroup_rows(case))
                if given.only != "regroup":
                    writer.writerows(peer_rows(case))
                file.flush()
                print(case.dump.folder, case.criterion, case.seed, flush=True)


if __name__ == "__main__":
    main()
