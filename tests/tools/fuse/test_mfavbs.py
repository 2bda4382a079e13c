"""MFAVBs-CC on a few drawn pictures, in a setting that trains in a moment."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch

from tools import training
from tools.clustering.constraints import CannotLink, Constraint, Label, MustLink
from tools.clustering.evaluate import evaluate
from tools.errors import Cancelled, CannotRun, UsageError
from tools.fuse.kmeans import RoutedKMeans
from tools.fuse.method_context import MethodContext
from tools.fuse.mfavbs import mfavbs as module
from tools.fuse.mfavbs.mfavbs import Mfavbs, duration
from tools.fuse.mfavbs.network import PAPER, SMALL, Setting, parameters
from tools.fuse.mfavbs.network import run as network_run
from tools.fuse.registry import find_method
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.models.ports import Vectors
from tools.views import View

TINY = Setting(side=16, width=32, blocks=2, fusions=1, heads=2, halvings=3, epochs=5, batch=16)
PAINT = np.array([[220, 30, 30], [30, 60, 220], [30, 180, 50]])


def given(n: int, texts: WordLlamaEncoder) -> tuple[list[View], MethodContext]:
    """n pictures of three colours, and an encoder that sees the colours."""
    rng = np.random.default_rng(0)
    pictures = [
        np.clip(PAINT[i % 3] + rng.normal(0, 20, (20, 16 + i % 5, 3)), 0, 255).astype(np.uint8)
        for i in range(n)
    ]
    seen = np.eye(3, 6)[np.arange(n) % 3] + rng.normal(0, 0.1, (n, 6))
    told = MethodContext("colour", (None,) * n, np.zeros(n, np.float32), (), texts)
    told = replace(told, pixels=lambda rows, side: (pictures[row] for row in rows))
    return [View("encoder.image", seen.astype(np.float32))], told


def fit(
    made: Mfavbs,
    both: tuple[list[View], MethodContext],
    k: int | None = 3,
    said: tuple[Constraint, ...] = (),
    **more,
) -> Vectors:
    views, told = both
    return made.fit(
        views,
        images=[f"{i}" for i in range(len(told.values))],
        constraints=said,
        k=k,
        context=told,
        **more,
    )


def test_the_loss_falls_and_the_colours_are_found(texts: WordLlamaEncoder) -> None:
    losses: dict[int, list[float]] = {}
    made = Mfavbs(
        replace(TINY, epochs=20),
        watch=lambda epoch, loss: losses.setdefault(epoch, []).append(loss),
    )
    soft = fit(made, given(36, texts))
    assert soft.shape == (36, 3) and soft.dtype == np.float32
    np.testing.assert_allclose(soft.sum(1), 1, atol=1e-5)
    means = [np.mean(losses[epoch]) for epoch in sorted(losses)]
    assert len(means) == 20 and np.mean(means[-4:]) < np.mean(means[:4]) - 0.4
    best = soft.argmax(1)
    right = sum(np.bincount(best[colour::3]).max() for colour in range(3)) / 36
    assert right > 0.9 and len(set(best)) == 3


def test_it_beats_what_the_encoder_sees_where_the_pictures_show_more(texts: WordLlamaEncoder) -> None:
    views, told = given(60, texts)
    blurred = views[0].data + np.random.default_rng(1).normal(0, 0.7, (60, 6)).astype(np.float32)
    truth = np.arange(60) % 3

    def right(soft: Vectors) -> float:
        return sum(np.bincount(truth[soft.argmax(1) == group], minlength=1).max() for group in range(3)) / 60

    views = [replace(views[0], data=blurred)]
    alone = right(RoutedKMeans().fit(views, images=[f"{i}" for i in range(60)], k=3, context=told))
    trained = right(fit(Mfavbs(TINY, epochs=20, anchor=False), (views, told)))
    assert trained > 0.9 > alone + 0.15


def test_the_groups_start_at_k_means_on_the_anchors(texts: WordLlamaEncoder) -> None:
    """Two kinds that pictures and encoder both show: after one epoch the groups are those of the encoder."""
    views, told = given(60, texts)
    (first,) = views
    images = [f"{i}" for i in range(60)]
    alone = RoutedKMeans().fit(views, images=images, k=3, context=told).argmax(1)
    assert len(set(alone.tolist())) == 3

    def like_it(start: Literal["anchor", "random"]) -> float:
        soft = fit(Mfavbs(replace(TINY, epochs=1), start=start), ([first], told))
        return evaluate([str(group) for group in alone], soft.argmax(1).tolist()).nmi

    assert like_it("anchor") > 0.9 > 0.7 > like_it("random")


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """The anchors of both branches, of each time that the network runs."""
    anchors: list[tuple[torch.Tensor, torch.Tensor]] = []

    def spy(leaves, setting, a, b, anchor, other=None):
        anchors.append((anchor, other))
        return network_run(leaves, setting, a, b, anchor, other)

    monkeypatch.setattr(module, "run", spy)
    return anchors


def test_the_anchors_of_the_branches_differ_by_noise_alone(
    texts: WordLlamaEncoder, seen: list[tuple[torch.Tensor, torch.Tensor]]
) -> None:
    """It depends on seed, epoch, row and branch, and has the deviation that was asked for; as printed there is none."""
    _, told = given(40, texts)
    rows, anchors = np.arange(40), np.zeros((40, TINY.width), np.float32)

    def drawn(
        epoch: int, seed: int, noise: float, rows: np.ndarray = rows
    ) -> tuple[torch.Tensor, torch.Tensor]:
        leaves = parameters(TINY, 3, 0)
        module.TrainingRun(TINY, told, np.arange(40), anchors, leaves, seed, noise).loss(rows, epoch)
        return seen[-1]

    first, other = drawn(0, 0, 0.5)
    assert abs(float(first.std()) - 0.5) < 0.03 and abs(float((first - other).std()) - 0.5 * 2**0.5) < 0.05
    assert torch.equal(drawn(0, 0, 0.5, rows[3:9])[1], other[3:9])
    assert not torch.equal(drawn(1, 0, 0.5)[0], first) and not torch.equal(drawn(0, 1, 0.5)[0], first)
    first, other = drawn(0, 0, 0.0)
    assert torch.equal(first, other) and not first.any()


def test_the_second_branch_sees_a_near_picture_and_its_anchor_where_that_is_asked_for(
    texts: WordLlamaEncoder, seen: list[tuple[torch.Tensor, torch.Tensor]]
) -> None:
    """One of the two nearest by the anchor, not always the same one; nothing else is seen and none is by itself."""
    _, told = given(40, texts)
    rows, places = np.arange(1, 40), (np.arange(40) // 3 * 10 + np.arange(40) % 3).astype(np.float32)
    anchors = np.tile(places[:, None], TINY.width)  # row 0 was seen by no encoder
    work = module.TrainingRun(TINY, told, rows, anchors, parameters(TINY, 3, 0), 0, 0.0, 2)
    batch = np.array([4, 9, 10, 38])
    drawn = np.array([work.partners(batch, epoch) for epoch in range(30)])
    assert [sorted(set(column)) for column in drawn.T.tolist()] == [[3, 5], [10, 11], [9, 11], [36, 37]]
    work.loss(batch, 7)
    assert seen[-1][0][:, 0].tolist() == places[batch].tolist()
    assert seen[-1][1][:, 0].tolist() == places[drawn[7]].tolist()
    alone = module.TrainingRun(TINY, told, rows, anchors, parameters(TINY, 3, 0), 0)
    assert alone.partners(batch, 7) is batch


def test_the_same_seed_gives_the_same_result_whatever_the_threads(texts: WordLlamaEncoder) -> None:
    first = fit(Mfavbs(replace(TINY, epochs=2)), given(20, texts), 2)
    torch.manual_seed(99)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        np.testing.assert_array_equal(first, fit(Mfavbs(replace(TINY, epochs=2)), given(20, texts), 2))
    finally:
        torch.set_num_threads(before)
    assert not np.array_equal(first, fit(Mfavbs(replace(TINY, epochs=2)), given(20, texts), 2, seed=1))


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, torch.Tensor]]:
    """The weights with which each run ends."""
    weights: list[dict[str, torch.Tensor]] = []
    read = module.TrainingRun.read

    def spy(work: module.TrainingRun) -> np.ndarray:
        weights.append({name: leaf.detach().clone() for name, leaf in work.leaves.items()})
        return read(work)

    monkeypatch.setattr(module.TrainingRun, "read", spy)
    return weights


@pytest.mark.parametrize("where", ["after an epoch", "in an epoch"])
def test_a_run_that_was_stopped_ends_as_if_it_never_was(
    where: str,
    texts: WordLlamaEncoder,
    tmp_path: Path,
    ended: list[dict[str, torch.Tensor]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stop(stage: str, done: int, total: int) -> None:
        if done == 2 and where == "after an epoch":
            raise Cancelled("cancelled")

    def interrupt(epoch: int, loss: float) -> None:
        if epoch == 2:  # the third one, in its first step
            raise KeyboardInterrupt

    whole = fit(Mfavbs(TINY), given(30, texts))
    views, told = given(30, texts)
    kept = views, replace(told, checkpoints=tmp_path / "cache" / "training")
    if where == "in an epoch":
        monkeypatch.setattr(training, "EVERY", 0.0)
    with pytest.raises(Cancelled if where == "after an epoch" else KeyboardInterrupt):
        fit(Mfavbs(TINY, watch=interrupt) if where == "in an epoch" else Mfavbs(TINY), kept, progress=stop)
    assert len(list((tmp_path / "cache" / "training").glob("mfavbs-*.safetensors"))) == 1
    steps: list[tuple[int, int]] = []
    resumed = fit(Mfavbs(TINY), kept, progress=lambda stage, done, total: steps.append((done, total)))
    assert steps == [(3, 5), (4, 5), (5, 5)]
    assert not list((tmp_path / "cache" / "training").iterdir())
    assert all(torch.equal(ended[0][name], ended[1][name]) for name in ended[0])
    np.testing.assert_array_equal(whole, resumed)


def test_each_run_resumes_its_own_checkpoint_and_few_are_kept(
    texts: WordLlamaEncoder, tmp_path: Path
) -> None:
    views, told = given(30, texts)
    kept = views, replace(told, checkpoints=tmp_path)

    def stop(stage: str, done: int, total: int) -> None:
        raise Cancelled("cancelled")

    for seed in range(6):
        with pytest.raises(Cancelled):
            fit(Mfavbs(TINY), kept, seed=seed, progress=stop)
        os.utime(max(tmp_path.iterdir(), key=lambda path: path.stat().st_mtime_ns), (seed + 1, seed + 1))
    assert len(list(tmp_path.iterdir())) == training.KEPT
    begun: dict[int, int] = {}
    for seed in (5, 0):
        steps: list[int] = []
        fit(
            Mfavbs(TINY), kept, seed=seed, progress=lambda stage, done, total, steps=steps: steps.append(done)
        )
        begun[seed] = steps[0]
    assert begun == {5: 2, 0: 1}


def test_a_run_whose_branches_see_other_pictures_begins_anew(texts: WordLlamaEncoder, tmp_path: Path) -> None:
    views, told = given(30, texts)
    kept = views, replace(told, checkpoints=tmp_path)

    def stop(stage: str, done: int, total: int) -> None:
        raise Cancelled("cancelled")

    with pytest.raises(Cancelled):
        fit(Mfavbs(TINY), kept, progress=stop)
    begun: dict[int, int] = {}
    for near in (2, 0):
        steps: list[int] = []
        fit(
            Mfavbs(TINY, near=near),
            kept,
            progress=lambda stage, done, total, steps=steps: steps.append(done),
        )
        begun[near] = steps[0]
    assert begun == {2: 1, 0: 2}


def test_epochs_blocks_and_fusions_are_options(texts: WordLlamaEncoder) -> None:
    steps: list[tuple[int, int]] = []
    fit(
        Mfavbs(TINY, epochs=2, blocks=3, fusions=0),
        given(20, texts),
        2,
        progress=lambda stage, done, total: steps.append((done, total)),
    )
    assert steps == [(1, 2), (2, 2)]
    small = Mfavbs(size="small").setting_here()
    assert small == SMALL and Mfavbs(size="paper").setting_here() == PAPER
    for fusions in range(5):  # N of Figure 6, with the eight blocks of the paper
        made = find_method(f"mfavbs:size=paper,fusions={fusions}")
        assert isinstance(made, Mfavbs) and made.setting_here() == replace(PAPER, fusions=fusions)
    assert Mfavbs(size="small", blocks=2).setting_here() == replace(SMALL, blocks=2, fusions=1)
    for wrong in (Mfavbs(TINY, fusions=2), Mfavbs(TINY, epochs=0)):
        with pytest.raises(UsageError, match=r"^mfavbs: \d fusions? need.* at least \d blocks and an epoch"):
            fit(wrong, given(20, texts), 2)


def test_the_anchor_is_what_the_encoder_sees(texts: WordLlamaEncoder) -> None:
    views, told = given(20, texts)
    own = np.random.default_rng(3).normal(size=(20, TINY.width)).astype(np.float32)
    own /= np.linalg.norm(own, axis=1, keepdims=True)
    own[4] = np.nan
    sides = module.encoded(module.pair(views), replace(told, aligned=own))
    assert not sides.seen[4] and not sides.image[4].any() and sides.seen.sum() == 19
    np.testing.assert_array_equal(np.delete(sides.image, 4, 0), np.delete(own, 4, 0))
    assert module.encoded(module.pair(views), told).image.shape[1] == views[0].data.shape[1]
    with_encoder = fit(Mfavbs(replace(TINY, epochs=1)), (views, replace(told, aligned=own)), 2)
    assert not np.array_equal(with_encoder, fit(Mfavbs(replace(TINY, epochs=1)), (views, told), 2))


def test_progress_says_how_long_it_may_still_take(
    texts: WordLlamaEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    stages: list[str] = []
    fit(Mfavbs(replace(TINY, epochs=2)), given(20, texts), 2, progress=lambda stage, *_: stages.append(stage))
    assert stages == ["mfavbs: training, under a minute left"] * 2
    now = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    clock = module.RemainingTime(lambda stage, *_: stages.append(stage))
    for done in (11, 12):  # resumed after ten
        now[0] += 90
        clock("mfavbs", done, 15)
    assert stages[2:] == ["mfavbs: training, about 6 min left", "mfavbs: training, about 4 min left"]
    assert duration(5 * 3600) == "about 5 h"


def test_where_it_is_pointless_it_says_so_in_a_line(texts: WordLlamaEncoder) -> None:
    views, told = given(30, texts)
    assert Mfavbs().missing_requirements(views, told) is None
    assert (
        Mfavbs().missing_requirements(views, replace(told, pixels=None))
        == Mfavbs().missing_requirements(views)
        == ("mfavbs trains on the pictures themselves, and only measures of them are here; use kmeans")
    )
    few = given(19, texts)
    assert "2 groups need at least 20 images, and there are 19" in (Mfavbs().missing_requirements(*few) or "")
    with pytest.raises(UsageError, match="there are 19; use kmeans"):
        fit(Mfavbs(TINY), few, 2)
    with pytest.raises(
        CannotRun, match=r"^mfavbs .*4 groups need at least 40 images, and there are 30; use kmeans$"
    ):
        fit(Mfavbs(TINY), (views, told), 4)
    with pytest.raises(UsageError, match="31 groups cannot be made of 30 images"):
        fit(Mfavbs(TINY), (views, told), 31)
    with pytest.raises(
        CannotRun,
        match=r"^mfavbs would train for about .*, but may take only under a minute; .*minutes=\d+,epochs=",
    ):
        fit(Mfavbs(replace(TINY, epochs=10**6), minutes=0.5), (views, told))


def test_what_was_said_is_obeyed(texts: WordLlamaEncoder) -> None:
    said = (Label("0", "x"), Label("1", "x"), Label("2", "y"), MustLink("4", "5"), CannotLink("7", "8"))
    best = fit(Mfavbs(replace(TINY, epochs=1)), given(30, texts), 3, said).argmax(1)
    assert best[0] == best[1] != best[2]
    assert best[4] == best[5] and best[7] != best[8]


def test_without_an_anchor_and_without_a_number(texts: WordLlamaEncoder) -> None:
    views, told = given(34, texts)
    views[0].data[3] = np.nan
    soft = fit(Mfavbs(replace(TINY, epochs=1)), (views, told), None)
    assert soft.shape[0] == 34 and soft.shape[1] in (2, 3)
    assert not soft[3].any() and soft[[2, 4]].any(axis=1).all()
    words = [replace(views[0], kind="text")]
    first = fit(Mfavbs(replace(TINY, epochs=1)), (words, told))
    assert told.notes == ["mfavbs trained without an embedding: no encoder saw these pictures"]
    told.notes.clear()
    np.testing.assert_array_equal(first, fit(Mfavbs(replace(TINY, epochs=1), anchor=False), (views, told)))
    assert told.notes == []
    one = fit(Mfavbs(TINY), (views, told), 1)
    assert one.shape == (34, 1) and one.sum() == 33


@pytest.mark.parametrize("d", [6, 32, 50])
def test_an_embedding_of_any_width_keeps_its_angles(d: int) -> None:
    rows = np.random.default_rng(1).normal(size=(40, d)).astype(np.float32)
    rows[20:] = rows[:20] + 0.05 * rows[20:]
    seen = np.ones(40, bool)
    both = module.Pair(rows, seen, np.zeros((40, 1), np.float32), ~seen)
    token = module.anchor_tokens(both, 32, 0)
    assert token.shape == (40, 32) and token.dtype == np.float32
    assert (token**2).mean() == pytest.approx(1, abs=1e-4)
    if d <= 32:
        np.testing.assert_allclose(
            np.corrcoef((rows @ rows.T).ravel(), (token @ token.T).ravel())[0, 1], 1, atol=1e-4
        )
    near = ((token[:, None] - token) ** 2).sum(-1) + np.eye(40) * 1e9
    assert (near.argmin(1) == np.arange(40).reshape(2, 20)[::-1].ravel()).all()


def test_it_goes_by_its_name() -> None:
    assert isinstance(find_method("mfavbs"), Mfavbs)
