"""Talks to the chat about labelled folders, ten turns each: `python -m tests.benchmarks.talk FOLDER ... --into FILE`.

A simulated owner, who knows the labels, says what a person would: groups by the criterion, says how many groups there
are (or what they are, where the chat says that it cannot see the criterion), answers SIXTEEN questions, which is one
turn, gives each group the name that most of its pictures have, or merges it where another group has that name, and
exports. All of it goes through the line-by-line chat, and what is measured is what lies in the folders in the end: a
row says how many turns and answers it took, the NMI and the share of pictures in the folder of their label, first as
it was grouped and then as it was exported. The owner sees the groups as the workspace holds them; no name of a file
says anything.
"""

import argparse
import asyncio
import io
import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from assistant.bench.runner import read_labels
from assistant.desk import Desk
from assistant.plain.line_chat import LineChat
from assistant.settings import Settings
from tests.benchmarks.records import show
from tools.clustering.clustering import Clustering
from tools.clustering.evaluate import evaluate

TURNS = 10
"""The turns of a dialogue, the export and its yes among them."""
SIXTEEN = 16
"""The questions that are answered; a folder of fewer than 160 pictures is asked about a tenth of them."""
PROMPT = "> "
"""What the chat writes when it waits for a line."""
_ASKED = re.compile(r"^.+ of #(?P<number>\d+) \"", re.MULTILINE)
_CHOICES = re.compile(r"^(1 .+)$", re.MULTILINE)


class Heard(io.StringIO):
    """What the chat writes, as a stream that takes all letters."""

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding of a terminal of today."""
        return "utf-8"


class Owner:
    """Says the lines of one dialogue.

    Args:
        folder: The collection.
        settings: Of the chat, whose workspace the owner sees.
        criterion: A column of the labels.
        out: The folder for the export.
    """

    def __init__(self, folder: Path, settings: Settings, criterion: str, out: Path) -> None:
        self.folder, self.settings, self.criterion, self.out = folder, settings, criterion, out
        truth = read_labels(folder)[criterion]
        with Desk.open(folder, settings, exclusive=False) as desk:
            paths = [str(desk.collection.by_id(image).path) for image in desk.collection.ids]
            self.label = {
                image: truth.get(path, "") for image, path in zip(desk.collection.ids, paths, strict=True)
            }
            self.path = dict(zip(desk.collection.ids, paths, strict=True))
        self.heard = Heard()
        self.turns = self.answers = 0
        self.grouped: Clustering | None = None

    def clustering(self) -> Clustering | None:
        """The groups as they are now; None where nothing is grouped."""
        with Desk.open(self.folder, self.settings, exclusive=False) as desk:
            return desk.clusterings.get(None) if desk.clusterings.all() else None

    def lines(self) -> Iterator[str]:
        """Yield what is said, each line when the chat has answered the one before."""
        said = self._sayings()
        while self._waited() and (line := next(said, None)) is not None:
            self.heard.write(line + "\n")
            yield line

    def _waited(self) -> bool:
        """Wait until the chat is at its prompt."""
        while not self.heard.getvalue().endswith(PROMPT):
            time.sleep(0.02)
        return True

    def _sayings(self) -> Iterator[str]:
        names = sorted({label for label in self.label.values() if label})
        yield self._turn(f"group by {self.criterion.replace('_', ' ')}")
        if (made := self.clustering()) is None:  # nothing here sees that, so the groups are named
            yield self._turn(f"sort into {', '.join(names[:-1])} and {names[-1]}")
        elif len(made.clusters) != len(names):
            yield self._turn(f"into {len(names)} groups")
        self.grouped = self.clustering()
        if self.grouped is None:
            return
        yield self._turn("ask me")
        yield from self._answered(min(SIXTEEN, len(self.label) // 10))
        while self.turns < TURNS - 2 and (line := self._mended()):
            yield self._turn(line)
        yield self._turn(f"export to {self.out}")
        yield self._turn("yes")

    def _turn(self, line: str) -> str:
        self.turns += 1
        return line

    def _answered(self, most: int) -> Iterator[str]:
        images = list(self.label)
        at = 0
        while self.answers < most:
            asked = list(_ASKED.finditer(self.heard.getvalue(), at))
            if not asked:
                return  # there is nothing left to ask
            at = asked[-1].end()
            label = self.label[images[int(asked[-1]["number"]) - 1]]
            choices = _CHOICES.search(self.heard.getvalue(), at)
            offered = re.split(r"  \d+ ", choices[0].removeprefix("1 ")) if choices else []
            self.answers += bool(label)
            yield (label if label in offered else f"n {label}") if label else "s"
        yield "q"

    def _mended(self) -> str:
        """Return what to say of the first group whose name is not that of its pictures; "" where all are right."""
        if (made := self.clustering()) is None:
            return ""
        meant = {}
        for cluster in made.clusters:
            labels = Counter(self.label[image] for image in made.members(cluster.id)) - Counter([""])
            meant[cluster.name] = labels.most_common(1)[0][0] if labels else cluster.name
        for number, (name, label) in enumerate(meant.items(), 1):
            others = [i for i, other in enumerate(meant, 1) if other == label and i != number]
            if name != label and others:
                return f"merge {number} and {others[0]}"
            if name != label:
                return f"rename {number} to {label}"
        return ""

    def quality(self, groups: dict[str, str]) -> tuple[float, float]:
        """Return the NMI of groups, picture to name, with the labels, and the share of pictures whose label it is."""
        known = [image for image, label in self.label.items() if label]
        names = sorted(set(groups.values()))
        index = {name: i for i, name in enumerate(names)}
        labels = [index.get(groups.get(image, ""), -1) for image in known]
        right = np.mean([groups.get(image) == self.label[image] for image in known])
        return evaluate([self.label[image] for image in known], labels).nmi, float(right)

    def exported(self) -> dict[str, str]:
        """The folder in which each picture lies now."""
        found = {}
        by_bytes = {(self.folder / path).read_bytes(): image for image, path in self.path.items()}
        for file in self.out.glob("*/*"):
            if image := by_bytes.get(file.read_bytes()):
                found[image] = file.parent.name
        return found


def talk(folder: Path, settings: Settings, criterion: str) -> dict[str, str]:
    """Hold one dialogue, and return its row."""
    with tempfile.TemporaryDirectory(prefix="regroup-talk-") as place:
        owner = Owner(folder, settings, criterion, Path(place, "sorted"))
        errors = Heard()
        code = asyncio.run(LineChat(folder, settings, owner.lines(), owner.heard, errors, True).run())
        if owner.grouped is None:
            return {"folder": folder.name, "criterion": criterion, "turns": str(owner.turns), "answers": "0"}
        if code or not owner.out.exists():
            raise SystemExit(
                f"{folder.name} {criterion} ended with {code}:\n{owner.heard.getvalue()}{errors.getvalue()}"
            )
        made = owner.grouped
        first = owner.quality({image: c.name for c in made.clusters for image in made.members(c.id)})
        last = owner.quality(owner.exported())
    return {
        "folder": folder.name, "criterion": criterion, "turns": str(owner.turns), "answers": str(owner.answers),
        "nmi_grouped": f"{first[0]:.3f}", "nmi_exported": f"{last[0]:.3f}",
        "right_grouped": f"{first[1]:.3f}", "right_exported": f"{last[1]:.3f}",
    }  # fmt: skip


def dialogues(folders: Iterable[Path], cache: Path) -> Iterator[dict[str, str]]:
    """Yield a row for each criterion of each folder. Each dialogue has a new workspace; they share what was seen."""
    for folder in folders:
        for criterion in read_labels(folder):
            with tempfile.TemporaryDirectory(prefix="regroup-talks-") as place:
                Path(place, "cache").symlink_to(cache)
                yield talk(folder, Settings(workspace=Path(place), offline=True), criterion)


def main() -> None:
    """Read the command line, and talk."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--cache", type=Path, required=True, help="the folder in which what was seen is kept")
    parser.add_argument("--into", type=Path, required=True)
    given = parser.parse_args()
    given.cache.mkdir(parents=True, exist_ok=True)
    show(dialogues([folder.resolve() for folder in given.folders], given.cache.resolve()), given.into)


if __name__ == "__main__":
    main()
