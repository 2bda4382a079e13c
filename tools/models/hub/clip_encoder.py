"""Encodes images and texts into one space with any model of open_clip."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tools.errors import RegroupError, UsageError
from tools.models.hub import prompt_tuning
from tools.models.hub.catalogue import WEIGHTS, versioned_name
from tools.models.hub.device import Placement, choose, first_line, in_batches, running
from tools.models.hub.download import Hub
from tools.models.ports import Pixels, Vectors
from tools.models.region_mean import region_mean
from tools.names import quoted

if TYPE_CHECKING:
    import torch

BATCH = 32
"""The number of images that go through the network at once."""

_CONFIG = "open_clip_config.json"
# Patterns of the files of a tokenizer.
_TOKENIZER = ("tokenizer*.*", "special_tokens_map.json", "vocab.*", "merges.txt", "*.model")


class ClipEncoder:
    """Fulfils the port `Encoder` with an open_clip model; LoRA can tune it (`tools.models.hub.lora`).

    Args:
        name: A model of the catalogue ("clip-small"), "owner/name[@revision]", "architecture:tag", a folder with
            `open_clip_config.json` and weights, or with `checkpoint`: an architecture or the path of its JSON config.
        hub: Where the models are. Default: this machine's cache.
        device: "auto", "cpu", "cuda", "mps".
        dtype: "auto", "float32", "bfloat16", "float16".
        checkpoint: A file of weights (safetensors, or a torch file of plain tensors).

    Raises:
        tools.errors.RegroupError: The model is not here (it is never fetched unasked), or cannot be loaded.
    """

    aligned = True

    def __init__(
        self,
        name: str = "clip-small",
        hub: Hub | None = None,
        device: str = "auto",
        dtype: str = "auto",
        checkpoint: Path | None = None,
    ) -> None:
        self.placement: Placement = choose(device, dtype)
        self.network, self._preprocess, self._tokenizer, self.base = _load(name, hub or Hub(), checkpoint)
        self.network.to(self.placement.device).eval()
        self.adapter = ""  # the digest of a LoRA adapter on the model, set by `tools.models.hub.lora`

    @property
    def name(self) -> str:
        """Name the model with its revision (or the hash of a local one), number format and adapter; a part of cache
        keys."""
        suffix = f"+{self.adapter}" if self.adapter else ""
        return f"{self.base}/{self.placement.dtype}{suffix}"

    @property
    def line(self) -> str:
        """Name the model, its device and its number format, for the status line."""
        return f"{self.base}: {self.placement.line}"

    def embed(self, batch: Sequence[Pixels]) -> "torch.Tensor":
        """Return (b, d) float32 tensor on the model's device, L2-normalised, with gradients where they are on."""
        from torch.nn.functional import normalize

        with running(self.base), self.placement.autocast():
            vectors = self.network.encode_image(self._ready(batch))
        return normalize(vectors.float(), dim=-1)

    def encode_images(self, batch: Sequence[Pixels]) -> Vectors:
        """Return (b, d) float32, L2-normalised, for images of any sizes."""
        import torch

        with torch.inference_mode():
            return self._joined(in_batches(batch, BATCH, self.embed))

    def encode_regions(self, batch: Sequence[Pixels]) -> dict[str, Vectors]:
        """Return the vectors of `encode_images` as "all", and those of the "centre" and the "border", in one pass.

        The last layer's vectors of the patches are averaged over the region (`tools.models.region_mean`), (b, w)
        float32, L2-normalised, w as wide as the image tower. A tower that has no map of patches gives rows of NaN.
        """
        import torch

        with torch.inference_mode():
            parts = in_batches(batch, BATCH, self._look)
        whole = self._joined(vectors for vectors, _ in parts)
        maps = [layer for _, layers in parts for layer in layers]
        regions = {name: [region_mean(layer, name) for layer in maps] for name in ("centre", "border")}
        return {"all": whole} | {name: _unit(rows, whole) for name, rows in regions.items()}

    def _look(self, batch: Sequence[Pixels]) -> "tuple[torch.Tensor, list[Vectors]]":
        """Return the vectors of the images, L2-normalised, and the map of the patches of each, (h, w, c)."""
        from torch.nn.functional import normalize

        if not hasattr(self.network.visual, "forward_intermediates"):
            return self.embed(batch), []
        with running(self.base), self.placement.autocast():
            seen = self.network.visual.forward_intermediates(
                self._ready(batch), indices=1, normalize_intermediates=True, output_fmt="NCHW"
            )
        maps = seen["image_intermediates"][-1].float().permute(0, 2, 3, 1).cpu().numpy()
        return normalize(seen["image_features"].float(), dim=-1), list(maps)

    def _ready(self, batch: Sequence[Pixels]) -> "torch.Tensor":
        """Return the images as the network takes them, on its device."""
        import torch
        from PIL import Image

        ready = torch.stack([self._preprocess(Image.fromarray(pixels)) for pixels in batch])
        return ready.to(self.placement.device)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Return (n, d) float32, L2-normalised; a text longer than the model's context is cut."""
        import torch
        from torch.nn.functional import normalize

        def part(batch: Sequence[str]) -> "torch.Tensor":
            tokens = self._tokenizer(list(batch)).to(self.placement.device)
            with running(self.base), self.placement.autocast():
                return normalize(self.network.encode_text(tokens).float(), dim=-1)

        with torch.inference_mode():
            return self._joined(part(texts[i : i + 8 * BATCH]) for i in range(0, len(texts), 8 * BATCH))

    def untunable(self) -> str | None:
        """Return None where `read` works, otherwise one line that says why not."""
        return prompt_tuning.untunable(self.network)

    def word_vectors(self, words: Sequence[str]) -> Vectors:
        """Return (n, e) float32: the mean of the embeddings of each word's tokens
        (`tools.models.ports.PromptTuner`)."""
        return prompt_tuning.word_vectors(self.network, self._tokenizer, words)

    def read(self, prompt: str, stars: "torch.Tensor") -> "torch.Tensor":
        """Return texts whose last words are vectors: (b, d), with gradients (`tools.models.ports.PromptTuner`)."""
        return prompt_tuning.read(self.network, self._tokenizer, self.placement, self.base, prompt, stars)

    @property
    def tower(self) -> "torch.nn.Module":
        """Return the image tower, which LoRA tunes."""
        visual: torch.nn.Module = self.network.visual
        return visual

    def _joined(self, parts: Iterable["torch.Tensor"]) -> Vectors:
        arrays = [part.cpu().numpy() for part in parts]
        if not arrays:
            return np.empty((0, self._width()), np.float32)
        return np.concatenate(arrays).astype(np.float32, copy=False)

    def _width(self) -> int:
        return int(self.network.encode_text(self._tokenizer(["a"]).to(self.placement.device)).shape[1])


def _unit(rows: Sequence[Vectors], whole: Vectors) -> Vectors:
    """Return rows as one matrix, L2-normalised; where there are none, NaN in the shape of `whole`."""
    if not rows:
        return np.full_like(whole, np.nan)
    matrix = np.stack(rows)
    length = np.linalg.norm(matrix, axis=1, keepdims=True)
    return np.asarray(matrix / np.maximum(length, 1e-9), np.float32)


def _load(name: str, hub: Hub, checkpoint: Path | None) -> tuple[Any, Any, Any, str]:
    """Return the network, the transform of images, the tokenizer, and the model's name with its revision."""
    if checkpoint is not None:
        return _from_files(name, checkpoint)
    folder = hub.ready(name)
    if folder.is_file():
        raise UsageError(
            f"{folder} is a file: name the folder of the model, or give its weights as checkpoint"
        )
    if (folder / _CONFIG).is_file():
        return *_open(folder), versioned_name(name, folder)
    weights = sorted(file for pattern in WEIGHTS for file in folder.glob(pattern))
    if (config := _tagged(name)) is None or not weights:
        raise RegroupError(f"{name} is not an open_clip model: it has no {_CONFIG}")
    return *_built(config, weights[0]), versioned_name(name, folder)


def _tagged(name: str) -> dict[str, Any] | None:
    """Return the config that open_clip itself has for "architecture:tag": some repositories hold nothing but
    weights."""
    import open_clip  # type: ignore[import-untyped]

    architecture, _, tag = name.partition(":")
    model, facts = open_clip.get_model_config(architecture), open_clip.get_pretrained_cfg(architecture, tag)
    if not model or not facts or Path(name).exists():
        return None
    wanted = ("mean", "std", "interpolation", "resize_mode")
    return {"model_cfg": model, "preprocess_cfg": {key: facts[key] for key in wanted if key in facts}}


def _from_files(name: str, checkpoint: Path) -> tuple[Any, Any, Any, str]:
    """Return a model from a built-in architecture or a JSON config, and a file of weights."""
    import open_clip

    try:
        config_file = Path(name)
        config = (
            json.loads(config_file.read_text("utf-8"))
            if config_file.is_file()
            else open_clip.get_model_config(name)
        )
        weights = hashlib.sha256(checkpoint.read_bytes()).hexdigest()[:12]
    except (OSError, ValueError, RecursionError) as error:
        raise RegroupError(f"The model {name} cannot be read: {error}") from error
    if not config:
        raise UsageError(
            f"open_clip has no architecture {quoted(name)}: use one of its own, or a JSON config"
        )
    full_config = config if "model_cfg" in config else {"model_cfg": config}
    return *_built(full_config, checkpoint), f"{Path(name).stem}@{weights}"


def _built(config: dict[str, Any], checkpoint: Path) -> tuple[Any, Any, Any]:
    """Return a model from a config and a file of weights; where a tokenizer lies beside the weights, it is used."""
    with tempfile.TemporaryDirectory() as folder:
        for file in (file for pattern in _TOKENIZER for file in checkpoint.parent.glob(pattern)):
            shutil.copy(file, folder)
        Path(folder, _CONFIG).write_text(json.dumps(config), "utf-8")
        return _open(Path(folder), checkpoint)


def _open(folder: Path, checkpoint: Path | None = None) -> tuple[Any, Any, Any]:
    """Build the model of a folder's config and load its weights, never from a pickle that could run code."""
    import logging
    import warnings

    import open_clip

    location = f"local-dir:{folder}"
    try:
        logging.disable(logging.WARNING)  # open_clip prints lines that concern nobody
        with warnings.catch_warnings(action="ignore"):
            network = open_clip.create_model(location, load_weights=checkpoint is None, pretrained_text=False)
            if checkpoint is not None:
                open_clip.load_checkpoint(network, str(checkpoint), weights_only=True)
            elif not any(file for pattern in WEIGHTS for file in folder.glob(pattern)):
                raise RegroupError(f"There are no weights in {folder}")
            preprocess = open_clip.transform.image_transform_v2(
                open_clip.transform.PreprocessCfg(**network.visual.preprocess_cfg), is_train=False
            )
            return network, preprocess, open_clip.get_tokenizer(location)
    except RegroupError:
        raise
    except Exception as error:  # a damaged or hostile file may raise anything in three libraries
        location = str(checkpoint or folder)
        raise RegroupError(f"The model in {location} cannot be loaded: {first_line(error)}") from error
    finally:
        logging.disable(logging.NOTSET)
