"""What can be seen of a damaged model without loading it."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save

from tools.errors import RegroupError
from tools.models.hub.download import Hub
from tools.models.hub.integrity import flaw

WEIGHTS = save({"a": np.arange(6, dtype=np.float32), "b": np.ones((2, 2), np.float32)}, {"format": "pt"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as the hub has it: a config and weights."""
    place = tmp_path / "model"
    place.mkdir()
    (place / "config.json").write_text(json.dumps({"model_type": "any"}))
    (place / "model.safetensors").write_bytes(WEIGHTS)
    return place


def test_a_whole_model_has_no_flaw(folder: Path) -> None:
    assert flaw(folder) is None
    assert Hub().ready(str(folder)) == folder


@pytest.mark.parametrize("config", ["config.json", "open_clip_config.json"])
@pytest.mark.parametrize("text", [b"", b"{oops", b"null", b"[1]", b"\xff\xfe", b"[" * 100_000])
def test_a_config_that_cannot_be_read(folder: Path, config: str, text: bytes) -> None:
    (folder / config).write_bytes(text)
    assert flaw(folder) == f"its {config} cannot be read"


def test_weights_that_are_missing(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    assert flaw(folder) == "it has no weights, or not all of them"
    (folder / "model-00001-of-00002.safetensors").write_bytes(WEIGHTS)
    shards = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": shards}))
    assert flaw(folder) == "it has no weights, or not all of them"
    (folder / "model-00002-of-00002.safetensors").write_bytes(WEIGHTS)
    assert flaw(folder) is None


@given(st.integers(0, len(WEIGHTS) - 1))
def test_a_file_that_was_cut_anywhere(tmp_path_factory: pytest.TempPathFactory, length: int) -> None:
    place = tmp_path_factory.mktemp("cut")
    (place / "model.safetensors").write_bytes(WEIGHTS[:length])
    why = flaw(place)
    assert why is not None and why.startswith("its model.safetensors ")


@pytest.mark.parametrize("bytes_", [b"no weights", b"\x02" + bytes(7) + b"[]", WEIGHTS + b"more"])
def test_a_file_that_is_something_else(folder: Path, bytes_: bytes) -> None:
    (folder / "model.safetensors").write_bytes(bytes_)
    assert flaw(folder) in (
        "its model.safetensors holds no weights",
        "its model.safetensors is longer than it says",
    )


def test_a_damaged_model_is_refused_before_anything_is_loaded(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(WEIGHTS[:50])
    with pytest.raises(
        RegroupError, match=r"cannot be loaded: its model.safetensors is cut short; name another"
    ):
        Hub().ready(str(folder))
