"""Where a model runs and in which numbers: chosen, and told in one line."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from tools.errors import RegroupError, UsageError

if TYPE_CHECKING:
    import torch

T = TypeVar("T")
R = TypeVar("R")

DTYPES = ("float32", "bfloat16", "float16")


@dataclass(frozen=True, slots=True)
class Placement:
    """The device and the number format of a model."""

    device: str
    dtype: str
    note: str = ""

    @property
    def line(self) -> str:
        """For the status line: "cpu, float32, 2 threads"."""
        return ", ".join(part for part in (self.device, self.dtype, self.note) if part)

    @property
    def torch_dtype(self) -> "torch.dtype":
        """The number format as torch calls it."""
        import torch

        found = getattr(torch, self.dtype)
        assert isinstance(found, torch.dtype)
        return found

    def autocast(self) -> AbstractContextManager[object]:
        """Computes in the placement's format with weights that stay float32; does nothing for float32."""
        import torch

        if self.dtype == "float32":
            return nullcontext()
        return torch.autocast(self.device.split(":")[0], self.torch_dtype)


def choose(device: str = "auto", dtype: str = "auto") -> Placement:
    """The best that this machine has, or what was asked for.

    A GPU computes in bfloat16 where it can, else in float16; a processor and Apple's GPU in float32, which is the
    quickest (or the only right) format there.

    Raises:
        tools.errors.UsageError: There is no such device here, or no such format.
    """
    import torch

    if dtype not in (*DTYPES, "auto"):
        raise UsageError(f"There is no number format {dtype!r}: choose auto, {', '.join(DTYPES)}")
    if device == "auto":
        apple = torch.backends.mps.is_available()
        device = "cuda" if torch.cuda.is_available() else "mps" if apple else "cpu"
    kind = device.split(":")[0]
    here = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not here.get(kind):
        raise UsageError(f"There is no device {device!r} here: choose auto or cpu")
    if dtype == "auto":
        half = "bfloat16" if kind == "cuda" and torch.cuda.is_bf16_supported() else "float16"
        dtype = half if kind == "cuda" else "float32"
    note = f"{torch.get_num_threads()} threads" if kind == "cpu" else ""
    if kind == "cuda":
        note = torch.cuda.get_device_name(device)
    return Placement(device, dtype, note)


class OutOfMemory(RegroupError):
    """A model had too little memory for what it was given; less at once may do."""


@contextmanager
def running(model: str) -> Iterator[None]:
    """What goes wrong while a model computes (out of memory, for one) becomes a RegroupError of one line."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        said = f"The model {model} failed: {first_line(error)}"
        if isinstance(error, MemoryError) or "memory" in first_line(error).lower():
            raise OutOfMemory(f"{said}; close other programs, or take a smaller model") from error
        raise RegroupError(said) from error
    except (ValueError, IndexError, KeyError) as error:
        raise RegroupError(f"The model {model} failed: {first_line(error)}") from error


def in_batches(items: Sequence[T], size: int, work: Callable[[Sequence[T]], R]) -> list[R]:
    """What `work` gives for `size` items at a time; for half as many, and so on, where memory runs out.

    Raises:
        OutOfMemory: There is too little for one.
    """
    found: list[R] = []
    start = 0
    while start < len(items):
        try:
            found.append(work(items[start : start + size]))
        except OutOfMemory:
            if size == 1:
                raise
            size = max(1, min(size, len(items) - start) // 2)
            continue
        start += size
    return found


def first_line(error: BaseException) -> str:
    """An error of a library in one line of at most 160 characters."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:160]
