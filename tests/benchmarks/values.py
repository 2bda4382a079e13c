"""Measure groups that are named: `python -m tests.benchmarks.values --data DUMPS --into FILE`.

DUMPS are those of `python -m tests.benchmarks.features`. Each criterion's class names are named as the groups, and the
pictures are sorted by them: at once, and after three pictures of each group were confirmed. A confirmation is the app's
own question about a guess: it shows the picture that stands for most of a group; the simulated user says which of the
groups it is, and nothing else. After eight pictures a group on average the questions end. Right is a picture in the
group of its label, over all of them and over those that nobody was asked about. Where only half of the classes are
named, with a rest, `rest_at_once` is the share that is right and `rest_taken` that of the others in the rest.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.desk.feedback import CONFIRMED, MOST_GUESSES
from assistant.desk.sorting import REST, criterion_of
from tests.benchmarks.features import Dump, load
from tests.benchmarks.records import show
from tools.clustering.constraints import Label
from tools.embed.route import slots_here
from tools.group import group, material
from tools.models.bundled.tier import text_encoder, word_absence, word_likeness
from tools.named_values import evidence, examples
from tools.request import Request
from tools.teach.teacher import Teacher

ASKED = (
    ("shop", "kind"), ("shop", "colour"), ("pets", "species"), ("pets", "coat"),
    ("views", "place"), ("views", "light"), ("everyday", "who"), ("everyday", "where"),
)  # fmt: skip
"""The criteria of which the mean is asked to be at least .8 after three confirmations a group."""
OTHERS = (
    ("shop", "shown"), ("pets", "place"), ("everyday", "how_many"),
    ("fruit360_crossed", "colour"), ("fruit360_crossed", "species"),
    ("cmuface", "pose"), ("cmuface", "emotion"), ("cmuface", "glasses"),
    ("coil100_9", "colour"), ("coil100_9", "shape"), ("comicgen", "emotion"),
)  # fmt: skip
"""Further criteria of other folders and kinds, which the choices were checked on."""
Groups = NDArray[np.str_]


class Sorted:
    """One folder that is sorted into named values, with what the user has confirmed."""

    def __init__(self, dump: Dump, names: Sequence[str], rest: str | None, seed: int) -> None:
        self.seen, self.names, self.rest = dump.descriptions, list(names), rest
        found = evidence(
            self.names, self.seen, slots_here(self.seen), word_likeness(self.seen.views), None,
            word_absence(self.seen.views),
        )  # fmt: skip
        self.absent = {name for name, gone in zip(self.names, found.absent, strict=True) if gone}
        self.guessed = {name for name, firm in zip(self.names, found.firm, strict=True) if not firm}
        count = len(self.names) + (rest is not None)
        self.request = Request(criterion_of(self.names, rest), self.seen, text_encoder(), k=count, seed=seed)
        near = material(self.request).routed
        self.examples = examples(found.smoothed(near), self.seen.images, self.names, rest)
        self.confirmed: dict[str, str] = {}

    def known(self, name: str) -> list[str]:
        """The pictures that the user said are of a group."""
        return [image for image, said in self.confirmed.items() if said == name]

    def groups(self) -> Groups:
        """The name of the group of each picture."""
        kept = [
            label for label in self.examples
            if label.image not in self.confirmed
            and not (label.name in self.guessed and self.known(label.name))
        ]  # fmt: skip
        told = [Label(image, name) for image, name in self.confirmed.items()]
        made = group(replace(self.request, constraints=(*told, *kept)))
        return np.array([*(cluster.name for cluster in made.clusters), ""])[made.labels]

    def confirm(self, truth: Mapping[str, str]) -> None:
        """Have the user say of pictures where they belong, until three of each group are known."""
        self.guessed = set(self.names)  # every group is confirmed, also those that an expert has a word for
        teacher = Teacher(self.request)
        while len(self.confirmed) < MOST_GUESSES * len(self.names):
            groups = self.groups()
            image = None
            for name in sorted(self.names, key=lambda name: len(self.known(name))):
                if len(self.known(name)) < CONFIRMED:
                    members = {
                        image for image, at in zip(self.seen.images, groups, strict=True) if at == name
                    }
                    image = teacher.candidate(members, self.known(name), self.confirmed.keys())
                if image is not None:
                    break
            if image is None:
                return
            self.confirmed[image] = truth[image]


def row(dump: Dump, criterion: str, seeds: int) -> dict[str, str]:
    """Measure one criterion."""
    labels = dump.truths[criterion]
    names = sorted(set(labels.tolist()) - {""})
    truth = dict(zip(dump.descriptions.images, labels.tolist(), strict=True))
    figures: dict[str, list[float]] = {
        name: [] for name in ("at_once", "confirmed", "unasked", "answers", "rest_at_once", "rest_taken")
    }
    for seed in range(seeds):
        made = Sorted(dump, names, None, seed)
        figures["at_once"].append(float((made.groups() == labels).mean()))
        made.confirm(truth)
        right = made.groups() == labels
        open_ = np.array([image not in made.confirmed for image in dump.descriptions.images])
        figures["confirmed"].append(float(right.mean()))
        figures["unasked"].append(float(right[open_].mean()))
        figures["answers"].append(len(made.confirmed))
        half = names[: max(1, len(names) // 2)]
        expected = np.where(np.isin(labels, half), labels, REST)
        rest = Sorted(dump, half, REST, seed).groups()
        figures["rest_at_once"].append(float((rest == expected).mean()))
        figures["rest_taken"].append(float((rest == REST)[expected == REST].mean()))
    return {
        "folder": dump.folder, "criterion": criterion, "values": str(len(names)),
        "absent": ", ".join(sorted(made.absent)),
        **{name: f"{np.mean(each):.{1 if name == 'answers' else 3}f}" for name, each in figures.items()},
    }  # fmt: skip


def table(dumps: Path, seeds: int) -> Iterator[dict[str, str]]:
    """All rows, and the means of the criteria that are asked for and of the others."""
    for part, cases in (("mean", ASKED), ("mean of others", OTHERS)):
        made = []
        for folder, criterion in cases:
            if (path := dumps / f"{folder}.npz").exists():
                made.append(row(load(path), criterion, seeds))
                yield made[-1]
        if made:
            means = {
                name: f"{np.mean([float(each[name]) for each in made]):.3f}" for name in list(made[0])[4:]
            }
            yield {"folder": part, "criterion": "", "values": "", "absent": ""} | means


def main() -> None:
    """Read the command line, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder with the dumps")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--into", type=Path, required=True)
    given = parser.parse_args()
    show(table(given.data, given.seeds), given.into)


if __name__ == "__main__":
    main()
