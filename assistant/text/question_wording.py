"""Words the questions to the user, and what an answer changed."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.text.typed_answers import KEYS, PAIR_KEYS
from tools.names import amount, quoted, visible

if TYPE_CHECKING:
    from tools.clustering.clustering import Clustering
    from tools.scan.collection import Collection
    from tools.teach.question import Question

MANY = 0.25
"""The share of the pictures that one answer must move before the line about it also says how to undo it."""

MOVES_NAMED = 6
"""The most pictures that are named one by one after they moved."""


def question_lines(
    question: "Question", clustering: "Clustering", collection: "Collection", count: str = ""
) -> list[str]:
    """Return a question in lines: the one or two pictures, the groups to choose from, and the keys.

    Args:
        question: The question.
        clustering: The clustering that it is about.
        collection: The collection, which gives the pictures their numbers and names.
        count: A counter to put in front, such as "3/8".
    """
    pictures = [
        f"#{collection.number(image)} {quoted(collection.by_id(image).path.as_posix())}"
        for image in question.images
    ]
    about = answered_before(question) if question.before else gain(question, len(clustering.images))
    if question.guess:
        about = question.why
    start, end = (f"{count}  " if count else ""), (f" ({about})" if about else "")
    if question.pair:
        return [
            f"{start}Are {pictures[0]} and {pictures[1]} the same by {visible(clustering.criterion)}?{end}",
            PAIR_KEYS,
        ]
    names = "  ".join(f"{number} {visible(name)}" for number, name in enumerate(question.names, 1))
    asked = "Which group for" if question.guess else f"{visible(clustering.criterion)} of"
    return [
        f"{start}{asked} {pictures[0]}?{end}",
        *([names] if names else []),
        KEYS,
    ]


def answered_before(question: "Question") -> str:
    """Return a remark that the user has already answered this, and why it is asked once more."""
    return f"you said {quoted(question.before)}, and {question.why}"


def gain(question: "Question", images: int) -> str:
    """Return in words about how many of the `images` an answer settles; "" where it settles none."""
    count = round(question.gain * images)
    return f"it settles about {amount(count, 'picture')}" if count else ""


def reason(question: "Question", images: int) -> str:
    """Return why the question is asked, for a clustering of this number of `images`."""
    worth = gain(question, images)
    return f"because: {visible(question.why)}{f'; {worth}' if worth else ''}"


def change_line(before: "Clustering", after: "Clustering", back: str = "undo takes it back") -> str:
    """Return a line about what an answer changed: how many pictures moved, and which groups are new or renamed.

    Args:
        before: The clustering without the answer.
        after: The clustering with it.
        back: How to undo it; added where more than `MANY` of the pictures moved.
    """
    old, new = _places(before), _places(after)
    moved = sum(old.get(image) != place for image, place in new.items())
    return "; ".join([_moved(moved, len(after.images), back), *renamed(before, after)])


def renamed(before: "Clustering", after: "Clustering") -> list[str]:
    """Return the groups that are new or have another name, each as a part of a sentence."""
    names = {cluster.id: cluster.name for cluster in before.clusters}
    new = [quoted(c.name) for c in after.clusters if c.id not in names]
    other = [c for c in after.clusters if names.get(c.id, c.name) != c.name]
    lines = [f"new: {', '.join(new)}"] if new else []
    return lines + [f"{quoted(names[c.id])} is {quoted(c.name)} now" for c in other]


def moved_images(
    collection: "Collection", before: "Clustering", after: "Clustering", most: int = MOVES_NAMED
) -> str:
    """Return which pictures are in another group than before; "" for none, or for more than `most`."""
    old = _places(before)
    names = {cluster.id: quoted(cluster.name) for cluster in after.clusters} | {"": "unsorted"}
    moved = [(image, place) for image, place in _places(after).items() if old.get(image) != place]
    if len(moved) > most:
        return ""
    return ", ".join(f"#{collection.number(image)} to {names[place]}" for image, place in moved)


def closer_look_cost(looks: int) -> str:
    """Return a line, shown before a closer look begins, about its cost: at most `looks` looks at parts of pictures."""
    return (
        f"nothing seen so far separates your answers: taking a closer look at parts of the pictures, at most "
        f"{amount(looks, 'look')}"
    )


def tuning_hint(folder: Path, clustering: str) -> str:
    """Return a hint that there are enough answers to tune the features to, with a command that can be copied."""
    command = visible(f"regroup tune {shlex.quote(str(folder))} --by {shlex.quote(clustering)}")
    return f"there are enough answers to tune the features to, which takes up to a minute: {command}"


def _moved(count: int, images: int, back: str) -> str:
    if count == 0:
        return "nothing moved"
    if count > MANY * images:
        return f"{count:,} of {images:,} pictures moved: {count / images:.0%}; {back}"
    return f"{amount(count, 'picture')} moved"


def _places(clustering: "Clustering") -> dict[str, str]:
    """Map each image to the id of its group, "" for the unsorted pile."""
    from tools.clustering.clustering import UNSORTED

    return {
        image: "" if label == UNSORTED else clustering.clusters[label].id
        for image, label in zip(clustering.images, clustering.labels.tolist(), strict=True)
    }
