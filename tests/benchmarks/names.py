"""Measure what groups are called: `python -m tests.benchmarks.names DUMPS --into names.csv`.

DUMPS are those of `python -m tests.benchmarks.features`. Each criterion is grouped without an answer, the number of
groups given and found, and each group's name is compared with the true names of the classes:

- A group has a name where a word stands in it, and not the criterion with a number ("place 2", "place 2, dark").
- A name is *right* where the class of most of its pictures is the one that it is nearest to in meaning, *wrong* where
  it means another class of the criterion, and *beside* where it means none of them (a cosine below `MEANS` with all):
  "clothing" for shoes is true and too coarse. Left and right are mirrored in the labels of cmuface.
- The likeness is the cosine of the name with the class of most of its pictures, by the bundled word vectors.

Shares are of pictures, so that a small group counts little.
"""

import argparse
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from tests.benchmarks.features import Dump, load
from tests.benchmarks.records import show
from tools.group import group
from tools.models.bundled.tier import text_encoder
from tools.models.ports import TextEncoder
from tools.names import name_key
from tools.request import Request

MEANS = 0.3
"""The least cosine of a name and a class from which the name means that class: "sea" and "seashore" have .34, "vehicle"
and "transportation" .43, "right" and "left" .23, "grey" and "white" .20, "clothing" and "t-shirt" .16."""
_NUMBERED = re.compile(r".*\S \d+(, .+)?")
Verdict = Literal["right", "wrong", "beside"]


@dataclass(frozen=True, slots=True)
class Named:
    """One group: its name, its number of pictures, and the class that most of them have."""

    name: str
    images: int
    of: str


def has_name(name: str) -> bool:
    """Whether a group is called by a word, and not by the criterion and a number."""
    return _NUMBERED.fullmatch(name) is None


def verdict(name: str, of: str, classes: Sequence[str], texts: TextEncoder) -> tuple[Verdict, float]:
    """Whether a name means the class of most of its group, with its likeness to that class.

    Args:
        name: The name; of one with a second word, such as "happy, dark", the first counts.
        of: The class that most pictures of the group have.
        classes: All classes of the criterion.
        texts: The word vectors.
    """
    first = name.split(",")[0]
    words = [spoken(other) for other in classes]
    same = [other for other, word in zip(classes, words, strict=True) if name_key(word) == name_key(first)]
    vectors = texts.encode([first, *words])
    cosines = dict(zip(classes, (vectors[1:] @ vectors[0]).tolist(), strict=True))
    nearest = same[0] if same else max(classes, key=lambda other: cosines[other])
    likeness = 1.0 if same == [of] else float(cosines[of])
    if not same and cosines[nearest] < MEANS:
        return "beside", likeness
    return ("right" if nearest == of else "wrong"), likeness


SPOKEN = {"open": "no glasses", "one": "1", "two or more": "2"}
"""What labels mean that are codes of their folder."""


def spoken(label: str) -> str:
    """The words of a label: "product_alone" is "product alone"."""
    words = " ".join(label.replace("_", " ").replace("-", " ").split())
    return SPOKEN.get(words, words)


def groups_of(dump: Dump, criterion: str, k: int | None) -> list[Named]:
    """The groups of a criterion without an answer, by pictures that have a label."""
    made = group(Request(criterion, dump.descriptions, text_encoder(), k=k))
    truth = dump.truths[criterion]
    found = []
    for number, cluster in enumerate(made.clusters):
        inside = Counter(truth[(made.labels == number) & (truth != "")].tolist())
        if inside:
            found.append(Named(cluster.name, inside.total(), inside.most_common(1)[0][0]))
    return found


def row(dump: Dump, criterion: str, k: int | None) -> dict[str, str]:
    """A row of the file: the shares of the pictures whose group has a name, and of these with a right one."""
    classes = sorted(set(dump.truths[criterion].tolist()) - {""})
    texts = text_encoder()
    groups = groups_of(dump, criterion, k)
    named = [one for one in groups if has_name(one.name)]
    told = [(one, *verdict(one.name, one.of, classes, texts)) for one in named]
    images, of_named = sum(one.images for one in groups), sum(one.images for one in named)

    def share(wanted: Verdict) -> str:
        those = sum(one.images for one, said, _ in told if said == wanted)
        return f"{those / of_named:.3f}" if of_named else ""

    likeness = (
        float(np.average([like for _, _, like in told], weights=[one.images for one in named]))
        if named
        else None
    )
    return {
        "folder": dump.folder,
        "criterion": criterion,
        "groups": "found" if k is None else "given",
        "k": str(len(groups)),
        "named": f"{of_named / max(images, 1):.3f}",
        "right": share("right"),
        "wrong": share("wrong"),
        "beside": share("beside"),
        "likeness": "" if likeness is None else f"{likeness:.3f}",
        "names": "; ".join(f"{one.name} = {one.of}" for one in named),
    }


def rows(dumps: Sequence[Path]) -> Iterator[dict[str, str]]:
    """A row for each criterion of each folder, with the number of groups given and found."""
    for path in dumps:
        dump = load(path)
        for criterion, truth in dump.truths.items():
            for k in (len(set(truth.tolist()) - {""}), None):
                yield row(dump, criterion, k)


def main() -> None:
    """Read the command line, measure, and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dumps", nargs="+", type=Path)
    parser.add_argument("--into", type=Path, required=True)
    given = parser.parse_args()
    show(rows(given.dumps), given.into)


if __name__ == "__main__":
    main()
