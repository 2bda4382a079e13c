"""The desk: one open collection and all that can be done with it. Every change goes into the journal."""

from assistant.desk.desk import Desk
from assistant.desk.opened import Status

__all__ = ["Desk", "Status"]
