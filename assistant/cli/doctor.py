"""Tries everything that this machine can do, for real, and times it."""

import time
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from assistant.models import consent, tiers
from assistant.models.providers import is_hosted
from assistant.settings import Settings
from tools.errors import RegroupError
from tools.names import visible
from tools.progress import Progress, silent

if TYPE_CHECKING:
    from tools.models.ports import Expert, Pixels, Slot


_REQUIRED_EXPERTS = ("object", "colour")
"""The experts that must work, because their weights come with the installation."""
_KINDS = {"raw": "camera raw", "svg": "SVG", "film": "films", "jxl": "JPEG XL"}
"""The kinds of files that extras open, with their names for people."""
_CRITERION = "hair colour"
"""The criterion by which describers are asked about a drawn portrait."""


def examine(settings: Settings, progress: Progress = silent) -> list[dict[str, Any]]:
    """Run all checks.

    A hosted model is asked about one drawn picture only where its server is on this machine, and so is the brain;
    nothing is sent elsewhere.

    Returns:
        One row per check: `name`, `ok`, `optional` (whether Regroup works without it), `seconds`, and `text`.
    """
    checks: list[tuple[str, bool, Callable[[], str]]] = [
        ("workspace", False, lambda: try_workspace(settings)),
        ("torch and torchvision", False, try_torch),
        ("text encoder", False, try_text_encoder),
        *(
            (f"expert: {name}", name not in _REQUIRED_EXPERTS, lambda name=name: try_expert(name, settings))
            for name in [expert.name for expert in _experts(settings)]
        ),
        ("pictures: HEIC", True, try_heic),
        ("pictures: AVIF", True, try_avif),
        *((f"pictures: {name}", True, lambda kind=kind: try_kind(kind)) for kind, name in _KINDS.items()),
        ("hub: describer", True, lambda: try_hub_describer(settings)),
        ("hub: encoder", True, lambda: try_hub_encoder(settings)),
        ("hosted: describer", True, lambda: try_hosted_describer(settings)),
        ("brain", False, lambda: try_brain(settings)),
    ]
    rows = []
    for done, check in enumerate(checks):
        progress(f"trying {check[0]}", done, len(checks))
        rows.append(run_check(*check))
    return rows


def run_check(name: str, optional: bool, check: Callable[[], str]) -> dict[str, Any]:
    """Return the row of one check, as `examine` lists them.

    Whatever the check raises becomes the text of a row that is not ok: a library of another version may raise anything,
    and the doctor reports it.
    """
    start = time.monotonic()
    try:
        text, ok = check(), True
    except RegroupError as error:
        text, ok = str(error), False
    except Exception as error:
        text, ok = f"{type(error).__name__}: {error}", False
    seconds = round(time.monotonic() - start, 2)
    return {"name": name, "ok": ok, "optional": optional, "seconds": seconds, "text": " ".join(text.split())}


def try_workspace(settings: Settings) -> str:
    """Open the workspace on an empty folder. Raises RegroupError where it cannot be written."""
    import tempfile
    from pathlib import Path

    from assistant.workspace import Workspace

    workspace = Workspace(settings.workspace)
    with tempfile.TemporaryDirectory() as folder:
        workspace.open(Path(folder), exclusive=False).close()
    return f"can be written: {workspace.root}"


def try_torch() -> str:
    """Load the pair that must fit together, and tell their versions. Raises whatever they raise where they do not."""
    import torch
    import torchvision

    device = "GPU" if torch.cuda.is_available() else "no GPU"
    versions = f"torch {torch.__version__}, torchvision {torchvision.__version__}"
    return f"{versions}, {torch.get_num_threads()} threads, {device}"


def try_text_encoder() -> str:
    """Compare a few words. Raises RegroupError where the wrong ones are alike."""
    from tools.models.bundled.tier import text_encoder

    encoder = text_encoder()
    near, far = (
        encoder.encode(["mood", "how they feel", "suit of the card"])[1:] @ encoder.encode(["emotion"])[0]
    )
    if near <= far:
        raise RegroupError(f"{encoder.name} finds the wrong words alike; install it again")
    return f"{encoder.name}: emotion is nearer to a feeling ({near:.2f}) than to a card ({far:.2f})"


def try_heic() -> str:
    """Load the library for HEIC, and tell its version. Raises RegroupError where it is missing."""
    try:
        import pi_heif
    except ImportError:
        raise RegroupError("not opened; this adds it: pip install pi-heif") from None
    return f"opened, by libheif {pi_heif.libheif_version()}"


def try_avif() -> str:
    """Write and read a picture as AVIF. Raises RegroupError where this Pillow cannot."""
    import io

    from PIL import Image, features

    if not features.check("avif"):
        raise RegroupError("not opened; this adds it: pip install --upgrade pillow")
    file = io.BytesIO()
    Image.new("RGB", (16, 16), "red").save(file, "AVIF")
    Image.open(file).load()
    return f"opened, by libavif {features.version('avif')}"


def try_kind(kind: str) -> str:
    """Load the library for a kind of files, and tell its version. Raises RegroupError with the extra that adds it."""
    from importlib import import_module
    from importlib.metadata import version

    from tools.decode.other_decoders import EXTRAS, LIBRARIES, is_installed

    if not is_installed(kind):
        raise RegroupError(f"not opened; this adds it: pip install 'regroup[{EXTRAS[kind]}]'")
    library = LIBRARIES[kind]
    import_module(library)
    return f"opened, by {library} {version(library)}"


def _experts(settings: Settings) -> "list[Expert]":
    from tools.models.bundled import tier
    from tools.models.weight_store import WeightStore

    return [*tier.experts(WeightStore(offline=settings.offline)), *tier.slow_experts()]


@cache  # drawing them takes longer than most experts take to look
def _portraits(count: int) -> "list[Pixels]":
    import numpy as np

    from assistant.demo.draw import sitters
    from assistant.demo.portrait import draw_portrait

    rng = np.random.default_rng(0)
    return [np.asarray(draw_portrait(sitter, rng).convert("RGB")) for sitter in sitters(count, rng)]


def try_expert(name: str, settings: Settings) -> str:
    """Have an expert look at drawn portraits. Raises RegroupError where it cannot run, with what it lacks."""
    expert = next(e for e in _experts(settings) if e.name == name)
    lacking = expert.missing()
    if lacking is not None:
        raise RegroupError(lacking)
    pictures = _portraits(8)
    expert.look(pictures[:1])  # loads the network
    start = time.monotonic()
    findings = expert.look(pictures)
    rate = len(pictures) / (time.monotonic() - start)
    slots = ", ".join(f"{slot.name} {slot.value}" for slot in findings.slots[0][:3])
    return f"{rate:.0f} images/s; its answer for a drawn portrait: {slots}"


def _hub(settings: Settings, kind: str) -> tiers.HubTier:
    """Return the models of the hub that are here. Raises RegroupError, which says how to get one of this kind."""
    usable = tiers.find_tiers(settings.model_copy(update={"tier": "hub"}), consent.NoNotes())
    for tier in usable.tiers:
        if isinstance(tier, tiers.HubTier) and (tier.describes if kind == "vlm" else tier.encodes):
            return tier
    reasons = [line for line in usable.lines if kind == "vlm" or settings.encoder]
    raise RegroupError(next(iter(reasons), f"none is here: regroup models fetch {kind}-small"))


def try_hub_describer(settings: Settings) -> str:
    """Ask the hub's describer about a drawn portrait. Raises RegroupError where there is none."""
    from tools.describe.guided import question_about

    describer = _hub(settings, "vlm").describer
    start = time.monotonic()
    (slots,) = describer.describe(_portraits(1), question_about(_CRITERION))
    return f"{describer.model.line}; {time.monotonic() - start:.1f} s an image; {_seen_in(slots)}"


def try_hub_encoder(settings: Settings) -> str:
    """Have the hub's encoder look at drawn portraits. Raises RegroupError where there is none."""
    (expert,) = _hub(settings, "clip").experts()
    pictures = _portraits(8)
    expert.look(pictures[:1])  # loads the network
    start = time.monotonic()
    expert.look(pictures)
    return f"{expert.version}; {len(pictures) / (time.monotonic() - start):.0f} images/s"


def try_hosted_describer(settings: Settings) -> str:
    """Ask a server of this machine about a drawn portrait. Raises RegroupError where none is set up, or where the host
    is elsewhere: that is not asked."""
    from tools.describe.guided import question_about

    if not (is_hosted(settings.describer) or settings.base_url):
        raise RegroupError('not set up: set describer to "openai:NAME", "anthropic:NAME" or "ollama:NAME"')
    tier = tiers.HostedTier(settings, consent.NoNotes())
    if not tier.chat.local:
        raise RegroupError(
            f"{tier.model} is set up and was not asked: a picture is sent there only after you allow it with: "
            f"regroup cluster FOLDER --by CRITERION --send-to {tier.chat.host}"
        )
    if line := tier.missing():
        raise RegroupError(line)
    start = time.monotonic()
    (slots,) = tier.describer.describe(_portraits(1), question_about(_CRITERION))
    return f"{tier.model}: {time.monotonic() - start:.1f} s an image; {_seen_in(slots)}"


def _seen_in(slots: "list[Slot]") -> str:
    words = ", ".join(f"{visible(slot.name)} {visible(slot.value)}" for slot in slots)
    return f"its answer for a drawn portrait: {words or 'nothing'}"


def try_brain(settings: Settings) -> str:
    """Have what thinks understand one sentence (`assistant.agent.trial.trial`)."""
    from assistant.agent.trial import trial

    return trial(settings)
