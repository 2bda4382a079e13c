"""Runs the one loop in which methods train: Adam on a few matrices, reproducible, to be stopped and resumed."""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tools.errors import RegroupError
from tools.progress import Progress

if TYPE_CHECKING:
    import torch

EVERY = 30.0
"""The least seconds between two checkpoints, which are written after an epoch; another one when the work is stopped."""
KEPT = 4
"""The most checkpoints of one stage that are kept, the newest."""

THREADS = 1
"""The number of torch's threads, fixed because sums in another order end in other last digits."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Sets how long and how fast to train.

    Attributes:
        epochs: The most epochs.
        rate: The learning rate of Adam (Kingma and Ba 2015).
        decay: The weight decay.
        patience: The number of epochs without a smaller loss after which training ends.
        least: The share of the smallest loss so far by which a loss must be below it to count as smaller.
    """

    epochs: int = 200
    rate: float = 1e-3
    decay: float = 0.0
    patience: int = 20
    least: float = 1e-4


def train(
    parameters: "Mapping[str, torch.Tensor]",
    losses: "Callable[[int], Iterable[torch.Tensor]]",
    plan: Plan,
    *,
    stage: str,
    progress: Progress,
    checkpoint: Path | None = None,
    key: str = "",
    stop: Callable[[int], bool] = lambda epoch: False,
) -> int:
    """Change the parameters in place until the loss no longer falls.

    Args:
        parameters: Name to the leaf tensors of float32 that are trained.
        losses: Yields the losses of an epoch, one per batch, each computed after the step for the one before. They must
            depend on nothing but the epoch and the parameters, or a resumed run would differ.
        plan: How long and how fast to train.
        stage: The stage that `progress` is told.
        progress: Called after each epoch; may raise to stop.
        checkpoint: A file that keeps the state of a run that was stopped (`checkpoint_in`). A run with the same key
            goes on from there and ends bit for bit as if it had never stopped; it removes the file when it is done. A
            run that is stopped in the middle of an epoch goes on from the last one that was written.
        key: The `digest` of everything that the run depends on.
        stop: Called after each epoch; True ends the run.

    Returns:
        The number of epochs that were run in all, those before a resumption included.

    Raises:
        tools.errors.RegroupError: The checkpoint cannot be written.
    """
    import torch

    names, leaves = list(parameters), list(parameters.values())
    optimiser = torch.optim.Adam(leaves, plan.rate, weight_decay=plan.decay)
    done, best, idle = _resumed(checkpoint, key, parameters, optimiser)
    saved = time.monotonic()
    while done < plan.epochs and idle < plan.patience:
        batch_losses = []
        for loss in losses(done):
            # Not backward(): a frozen network that the loss goes through keeps no gradients that way.
            gradients = torch.autograd.grad(loss, leaves, allow_unused=True)
            for leaf, gradient in zip(leaves, gradients, strict=True):
                leaf.grad = gradient
            optimiser.step()
            batch_losses.append(float(loss.detach()))
        value = float(np.mean(batch_losses)) if batch_losses else 0.0
        better = not np.isfinite(best) or value < best - plan.least * max(abs(best), 1e-6)
        best, idle, done = (value, 0, done + 1) if better else (best, idle + 1, done + 1)
        if stop(done - 1):
            idle = plan.patience
        try:
            progress(stage, done, plan.epochs)
        except BaseException:
            _save_checkpoint(checkpoint, key, names, leaves, optimiser, done, best, idle)
            raise
        if time.monotonic() - saved >= EVERY:
            _save_checkpoint(checkpoint, key, names, leaves, optimiser, done, best, idle)
            saved = time.monotonic()
    if checkpoint is not None:
        checkpoint.unlink(missing_ok=True)
    return done


def checkpoint_in(folder: Path | None, stage: str, key: str) -> Path | None:
    """Return the file of a run in a folder, None without one; of older runs of its stage `KEPT` - 1 files are kept.

    Args:
        folder: The folder, which need not exist.
        stage: The name of what is trained.
        key: The `digest` of everything that the run depends on.
    """
    if folder is None:
        return None
    file = folder / f"{stage}-{key}.safetensors"
    others = [(path.stat().st_mtime, path) for path in folder.glob(f"{stage}-*.safetensors") if path != file]
    for _, path in sorted(others, reverse=True)[KEPT - 1 :]:
        path.unlink(missing_ok=True)
    return file


def batches(n: int, size: int, seed: int, epoch: int) -> "Iterator[torch.Tensor]":
    """Yield the rows 0..n-1 in batches: all at once where they fit, otherwise in an order fixed by seed and epoch.

    A last batch of one row joins the one before, since nothing can be learned from it by comparison.
    """
    import torch

    if n <= size:
        yield torch.arange(n)
        return
    generator = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
    order = torch.randperm(n, generator=generator)
    boundaries = list(range(size, n - 1, size))
    yield from torch.tensor_split(order, boundaries)


@contextmanager
def threads() -> Iterator[None]:
    """Run torch on `THREADS` threads inside the context, and as before afterwards."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(THREADS)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def digest(*parts: object) -> str:
    """Return sixteen hex digits of the SHA-256 of arrays and of the repr of all else, as the key of a checkpoint."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            total.update(f"{part.shape}{part.dtype}".encode() + np.ascontiguousarray(part).tobytes())
        else:
            total.update(repr(part).encode())
    return total.hexdigest()[:16]


def _save_checkpoint(
    path: Path | None,
    key: str,
    names: list[str],
    leaves: "list[torch.Tensor]",
    optimiser: "torch.optim.Adam",
    done: int,
    best: float,
    idle: int,
) -> None:
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    if path is None:
        return
    state = {f"value.{name}": leaf.detach().contiguous() for name, leaf in zip(names, leaves, strict=True)}
    for name, leaf in zip(names, leaves, strict=True):
        state |= {f"{kind}.{name}": part.contiguous() for kind, part in optimiser.state[leaf].items()}
    facts = {"key": key, "done": str(done), "best": best.hex(), "idle": str(idle)}
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(state, part, facts)
        part.replace(path)
    except (OSError, SafetensorError) as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        why = getattr(error, "strerror", None) or error
        raise RegroupError(
            f"The checkpoint cannot be written to {path}: {why}; free some disk space"
        ) from error


def _resumed(
    path: Path | None, key: str, parameters: "Mapping[str, torch.Tensor]", optimiser: "torch.optim.Adam"
) -> tuple[int, float, int]:
    """Restore the parameters and the optimiser, and return the epochs done, the smallest loss and the epochs since.

    A checkpoint of another run, or one that cannot be read, counts as none.
    """
    import torch
    from safetensors import SafetensorError, safe_open

    if path is None or not path.is_file():
        return 0, float("inf"), 0
    try:
        with safe_open(path, "pt") as file:
            facts = file.metadata() or {}
            if facts.get("key") != key:
                return 0, float("inf"), 0
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError):
        return 0, float("inf"), 0
    with torch.no_grad():
        for name, leaf in parameters.items():
            leaf.copy_(state[f"value.{name}"])
            kinds = ("step", "exp_avg", "exp_avg_sq")
            optimiser.state[leaf] = {k: state[f"{k}.{name}"] for k in kinds if f"{k}.{name}" in state}
    return int(facts["done"]), float.fromhex(facts["best"]), int(facts["idle"])
