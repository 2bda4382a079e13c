"""Collects what a report shows from an open desk. Nothing is grouped for it."""

import platform
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from importlib import metadata
from shlex import quote
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.report.picture_map import laid_out
from assistant.report.report_data import Answered, Group, Picture, Pile, Report, Sheet, Table
from assistant.text.formatting import sureness
from assistant.workspace.files import slug
from tools.clustering.clustering import UNSORTED, Clustering
from tools.clustering.clustering import slug as clustering_id
from tools.errors import UsageError
from tools.explanation import in_common, sets_apart
from tools.metadata.columns import spoken_position, spoken_time
from tools.metadata.places import place_names
from tools.names import amount, visible
from tools.progress import Progress, silent
from tools.settle.by_value import are_from_files

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assistant.desk import Desk
    from tools.metadata.metadata import Metadata

EXEMPLARS = 12
"""The number of pictures that stand for a group at the top of its contact sheet."""
MOST_ROWS = 40
"""The most rows and columns of a table, besides one for all others."""
_MOST_ORDERED = 100
"""The most groups of which the typical pictures are looked for; of more, the surest ones stand for a group."""
MOST_CRITERIA = 12
"""The most criteria of one report; of more, the newest are taken."""
_LIBRARIES = ("numpy", "scikit-learn", "pillow", "bokeh", "jinja2", "torch")
_STEPS = 400
"""The most steps of the journal that are listed."""


def collect(desk: "Desk", places: bool = True, progress: Progress = silent) -> Report:
    """Return the data of a report on all groupings of a collection.

    Args:
        desk: The open collection.
        places: Whether it holds what files say of time, place and camera. Without, groupings by that are left out, too.
        progress: Called during the work.

    Raises:
        UsageError: Nothing is grouped yet.
    """
    made = [each for each in desk.clusterings.all() if places or not are_from_files(each.sources)]
    if not made:
        raise UsageError(
            "nothing is grouped yet, so there is nothing to report; group first, for example: "
            "regroup cluster FOLDER --by colour"
        )
    of, made = len(made), made[-MOST_CRITERIA:]
    looked = not any(not are_from_files(each.sources) for each in made) or _look(desk, progress)
    collection = desk.collection
    made = [each.over(collection.ids) for each in made]
    known = desk.metadata.all(progress) if places else {}
    sheets = []
    files = {each.id: f"{n}-{slug(each.criterion, 'criterion')}.html" for n, each in enumerate(made, 1)}
    for done, clustering in enumerate(made):
        progress("laying out the maps", done, len(made))
        sheets.append(_sheet(desk, clustering, files, made, looked, progress))
    return Report(
        title=visible(collection.folder.name or str(collection.folder)),
        folder=visible(str(collection.folder)),
        made=datetime.now().replace(microsecond=0),
        pictures=tuple(_pictures(desk, made, known)),
        sheets=tuple(sheets),
        piles=tuple(_piles(desk)),
        facts=(
            *_facts(desk),
            ("Groupings", f"{len(made)}" if len(made) == of else f"the newest {len(made)} of {of}"),
        ),
        steps=tuple(_steps(desk, None if places else {each.id for each in made})),
        files=tuple(collection.file(image.sha256) for image in collection.images),
    )


def _steps(desk: "Desk", only: set[str] | None) -> list[tuple[str, str]]:
    """Return the steps in force, each with its time; of what files say none, where only some clusterings are shown."""
    hidden = desk.clusterings.names_from_files() if only is not None else frozenset()
    steps = [
        (event.at.replace("T", " ")[:16], visible(event.text))
        for event in desk.shelf.done()
        if (only is None or event.clustering is None or event.clustering in only)
        and not any(name in event.text for name in hidden)
    ]
    return steps[-_STEPS:]


def _look(desk: "Desk", progress: Progress) -> bool:
    """Read what the experts saw; pictures that came since are looked at."""
    desk.experts.look(progress)
    return True


def _pictures(desk: "Desk", made: Sequence[Clustering], known: "dict[str, Metadata]") -> list[Picture]:
    towns = _towns(known)
    found = []
    for row, image in enumerate(desk.collection.images):
        groups = [
            f"{visible(each.criterion)}: {visible(each.clusters[label].name)}"
            for each in made
            if (label := int(each.labels[row])) != UNSORTED
        ]
        about = known.get(image.sha256)
        place = _place(about)
        told = (
            [spoken_time(about), towns.get(place, spoken_position(about)) if place else "", about.camera]
            if about
            else []
        )
        found.append(
            Picture(
                image.sha256,
                row + 1,
                visible(image.path.as_posix()),
                "; ".join(groups) or "in no group",
                about.taken.replace(tzinfo=None) if about and about.taken else None,
                visible(" · ".join(filter(None, told))),
                place,
            )
        )
    return found


def _place(about: "Metadata | None") -> tuple[float, float] | None:
    if about is None or about.latitude is None or about.longitude is None:
        return None
    return about.latitude, about.longitude


def _towns(known: "dict[str, Metadata]") -> dict[tuple[float, float], str]:
    """Return the name of each place that a file names, in words."""
    places = sorted({place for about in known.values() if (place := _place(about))})
    named = zip(places, place_names(places), strict=True) if places else ()
    return {place: ", ".join(filter(None, (town.name, town.country))) for place, town in named}


def _sheet(
    desk: "Desk",
    clustering: Clustering,
    files: dict[str, str],
    made: Sequence[Clustering],
    looked: bool,
    progress: Progress,
) -> Sheet:
    row = {image: i for i, image in enumerate(clustering.images)}
    descriptions = desk.experts.look_for(clustering.criterion, progress) if looked else None
    few = looked and len(clustering.clusters) <= _MOST_ORDERED
    best = desk.arranging.best(EXEMPLARS, clustering=clustering.id, progress=progress) if few else {}
    groups = []
    named = {cluster.name for cluster in clustering.clusters} if are_from_files(clustering.sources) else set()
    for index, cluster in enumerate(clustering.clusters):
        members = tuple(row[image] for image in clustering.members(cluster.id))
        inside = clustering.confidence[clustering.labels == index]
        certainty = float(inside.mean()) if len(inside) else 0.0
        chosen = tuple(row[image] for image in best.get(cluster.id, ()) if image in row)
        groups.append(
            Group(
                visible(cluster.name),
                members,
                certainty,
                sureness(certainty),
                chosen or members[:EXEMPLARS],
                _lines(in_common(cluster.id, clustering, descriptions, named)) if descriptions else (),
                _lines(sets_apart(cluster.id, clustering, descriptions, named)) if descriptions else (),
                cluster.locked,
            )
        )
    points, alike, no_map = _map(desk, clustering, looked, progress)
    unsorted = tuple(row[image] for image in clustering.unsorted())
    why = Counter(clustering.why[i] if clustering.why else "" for i in unsorted)
    return Sheet(
        _title(clustering),
        files[clustering.id],
        tuple(groups),
        clustering.labels,
        unsorted,
        tuple(
            (visible(reason) or "nothing seen that speaks for a group", n) for reason, n in why.most_common()
        ),
        tuple(_made_from(desk, clustering)),
        _lines(clustering.notes),
        _command(desk, clustering),
        points,
        alike,
        no_map,
        tuple(_tables(desk, clustering, made, files)),
        _answered(desk, clustering.id),
    )


def _title(clustering: Clustering) -> str:
    """Return the criterion, and for a branch of a grouping its name as well."""
    branch = clustering.id != clustering_id(clustering.criterion)
    return visible(f"{clustering.criterion} ({clustering.id})" if branch else clustering.criterion)


def _lines(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(visible(text) for text in texts)


def _map(desk: "Desk", clustering: Clustering, looked: bool, progress: Progress) -> tuple[Any, str, str]:
    """Return the places of the pictures on the map and in what near ones are alike, and else why there is none."""
    if not looked:
        return (
            None,
            "",
            "There is no map: nobody has looked at these pictures, as what their files say needs no look.",
        )
    seen, under_criterion = desk.arranging.points(clustering, clustering.images, progress)
    points = laid_out(seen, desk.settings.seed)
    alike = f"under “{_title(clustering)}”" if under_criterion else "to look at, whatever their groups are"
    none = "" if points is not None else "There is no map: these pictures hardly differ under this criterion."
    return points, alike, none


def _tables(
    desk: "Desk", clustering: Clustering, made: Sequence[Clustering], files: dict[str, str]
) -> list[Table]:
    tables = []
    for other in made:
        if other.id == clustering.id or not (clustering.clusters and other.clusters):
            continue
        compared = desk.comparing.compare(clustering.id, other.id)
        table = np.array(compared.table)
        names = [(*(visible(c.name) for c in each.clusters), "unsorted") for each in (clustering, other)]
        cells, rows = _largest(table, names[0])
        cells, columns = _largest(cells.T, names[1])
        tables.append(
            Table(
                _title(other),
                files[other.id],
                rows,
                columns,
                tuple(map(tuple, cells.T.tolist())),
                compared.agreement,
            )
        )
    return tables


def _largest(cells: "NDArray[np.int64]", names: Sequence[str]) -> tuple["NDArray[np.int64]", tuple[str, ...]]:
    """Return the rows of a table that hold pictures, with names; of too many the largest, and one for the others."""
    sums = cells.sum(1)
    kept = np.sort(np.argsort(-sums, kind="stable")[:MOST_ROWS])
    kept = kept[sums[kept] > 0]
    rest = np.setdiff1d(np.flatnonzero(sums), kept)
    shown, titles = cells[kept], tuple(names[i] for i in kept)
    if not len(rest):
        return shown, titles
    return np.vstack([shown, cells[rest].sum(0)]), (*titles, amount(len(rest), "other"))


def _answered(desk: "Desk", id: str) -> Answered | None:
    """Return how sure the groups of asked pictures were before each answer, and whether the answer was that group."""
    sure, right = [], []
    for event in desk.shelf.done():
        if event.kind != "answer" or event.clustering != id:
            continue
        before = desk.shelf.event(event.number).before
        if before is None:
            continue
        row = {image: i for i, image in enumerate(before.images)}
        for kind, image, name in event.detail.get("said", ()):
            if kind != "group" or image not in row or before.labels[row[image]] == UNSORTED:
                continue
            sure.append(float(before.confidence[row[image]]))
            right.append(before.clusters[before.labels[row[image]]].name == name)
    return Answered(tuple(sure), tuple(right)) if sure else None


def _made_from(desk: "Desk", clustering: Clustering) -> list[tuple[str, str]]:
    feedback = desk.feedback.of(clustering.id)
    return [
        ("Made from", visible(", ".join(clustering.sources)) or "what you said"),
        ("Models", visible(clustering.tier)),
        ("Method", visible(clustering.method) + (", as you chose" if clustering.chosen else "")),
        ("Groups", f"{len(clustering.clusters):,}" + ("" if feedback.k is None else ", as you asked for")),
        ("Answers and corrections", f"{len(feedback.constraints):,}"),
    ]


def _command(desk: "Desk", clustering: Clustering) -> str:
    """Return the command that groups in the same way; answers and corrections are in the workspace."""
    parts = ["regroup", "cluster", "FOLDER", "--by", clustering.criterion, "--seed", str(desk.settings.seed)]
    feedback = desk.feedback.of(clustering.id)
    if feedback.k is not None:
        parts += ["--groups", str(feedback.k)]
    if clustering.chosen:
        parts += ["--method", clustering.method]
    return visible(" ".join(quote(part) for part in parts))


def _piles(desk: "Desk") -> list[Pile]:
    collection = desk.collection
    piles = [
        Pile("Unreadable", tuple((str(each.path), each.reason) for each in collection.unreadable)),
        Pile(
            "Duplicates",
            tuple(
                (str(each.path), f"has the same picture as {collection.by_id(each.of).path}")
                for each in collection.duplicates
            ),
        ),
        Pile("No pictures", tuple((str(path), "is no image") for path in collection.others)),
        Pile(
            "Not entered",
            tuple((str(each.path), each.owner or "is ignored by git") for each in collection.skipped),
        ),
    ]
    return [
        Pile(pile.title, tuple((visible(name), visible(why)) for name, why in pile.rows))
        for pile in piles
        if pile.rows
    ]


def _facts(desk: "Desk") -> list[tuple[str, str]]:
    status, settings = desk.status(), desk.settings
    experts = [f"{expert.name} {expert.version}" for expert in desk.experts.awake if expert.missing() is None]
    versions = [f"{name} {version}" for name in _LIBRARIES if (version := _version(name))]
    return [
        ("Pictures", amount(len(desk.collection), "picture")),
        ("Regroup", _version("regroup") or "unknown"),
        ("Seed", str(settings.seed)),
        ("Models that look", visible(f"{status.tier}: {', '.join(experts)}")),
        ("Model that describes", visible(status.model) or "none"),
        ("Brain", visible(status.brain)),
        ("Calls of describers and judges", "; ".join(map(visible, status.effort)) or "none"),
        ("Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}"),
        ("Libraries", ", ".join(versions)),
    ]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
