"""The desk: one open collection, and a part for all that can be done with it. Every change goes into the journal."""

from assistant.desk.desk import Desk, Status

__all__ = ["Desk", "Status"]
