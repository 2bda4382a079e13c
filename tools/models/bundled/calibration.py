"""Turns how clear a measurement is into how often it is right, for every slot of the experts.

An expert gives every slot a clearness, a number in [0, 1] of which only the order means something. A table per slot
turns it into a confidence: of the drawn pictures with confidence .8, eight in ten are right. The tables are made by
`python -m tests.calibration` from drawn pictures alone and are checked on other drawn pictures.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from tools.models.bundled.confidence_tables import TABLES
from tools.models.ports import Findings, Slot, Vectors

Table = Sequence[tuple[float, float]]
"""Pairs of clearness and confidence, both rising; linear in between, constant outside."""

Row = tuple[Mapping[str, Vectors], list[Slot]]
"""What is measured in one picture: view name to (d,) float32, and slots whose confidence is still the clearness."""


def calibrated(slot: Slot, tables: Mapping[str, Table] = TABLES) -> Slot:
    """Return the slot with its clearness turned into a confidence; unchanged where no table belongs to it."""
    table = tables.get(slot.name)
    if table is None:
        return slot
    places, shares = zip(*table, strict=True)
    return Slot(slot.name, slot.value, round(float(np.interp(slot.confidence, places, shares)), 3))


def findings(rows: Sequence[Row], widths: Mapping[str, int]) -> Findings:
    """Return the rows of a batch of b pictures as findings with calibrated slots.

    Args:
        rows: One for each picture; a view that is missing in a row becomes a row of NaN.
        widths: The name of every view of the expert, with its number of columns.
    """
    views = {
        name: np.stack([seen.get(name, np.full(width, np.nan)) for seen, _ in rows]).astype(np.float32)
        if rows
        else np.empty((0, width), np.float32)
        for name, width in widths.items()
    }
    return Findings(views, [[calibrated(slot) for slot in slots] for _, slots in rows])
