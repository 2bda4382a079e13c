"""A few questions, a line each: at a terminal, in a pipe, or wherever lines can be read and written."""

import shlex
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from assistant.desk import Desk
from assistant.replies import KEYS, PAIR_KEYS, Reply, again, cleared, did_you_mean, misspelt, reply
from tools.clustering import UNSORTED, Clustering
from tools.collection import Collection
from tools.errors import Cancelled, UsageError
from tools.names import amount, quoted, visible
from tools.progress import Progress, silent
from tools.teach.question import Question

_TRIES = 3
"""So many replies are heard to one question."""

MANY = 0.25
"""Where one answer moves more than this part of the pictures, that is said."""

Write = Callable[[str], None]


def lesson(
    desk: Desk,
    clustering: str,
    questions: int,
    read: Callable[[], str],
    write: Write,
    watched: Callable[[], AbstractContextManager[Progress]] = lambda: nullcontext(silent),
) -> int:
    """Ask, take the answers, and tell what they changed.

    Args:
        desk: Where the collection is open and the clustering is.
        clustering: Its id.
        questions: At most so many are answered.
        read: Gives the next line, "" at the end.
        write: Takes a line.
        watched: Shows how far long work is, while it goes on.

    Returns:
        How many questions were answered.
    """
    answered = 0
    told = False
    if not desk.clusterings.get(clustering).sure and not desk.questions.answers(clustering):
        write(
            "I cannot see this yet: the groups so far are from plain image features; your answers name them."
        )
    while answered < questions:
        question = desk.questions.ask(clustering)
        if question is None:
            write("nothing is left that is worth asking")
            break
        if question.enough and not told:
            write("more answers would hardly help; q ends")
            told = True
        for line in asked(desk, clustering, question, f"{answered + 1}/{questions}"):
            write(line)
        understood = _settled(desk, clustering, question, read, write)
        if understood.kind == "stop":
            break
        if understood.kind == "undo":
            back = answered_last(desk)
            write(visible(undone(desk)))
            answered = max(0, answered - back)
        elif understood.kind == "skip":
            desk.questions.answer(question.images, None, clustering)
        else:
            answered += 1
            if answered < questions:
                _look_closer(desk, clustering, write, watched)
    made = desk.clusterings.get(clustering)
    sizes = ", ".join(f"{visible(c.name)} {made.size(c.id)}" for c in made.clusters)
    write(f"{amount(answered, 'answer')}; {visible(made.criterion)}: {sizes}")
    if desk.tuning.worthwhile(clustering):
        write(worth_tuning(desk, clustering))
    return answered


def _settled(desk: Desk, clustering: str, question: Question, read: Callable[[], str], write: Write) -> Reply:
    """The reply to a question, which the desk has taken where it is an answer; "skip" where none could be."""
    for _ in range(_TRIES):
        understood = _heard(question, len(desk.clusterings.get(clustering).images), read, write)
        if understood.kind != "answer" or _take(desk, clustering, question, understood.said, write):
            return understood
    return Reply("skip")  # or it would be asked for ever


def worth_tuning(desk: Desk, clustering: str) -> str:
    """What can be done with so many answers, in a line that can be copied."""
    folder, criterion = (shlex.quote(str(part)) for part in (desk.collection.folder, clustering))
    command = visible(f"regroup tune {folder} --by {criterion}")
    return f"these are answers enough to learn from slowly, which takes up to a minute: {command}"


def _heard(question: Question, images: int, read: Callable[[], str], write: Write) -> Reply:
    """The reply to a question, after what may be said was said again; "skip" where it is none again and again."""
    doubt: tuple[str, str] | None = None  # a new name, and the one that it is close to
    for _ in range(_TRIES):
        line = read()
        if not line:
            return Reply("stop")
        if doubt is not None and (meant := cleared(line, *doubt)) is not None:
            return meant
        understood = reply(line, question)
        name = " ".join(line.split())
        if understood is None and name and not question.pair and not name.lstrip("#").isdigit():
            understood = Reply("answer", name)  # whatever is no key is the name of a new group
        if near := misspelt(understood, question):
            assert understood is not None
            doubt = str(understood.said), near
            write(did_you_mean(*doubt))
        elif understood is None or understood.kind == "new":
            write(f"that is no answer: {PAIR_KEYS if question.pair else KEYS}")
        elif understood.kind == "why":
            write(why(question, images))
        elif understood.kind == "vague":
            write(again(line))
        else:
            return understood
    write("next question")
    return Reply("skip")


def asked(desk: Desk, clustering: str, question: Question, count: str = "") -> list[str]:
    """A question in lines: the picture or the two, and what may be said."""
    made = desk.clusterings.get(clustering)
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


def _take(desk: Desk, clustering: str, question: Question, said: str | bool | None, write: Write) -> bool:
    """Give the desk an answer and tell what it changed; whether it was taken."""
    before = desk.clusterings.get(clustering)
    try:
        desk.questions.answer(question.images, said, clustering)
    except UsageError as error:
        write(visible(f"not taken: {error}; another answer, or s to skip"))
        return False
    for line in (*desk.changes.remarks(), changed(before, desk.clusterings.get(clustering))):
        write(visible(line))
    return True


def closer(looks: int) -> str:
    """What looking closer is about to cost."""
    return (
        f"your answers are not told apart yet: looking closer at parts of the pictures, {amount(looks, 'look')} "
        "at most"
    )


def _look_closer(
    desk: Desk, clustering: str, write: Write, watched: Callable[[], AbstractContextManager[Progress]]
) -> None:
    """Look closer where it is time to; it can be stopped, and the questions go on."""
    looks = desk.regions.cost(clustering)
    if not looks:
        return
    write(closer(looks))
    try:
        with watched() as progress:
            line = desk.regions.search(clustering, progress)
    except (Cancelled, KeyboardInterrupt):
        line = "stopped looking closer; what was seen is kept"
    write(line)


def undone(desk: Desk) -> str:
    """Take the last answer back, if that was the last thing that was done; a line that says what came of it."""
    return desk.history.undo() if answered_last(desk) else "there is no answer to take back"


def answered_last(desk: Desk) -> bool:
    """Whether the last thing that was done is an answer. That one picture is in no group is recorded as a move."""
    event = desk.shelf.next_undo()
    if event is None:
        return False
    aside = event.kind == "move" and event.detail.get("to", "") is None and len(event.detail["images"]) == 1
    return event.kind == "answer" or aside
