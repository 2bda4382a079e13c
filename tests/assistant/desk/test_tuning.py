"""Tuning on a real desk: free while it trains, taken over only where what it learned from still holds, undone."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import networkx
import numpy as np
import pytest

from assistant.agent.tools.build_graph import drawn
from assistant.desk import Desk
from assistant.desk.tuned_features import ENOUGH, KIND, MORE, TRAINING, why_worse
from assistant.settings import Settings
from tests.assistant import mosaics
from tools.clustering.clustering import Clustering
from tools.errors import Cancelled, UsageError
from tools.learn.kernel_ridge import fit
from tools.views import View

NOTE = "made from features that were tuned to this criterion"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Mosaics, grouped, and half of them answered."""
    mosaics.hurry(monkeypatch)
    folder = mosaics.draw(tmp_path / "pictures")
    with Desk.open(folder, Settings(workspace=tmp_path / "workspace", offline=True)) as opened:
        opened.grouping.group(mosaics.CRITERION, k=3)
        opened.questions.take_answers(mosaics.answers(opened))
        yield opened


def same(a: Clustering, b: Clustering) -> bool:
    return a.clusters == b.clusters and np.array_equal(a.labels, b.labels) and a.notes == b.notes


def kinds(desk: Desk) -> list[str]:
    return [event.kind for event in desk.shelf.log()]


class Meanwhile:
    """A progress that does something once, as soon as it trains."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.work: Callable[[], object] | None = work

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage == TRAINING and self.work is not None:
            work, self.work = self.work, None
            work()


def test_the_desk_is_free_while_it_trains_and_one_undo_takes_all_of_it_back(desk: Desk) -> None:
    before, free = desk.clusterings.get(), []

    def look() -> None:
        asking = threading.Thread(target=lambda: free.append(desk.clusterings.get().criterion))
        asking.start()
        asking.join(60)

    done = desk.tuning.tune(progress=Meanwhile(look))
    assert free == [mosaics.CRITERION]
    assert done.kept and done.after > done.before
    assert done.line.endswith("; undo takes it back") and f"{done.after:.2f} after" in done.line
    assert desk.clusterings.get().notes == (NOTE,) and kinds(desk)[-2:] == ["answer", KIND]
    for image in desk.collection.ids[30:]:
        made = desk.clusterings.get()
        assert made.clusters[made.label_of(image)].name == mosaics.truth(desk, image)
    assert desk.history.undo() == f"undone: tuned to {mosaics.CRITERION}"
    assert same(desk.clusterings.get(), before) and desk.grouping.group(mosaics.CRITERION, k=3).notes == ()


def test_the_graph_and_the_walk_are_of_the_tuned_features(desk: Desk) -> None:
    def mixed() -> float:
        """The share of the edges between pictures of two kinds."""
        graph = networkx.read_graphml(desk.graphs.build(mosaics.CRITERION).path)
        kind = {
            name: mosaics.truth(desk, image) for name, image in zip(graph, desk.collection.ids, strict=True)
        }
        return sum(kind[a] != kind[b] for a, b in graph.edges) / graph.number_of_edges()

    before = desk.graphs.build(mosaics.CRITERION)
    mixed_before = mixed()
    assert not before.tuned and mixed_before > 0.1
    assert desk.tuning.tune().kept
    after = desk.graphs.build(mosaics.CRITERION)
    assert after.tuned and mixed() < mixed_before / 2
    assert f'by "{mosaics.CRITERION}", of the features that were tuned: ' in drawn(after)[0]
    assert NOTE in desk.grouping.group(mosaics.CRITERION, method="walk").notes
    desk.history.undo()
    desk.history.undo()
    assert not desk.graphs.build(mosaics.CRITERION).tuned and mixed() == mixed_before


def test_what_was_learned_from_must_still_be_said(desk: Desk) -> None:
    told = desk.tuning.tune(progress=Meanwhile(desk.history.undo))
    assert not told.kept and "your answers or the pictures changed meanwhile" in told.line
    assert KIND not in kinds(desk)
    desk.history.redo()
    told = desk.tuning.tune(progress=Meanwhile(lambda: (desk.history.undo(), desk.history.undo())))
    assert not told.kept and "is no longer grouped" in told.line
    assert not (desk.shelf.path / "tuned").exists()


def test_what_was_undone_meanwhile_can_still_be_done_again(desk: Desk) -> None:
    desk.grouping.group("mood", k=2)
    desk.editing.rename("1", "calm", "mood")
    told = desk.tuning.tune(mosaics.CRITERION, progress=Meanwhile(desk.history.undo))
    assert not told.kept and "you undid something meanwhile" in told.line
    assert not desk.tuning.worthwhile(mosaics.CRITERION) and KIND not in kinds(desk)
    assert desk.history.redo().startswith("redone: renamed")
    assert "calm" in [cluster.name for cluster in desk.clusterings.get("mood").clusters]


def test_nobody_who_undid_something_is_tuned_unasked(desk: Desk) -> None:
    desk.editing.rename("1", "calm")
    assert desk.tuning.worthwhile()
    desk.history.undo()
    assert not desk.tuning.worthwhile()
    desk.history.redo()
    assert desk.tuning.worthwhile()


def test_more_answers_and_new_names_do_no_harm(desk: Desk) -> None:
    def more() -> None:
        desk.editing.rename("ash", "grey")
        desk.questions.take_answers(mosaics.answers(desk, 31, 32))

    done = desk.tuning.tune(progress=Meanwhile(more))
    assert done.kept and len(desk.questions.answers()) == 31
    assert [cluster.name for cluster in desk.clusterings.get().clusters if cluster.name == "grey"]


def test_it_is_time_after_enough_answers_and_again_after_many_more(desk: Desk) -> None:
    assert desk.tuning.worthwhile()
    desk.history.undo()
    desk.questions.take_answers(mosaics.answers(desk, 0, ENOUGH - 1))
    assert not desk.tuning.worthwhile()
    desk.questions.take_answers(mosaics.answers(desk, 0, ENOUGH))
    assert desk.tuning.worthwhile()
    with pytest.raises(Cancelled):
        desk.tuning.tune(progress=Meanwhile(stop))
    assert not desk.tuning.worthwhile() and not (desk.shelf.path / "tuned").exists()
    desk.questions.take_answers(mosaics.answers(desk, 0, ENOUGH + MORE - 1))
    assert not desk.tuning.worthwhile()
    desk.questions.take_answers(mosaics.answers(desk, 0, ENOUGH + MORE))
    assert desk.tuning.worthwhile()


def stop() -> None:
    raise Cancelled("stopped")


def test_who_leaves_while_it_is_taken_over_leaves_nothing(desk: Desk) -> None:
    def leave(stage: str, done: int, total: int) -> None:
        if stage == "taking over":
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        desk.tuning.tune(progress=leave)
    assert KIND not in kinds(desk) and not (desk.shelf.path / "tuned").exists()


def test_features_that_foresee_fewer_answers_are_not_taken() -> None:
    rng, names = np.random.default_rng(0), np.arange(30) % 3
    clear = np.eye(3, dtype=np.float32)[names] + rng.normal(0, 0.1, (30, 3)).astype(np.float32)
    noise = rng.normal(size=(30, 3)).astype(np.float32)
    good, bad = (fit([View("own", data)], np.arange(30), names) for data in (clear, noise))
    told = why_worse(good, bad)
    assert told is not None and told.startswith(
        "of 30 answers, 30 are predicted from the others without it and "
    )
    assert why_worse(bad, good) is None and why_worse(good, good) is None


def test_back_before_it_was_tuned_it_is_not_used(desk: Desk) -> None:
    step = len(desk.history.entries())
    assert desk.tuning.tune().kept
    assert desk.history.restore(step).notes == ()
    assert desk.grouping.group(mosaics.CRITERION, k=3).notes == ()


def test_back_to_when_it_was_tuned_it_is_used_again(desk: Desk) -> None:
    step = len(desk.history.entries())
    assert desk.tuning.tune().kept
    tuned = len(desk.history.entries())
    desk.history.restore(step)
    assert desk.history.restore(tuned).notes == (NOTE,)
    assert desk.grouping.group(mosaics.CRITERION, k=3).notes == (NOTE,)
    for _ in range(4):
        desk.history.undo()  # the grouping, both ways back, and the tuning
    assert desk.grouping.group(mosaics.CRITERION, k=3).notes == ()
    assert desk.history.restore(tuned).notes == (NOTE,)  # a step that was undone can be gone back to
    assert desk.grouping.group(mosaics.CRITERION, k=3).notes == (NOTE,)


def test_what_cannot_be_tuned_is_one_line(desk: Desk) -> None:
    with pytest.raises(UsageError, match="nothing is grouped by mood yet"):
        desk.tuning.tune("mood")
    desk.grouping.group("mood", k=2)
    desk.comparing.cross(mosaics.CRITERION, "mood")
    assert not desk.tuning.worthwhile()
    with pytest.raises(UsageError, match="tune one of the two instead"):
        desk.tuning.tune()
