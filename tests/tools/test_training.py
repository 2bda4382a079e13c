"""Training that cannot keep where it is."""

from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError

from tools import training
from tools.errors import RegroupError
from tools.progress import silent
from tools.training import Plan, train


def test_a_checkpoint_on_a_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(tensors: object, file: Path, facts: object) -> None:
        file.write_bytes(b"a part")
        raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")

    monkeypatch.setattr(training, "EVERY", 0.0)
    monkeypatch.setattr("safetensors.torch.save_file", full)
    leaf = torch.zeros(20_000, requires_grad=True)
    with pytest.raises(RegroupError, match=r"cannot be written to .*No space left on device") as caught:
        train(
            {"leaf": leaf}, lambda epoch: [(leaf - 1).square().sum()], Plan(epochs=2),
            stage="train", progress=silent, checkpoint=tmp_path / "run.safetensors", key="a",
        )  # fmt: skip
    assert len(str(caught.value).splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
