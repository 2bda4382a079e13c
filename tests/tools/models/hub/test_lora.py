"""LoRA on the tiny models: tuned, kept, loaded, merged and taken off again."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
import torch
from safetensors import SafetensorError

from tests.tools.models.hub.drawings import Drawing, draw_many
from tools.errors import Cancelled, RegroupError, UsageError
from tools.models.hub.adapter_training import Schedule, split_pairs
from tools.models.hub.clip_encoder import ClipEncoder
from tools.models.hub.lora import ALL, Adapter, Settings
from tools.models.hub.vision_language_model import VisionLanguageModel
from tools.models.hub.vlm_interest_encoder import VlmInterestEncoder
from tools.models.hub.vlm_judge import VlmJudge
from tools.models.ports import Evidence, Vectors

pytestmark = pytest.mark.timeout(1200)

QUICK = Schedule(steps=20, batch=24, check=5, rate=3e-3)
PICTURES = draw_many(40, seed=31)
PIXELS = [p.pixels for p in PICTURES]

Encode = Callable[[], Vectors]


@pytest.fixture(params=["clip", "vlm"])
def tuned(request: pytest.FixtureRequest) -> tuple[Callable[[], tuple[object, Encode, object]], str]:
    """Makes a fresh model, what it makes of the pictures, and the same with gradients."""
    folder = str(request.getfixturevalue(f"{request.param}_folder"))

    def make() -> tuple[object, Encode, object]:
        if request.param == "clip":
            clip = ClipEncoder(folder, device="cpu")
            return clip, lambda: clip.encode_images(PIXELS[:12]), clip.embed
        model = VisionLanguageModel(folder, device="cpu")
        interest = VlmInterestEncoder(model)
        return (
            model,
            lambda: interest.encode(PIXELS[:12], "place"),
            partial(interest.embed, criterion="place"),
        )

    return make, request.param


def pairs_of(pictures: list[Drawing], kind: str, number: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of pictures, half of which are alike."""
    rng = np.random.default_rng(seed)
    truth = np.array([getattr(p, kind) for p in pictures])
    drawn = rng.integers(0, len(pictures), (number * 20, 2))
    drawn = drawn[drawn[:, 0] != drawn[:, 1]]
    alike = truth[drawn[:, 0]] == truth[drawn[:, 1]]
    rows = np.concatenate([np.flatnonzero(alike)[: number // 2], np.flatnonzero(~alike)[: number // 2]])
    return drawn[rows], alike[rows]


def state(model: object) -> dict[str, torch.Tensor]:
    return {k: v.clone() for k, v in model.tower.state_dict().items()}  # type: ignore[attr-defined]


def test_fit_save_load_merge_and_rollback(tuned, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    make, kind = tuned
    model, encode, embed = make()
    plain_name, weights, original = model.name, state(model), encode()
    modules = [type(module) for module in model.tower.modules()]

    adapter = Adapter(model)
    np.testing.assert_allclose(encode(), original, atol=1e-5)  # a new adapter changes nothing
    assert model.name != plain_name
    pairs, labels = pairs_of(
        PICTURES, "colour", 120
    )  # which the vectors show among much else, or after the shape
    fit = adapter.fit_pairs(embed, PIXELS, pairs, labels, QUICK)
    assert fit.kept and fit.after > fit.before
    changed = encode()
    assert np.abs(changed - original).max() > 1e-3
    layers = {name.rpartition(".")[2] for name in adapter.layers}
    assert layers == ({"c_fc", "c_proj", "out_proj"} if kind == "clip" else {"q_proj", "v_proj", "o_proj"})
    for name, parameter in model.tower.named_parameters():  # every layer learned, also the attention's output
        if ".lora_B." in name and kind == "clip":
            assert parameter.abs().max() > 0, name

    adapter.save(tmp_path / "adapter")
    adapter.save(tmp_path / "adapter")  # replaces it
    assert sorted(p.name for p in tmp_path.iterdir()) == ["adapter"]
    fresh, fresh_encode, _ = make()
    loaded = Adapter.load(fresh, tmp_path / "adapter")
    np.testing.assert_array_equal(fresh_encode(), changed)
    assert fresh.name == model.name

    loaded.merge()
    np.testing.assert_allclose(fresh_encode(), changed, atol=1e-5)
    assert loaded.parameters() == [] and fresh.name == model.name
    with pytest.raises(UsageError, match="is merged"):
        loaded.save(tmp_path / "other")

    for one, which, ran in ((adapter, model, encode), (loaded, fresh, fresh_encode)):
        one.rollback()
        one.rollback()
        now = state(which)
        assert now.keys() == weights.keys()
        assert all(torch.equal(now[k], weights[k]) for k in weights)
        assert [type(module) for module in which.tower.modules()] == modules
        np.testing.assert_array_equal(ran(), original)
        assert which.name == plain_name
        with pytest.raises(UsageError, match="was taken off"):
            one.merge()
    Adapter(model).rollback()  # another may come


@pytest.fixture(scope="module")
def clip(clip_folder: Path) -> ClipEncoder:
    return ClipEncoder(str(clip_folder), device="cpu")


def test_pairs_of_no_meaning_are_not_kept(clip: ClipEncoder) -> None:
    rng = np.random.default_rng(4)
    pairs, labels = rng.integers(0, 40, (40, 2)), rng.random(40) < 0.5
    before = clip.encode_images(PIXELS)
    adapter = Adapter(clip)
    attached = clip.name
    results = [
        adapter.fit_pairs(clip.embed, PIXELS, pairs, labels, Schedule(steps=4, rate=1e-7, check=2), s)
        for s in (0, 1)
    ]
    for result in results:
        assert result.kept == (result.after > result.before)
    if not any(result.kept for result in results):
        assert clip.name == attached
    adapter.rollback()
    np.testing.assert_array_equal(clip.encode_images(PIXELS), before)


def test_stopping_puts_everything_back(clip: ClipEncoder) -> None:
    def stop(stage: str, done: int, total: int) -> None:
        if done == 2:
            raise Cancelled("stopped")

    pairs, labels = pairs_of(PICTURES, "size", 40)
    adapter = Adapter(clip)
    attached, vectors = clip.name, clip.encode_images(PIXELS)
    with pytest.raises(Cancelled):
        adapter.fit_pairs(clip.embed, PIXELS, pairs, labels, QUICK, progress=stop)
    assert clip.name == attached
    np.testing.assert_array_equal(clip.encode_images(PIXELS), vectors)
    with pytest.raises(UsageError, match="has an adapter already"):
        Adapter(clip)
    adapter.rollback()


def test_too_few_answers(clip: ClipEncoder) -> None:
    adapter = Adapter(clip)
    for pairs, labels in (([[0, 1]], [True]), ([[0, 1]] * 9, [True] * 9), ([[0, 1]] * 9, [True] * 8)):
        with pytest.raises(UsageError, match="too few answers"):
            adapter.fit_pairs(clip.embed, PIXELS, np.array(pairs), np.array(labels))
    adapter.rollback()


def test_adapters_that_do_not_fit_are_refused(clip: ClipEncoder, tmp_path: Path) -> None:
    adapter = Adapter(clip, Settings(rank=2, targets=("c_fc",)))
    adapter.save(tmp_path / "a")
    adapter.rollback()
    facts = json.loads((tmp_path / "a" / "regroup.json").read_text())
    plain = clip.name

    def refused(told: str) -> None:
        with pytest.raises(RegroupError, match=told) as caught:
            Adapter.load(clip, tmp_path / "a")
        assert "\n" not in str(caught.value) and clip.name == plain

    Adapter.load(clip, tmp_path / "a").rollback()
    for change, told in (
        ({"base": "another@1"}, "was made for another@1"),
        ({"settings": {}}, "no adapter that"),
    ):
        (tmp_path / "a" / "regroup.json").write_text(json.dumps(facts | change))
        refused(told)
    other = facts | {"settings": facts["settings"] | {"rank": 4}}
    (tmp_path / "a" / "regroup.json").write_text(json.dumps(other))
    refused("does not fit")
    (tmp_path / "a" / "regroup.json").write_text(json.dumps(facts))
    weights = tmp_path / "a" / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    refused("no adapter that can be read")
    weights.unlink()
    refused("no adapter that can be read")
    with pytest.raises(UsageError, match="no layers called nothing"):
        Adapter(clip, Settings(targets=("nothing",)))
    assert clip.name == plain


def test_tuning_is_the_same_with_the_same_seed(clip: ClipEncoder) -> None:
    pairs, labels = pairs_of(PICTURES, "colour", 120)
    names = []
    for seed in (0, 0, 1):
        adapter = Adapter(clip, Settings(seed=seed))
        adapter.fit_pairs(clip.embed, PIXELS, pairs, labels, Schedule(steps=4, check=2, rate=3e-3), seed)
        names.append(clip.name)
        adapter.rollback()
    assert names[0] == names[1] != names[2]


def test_a_judge_learns_what_a_word_means(vlm_folder: Path, tmp_path: Path) -> None:
    """ "Warm" is no word that it knows: answers of yes and no teach it."""
    model = VisionLanguageModel(str(vlm_folder), device="cpu")
    judge = VlmJudge(model, batch=24)
    pictures = draw_many(60, seed=41)
    labels = np.array([p.colour in ("red", "yellow") for p in pictures])
    evidence = Evidence("warm")
    rows = np.random.default_rng(0).permutation(60)
    plain = judge.belong([p.pixels for p in pictures[:12]], evidence, "colour")
    adapter = Adapter(model, Settings(targets=ALL))
    assert not any("vision" in name or "lm_head" in name for name in adapter.layers)

    def score(rows: np.ndarray) -> torch.Tensor:
        return judge.logits([pictures[i].pixels for i in rows], evidence, "colour")

    fit = adapter.fit(score, labels, rows[:40], rows[40:], Schedule(steps=25, batch=20, rate=3e-3))
    assert fit.kept and fit.after > fit.before
    pixels = [p.pixels for p in pictures[:12]]
    tuned = judge.belong(pixels, evidence, "colour")
    adapter.save(tmp_path / "warm")
    adapter.rollback()
    np.testing.assert_array_equal(judge.belong(pixels, evidence, "colour"), plain)

    loaded = Adapter.load(model, tmp_path / "warm")
    np.testing.assert_array_equal(judge.belong(pixels, evidence, "colour"), tuned)
    loaded.merge()
    np.testing.assert_allclose(judge.belong(pixels, evidence, "colour"), tuned, atol=1e-4)
    loaded.rollback()
    np.testing.assert_array_equal(judge.belong(pixels, evidence, "colour"), plain)


def test_held_out_pairs_share_no_image_where_there_are_enough() -> None:
    rng = np.random.default_rng(0)
    pairs, labels = rng.integers(0, 30, (300, 2)), rng.random(300) < 0.5
    train, held = split_pairs(pairs, labels, 0.3, 0)
    assert not set(pairs[train].ravel()) & set(pairs[held].ravel()) and len(held) > 20
    train, held = split_pairs(pairs[:10], np.arange(10) < 4, 0.3, 0)
    assert len(train) + len(held) == 10 and not set(train) & set(held)
    assert len(set((held < 4).tolist())) == 2


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_where_the_new_adapter_cannot_be_put_the_old_one_stays(
    error: BaseException, clip_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "adapter"
    model = ClipEncoder(str(clip_folder), device="cpu")
    adapter = Adapter(model)
    adapter.save(path)
    kept, name = {file.name: file.read_bytes() for file in path.iterdir()}, model.adapter
    with torch.no_grad():
        adapter.parameters()[0].add_(1.0)
    adapter.rename()
    assert model.adapter != name
    rename = Path.rename

    def fails(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise error
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(KeyboardInterrupt if isinstance(error, KeyboardInterrupt) else RegroupError):
        adapter.save(path)
    assert {file.name: file.read_bytes() for file in path.iterdir()} == kept
    assert list(tmp_path.iterdir()) == [path]
    monkeypatch.undo()
    full = SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")
    monkeypatch.setattr(type(adapter._peft), "save_pretrained", Mock(side_effect=full))
    with pytest.raises(RegroupError, match="No space left on device"):
        adapter.save(path)
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == [path]
    adapter.save(path)
    adapter.rollback()
    Adapter.load(model, path)
    assert model.adapter not in ("", name)
