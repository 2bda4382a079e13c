"""Makes a labelled folder of a set of a paper: finds it, counts it, and lays it out under names that tell nothing.

The pictures stay where they are: the folder has links to them, and files of its own only for records.
"""

import csv
import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.reproduce.data_set import ALL, DataSet, Source
from assistant.reproduce.layouts import LabelledPicture, pictures
from tools.errors import CannotRun, RegroupError
from tools.models.ports import Pixels
from tools.names import amount
from tools.progress import Progress, silent

LABELS = "labels.csv"
_MARK = "prepared.json"
_EVERY = 100


@dataclass(frozen=True, slots=True, eq=False)
class FoundSet:
    """Holds a set that is here.

    Attributes:
        data_set: The set.
        split: The part of it.
        folder: Where it lies.
        source: The form in which it was found.
        pictures: Its pictures.
    """

    data_set: DataSet
    split: str
    folder: Path
    source: Source
    pictures: Sequence[LabelledPicture]

    @property
    def name(self) -> str:
        """Return the name under which it is measured (`measured_name`)."""
        return measured_name(self.data_set, self.split, len(self.pictures) if self.source.why else None)


def measured_name(data_set: DataSet, split: str, pictures: int | None = None) -> str:
    """Return the name under which a set is measured: its own with that of the split, or, where it is not the paper's
    set as a whole, with the number of pictures."""
    of = str(pictures) if pictures is not None else split
    return data_set.name if of == ALL else f"{data_set.name}-{of}"


def find_set(data_set: DataSet, split: str, data: Path) -> FoundSet:
    """Find a set under a folder, and count its pictures and classes.

    Args:
        data_set: The set.
        split: The part of it that is wanted.
        data: The folder with folders of sets; it may be the set's own.

    Raises:
        tools.errors.CannotRun: It is not there, or other pictures than the paper's are; the line says where to get it.
        tools.errors.RegroupError: A file of it is damaged.
    """
    refused: list[str] = []
    for source in data_set.sources:
        counts = source.images.get(split, ())
        for folder in _places(source, data) if counts else ():
            found = pictures(source, folder, split)
            if not found:
                continue
            classes = {name: len({picture.labels[name] for picture in found}) for name in source.where}
            wrong = [name for name, count in classes.items() if count != data_set.criteria[name]]
            if len(found) not in counts:
                wanted = " or ".join(f"{count:,}" for count in counts)
                refused.append(f"{folder} has {amount(len(found), 'picture')} and the set {wanted}")
            elif wrong:
                wanted = f"{data_set.criteria[wrong[0]]} classes of {wrong[0]}"
                refused.append(f"{folder} has {classes[wrong[0]]} instead of {wanted}")
            else:
                return FoundSet(data_set, split, folder, source, found)
    if refused:
        raise CannotRun(f"{refused[0]}; get it anew: {data_set.get}")
    names = dict.fromkeys(name for source in data_set.sources for name in source.folders)
    raise CannotRun(
        f"{data_set.title} is not in {data}, in a folder such as {next(iter(names))}; get it: {data_set.get}"
    )


def prepare(found: FoundSet, under: Path, progress: Progress = silent) -> Path:
    """Return a folder with the pictures of a set under numbers in a shuffled order, and their labels beside them.

    What was laid out before from the same pictures is not laid out again.

    Args:
        found: The set.
        under: Where such folders are kept; the one that is returned bears the set's name.
        progress: Called during the work.

    Raises:
        tools.errors.RegroupError: The folder cannot be written.
    """
    folder = under / found.name
    mark = {"source": str(found.folder), "pictures": _digest(found.pictures)}
    try:
        if (folder / _MARK).is_file() and json.loads((folder / _MARK).read_text("utf-8")) == mark:
            return folder
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        with (folder / LABELS).open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(["file", *found.source.where])
            for number, row in enumerate(np.random.default_rng(0).permutation(len(found.pictures)).tolist()):
                if number % _EVERY == 0:
                    progress(f"laying out {found.name}", number, len(found.pictures))
                picture = found.pictures[row]
                name = _place(picture.source, folder, f"{number:05}")
                table.writerow([name, *(picture.labels[criterion] for criterion in found.source.where)])
        (folder / _MARK).write_text(json.dumps(mark) + "\n", "utf-8")
    except (OSError, ValueError) as error:
        raise RegroupError(
            f"cannot lay out {found.name} in {folder}: {error}; choose another workspace with --workspace"
        ) from error
    return folder


def _places(source: Source, data: Path) -> list[Path]:
    """Return the folders in which a set may lie: of one of its names under the given one, or that itself."""
    own = [data] if data.resolve().name in source.folders else []
    return [*own, *(data / name for name in source.folders if (data / name).is_dir())]


def _place(source: Path | Pixels, folder: Path, name: str) -> str:
    """Put a picture into the folder, by a link where it is a file. Returns its file name."""
    if isinstance(source, Path):
        file = folder / f"{name}{source.suffix.lower()}"
        try:
            file.symlink_to(source.resolve())
        except (OSError, NotImplementedError):  # no links on this disk
            shutil.copyfile(source, file)
        return file.name
    from PIL import Image

    Image.fromarray(source).save(folder / f"{name}.png")
    return f"{name}.png"


def _digest(found: Sequence[LabelledPicture]) -> str:
    """Return what changes whenever a set's pictures or labels do."""
    digest = hashlib.sha256()
    for picture in found:
        size = picture.source.stat().st_size if isinstance(picture.source, Path) else len(picture.source)
        digest.update(json.dumps([picture.key, size, sorted(picture.labels.items())]).encode())
    return digest.hexdigest()
