"""Names places without a network: by the nearest town of a gazetteer, or by where they are where no town is near.

The gazetteer is that of the package `reverse_geocode`, made from GeoNames (CC BY 4.0). Nothing is asked of a host.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from typing import Any

import numpy as np

Place = tuple[float, float]
"""A latitude and a longitude in degrees."""

_LEVELS = ((3_000_000, 20.0), (300_000, 12.0), (50_000, 8.0), (0, 30.0))
"""The inhabitants of a town, and the kilometres within which a place has its name: a large city before the part of it
that is nearest."""
_APART = 5.0
"""The kilometres within which places without a town near them are one."""
_EARTH = 6371.0


@dataclass(frozen=True, slots=True)
class PlaceName:
    """Holds the name of a place.

    Attributes:
        name: The town, or where the place is: "64.15° N, 21.94° W".
        city: The town; "" where none is near.
        country: The country of the town; "" where none is near.
    """

    name: str
    city: str = ""
    country: str = ""


def kilometres(a: Place, b: Place) -> float:
    """Return the distance between two places along the surface of the earth (the haversine formula)."""
    north, east = radians(b[0] - a[0]), radians(b[1] - a[1])
    chord = sin(north / 2) ** 2 + cos(radians(a[0])) * cos(radians(b[0])) * sin(east / 2) ** 2
    return 2 * _EARTH * asin(min(1.0, sqrt(chord)))


def place_names(places: Sequence[Place]) -> list[PlaceName]:
    """Return a name for each place. Towns of one name are told apart by their region or country."""
    distinct = sorted({(round(p[0], 4), round(p[1], 4)) for p in places})
    towns = dict(zip(distinct, _towns(distinct), strict=True))
    names = _unique({place: town for place, town in towns.items() if town is not None})
    names |= _by_position([place for place in distinct if towns[place] is None])
    return [names[round(p[0], 4), round(p[1], 4)] for p in places]


def _towns(places: Sequence[Place]) -> list[dict[str, Any] | None]:
    """Return the town of each place; None where none is near, or the gazetteer is not installed."""
    found: list[dict[str, Any] | None] = [None] * len(places)
    try:
        import reverse_geocode
    except ImportError:
        return found
    for people, near in _LEVELS:
        rows = [i for i, town in enumerate(found) if town is None]
        if not rows:
            break
        for row, town in zip(rows, reverse_geocode.search([places[i] for i in rows], people), strict=True):
            if kilometres(places[row], (float(town["latitude"]), float(town["longitude"]))) <= near:
                found[row] = town
    return found


def _unique(towns: dict[Place, dict[str, Any]]) -> dict[Place, PlaceName]:
    """Return the names of towns, with region or country where there are two of that name."""
    wheres: dict[str, set[tuple[str, str]]] = {}
    for town in towns.values():
        wheres.setdefault(str(town["city"]), set()).add(
            (str(town.get("state", "")), str(town.get("country", "")))
        )
    names: dict[Place, PlaceName] = {}
    for place, town in towns.items():
        name, country = str(town["city"]), str(town.get("country", ""))
        if len(others := wheres[name]) > 1:
            told_by_country = len({where[1] for where in others}) == len(others)
            name = f"{name}, {country if told_by_country else town.get('state') or country}"
        names[place] = PlaceName(name, name, country)
    return names


def _by_position(places: Sequence[Place]) -> dict[Place, PlaceName]:
    """Return the names of places without a town: those that are near each other have one, by their middle."""
    if not places:
        return {}
    from sklearn.cluster import DBSCAN

    points = np.radians(np.array(places))
    labels = DBSCAN(_APART / _EARTH, min_samples=1, metric="haversine", algorithm="ball_tree").fit_predict(
        points
    )
    together: dict[int, list[Place]] = {}
    for place, label in zip(places, labels.tolist(), strict=True):
        together.setdefault(label, []).append(place)
    names: dict[Place, PlaceName] = {}
    for members in together.values():
        latitude, longitude = np.median(np.array(members), axis=0).tolist()
        names |= dict.fromkeys(members, PlaceName(_position(latitude, longitude)))
    return names


def _position(latitude: float, longitude: float) -> str:
    north, east = "N" if latitude >= 0 else "S", "E" if longitude >= 0 else "W"
    return f"{abs(latitude):.2f}° {north}, {abs(longitude):.2f}° {east}"
