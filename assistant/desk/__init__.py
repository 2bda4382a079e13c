"""Holds one open collection, with a part for each kind of work on it. Every change goes into the journal."""

from assistant.desk.desk import Desk, Status

__all__ = ["Desk", "Status"]
