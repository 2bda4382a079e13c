"""Make the tables of `tools.models.bundled.confidence_tables` from drawn pictures, and say how good they are on others.

python -m tests.calibration            # how good the tables are, on pictures that made none of them
python -m tests.calibration --write    # make them again (ten minutes)
python -m tests.calibration --write tone light    # only those
"""

import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from tests.calibration import photos, scenes
from tests.calibration.fitting import expected_error, fit
from tests.calibration.scenes import Truth
from tools.models.bundled import confidence_tables
from tools.models.bundled.calibration import Row, Table, calibrated
from tools.models.bundled.colour_expert import ColourExpert
from tools.models.bundled.count_expert import CountExpert
from tools.models.bundled.photo_expert import PhotoExpert
from tools.models.bundled.shape_expert import ShapeExpert
from tools.models.ports import Pixels

Made = Callable[[np.random.Generator], tuple[Pixels, Truth]]
Cases = dict[str, list[tuple[float, bool]]]
"""Slot name to (clearness, whether it was right)."""

CERTAIN = ("format",)
"""Slots that are read off and need no table."""
FITTED, CHECKED = 600, 300
"""Pictures of each kind, for making the tables and for checking them."""


def cases(pictures: int, seed: int, only: Sequence[str] = ()) -> Cases:
    """Return what the experts say of `pictures` drawn pictures of each kind before calibration; `only` names slots."""
    shape, count, colour, photo = ShapeExpert(), CountExpert(), ColourExpert(), PhotoExpert()
    seen: list[tuple[Made, tuple[Callable[[Pixels], Row], ...], tuple[str, ...]]] = [
        (scenes.thing, (shape.raw, colour.raw), ("shape", "aspect", "colour", "background colour")),
        (scenes.several, (count.raw,), ("count",)),
        (scenes.colourful, (colour.raw,), ("number of colours",)),
        (photos.kinds, (photo.raw,), ("kind of picture", "tone")),
        (photos.focus, (photo.raw,), ("sharpness",)),
        (photos.lights, (photo.raw,), ("light",)),
        (photos.contrasts, (photo.raw,), ("contrast",)),
    ]
    found: Cases = defaultdict(list)
    for kind, (make, looks, slots) in enumerate(seen):
        if only and not set(only) & set(slots):
            continue
        for i in range(pictures):
            pixels, truth = make(np.random.default_rng([seed, kind, i]))
            for slot in (slot for look in looks for slot in look(pixels)[1] if slot.name in slots):
                found[slot.name].append((slot.confidence, slot.value == truth[slot.name]))
    return dict(found)


def errors(found: Cases, made: Mapping[str, Table], parts: int = 10) -> dict[str, tuple[float, float]]:
    """Slot name to (expected calibration error, share that is right)."""
    from tools.models.ports import Slot

    result = {}
    for name, pairs in found.items():
        sure = [calibrated(Slot(name, "", clear), made).confidence for clear, _ in pairs]
        right = [ok for _, ok in pairs]
        result[name] = (expected_error(sure, right, parts), float(np.mean(right)))
    return result


def main(arguments: Sequence[str]) -> None:
    """See the module."""
    made: dict[str, Table] = dict(confidence_tables.TABLES)
    only = [word for word in arguments if word != "--write"]
    if "--write" in arguments:
        made |= {name: fit(*zip(*pairs, strict=True)) for name, pairs in cases(FITTED, 1, only).items()}
        rows = "".join(f'    "{name}": {table!r},\n' for name, table in sorted(made.items()))
        head = Path(confidence_tables.__file__).read_text("utf-8").split("TABLES")[0]
        kind = "dict[str, tuple[tuple[float, float], ...]]"
        Path(confidence_tables.__file__).write_text(f"{head}TABLES: {kind} = {{\n{rows}}}\n", "utf-8")
    for name, (error, right) in errors(cases(CHECKED, 2, only), made).items():
        print(f"{name:<20} expected calibration error {error:.3f}   right {right:.3f}")


if __name__ == "__main__":
    main(sys.argv[1:])
