"""A tiny open_clip model that truly aligns: trained here, on drawn pictures with captions.

It is saved as any open_clip model of the hub is: `open_clip_config.json` and `open_clip_model.safetensors`.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
from filelock import FileLock

from tests.tools.models.hub import drawings
from tests.tools.models.hub.drawings import Drawing, draw_many

MODEL = {
    "embed_dim": 64,
    "vision_cfg": {"image_size": 64, "layers": 4, "width": 128, "head_width": 32, "patch_size": 16},
    "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 64, "heads": 2, "layers": 2},
}
PREPROCESS = {"mean": [0.5] * 3, "std": [0.5] * 3, "interpolation": "bicubic", "resize_mode": "shortest"}
PICTURES, STEPS, BATCH, RATE = 1800, 420, 64, 1e-3


def recipe() -> str:
    """What the model depends on: another recipe, another folder."""
    parts = (Path(__file__).read_bytes(), Path(drawings.__file__).read_bytes())
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16]


def tiny_clip(cache: Path) -> Path:
    """The folder of the trained model below `cache`; trained now unless an earlier run did. Safe among processes."""
    folder = cache / f"tiny-clip-{recipe()}"
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(cache / "tiny-clip.lock"):
        if not (folder / "done").exists():
            train(folder)
            (folder / "done").touch()
    return folder


def train(folder: Path, steps: int = STEPS) -> None:
    """Train the model and write it to `folder`; the same each time."""
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(0)
        _train(folder, steps)


def _train(folder: Path, steps: int) -> None:
    import open_clip
    import torch
    from safetensors.torch import save_file
    from torch.nn.functional import cross_entropy

    folder.mkdir(parents=True, exist_ok=True)
    config = {"model_cfg": MODEL, "preprocess_cfg": PREPROCESS}
    (folder / "open_clip_config.json").write_text(json.dumps(config, indent=1))
    rng = np.random.default_rng(0)
    name = f"local-dir:{folder}"
    model = open_clip.create_model(name, load_weights=False).train()
    tokenizer = open_clip.get_tokenizer(name)
    pictures = draw_many(PICTURES, seed=1)
    pixels = torch.from_numpy(np.stack([p.pixels for p in pictures])).permute(0, 3, 1, 2).float() / 127.5 - 1
    # Each tells the pictures apart by something else; the last by everything.
    forms = (Drawing.caption, Drawing.size_caption, Drawing.place_caption, Drawing.full_caption)
    said = [[form(picture) for picture in pictures] for form in forms]
    texts = [sorted(set(column)) for column in said]
    truth = [torch.tensor([own.index(t) for t in column]) for own, column in zip(texts, said, strict=True)]
    tokens = [tokenizer(own) for own in texts]
    optimiser = torch.optim.AdamW(model.parameters(), RATE, weight_decay=0.05, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps, pct_start=0.1)
    for step in range(steps):
        rows = torch.from_numpy(rng.choice(PICTURES, BATCH, replace=False))
        seen = model.encode_image(pixels[rows], normalize=True)
        scale = model.logit_scale.exp().clamp(max=50)
        loss = torch.zeros(())
        for kind in range(3 if step % 4 else 4):  # the full captions are many and slow: now and then
            vectors = model.encode_text(tokens[kind], normalize=True)
            loss = loss + cross_entropy(scale * seen @ vectors.T, truth[kind][rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    save_file(
        {k: v.contiguous() for k, v in model.state_dict().items()}, folder / "open_clip_model.safetensors"
    )
