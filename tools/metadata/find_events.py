"""Finds events, runs of pictures with a gap in time or place before and behind them, however many there are.

How long a gap is that ends an event differs from one collection to the next: an hour on a day out, two days on a
journey. So it is looked for where the gaps themselves have one: in the widest stretch of time, as a ratio, that no gap
falls into. PhotoTOC (Platt et al., 2003) compares the logarithms of gaps as well, each with its neighbours.
"""

import itertools
from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from tools.metadata.places import Place, kilometres

SHORTEST, LONGEST = 3.0, 72.0
"""The hours of the shortest and the longest gap of which it is asked whether it ends an event: a shorter one never
does, and a longer one always does."""
USUAL = 9.0
"""The hours of a gap that ends an event where the gaps themselves say nothing: a night."""
_AT_LEAST = 1.5
"""The least ratio of the ends of a stretch without gaps that says something."""
FAR = 60.0
"""The kilometres between two pictures, an hour or more apart, that are of two events."""


def find_events(taken: Sequence[datetime], places: Sequence[Place | None]) -> NDArray[np.int64]:
    """Return the number of the event of each of n pictures, (n,) from 0 in the order of time.

    Args:
        taken: When each was taken, by the clock of the place.
        places: Where each was taken, as latitude and longitude; None where that is unknown.
    """
    n = len(taken)
    order = sorted(range(n), key=lambda i: (taken[i], i))
    gaps = np.array([_hours(taken[b], taken[a]) for a, b in itertools.pairwise(order)])
    ends = gaps > gap_between_events(gaps)
    here: Place | None = None
    for i, row in enumerate(order):
        there = places[row]
        if there is not None:
            if here is not None and i and gaps[i - 1] >= 1 and kilometres(here, there) > FAR:
                ends[i - 1] = True
            here = there
    events = np.zeros(n, np.int64)
    events[order] = np.concatenate([[0], np.cumsum(ends)]) if n else []
    return events


def gap_between_events(gaps: NDArray[np.float64]) -> float:
    """Return the hours beyond which a gap ends an event, from all gaps between successive pictures in hours."""
    among = gaps[(gaps > SHORTEST) & (gaps < LONGEST)]
    if not len(among):
        return USUAL
    marks = np.log(np.concatenate([[SHORTEST], np.sort(among), [LONGEST]]))
    widest = int(np.argmax(np.diff(marks)))
    if marks[widest + 1] - marks[widest] < np.log(_AT_LEAST):
        return USUAL
    return float(np.exp((marks[widest] + marks[widest + 1]) / 2))


def _hours(later: datetime, earlier: datetime) -> float:
    return (later - earlier).total_seconds() / 3600
