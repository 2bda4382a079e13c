"""Where a model runs, and how that is told."""

import pytest
import torch

from tools.errors import RegroupError, UsageError
from tools.models.hub.device import Placement, choose, running


def test_what_this_machine_has_is_taken() -> None:
    found = choose()
    assert found.device in ("cpu", "cuda", "mps")
    assert found.device in found.line and found.dtype in found.line and "\n" not in found.line
    assert choose("cpu").dtype == "float32" and "threads" in choose("cpu").line
    assert choose("cpu", "bfloat16").torch_dtype is torch.bfloat16


@pytest.mark.parametrize(("device", "dtype"), [("abacus", "auto"), ("cpu", "int3"), ("", "auto")])
def test_what_there_is_not_is_refused(device: str, dtype: str) -> None:
    with pytest.raises(UsageError, match="choose auto"):
        choose(device, dtype)


@pytest.mark.parametrize(
    "error", [RuntimeError("out of memory\nTried to"), MemoryError(), ValueError("x" * 999)]
)
def test_failures_are_one_short_line(error: Exception) -> None:
    with pytest.raises(RegroupError, match="The model tiny failed: ") as caught, running("tiny"):
        raise error
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 200


def test_autocast_only_where_it_is_asked_for() -> None:
    left, right = torch.ones(2, 2), torch.ones(2, 2)
    with Placement("cpu", "float32").autocast():
        assert (left @ right).dtype is torch.float32
    with Placement("cpu", "bfloat16").autocast():
        assert (left @ right).dtype is torch.bfloat16
