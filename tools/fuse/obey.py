"""What the user said about images, obeyed by an assignment that was made without it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.constraints import Constraint, Ties, consistent, dropped_note, ties
from tools.fuse.guide import Guide
from tools.turns import Turns


def tied(images: Sequence[str], constraints: Sequence[Constraint], guide: Guide | None = None) -> Ties:
    """The blocks that constraints make of n images; the user is told of what contradicts something newer.

    Args:
        images: n image ids.
        constraints: In the order in which they were said.
        guide: To whose notes a line is added where something was dropped.
    """
    kept, dropped = consistent(constraints)
    note = dropped_note(dropped, constraints)
    if guide is not None and note and note not in guide.notes:
        guide.notes.append(note)
    return ties(images, kept)


def obey(soft: NDArray[np.float32], said: Ties) -> bool:
    """Give each block of images to one group, and blocks that are apart to different ones; in place.

    The block with the fewest groups left to choose from goes first (DSATUR; Brelaz 1979), then the larger, then the
    surer; each takes the group that most of it is in. An image alone that is where it may be keeps its row. Images
    with rows of zeros follow those that they are tied to, and stay as they are where nothing is known of any.

    Args:
        soft: (n, k) float32, rows that sum to 1 or to 0.
        said: Of the same n images.

    Returns:
        Whether all of it could be obeyed: False where the k groups are too few. Then the largest blocks are.
    """
    blocks = [np.array(rows, np.intp) for rows in said.blocks]
    turns = Turns(
        (
            number
            for number, rows in enumerate(blocks)
            if (len(rows) > 1 or number in said.names or number in said.parted) and soft[rows].any()
        ),
        said.parted,
        said.names,
        lambda number: (-len(blocks[number]), -float(soft[blocks[number]].max()), number),
    )
    whole = True
    while (number := turns.next()) is not None:
        rows = blocks[number]
        order = np.argsort(-soft[rows].sum(0), kind="stable").tolist()
        group = next((g for g in order if not turns.closed(number, g)), None)
        if group is None:
            whole = False
            continue
        turns.take(number, group)
        if len(rows) == 1 and number not in said.names and soft[rows[0]].argmax() == group:
            continue
        soft[rows] = 0.0
        soft[rows, group] = 1.0
    return whole
