"""The wording of the teacher's questions and of what an answer changed."""

import shlex

from assistant.desk import Desk
from assistant.text.typed_answers import KEYS, PAIR_KEYS
from tools.clustering import UNSORTED, Clustering
from tools.collection import Collection
from tools.names import amount, quoted, visible
from tools.teach.question import Question

MANY = 0.25
"""Where one answer moves more than this part of the pictures, that is said."""


def worth_tuning(desk: Desk, clustering: str) -> str:
    """What can be done with so many answers, in a line that can be copied."""
    folder, criterion = (shlex.quote(str(part)) for part in (desk.collection.folder, clustering))
    command = visible(f"regroup tune {folder} --by {criterion}")
    return f"these are answers enough to learn from slowly, which takes up to a minute: {command}"


def asked(desk: Desk, clustering: str, question: Question, count: str = "") -> list[str]:
    """A question in lines: the picture or the two, and what may be said."""
    made = desk.clustering(clustering)
    pictures = [
        f"#{desk.collection.number(image)} {quoted(desk.collection.by_id(image).path.as_posix())}"
        for image in question.images
    ]
    worth = gain(question, len(made.images))
    if question.before:
        worth = said_before(question)
    gained = f" ({worth})" if worth else ""
    start = f"{count}  " if count else ""
    if question.pair:
        return [
            f"{start}Are {pictures[0]} and {pictures[1]} the same by {visible(made.criterion)}?{gained}",
            PAIR_KEYS,
        ]
    names = "  ".join(f"{number} {visible(name)}" for number, name in enumerate(question.names, 1))
    return [f"{start}{visible(made.criterion)} of {pictures[0]}?{gained}", *([names] if names else []), KEYS]


def said_before(question: Question) -> str:
    """That the user answered this already, and why it is asked once more."""
    return f"you said {quoted(question.before)}, and {question.why}"


def gain(question: Question, images: int) -> str:
    """For how many of so many images an answer speaks, in words; "" where that is none."""
    count = round(question.gain * images)
    return f"it speaks for about {amount(count, 'picture')}" if count else ""


def why(question: Question, images: int) -> str:
    """Why this is asked, under a clustering of so many images."""
    worth = gain(question, images)
    return f"because: {visible(question.why)}{f'; {worth}' if worth else ''}"


def changed(before: Clustering, after: Clustering, back: str = "undo takes it back") -> str:
    """What an answer changed: how many pictures moved, and which groups are new or have another name.

    Args:
        back: Said as well where one answer moved many.
    """
    old, new = _places(before), _places(after)
    moved = sum(old.get(image) != place for image, place in new.items())
    return "; ".join([_moved(moved, len(after.images), back), *renamed(before, after)])


def renamed(before: Clustering, after: Clustering) -> list[str]:
    """Which groups are new, or have another name, a part of a sentence each."""
    names = {cluster.id: cluster.name for cluster in before.clusters}
    fresh = [quoted(c.name) for c in after.clusters if c.id not in names]
    other = [c for c in after.clusters if names.get(c.id, c.name) != c.name]
    lines = [f"new: {', '.join(fresh)}"] if fresh else []
    return lines + [f"{quoted(names[c.id])} is {quoted(c.name)} now" for c in other]


def _moved(count: int, images: int, back: str) -> str:
    if count == 0:
        return "nothing moved"
    if count > MANY * images:
        return f"{count:,} of {images:,} pictures moved: {count / images:.0%}; {back}"
    return f"{amount(count, 'picture')} moved"


def moves(collection: Collection, before: Clustering, after: Clustering, most: int = 6) -> str:
    """Which pictures are in another group than before, the first few; "" where none is or so many are."""
    old = _places(before)
    names = {cluster.id: quoted(cluster.name) for cluster in after.clusters} | {"": "unsorted"}
    moved = [(image, place) for image, place in _places(after).items() if old.get(image) != place]
    if len(moved) > most:
        return ""
    return ", ".join(f"#{collection.number(image)} to {names[place]}" for image, place in moved)


def _places(made: Clustering) -> dict[str, str]:
    """Image to the id of its group, "" for the unsorted pile."""
    return {
        image: "" if label == UNSORTED else made.clusters[label].id
        for image, label in zip(made.images, made.labels.tolist(), strict=True)
    }


def closer(looks: int) -> str:
    """What looking closer is about to cost."""
    return (
        f"your answers are not told apart yet: looking closer at parts of the pictures, {amount(looks, 'look')} "
        "at most"
    )
