"""A few questions, a line each: at a terminal, in a pipe, or wherever lines can be read and written."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from assistant.desk import Desk
from assistant.desk.last_answer import answered_last, undo_last_answer
from assistant.text.questions import asked, changed, closer, why, worth_tuning
from assistant.text.typed_answers import (
    KEYS,
    PAIR_KEYS,
    Reply,
    again,
    cleared,
    did_you_mean,
    misspelt,
    reply,
)
from tools.errors import Cancelled, UsageError
from tools.names import amount, visible
from tools.progress import Progress, silent
from tools.teach.question import Question

_TRIES = 3
"""So many replies are heard to one question."""

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
    if not desk.clustering(clustering).sure and not desk.answers(clustering):
        write(
            "I cannot see this yet: the groups so far are from plain image features; your answers name them."
        )
    while answered < questions:
        question = desk.ask(clustering)
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
            write(visible(undo_last_answer(desk)))
            answered = max(0, answered - back)
        elif understood.kind == "skip":
            desk.answer(question.images, None, clustering)
        else:
            answered += 1
            if answered < questions:
                _look_closer(desk, clustering, write, watched)
    made = desk.clustering(clustering)
    sizes = ", ".join(f"{visible(c.name)} {made.size(c.id)}" for c in made.clusters)
    write(f"{amount(answered, 'answer')}; {visible(made.criterion)}: {sizes}")
    if desk.worth_tuning(clustering):
        write(worth_tuning(desk, clustering))
    return answered


def _settled(desk: Desk, clustering: str, question: Question, read: Callable[[], str], write: Write) -> Reply:
    """The reply to a question, which the desk has taken where it is an answer; "skip" where none could be."""
    for _ in range(_TRIES):
        understood = _heard(question, len(desk.clustering(clustering).images), read, write)
        if understood.kind != "answer" or _take(desk, clustering, question, understood.said, write):
            return understood
    return Reply("skip")  # or it would be asked for ever


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


def _take(desk: Desk, clustering: str, question: Question, said: str | bool | None, write: Write) -> bool:
    """Give the desk an answer and tell what it changed; whether it was taken."""
    before = desk.clustering(clustering)
    try:
        desk.answer(question.images, said, clustering)
    except UsageError as error:
        write(visible(f"not taken: {error}; another answer, or s to skip"))
        return False
    for line in (*desk.remarks(), changed(before, desk.clustering(clustering))):
        write(visible(line))
    return True


def _look_closer(
    desk: Desk, clustering: str, write: Write, watched: Callable[[], AbstractContextManager[Progress]]
) -> None:
    """Look closer where it is time to; it can be stopped, and the questions go on."""
    looks = desk.closer(clustering)
    if not looks:
        return
    write(closer(looks))
    try:
        with watched() as progress:
            line = desk.look_closer(clustering, progress)
    except (Cancelled, KeyboardInterrupt):
        line = "stopped looking closer; what was seen is kept"
    write(line)
