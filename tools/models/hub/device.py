"""Chooses the device and the number format of a model, and runs it so that errors become one line."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from tools.errors import RegroupError, UsageError
from tools.names import quoted

if TYPE_CHECKING:
    import torch

T = TypeVar("T")
R = TypeVar("R")

DTYPES = ("float32", "bfloat16", "float16")
"""The number formats that can be chosen."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Names the device and the number format of a model.

    Attributes:
        device: The device in torch's words: "cpu", "cuda", "cuda:1", "mps".
        dtype: One of `DTYPES`.
        note: More about the device, for people: "2 threads".
    """

    device: str
    dtype: str
    note: str = ""

    @property
    def line(self) -> str:
        """Name the device, the number format and the note, for the status line: "cpu, float32, 2 threads"."""
        return ", ".join(part for part in (self.device, self.dtype, self.note) if part)

    @property
    def torch_dtype(self) -> "torch.dtype":
        """Return the number format as a dtype of torch."""
        import torch

        dtype = getattr(torch, self.dtype)
        assert isinstance(dtype, torch.dtype)
        return dtype

    def autocast(self) -> AbstractContextManager[object]:
        """Return a context that computes in this format while the weights stay float32; for float32 it does nothing."""
        import torch

        if self.dtype == "float32":
            return nullcontext()
        return torch.autocast(self.device.split(":")[0], self.torch_dtype)


def choose(device: str = "auto", dtype: str = "auto") -> Placement:
    """Return the best placement that this machine has, or the one that was asked for.

    A GPU computes in bfloat16 where it can, otherwise in float16; a processor and Apple's GPU compute in float32, which
    is the fastest or the only correct format there.

    Args:
        device: "auto", or as in `Placement`.
        dtype: "auto", or one of `DTYPES`.

    Raises:
        tools.errors.UsageError: This machine has no such device, or there is no such format.
    """
    import torch

    if dtype not in (*DTYPES, "auto"):
        raise UsageError(f"There is no number format {quoted(dtype)}: choose auto, {', '.join(DTYPES)}")
    if device == "auto":
        apple = torch.backends.mps.is_available()
        device = "cuda" if torch.cuda.is_available() else "mps" if apple else "cpu"
    kind = device.split(":")[0]
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not available.get(kind):
        raise UsageError(f"There is no device {quoted(device)} here: choose auto or cpu")
    if dtype == "auto":
        half = "bfloat16" if kind == "cuda" and torch.cuda.is_bf16_supported() else "float16"
        dtype = half if kind == "cuda" else "float32"
    note = f"{torch.get_num_threads()} threads" if kind == "cpu" else ""
    if kind == "cuda":
        note = torch.cuda.get_device_name(device)
    return Placement(device, dtype, note)


class OutOfMemory(RegroupError):
    """A model had too little memory for its input; a smaller batch may work."""


@contextmanager
def running(model: str) -> Iterator[None]:
    """Turn what goes wrong while a model computes, such as too little memory, into a RegroupError of one line."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        reason = f"The model {model} failed: {first_line(error)}"
        if isinstance(error, MemoryError) or "memory" in first_line(error).lower():
            raise OutOfMemory(f"{reason}; close other programs, or use a smaller model") from error
        raise RegroupError(reason) from error
    except (ValueError, IndexError, KeyError) as error:
        raise RegroupError(f"The model {model} failed: {first_line(error)}") from error


def in_batches(items: Sequence[T], size: int, work: Callable[[Sequence[T]], R]) -> list[R]:
    """Return the results of `work` for at most `size` items at a time; where memory runs out, for half as many, and so
    on.

    Raises:
        OutOfMemory: There is too little memory for a single item.
    """
    results: list[R] = []
    start = 0
    while start < len(items):
        try:
            results.append(work(items[start : start + size]))
        except OutOfMemory:
            if size == 1:
                raise
            size = max(1, min(size, len(items) - start) // 2)
            continue
        start += size
    return results


def first_line(error: BaseException) -> str:
    """Return the first line of a library's error, at most 160 characters."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:160]
