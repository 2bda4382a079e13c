"""Lists what can be reproduced, and what of it is here."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assistant.reproduce.data_set import ALL, DataSet, data_sets
from assistant.reproduce.paper import papers
from assistant.reproduce.prepared_folder import find_set
from assistant.reproduce.reproduction import models_here
from assistant.reproduce.reproduction_lines import heading
from assistant.settings import Settings
from tools.errors import CannotRun
from tools.names import visible


def listing_document(settings: Settings, data: Path | None = None) -> dict[str, Any]:
    """Return the papers with their tables, the sets, and which sets and models are here.

    Args:
        settings: The user's settings, which choose the models.
        data: The folder with sets, or None to look for none.

    Raises:
        tools.errors.RegroupError: A set is damaged.
    """
    here = models_here(settings)
    listed = [
        {
            "name": paper.name,
            "title": paper.title,
            "source": f"{paper.authors}, {paper.venue}",
            "tables": [{"number": table.number, "title": table.title} for table in paper.tables],
            "left_out": dict(paper.left_out),
            "sets": list(dict.fromkeys(line.data_set for table in paper.tables for line in table.printed)),
            "models": dict(paper.models),
            "differences": list(paper.differences(here)),
        }
        for paper in papers().values()
    ]
    sets = [_set(data_set, data) for data_set in data_sets().values()]
    return {"papers": listed, "sets": sets, "models": here}


def listing_lines(document: dict[str, Any]) -> Iterator[str]:
    """Yield the document in lines."""
    for paper in document["papers"]:
        yield f"{paper['name']}: {paper['title']} ({paper['source']})"
        for table in paper["tables"]:
            yield f"  {heading(table['number'])}: {table['title']}"
        yield f"  sets: {', '.join(paper['sets'])}"
        for line in paper["differences"]:
            yield f"  here is {visible(line)}"
    yield ""
    yield "Sets:"
    width = max(len(found["name"]) for found in document["sets"])
    for found in document["sets"]:
        counts = " or ".join(f"{count:,}" for count in found["images"])
        classes = ", ".join(f"{criterion} {count}" for criterion, count in found["criteria"].items())
        yield f"  {found['name']:<{width}}  {counts} pictures; {classes}"
        yield f"  {'':<{width}}  {visible(found['here'])}"
    yield ""
    yield 'regroup reproduce PAPER --data DIR measures one; "all" stands for every paper.'


def _set(data_set: DataSet, data: Path | None) -> dict[str, Any]:
    """Return what a set is, and whether it is here: in any of its splits, the whole one first."""
    here = f"get it: {data_set.get}"
    splits = dict.fromkeys([ALL, *(split for source in data_set.sources for split in source.images)])
    for split in splits:
        if data is None:
            break
        try:
            found = find_set(data_set, split, data)
        except CannotRun as error:
            if split == ALL:
                here = str(error)
            continue
        of = "" if split == ALL else f", {split} split"
        here = f"here: {found.folder}{of}" + (f" ({found.source.why})" if found.source.why else "")
        break
    return {
        "name": data_set.name,
        "title": data_set.title,
        "images": list(data_set.expected()),
        "criteria": dict(data_set.criteria),
        "get": data_set.get,
        "note": data_set.note,
        "here": here,
    }
