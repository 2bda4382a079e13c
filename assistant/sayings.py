"""What the user said about each clustering, kept up to date with the journal: each event is read once."""

from assistant.said import Said, happened
from assistant.workspace import Event, Shelf


class Sayings:
    """Reads what was appended to the journal since it was asked last; after an undo or a redo, all of it again.

    Args:
        shelf: Whose journal it is.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._last = 0  # the number of the event that was read last
        self._said: dict[str, Said] = {}
        self._unclear: dict[str, list[str]] = {}

    def said(self, clustering: str) -> Said:
        """What was said about the clustering of an id, and is in force."""
        self._catch_up()
        return self._said.get(clustering, Said())

    def unclear(self, clustering: str) -> list[str]:
        """Images that came after the others, and of which it was not clear where they belong; the newest first."""
        self._catch_up()
        return self._unclear.get(clustering, [])

    def _catch_up(self) -> None:
        new = self._shelf.since(self._last)
        if not new:
            return
        last = new[-1].number
        if any(event.kind in ("undo", "redo") for event in new):
            self._said, self._unclear = {}, {}
            new = self._shelf.done(last)  # no further: what another process appends meanwhile is read next
        for event in new:
            self._take(event)
        self._last = last

    def _take(self, event: Event) -> None:
        id = event.clustering
        if id is None:
            return
        self._said[id] = happened(self._said.get(id, Said()), event.kind, event.detail)
        if event.kind == "place":
            self._unclear[id] = [*event.detail["unclear"], *self._unclear.get(id, ())]
