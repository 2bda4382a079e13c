"""The protocol of quality per answer: what is asked and scored, the peers, and which peer is the one compared with."""

from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks.cobras import Cobras
from tests.benchmarks.curves import REGROUP, Curves
from tests.benchmarks.features import Dump, load, save
from tests.benchmarks.peers import CHOICES, LEARNERS, max_herding, typiclust
from tests.benchmarks.per_answer import COUNTS, Case, Lesson, cases, in_right_group, peer_rows, regroup_rows
from tools.clustering.constraints import Label
from tools.describe.describe import Descriptions
from tools.models.ports import Slot, SlotSpec

N = 120


def clumps(seed: int = 0, n: int = N) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of six clumps of different sizes in three groups."""
    rng = np.random.default_rng(seed)
    clump = rng.choice(6, n, p=[0.3, 0.25, 0.2, 0.1, 0.1, 0.05])
    middles = np.eye(8)[:6] * 4
    return (middles[clump] + rng.normal(size=(n, 8)) / 4).astype(np.float32), clump % 3


@pytest.fixture(scope="module")
def dump() -> Dump:
    points, group = clumps()
    names = np.array(["red", "green", "blue"])[group]
    names[:3] = ""  # three pictures have no label
    slots = [{"colour": Slot("colour", "red", 0.9)} for _ in range(N)]
    spec = SlotSpec("colour", ("colour", "hue"), ("colour.subject",), apart_from=(("look", 2),))
    images = tuple(f"{i:04}" for i in range(N))
    made = Descriptions(
        images, {"colour": spec}, views=("colour.subject",), _slots=slots, _views={"colour.subject": points}
    )
    return Dump("drawn", made, {"colour": names})


def test_a_dump_is_read_as_it_was_written(dump: Dump, tmp_path: Path) -> None:
    save(dump, tmp_path / "drawn.npz")
    again = load(tmp_path / "drawn.npz")
    assert again.folder == "drawn" and again.descriptions.images == dump.descriptions.images
    assert again.descriptions.specs == dump.descriptions.specs
    assert again.descriptions.slots(5) == dump.descriptions.slots(5)
    np.testing.assert_array_equal(
        again.descriptions.view("colour.subject"), dump.descriptions.view("colour.subject")
    )
    np.testing.assert_array_equal(again.truths["colour"], dump.truths["colour"])


def test_at_most_a_tenth_is_asked_about_and_what_was_asked_is_not_scored(dump: Dump) -> None:
    case = next(cases(dump, 1))
    assert case.cap == 11 and case.counts[8] == 8 and case.counts[32] == 11
    labels = np.full(N, -1)
    labels[case.allowed] = np.unique(case.truth[case.allowed], return_inverse=True)[1]
    wrong = labels.copy()
    asked = case.allowed[:8]
    wrong[asked] = 7
    assert case.score(wrong, asked.tolist())["ami"] == pytest.approx(1)
    assert case.score(wrong, [])["ami"] < 0.95
    assert case.score(wrong, asked.tolist())["nmi_all"] < 0.95
    small = Dump(
        "small", dump.descriptions, {"colour": np.where(np.arange(N) < 79, dump.truths["colour"], "")}
    )
    assert not list(cases(small, 1))  # a tenth of 76 is less than eight


def test_regroup_is_taught_and_counted_by_labels_and_by_yes_and_no(dump: Dump) -> None:
    case = next(cases(dump, 1))
    lesson = Lesson(case)
    lesson.ask(case.cap)
    asked = [row for rows in lesson.pictures for row in rows]
    assert len(lesson.answers) == case.cap == len(lesson.yes_no)
    assert all(case.truth[row] for row in asked)
    # The first answer is a new group of which none is known: no question by yes and no was needed for it.
    assert lesson.yes_no[0] == 0 and all(
        a <= b for a, b in zip(lesson.yes_no, lesson.yes_no[1:], strict=False)
    )
    known = 0
    for before, after, answer in zip([0, *lesson.yes_no], lesson.yes_no, lesson.answers, strict=False):
        assert after - before <= max(1, known)
        known = len(
            {a.name for a in lesson.answers[: lesson.answers.index(answer) + 1] if isinstance(a, Label)}
        )
    rows = list(regroup_rows(case))
    last = [row for row in rows if row["answers"] == COUNTS[-1]]
    assert [row["learner"] for row in last] == [REGROUP, f"{REGROUP} random", f"{REGROUP} yes/no"]
    assert float(str(last[0]["ami"])) > 0.9 and 0 <= float(str(last[0]["ece"])) <= 1


def test_certainty_counts_the_groups_that_were_named() -> None:
    truth = np.array(["a", "a", "b", "b", "b", "c"])
    labels = np.array([0, 0, 0, 1, 1, -1])
    assert in_right_group(truth, labels, {0: "b"}).tolist() == [False, False, True, True, True, False]
    assert in_right_group(truth, labels, {}).tolist() == [True, True, False, True, True, False]


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("learner", LEARNERS)
def test_peers_learn_what_is_clear(choice: str, learner: str) -> None:
    points, group = clumps(1)
    allowed = np.arange(10, N)
    rows = CHOICES[choice](points, allowed, 24, 0)
    assert len(set(rows.tolist())) == 24 and np.isin(rows, allowed).all()
    found = LEARNERS[learner](points, rows, group[rows])
    assert (found == group).mean() > 0.9


@pytest.mark.parametrize("choice", (typiclust, max_herding))
def test_covering_choices_visit_every_clump_soon(choice: object) -> None:
    rng = np.random.default_rng(3)
    clump = np.repeat(np.arange(6), 20)
    points = (np.eye(6)[clump] * 4 + rng.normal(size=(120, 6)) / 4).astype(np.float32)
    rows = choice(points, np.arange(120), 8, 0)  # type: ignore[operator]
    assert set(clump[rows]) == set(range(6))


def test_typiclust_prefers_the_middle_and_herding_the_many() -> None:
    rng = np.random.default_rng(4)
    points = np.concatenate([rng.normal(size=(60, 2)) / 10 + (1, 0), rng.normal(size=(9, 2)) / 10 + (0, 1)])
    first = max_herding(points.astype(np.float32), np.arange(69), 2, 0)
    assert first[0] < 60 <= first[1]
    ranks = np.argsort(np.argsort(((points[:60] - points[:60].mean(0)) ** 2).sum(1)))
    typical = typiclust(points.astype(np.float32), np.arange(60), 1, 0)
    assert ranks[typical[0]] < 60  # of one of eight clusters


def test_cobras_finds_groups_of_several_clumps_by_yes_and_no() -> None:
    points, group = clumps(2)
    asked: list[tuple[int, int]] = []

    def same(a: int, b: int) -> bool:
        asked.append((a, b))
        return bool(group[a] == group[b])

    run = Cobras(points, same, 60, 0, np.arange(5, N))
    run.run()
    assert len(run.asked) == len(run.snapshots) == len(asked) <= 60
    assert len({frozenset(pair) for pair in asked}) == len(asked)
    assert min(min(pair) for pair in asked) >= 5
    from sklearn.metrics import adjusted_rand_score

    assert adjusted_rand_score(group, run.snapshots[-1]) > 0.95
    short = Cobras(points, same, 4, 0)
    short.run()
    assert len(short.asked) == 4


def test_the_peers_are_those_on_both_kinds_of_features(dump: Dump) -> None:
    case = Case(dump, "colour", 0)
    rows = list(peer_rows(case, ("routed",)))
    names = {str(row["learner"]) for row in rows}
    assert names == {f"{c} {way} routed" for c in CHOICES for way in LEARNERS} | {"cobras routed"}
    assert all(int(str(row["asked"])) <= case.cap for row in rows)


def test_the_fixed_peer_is_the_best_on_the_mean_and_not_the_best_on_each() -> None:
    def row(learner: str, criterion: str, answers: int, ami: float) -> dict[str, str]:
        return {
            "learner": learner, "folder": "f", "criterion": criterion, "answers": str(answers), "ami": str(ami),
        }  # fmt: skip

    measured = []
    for count in (8, 16):
        for name, one, two in ((REGROUP, 0.6, 0.7), ("a", 0.9, 0.1), ("b", 0.55, 0.72), ("cobras", 1, 1)):
            measured += [row(name, "x", count, one), row(name, "y", count, two)]
    curves = Curves(measured)
    assert curves.peers == ["a", "b"] and curves.yes_no_peers == ["cobras"]
    assert curves.best(curves.peers, 8) == "b"
    assert curves.won_and_lost("b", 8) == (1, 1)
    assert curves.area(REGROUP, 8) == pytest.approx(0.65)
    assert curves.needed("b", 0.5) == 8 and curves.needed("b", 0.9) is None
