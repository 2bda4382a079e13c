"""Asks a round of questions in plain lines: at a terminal, in a pipe, or wherever lines can be read and written."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from assistant.desk import Desk
from assistant.text.question_wording import change_line, closer_look_cost, question_lines, reason, tuning_hint
from assistant.text.typed_answers import (
    KEYS,
    PAIR_KEYS,
    TypedAnswer,
    ask_again,
    did_you_mean,
    probably_meant,
    read_answer,
    read_confirmation,
)
from tools.errors import Cancelled, UsageError
from tools.names import amount, visible
from tools.progress import Progress, silent
from tools.teach.question import Question

TRIES = 3
"""The most lines that are read in reply to one question before the next one is asked."""

Write = Callable[[str], None]
Watch = Callable[[], AbstractContextManager[Progress]]


def lesson(
    desk: Desk,
    clustering: str,
    questions: int,
    read: Callable[[], str],
    write: Write,
    watch: Watch = lambda: nullcontext(silent),
) -> int:
    """Ask about pictures, take the answers, and say what each of them changed.

    Args:
        desk: The desk with the open collection.
        clustering: The id of the clustering that the questions are about.
        questions: The most questions that are answered.
        read: Returns the next line, "" at the end.
        write: Takes a line without its line end.
        watch: Shows the progress of long work.

    Returns:
        The number of questions that were answered.
    """
    answered = 0
    enough_announced = False
    if not desk.clusterings.get(clustering).sure and not desk.questions.answers(clustering):
        write(
            "I cannot see this yet: the groups come from plain image features so far; your answers give them meaning."
        )
    while answered < questions:
        question = desk.questions.ask(clustering)
        if question is None:
            write("there is nothing left worth asking")
            break
        if question.enough and not enough_announced:
            write("more answers would hardly help; q ends")
            enough_announced = True
        current = desk.clusterings.get(clustering)
        for line in question_lines(question, current, desk.collection, f"{answered + 1}/{questions}"):
            write(line)
        answer = _taken(desk, clustering, question, read, write)
        if answer.kind == "stop":
            break
        if answer.kind == "undo":
            counted = desk.history.answered_last()
            write(visible(desk.history.undo_answer()))
            answered = max(0, answered - counted)
        elif answer.kind == "skip":
            desk.questions.answer(question.images, None, clustering)
        else:
            answered += 1
            if answered < questions:
                _look_closer(desk, clustering, write, watch)
    current = desk.clusterings.get(clustering)
    sizes = ", ".join(f"{visible(c.name)} {current.size(c.id)}" for c in current.clusters)
    write(f"{amount(answered, 'answer')}; {visible(current.criterion)}: {sizes}")
    if desk.tuning.worthwhile(clustering):
        write(tuning_hint(desk.collection.folder, clustering))
    return answered


def _taken(
    desk: Desk, clustering: str, question: Question, read: Callable[[], str], write: Write
) -> TypedAnswer:
    """Read replies until the desk takes one, and return it; "skip" where it took none."""
    for _ in range(TRIES):
        answer = _understood(question, len(desk.clusterings.get(clustering).images), read, write)
        if answer.kind != "answer" or _take(desk, clustering, question, answer.value, write):
            return answer
    return TypedAnswer("skip")  # or it would be asked for ever


def _understood(question: Question, images: int, read: Callable[[], str], write: Write) -> TypedAnswer:
    """Read lines until one is a reply to the question, and say what is wrong with the others."""
    doubt: tuple[str, str] | None = None  # a new name, and the one that it is close to
    for _ in range(TRIES):
        line = read()
        if not line:
            return TypedAnswer("stop")
        if doubt is not None and (meant := read_confirmation(line, *doubt)) is not None:
            return meant
        answer = read_answer(line, question)
        name = " ".join(line.split())
        if answer is None and name and not question.pair and not name.lstrip("#").isdigit():
            answer = TypedAnswer("answer", name)  # whatever is no key is the name of a new group
        if near := probably_meant(answer, question):
            assert answer is not None
            doubt = str(answer.value), near
            write(did_you_mean(*doubt))
        elif answer is None or answer.kind == "new":
            write(f"that is no answer: {PAIR_KEYS if question.pair else KEYS}")
        elif answer.kind == "why":
            write(reason(question, images))
        elif answer.kind == "vague":
            write(ask_again(line))
        else:
            return answer
    write("next question")
    return TypedAnswer("skip")


def _take(desk: Desk, clustering: str, question: Question, value: str | bool | None, write: Write) -> bool:
    """Give the desk an answer and say what it changed. Returns whether the desk took it."""
    before = desk.clusterings.get(clustering)
    try:
        desk.questions.answer(question.images, value, clustering)
    except UsageError as error:
        write(visible(f"not taken: {error}; another answer, or s to skip"))
        return False
    for line in (*desk.changes.remarks(), change_line(before, desk.clusterings.get(clustering))):
        write(visible(line))
    return True


def _look_closer(desk: Desk, clustering: str, write: Write, watch: Watch) -> None:
    """Look closer where that is due; stopping it only stops the look, and the questions go on."""
    looks = desk.regions.cost(clustering)
    if not looks:
        return
    write(closer_look_cost(looks))
    try:
        with watch() as progress:
            line = desk.regions.search(clustering, progress)
    except (Cancelled, KeyboardInterrupt):
        line = "stopped looking closer; what was seen is kept"
    write(line)
