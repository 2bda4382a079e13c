"""Puts low-rank adapters (LoRA, Hu et al. 2021) on a model of the hub tier, by PEFT."""

import hashlib
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tools.errors import RegroupError, UsageError
from tools.models.hub.adapter_training import Fit, Rows, Schedule, fit, split_pairs
from tools.models.ports import Pixels
from tools.progress import Progress, silent

if TYPE_CHECKING:
    import torch

CLIP = ("c_fc", "c_proj", "out_proj", "fc1", "fc2", "qkv", "proj")
"""The layers that are tuned in an open_clip image tower: the MLPs and the attention's output (in timm's also its
input)."""

LANGUAGE = ("q_proj", "v_proj", "o_proj")
"""The layers that are tuned in a vision-language model: queries, values and outputs of the language model's
attention."""

ALL = ("all-linear",)
"""Every linear layer of the language model except the one that chooses the words."""

_WEIGHTS, _FACTS = "adapter_model.safetensors", "regroup.json"
"""The files of a saved adapter: PEFT's weights, and which model and settings they belong to."""


class Tunable(Protocol):
    """Lets LoRA tune a model, such as `ClipEncoder` or `VisionLanguageModel`."""

    base: str
    """The model with its revision."""

    adapter: str
    """The digest of its adapter, which is part of the model's name; "" without one."""

    @property
    def tower(self) -> "torch.nn.Module":
        """Return the network whose layers are tuned."""
        ...


@dataclass(frozen=True, slots=True)
class Settings:
    """Sets the size of an adapter.

    Attributes:
        rank: Rank of the update of each layer.
        alpha: The update is scaled by alpha / rank.
        targets: Last parts of the layers' names, or `ALL`; empty for `CLIP` or `LANGUAGE`, whichever fits the model.
        seed: Decides the random start.
    """

    rank: int = 8
    alpha: int = 16
    targets: tuple[str, ...] = ()
    seed: int = 0


class Adapter:
    """Puts a LoRA adapter on a model. A new one changes nothing until `fit_pairs` or `fit` tunes it.

    The model is changed in place: whatever uses it sees the adapter at once, and its name says so. A model has one
    adapter at a time; `rollback` removes it and leaves the model bit for bit as it was.

    Args:
        model: The model.
        settings: The size of the adapter.

    Raises:
        tools.errors.UsageError: The model has an adapter already, or none of the layers.
    """

    def __init__(self, model: Tunable, settings: Settings | None = None) -> None:
        import torch
        from peft import LoraConfig, PeftModel

        from tools.models.hub.clip_attention import open_up

        if model.adapter:
            raise UsageError(f"The model {model.base} has an adapter already: roll it back first")
        self.model = model
        self.settings = settings or Settings()
        tower = model.tower
        self._trained = {name: p.requires_grad for name, p in tower.named_parameters()}
        self._opened = open_up(tower)
        try:
            self.layers = _layers(tower, self.settings.targets)
        except UsageError:
            self._close()
            raise
        # The layers' own weights, kept while the adapter is merged.
        self._weights: dict[str, torch.Tensor] | None = None
        config = LoraConfig(
            r=self.settings.rank,
            lora_alpha=self.settings.alpha,
            lora_dropout=0.0,
            target_modules=list(self.layers),
        )
        with torch.random.fork_rng():
            torch.manual_seed(self.settings.seed)
            self._peft: Any = PeftModel(tower, config)
        tower.eval()
        self.rename()

    @classmethod
    def load(cls, model: Tunable, path: Path) -> "Adapter":
        """Put a saved adapter on a model.

        Raises:
            tools.errors.RegroupError: There is none in `path`, it is damaged, or it was made for another model.
            tools.errors.UsageError: The model has an adapter already.
        """
        from peft import get_peft_model_state_dict, set_peft_model_state_dict
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            facts = json.loads((path / _FACTS).read_text("utf-8"))
            base, saved = facts["base"], facts["settings"]
            settings = Settings(
                int(saved["rank"]), int(saved["alpha"]), tuple(saved["targets"]), int(saved["seed"])
            )
            state = load_file(path / _WEIGHTS)
        except (OSError, ValueError, KeyError, TypeError, RecursionError, SafetensorError) as error:
            reason = str(error).splitlines()[0][:120] or type(error).__name__
            raise RegroupError(f"There is no adapter that can be read in {path}: {reason}") from error
        if base != model.base:
            raise RegroupError(f"The adapter in {path} was made for {base}, not for {model.base}")
        adapter = cls(model, settings)
        expected = get_peft_model_state_dict(adapter._peft, save_embedding_layers=False)
        if {k: v.shape for k, v in state.items()} != {k: v.shape for k, v in expected.items()}:
            adapter.rollback()
            raise RegroupError(f"The adapter in {path} does not fit {model.base}: it has other layers")
        set_peft_model_state_dict(adapter._peft, state)
        adapter.rename()
        return adapter

    def save(self, path: Path) -> None:
        """Write the adapter to the folder `path` in PEFT's format; an older one is replaced only by a complete one.

        Raises:
            tools.errors.RegroupError: It cannot be written.
            tools.errors.UsageError: The adapter is merged.
        """
        from safetensors import SafetensorError

        self._needs_to_be_on()
        facts = {"base": self.model.base, "settings": asdict(self.settings)}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".adapter-", dir=path.parent) as folder:
                new, old = Path(folder, "new"), Path(folder, "old")
                self._peft.save_pretrained(new, save_embedding_layers=False)
                (new / _FACTS).write_text(json.dumps(facts, indent=1), "utf-8")
                _replaced(path, new, old)
        except (OSError, SafetensorError) as error:
            why = getattr(error, "strerror", None) or error
            raise RegroupError(
                f"The adapter cannot be written to {path}: {why}; free some disk space"
            ) from error

    def parameters(self) -> "list[torch.nn.Parameter]":
        """Return the parameters that are tuned, none while the adapter is merged; all others of the model are fixed."""
        return [p for name, p in self.model.tower.named_parameters() if ".lora_" in name]

    def merge(self) -> None:
        """Write the update into the model's own weights, which makes it as fast as before; `rollback` undoes it."""
        self._needs_to_be_on()
        tower = self.model.tower
        self._weights = {
            name: _weight(tower.get_submodule(f"{name}.base_layer")).detach().clone() for name in self.layers
        }
        self._peft.merge_and_unload()
        self._close()

    def rollback(self) -> None:
        """Remove the adapter: every weight and every layer is as before, bit for bit. A second call does nothing."""
        import torch

        if self._peft is None:
            return
        if self._weights is None:
            self._peft.unload()
            self._close()
        else:
            with torch.no_grad():
                for name, weight in self._weights.items():
                    _weight(self.model.tower.get_submodule(name)).copy_(weight)
        for name, parameter in self.model.tower.named_parameters():
            parameter.requires_grad_(self._trained[name])
        self._peft, self._weights, self.model.adapter = None, None, ""

    def fit_pairs(
        self,
        embed: "Callable[[Sequence[Pixels]], torch.Tensor]",
        images: Sequence[Pixels],
        pairs: NDArray[np.intp],
        labels: NDArray[np.bool_],
        schedule: Schedule | None = None,
        seed: int = 0,
        progress: Progress = silent,
    ) -> Fit:
        """Tune the model so that images that belong together come closer than those that do not.

        Args:
            embed: The model's vectors with gradients: `ClipEncoder.embed`, or `partial(interest.embed, criterion=...)`.
            images: n images.
            pairs: (m, 2) rows of `images`.
            labels: (m,) bool, whether the two belong together.
            schedule: How long and how fast.
            seed: Decides which pairs are held out, and the order of the rest.
            progress: Called after every step; may stop the training.

        Returns:
            How well held-out pairs are separated before and after. What is not better is not kept.

        Raises:
            tools.errors.UsageError: Too few pairs, or all of one kind.
        """
        schedule = schedule or Schedule()
        pairs, labels = np.asarray(pairs, np.intp).reshape(-1, 2), np.asarray(labels, bool)
        if len(pairs) < 4 or len(pairs) != len(labels):
            raise UsageError(
                f"There are too few answers to learn from: {len(pairs)} pairs, {len(labels)} labels"
            )

        def cosine(rows: Rows) -> "torch.Tensor":
            rows_used, places = np.unique(pairs[rows], return_inverse=True)
            vectors = embed([images[i] for i in rows_used])
            left, right = places.reshape(-1, 2).T
            return (vectors[left] * vectors[right]).sum(1)

        train, held_out = split_pairs(pairs, labels, schedule.held, seed)
        return self.fit(cosine, labels, train, held_out, schedule, seed, progress)

    def fit(
        self,
        score: "Callable[[Rows], torch.Tensor]",
        labels: NDArray[np.bool_],
        train: Rows,
        held_out: Rows,
        schedule: Schedule | None = None,
        seed: int = 0,
        progress: Progress = silent,
    ) -> Fit:
        """Tune the model so that a score, such as `VlmJudge.logits`, is high where `labels` are true.

        The arguments and the result are those of `tools.models.hub.adapter_training.fit`.

        Raises:
            tools.errors.UsageError: The adapter is merged, or the answers are all yes or all no.
        """
        self._needs_to_be_on()
        parameters = self.parameters()
        try:
            return fit(score, labels, train, held_out, parameters, schedule or Schedule(), seed, progress)
        finally:
            self.rename()

    def _close(self) -> None:
        from tools.models.hub.clip_attention import close_up

        close_up(self.model.tower, self._opened)

    def _needs_to_be_on(self) -> None:
        if self._peft is None or self._weights is not None:
            state = "was taken off" if self._peft is None else "is merged"
            raise UsageError(f"The adapter {state}: put a new one on the model")

    def rename(self) -> None:
        """Name the model after the present weights of the adapter: what is cached under a name holds for these alone.

        This is needed after the parameters were changed by other means than `fit`.
        """
        total = hashlib.sha256()
        for parameter in self.parameters():
            total.update(parameter.detach().float().cpu().numpy().tobytes())
        self.model.adapter = f"lora-{total.hexdigest()[:12]}"


def _replaced(path: Path, new: Path, old: Path) -> None:
    """Move `path` to `old` and `new` to `path`; where that fails, `path` is as before.

    All three are on one disk. Raises OSError.
    """
    if path.exists():
        path.rename(old)
    try:
        new.rename(path)
    except BaseException:
        if old.exists():
            old.rename(path)
        raise


def _weight(layer: "torch.nn.Module") -> "torch.Tensor":
    return next(parameter for name, parameter in layer.named_parameters() if name == "weight")


def _layers(tower: "torch.nn.Module", targets: tuple[str, ...]) -> tuple[str, ...]:
    """Return the full names of the linear layers to tune."""
    from torch.nn import Linear

    linear = [name for name, module in tower.named_modules() if isinstance(module, Linear)]
    inner = [name for name in linear if "language_model" in name or ".text_model." in name]
    if targets == ALL:
        chosen = inner or [name for name in linear if name.rpartition(".")[2] != "lm_head"]
    else:
        places = inner or linear
        wanted = targets or (LANGUAGE if inner else CLIP)
        chosen = [name for name in places if name.rpartition(".")[2] in wanted]
    if not chosen:
        raise UsageError(f"The model has no layers called {', '.join(targets) or 'as was expected'}")
    return tuple(chosen)
