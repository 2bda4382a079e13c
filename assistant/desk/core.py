"""Holds what the parts of a desk share: one open collection, where it is kept, and what the user has said about it."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from assistant.desk.effort import Effort
from assistant.desk.feedback_log import FeedbackLog
from assistant.desk.file_metadata import FileMetadata
from assistant.desk.references import find_images
from assistant.models.call_counting import CallCounting
from assistant.models.collection_describer import CollectionDescriber
from assistant.models.consent import PassingNotes
from assistant.settings import Settings
from assistant.workspace import Shelf, Workspace
from tools.describe.describe import Descriptions, Meter
from tools.errors import UsageError
from tools.models.bundled import tier
from tools.names import amount, quoted
from tools.request import Request
from tools.scan.collection import Collection


def numbered(collection: Collection, shelf: Shelf) -> Collection:
    """Return a scanned collection without what is known to be unreadable, its images by the numbers that they had."""
    readable = collection.without(shelf.unreadable())
    numbers = shelf.pictures.numbers(readable.ids, keep=shelf.exclusive)
    return replace(readable, numbers=numbers)


class Core:
    """Holds one open collection. Each part of a desk takes it, and the parts below it, by its constructor.

    Attributes:
        collection: The images as far as they are known to be readable. It is replaced when files come or go.
        settings: As the user set them.
        workspace: Where everything lasts.
        shelf: What lasts about this collection.
        lock: Held during every public call of a part, so that one call runs at a time whichever thread it is from.
        meter: The looks of the experts in this process.
        effort: The calls of describers and judges and the time of training, and what is allowed of them.
        texts: Turns words into vectors.
        describing: The models that describe images for a criterion, and what may be sent to them.
        metadata: What the files say of their pictures.
        feedback: What the user has said about each clustering.
    """

    def __init__(
        self, collection: Collection, settings: Settings, workspace: Workspace, shelf: Shelf
    ) -> None:
        self.collection = numbered(collection, shelf)
        self.settings = settings
        self.workspace = workspace
        self.shelf = shelf
        self.lock = threading.RLock()
        self.meter = Meter()
        self.texts = tier.text_encoder()
        notes = shelf if shelf.exclusive else PassingNotes(shelf)
        self.effort = effort = Effort(notes)
        self.describing = CollectionDescriber(
            settings,
            notes,
            lambda: workspace.cache,
            self.texts,
            CallCounting(partial(effort.add, "describer"), partial(effort.check, "describer")),
        )
        self.metadata = FileMetadata(lambda: self.collection, shelf)
        self.feedback = FeedbackLog(shelf)

    def request(self, criterion: str, descriptions: Descriptions) -> Request:
        """Return a request to the stages, with what is the same in all of them. More is added with
        `dataclasses.replace`."""
        return Request(
            criterion,
            descriptions,
            self.texts,
            seed=self.settings.seed,
            checkpoints=self.workspace.checkpoints,
        )

    def moved_away(self) -> str:
        """Return in words where the last export that moved files has put them, where no image is here any more; ""
        where there are images, or none was moved."""
        if len(self.collection):
            return ""
        moved = [e for e in self.shelf.done() if e.kind == "export" and e.detail.get("mode") == "move"]
        if not moved:
            return ""
        target = quoted(moved[-1].detail["target"])
        last = self.shelf.next_undo()
        if last is not None and last.number == moved[-1].number:
            return f'The pictures were moved to {target}; "undo" brings them back.'
        files = amount(moved[-1].detail["files"], "file")
        return f'{files} went to {target}; to bring them back, say "undo" until that step is undone.'

    def check_present(self) -> None:
        """Raise UsageError, which says where they are, where an export has moved all images away."""
        if away := self.moved_away():
            raise UsageError(f"no image is here. {away}")

    def find_images(self, texts: Sequence[str]) -> tuple[str, ...]:
        """Return the ids of images that are meant by number, file name or hash, each once. Raises UsageError."""
        return find_images(texts, self.collection)
