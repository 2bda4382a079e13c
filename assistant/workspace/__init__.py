"""Keeps the persistent data: each collection's journal and clusterings, the findings cache, and the thumbnails."""

from assistant.workspace.cache import FindingsCache
from assistant.workspace.journal import Event
from assistant.workspace.shelf import Shelf
from assistant.workspace.thumbnails import Thumbnails
from assistant.workspace.workspace import KnownCollection, Workspace

__all__ = ["Event", "FindingsCache", "KnownCollection", "Shelf", "Thumbnails", "Workspace"]
