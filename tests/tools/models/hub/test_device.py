"""Where a model runs, and how that is told."""

import pytest
import torch

from tools.errors import RegroupError, UsageError
from tools.models.hub.device import OutOfMemory, Placement, choose, in_batches, running


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


@pytest.mark.parametrize("fits", [1, 2, 3, 7, 50])
def test_less_at_once_where_memory_runs_out(fits: int) -> None:
    seen: list[int] = []

    def work(some: list[int]) -> list[int]:
        seen.append(len(some))
        with running("tiny"):
            if len(some) > fits:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        return [2 * number for number in some]

    found = in_batches(list(range(20)), 8, work)
    assert [number for part in found for number in part] == list(range(0, 40, 2))
    assert max(seen) == 8 and seen == sorted(seen, reverse=True)


def test_too_little_memory_for_one_is_one_line() -> None:
    def work(some: list[int]) -> None:
        with running("tiny"):
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory\nmore")

    with pytest.raises(OutOfMemory, match="use a smaller model") as caught:
        in_batches([1, 2, 3], 2, work)
    assert "\n" not in str(caught.value)


def test_other_failures_are_not_tried_again() -> None:
    calls = []

    def work(some: list[int]) -> None:
        calls.append(len(some))
        with running("tiny"):
            raise RuntimeError("shapes cannot be multiplied")

    with pytest.raises(RegroupError) as caught:
        in_batches([1, 2, 3], 2, work)
    assert calls == [2] and not isinstance(caught.value, OutOfMemory)
