"""Draws collections and groups for notebooks, with thumbnails inside the page and every name escaped."""

import base64
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.desk import Desk
    from tools.propose.propose import Proposal

SHOWN = 12
"""The most thumbnails of a row."""
_HEIGHT = 72
"""The height of a thumbnail in pixels."""


def thumbnail_row(desk: "Desk", title: str, images: Sequence[str]) -> str:
    """Return a title above the thumbnails of the first few images, as HTML."""
    pictures = "".join(_picture(desk, image) for image in images[:SHOWN])
    more = f" … and {len(images) - SHOWN:,} more" if len(images) > SHOWN else ""
    return f"<div><b>{escape(title)}</b><div>{pictures}{more}</div></div>"


def proposals_table(proposals: "Sequence[Proposal]") -> str:
    """Return a table of criteria with the groups that they would make, as HTML."""
    rows = "".join(
        f"<tr><th>{escape(proposal.criterion)}</th><td>"
        + ", ".join(f"{escape(name)} ({size:,})" for name, size in proposal.groups)
        + f"</td><td>{escape(proposal.why)}</td></tr>"
        for proposal in proposals
    )
    return f"<table>{rows}</table>"


def _picture(desk: "Desk", image: str) -> str:
    """Return a thumbnail as an image element; its name alone where it does not decode."""
    name = escape(desk.collection.by_id(image).path.as_posix(), quote=True)
    collection = desk.collection
    data = desk.workspace.thumbnails.jpeg(image, collection.file(image), _HEIGHT * 2, _HEIGHT)
    if data is None:
        return f"<span>{name}</span>"
    encoded = base64.b64encode(data).decode("ascii")
    return f'<img src="data:image/jpeg;base64,{encoded}" alt="{name}" title="{name}" height="{_HEIGHT}">'
