"""Makes Textual's key bindings from the registry of commands."""

from textual.binding import Binding

from assistant.text.commands import Where, commands


def bindings(where: Where, *ids: str) -> list[Binding]:
    """Return the Textual bindings of one part of the app; with `ids` only those of these commands.

    A "{key}" in a command's action is replaced by the key.
    """
    return [
        Binding(key, c.action.format(key=key), c.title, c.shown, priority=c.priority, id=c.id, tooltip=c.help)
        for c in commands(where)
        if not ids or c.id in ids
        for key in (c.key.split(",") if "{key}" in c.action else [c.key])
    ]
