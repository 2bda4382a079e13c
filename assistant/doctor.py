"""Try everything that this machine can do, for real, and time it."""

import time
from collections.abc import Callable
from typing import Any

from assistant.settings import Settings
from tools.errors import RegroupError


def examine(settings: Settings) -> list[dict[str, Any]]:
    """One row per check: name, ok, optional (whether Regroup works without it), seconds, and what was found."""
    checks: list[tuple[str, bool, Callable[[], str]]] = [
        ("workspace", False, lambda: _workspace(settings)),
        ("torch and torchvision", False, _torch),
        ("text encoder", False, _text),
        *(
            (f"expert: {name}", optional, lambda name=name: _expert(name, settings))
            for name, optional in (("object", False), ("colour", False), ("face", True))
        ),
        ("brain", False, lambda: _brain(settings)),
    ]
    return [_tried(*check) for check in checks]


def _tried(name: str, optional: bool, check: Callable[[], str]) -> dict[str, Any]:
    start = time.monotonic()
    try:
        text, ok = check(), True
    except RegroupError as error:
        text, ok = str(error), False
    except Exception as error:  # whatever a library of another version raises: the doctor reports, never dies
        text, ok = f"{type(error).__name__}: {error}", False
    seconds = round(time.monotonic() - start, 2)
    return {"name": name, "ok": ok, "optional": optional, "seconds": seconds, "text": " ".join(text.split())}


def _workspace(settings: Settings) -> str:
    import tempfile
    from pathlib import Path

    from assistant.workspace import Workspace

    workspace = Workspace(settings.workspace)
    with tempfile.TemporaryDirectory() as folder:
        workspace.open(Path(folder), exclusive=False).close()
    return f"can be written: {workspace.root}"


def _torch() -> str:
    import torch
    import torchvision

    device = "GPU" if torch.cuda.is_available() else "no GPU"
    versions = f"torch {torch.__version__}, torchvision {torchvision.__version__}"
    return f"{versions}, {torch.get_num_threads()} threads, {device}"


def _text() -> str:
    from tools.models.bundled.tier import text_encoder

    encoder = text_encoder()
    near, far = (
        encoder.encode(["mood", "how they feel", "suit of the card"])[1:] @ encoder.encode(["emotion"])[0]
    )
    if near <= far:
        raise RegroupError(f"{encoder.name} finds the wrong words alike; install it again")
    return f"{encoder.name}: emotion is nearer to a feeling ({near:.2f}) than to a card ({far:.2f})"


def _expert(name: str, settings: Settings) -> str:
    import numpy as np

    from assistant.demo.draw import sitters
    from assistant.demo.portrait import draw_portrait
    from tools.models.bundled import tier
    from tools.models.store import Store

    expert = next(e for e in tier.experts(Store(offline=settings.offline)) if e.name == name)
    lacking = expert.missing()
    if lacking is not None:
        raise RegroupError(lacking)
    rng = np.random.default_rng(0)
    pictures = [np.asarray(draw_portrait(sitter, rng).convert("RGB")) for sitter in sitters(8, rng)]
    expert.look(pictures[:1])  # loads the network
    start = time.monotonic()
    findings = expert.look(pictures)
    rate = len(pictures) / (time.monotonic() - start)
    said = ", ".join(f"{slot.name} {slot.value}" for slot in findings.slots[0][:3])
    return f"{rate:.0f} images/s; of a drawn portrait it says: {said}"


def _brain(settings: Settings) -> str:
    from assistant.agent.brain import choose, make

    choice = choose(settings)
    return f"{choice.label} ({type(make(choice, settings)).__name__})"
