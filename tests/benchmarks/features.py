"""Dump what the experts see in labelled folders, once: `python -m tests.benchmarks.features FOLDER ... --into DUMPS`.

Each folder becomes one .npz with every view as its expert gave it, the words of the slots, and the labels. Whatever is
measured on it afterwards, Regroup or a peer, has the same features and needs no model. The dumps of benchmark folders
stay outside of the repository.
"""

import argparse
import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.bench.runner import read_labels
from assistant.desk import Desk
from assistant.settings import Settings
from tools.describe.describe import Descriptions
from tools.models.bundled import tier
from tools.models.ports import Slot, SlotSpec
from tools.models.weight_store import WeightStore

_LISTS = (
    "phrases",
    "views",
    "apart_from",
    "context",
    "unfamiliar",
    "scenic",
    "beside",
    "lends",
    "recorded",
    "named_by",
    "usual",
    "patterns",
)


@dataclass(frozen=True, slots=True, eq=False)
class Dump:
    """One folder.

    Attributes:
        folder: Its name.
        descriptions: What the experts say of its n pictures.
        truths: Criterion to the label of each picture, (n,) of str; "" where it has none.
    """

    folder: str
    descriptions: Descriptions
    truths: Mapping[str, NDArray[np.str_]]


def save(dump: Dump, path: Path) -> None:
    """Write a dump to a file."""
    d = dump.descriptions
    about = {
        "folder": dump.folder,
        "specs": [dataclasses.asdict(replace(spec, group_words=None)) for spec in d.specs.values()],
        "slots": [
            [dataclasses.astuple(slot) for slot in d.slots(row).values()] for row in range(len(d.images))
        ],
        "unfamiliar": d.unfamiliar,
        "scenic": d.scenic,
    }
    arrays: dict[str, NDArray[Any]] = {f"view {name}": d.view(name) for name in d.views}
    arrays |= {f"truth {name}": labels for name, labels in dump.truths.items()}
    np.savez_compressed(path, images=np.array(d.images), about=np.array(json.dumps(about)), **arrays)  # type: ignore[arg-type]


def load(path: Path) -> Dump:
    """Read a dump from a file."""
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    about = json.loads(str(arrays.pop("about")))
    read = [
        SlotSpec(**{k: _tuple(v) if k in _LISTS else v for k, v in spec.items()}) for spec in about["specs"]
    ]
    words = {spec.name: spec.group_words for expert in tier.experts(WeightStore()) for spec in expert.specs}
    specs = [replace(spec, group_words=words.get(spec.name)) for spec in read]  # no file holds a function
    views = {name.removeprefix("view "): rows for name, rows in arrays.items() if name.startswith("view ")}
    descriptions = Descriptions(
        tuple(arrays["images"].tolist()),
        {spec.name: spec for spec in specs},
        views=tuple(views),
        _slots=[{name: Slot(name, value, sure) for name, value, sure in row} for row in about["slots"]],
        _views=views,
        unfamiliar=about["unfamiliar"],
        scenic=about["scenic"],
    )
    truths = {name.removeprefix("truth "): rows for name, rows in arrays.items() if name.startswith("truth ")}
    return Dump(about["folder"], descriptions, truths)


def look(folder: Path, settings: Settings) -> Dump:
    """Look at a folder, or read what was seen before from the workspace of the settings."""
    columns = read_labels(folder)
    with Desk.open(folder, settings, exclusive=False) as desk:
        for criterion in columns:  # a slow expert is only woken by a criterion that needs it
            desk.experts.look_for(criterion)
        seen = desk.experts.look()
        descriptions = seen.with_views(
            {name: seen.view(name) for name in seen.views}
        )  # before the cache closes
        paths = [str(desk.collection.by_id(image).path) for image in descriptions.images]
    truths = {name: np.array([column.get(path, "") for path in paths]) for name, column in columns.items()}
    return Dump(folder.resolve().name, descriptions, truths)


def _tuple(value: Any) -> Any:
    return tuple(_tuple(part) for part in value) if isinstance(value, list) else value


def main() -> None:
    """Read the command line, and dump each folder that is not there yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--workspace", type=Path)
    parser.add_argument("--into", type=Path, required=True)
    given = parser.parse_args()
    given.into.mkdir(parents=True, exist_ok=True)
    for folder in given.folders:
        path = given.into / f"{folder.resolve().name}.npz"
        if not path.exists():
            save(look(folder, Settings(workspace=given.workspace, offline=True, tier="bundled")), path)
            print(path, flush=True)


if __name__ == "__main__":
    main()
