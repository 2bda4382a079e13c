"""The open_clip encoder on a model that was trained here, loaded as one of the hub is."""

import json
import os
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.tools.models.hub import tiny_clip
from tests.tools.models.hub.drawings import PLACES, SIDE, SIZES, captions, draw_many
from tests.tools.models.hub.fake_hub import COMMIT, FakeHub
from tools.errors import RegroupError, UsageError
from tools.models.hub.clip_encoder import ClipEncoder
from tools.models.hub.download import Hub
from tools.models.ports import Encoder

pytestmark = pytest.mark.timeout(1200)  # the first test may have to train the model


@pytest.fixture(scope="module")
def encoder(clip_folder: Path) -> ClipEncoder:
    return ClipEncoder(str(clip_folder), device="cpu")


def chosen(encoder: Encoder, images: np.ndarray, texts: list[str]) -> list[str]:
    return [texts[i] for i in (images @ encoder.encode_texts(texts).T).argmax(1)]


def test_it_finds_the_caption_of_drawings_it_never_saw(encoder: ClipEncoder) -> None:
    pictures = draw_many(300, seed=99)
    images = encoder.encode_images([p.pixels for p in pictures])
    found = chosen(encoder, images, captions())
    assert np.mean([f == p.caption() for f, p in zip(found, pictures, strict=True)]) >= 0.85
    found = chosen(encoder, images, [f"a shape on the {place}" for place in PLACES])
    assert np.mean([f == p.place_caption() for f, p in zip(found, pictures, strict=True)]) >= 0.85
    found = chosen(encoder, images, [f"a {size} shape" for size in SIZES])
    assert np.mean([f == p.size_caption() for f, p in zip(found, pictures, strict=True)]) >= 0.85


def test_training_is_the_same_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiny_clip, "PICTURES", 120)
    monkeypatch.setattr(tiny_clip, "BATCH", 16)
    for name in ("one", "two"):
        tiny_clip.train(tmp_path / name, steps=12)
    one, two = ((tmp_path / name / "open_clip_model.safetensors").read_bytes() for name in ("one", "two"))
    assert one == two


def test_vectors_are_what_the_port_says(encoder: ClipEncoder) -> None:
    rng = np.random.default_rng(0)
    batch = [
        rng.integers(0, 256, (height, width, 3), np.uint8) for height, width in ((9, 200), (64, 64), (1, 1))
    ]
    images, texts = encoder.encode_images(batch), encoder.encode_texts(["a red ring", "", "red " * 500])
    for vectors in (images, texts):
        assert vectors.dtype == np.float32 and vectors.shape == (3, 64)
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(images, encoder.encode_images(batch))
    assert encoder.encode_images([]).shape == (0, 64) == encoder.encode_texts([]).shape
    port: Encoder = encoder
    assert port.aligned


def test_batches_do_not_matter(encoder: ClipEncoder) -> None:
    pixels = [p.pixels for p in draw_many(40, seed=5)]
    whole = encoder.encode_images(pixels)
    np.testing.assert_allclose(whole[38], encoder.encode_images(pixels[38:39])[0], atol=1e-5)


def test_the_name_changes_with_the_weights(encoder: ClipEncoder, clip_folder: Path, tmp_path: Path) -> None:
    assert clip_folder.name in encoder.name and "float32" in encoder.name
    assert encoder.name == ClipEncoder(str(clip_folder), device="cpu").name
    assert "cpu, float32" in encoder.line and "\n" not in encoder.line
    other = shutil.copytree(clip_folder, tmp_path / clip_folder.name)
    state = torch.load(torch_file(other), weights_only=True)
    state["logit_scale"] += 1
    torch.save(state, other / "open_clip_pytorch_model.bin")
    assert ClipEncoder(str(other), device="cpu").name != encoder.name


def torch_file(folder: Path) -> Path:
    """The folder's safetensors written as a torch file instead."""
    from safetensors.torch import load_file

    safe = folder / "open_clip_model.safetensors"
    torch.save(load_file(safe), folder / "open_clip_pytorch_model.bin")
    safe.unlink()
    return folder / "open_clip_pytorch_model.bin"


def test_a_torch_file_and_a_config_beside_it(encoder: ClipEncoder, clip_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(clip_folder, tmp_path / "model")
    checkpoint = torch_file(folder)
    pixels = [p.pixels for p in draw_many(3, seed=7)]
    expected = encoder.encode_images(pixels)
    np.testing.assert_array_equal(ClipEncoder(str(folder), device="cpu").encode_images(pixels), expected)
    config = json.loads((folder / "open_clip_config.json").read_text())
    bare = tmp_path / "tiny.json"
    bare.write_text(
        json.dumps({"model_cfg": config["model_cfg"], "preprocess_cfg": config["preprocess_cfg"]})
    )
    beside = ClipEncoder(str(bare), checkpoint=checkpoint, device="cpu")
    np.testing.assert_array_equal(beside.encode_images(pixels), expected)
    assert beside.name.startswith("tiny@")


def test_a_repository_of_weights_alone_is_known_by_open_clips_name(
    encoder: ClipEncoder, clip_folder: Path, served: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repository may hold nothing but weights; open_clip itself then knows the architecture by its name."""
    from open_clip import add_model_config, factory, pretrained

    weights = torch_file(Path(shutil.copytree(clip_folder, tmp_path / "copy"))).read_bytes()
    served.files = {"pytorch_model.bin": weights, "README.md": b"# A model"}
    config = json.loads((clip_folder / "open_clip_config.json").read_text())
    (tmp_path / "tiny-drawings.json").write_text(json.dumps(config["model_cfg"]))
    monkeypatch.setattr(factory, "_MODEL_CONFIG_PATHS", list(factory._MODEL_CONFIG_PATHS))
    monkeypatch.setattr(factory, "_MODEL_CONFIGS", dict(factory._MODEL_CONFIGS))
    add_model_config(tmp_path / "tiny-drawings.json")
    facts = {"hf_hub": "owner/tiny/pytorch_model.bin", **config["preprocess_cfg"]}
    monkeypatch.setitem(pretrained._PRETRAINED, "tiny-drawings", {"drawn": facts})
    hub = Hub(tmp_path / "models", endpoint=served.address)
    hub.fetch("tiny-drawings:drawn")
    fetched = ClipEncoder("tiny-drawings:drawn", hub, device="cpu")
    pixels = [p.pixels for p in draw_many(3, seed=7)]
    np.testing.assert_array_equal(fetched.encode_images(pixels), encoder.encode_images(pixels))
    assert fetched.name == f"owner/tiny@{COMMIT[:12]}/float32"


def test_half_precision_says_nearly_the_same(encoder: ClipEncoder, clip_folder: Path) -> None:
    half = ClipEncoder(str(clip_folder), device="cpu", dtype="bfloat16")
    pixels = [p.pixels for p in draw_many(8, seed=8)]
    cosines = (half.encode_images(pixels) * encoder.encode_images(pixels)).sum(1)
    assert cosines.min() > 0.98 and half.name != encoder.name


class Hostile:
    """Unpickling it makes a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.folder),)


def test_weights_never_run_code(clip_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "hostile"
    folder.mkdir()
    shutil.copy(clip_folder / "open_clip_config.json", folder)
    (folder / "open_clip_pytorch_model.bin").write_bytes(pickle.dumps(Hostile(tmp_path / "ran")))
    with pytest.raises(RegroupError, match="cannot be loaded") as caught:
        ClipEncoder(str(folder), device="cpu")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("spoil", ["no weights", "cut", "no config", "bad config", "other shape"])
def test_what_cannot_be_loaded_is_told_in_one_line(clip_folder: Path, tmp_path: Path, spoil: str) -> None:
    folder = shutil.copytree(clip_folder, tmp_path / "model")
    weights, config = folder / "open_clip_model.safetensors", folder / "open_clip_config.json"
    if spoil == "no weights":
        weights.unlink()
    elif spoil == "cut":
        weights.write_bytes(weights.read_bytes()[: SIDE * 1000])
    elif spoil == "no config":
        config.unlink()
    elif spoil == "bad config":
        config.write_text("{")
    else:
        config.write_text(config.read_text().replace('"embed_dim": 64', '"embed_dim": 32'))
    with pytest.raises(RegroupError) as caught:
        ClipEncoder(str(folder), device="cpu")
    assert "\n" not in str(caught.value) and str(folder) in str(caught.value)


def test_models_that_are_not_here_are_not_fetched(tmp_path: Path) -> None:
    hub = Hub(tmp_path)
    with pytest.raises(
        RegroupError, match=r"clip-small \(605 MB\) is not here: regroup models fetch clip-small"
    ):
        ClipEncoder(hub=hub)
    with pytest.raises(RegroupError, match="regroup models fetch ViT-B-16:datacomp_l_s1b_b8k"):
        ClipEncoder("ViT-B-16:datacomp_l_s1b_b8k", hub=hub)
    with pytest.raises(UsageError, match="tags of ViT-B-16: "):
        ClipEncoder("ViT-B-16:nonsense", hub=hub)
    with pytest.raises(UsageError, match="There is no model"):
        ClipEncoder("nonsense", hub=hub)
    with pytest.raises(UsageError, match="no device"):
        ClipEncoder(device="abacus", hub=hub)


def test_a_clip_that_the_hub_has_by_its_name(
    encoder: ClipEncoder, clip_folder: Path, served: FakeHub, tmp_path: Path
) -> None:
    served.files = {file.name: file.read_bytes() for file in clip_folder.glob("open_clip*")}
    hub = Hub(tmp_path, endpoint=served.address)
    with pytest.raises(RegroupError, match="owner/tiny is not here"):
        ClipEncoder("owner/tiny", hub)
    hub.fetch("owner/tiny")
    fetched = ClipEncoder("owner/tiny", Hub(tmp_path, offline=True), device="cpu")
    pixels = [p.pixels for p in draw_many(3, seed=7)]
    np.testing.assert_array_equal(fetched.encode_images(pixels), encoder.encode_images(pixels))
    assert fetched.name == f"owner/tiny@{COMMIT[:12]}/float32"
