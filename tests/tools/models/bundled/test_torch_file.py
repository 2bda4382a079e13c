"""Files of torch are read without it, and run no code."""

import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from tools.errors import RegroupError
from tools.models.bundled.torch_file import read_tensors


def test_tensors_are_those_that_torch_wrote(tmp_path: Path) -> None:
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    tensors = {
        "whole": base,
        "turned": base.T,
        "part": base[1:3, 2:],
        "count": torch.tensor(7),
        "none": base[:0],
    }
    torch.save(tensors, tmp_path / "w.pth", _use_new_zipfile_serialization=False)
    found = read_tensors(tmp_path / "w.pth")
    assert found.keys() == tensors.keys()
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(found[name], tensor.numpy())


class Harm:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("harmed",)


@pytest.mark.parametrize("at", [0, 3, 4])
def test_no_code_is_run(tmp_path: Path, at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    parts: list[object] = [0x1950A86A20F9469CFC6C, 1001, {}, {}, []]
    parts[at] = Harm()
    Path("w.pth").write_bytes(b"".join(pickle.dumps(part, 2) for part in parts))
    with pytest.raises(RegroupError, match="mkdir"):
        read_tensors(Path("w.pth"))
    assert not Path("harmed").exists()


def test_what_is_cut_off_or_something_else_is_refused(tmp_path: Path) -> None:
    whole = tmp_path / "w.pth"
    torch.save({"a": torch.zeros(100)}, whole, _use_new_zipfile_serialization=False)
    data = whole.read_bytes()
    for kept in (b"", data[:5], data[: len(data) // 2], data[:-8], b"PK\x03\x04" + data):
        whole.write_bytes(kept)
        with pytest.raises(RegroupError, match="no file of tensors"):
            read_tensors(whole)


def test_a_tensor_beyond_its_storage_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "w.pth"
    torch.save({"a": torch.zeros(100, 3)}, file, _use_new_zipfile_serialization=False)
    data = file.read_bytes()
    assert data.count(b"KdK\x03") == 1  # its shape
    file.write_bytes(data.replace(b"KdK\x03", b"KeK\x03"))
    with pytest.raises(RegroupError, match="larger than what is stored"):
        read_tensors(file)
