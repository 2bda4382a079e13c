"""The answer that was given last, while nothing else was done since."""

from assistant.desk import Desk


def undo_last_answer(desk: Desk) -> str:
    """Take the last answer back, if that was the last thing that was done; a line that says what came of it."""
    return desk.undo() if answered_last(desk) else "there is no answer to take back"


def answered_last(desk: Desk) -> bool:
    """Whether the last thing that was done is an answer. That one picture is in no group is recorded as a move."""
    event = desk.shelf.next_undo()
    if event is None:
        return False
    aside = event.kind == "move" and event.detail.get("to", "") is None and len(event.detail["images"]) == 1
    return event.kind == "answer" or aside
