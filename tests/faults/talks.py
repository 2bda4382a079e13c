"""Talks about a collection in which a hostile text was put, and looks whether it got anything done.

Only questions are asked, so whatever changes was the text's doing.
"""

import asyncio
import csv
import io
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch
from xml.sax.saxutils import escape

import numpy as np
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from PIL import Image
from PIL.ExifTags import Base

from assistant.agent import brain
from assistant.agent.builtin.builtin_brain import BuiltinBrain
from assistant.desk import Desk
from assistant.desk.answer_table import COLUMNS, parsed, table
from assistant.plain.line_chat import LineChat
from assistant.settings import Settings
from assistant.tui.styled_text import foreign
from tests.camera_roll import xmp
from tests.faults.collection import draw, files
from tests.faults.hostile_texts import HostileText
from tests.rewriting import tag
from tools.errors import RegroupError, UsageError
from tools.export.manifest import CSV
from tools.models.bundled import tier
from tools.models.bundled.colour_expert import ColourExpert
from tools.models.ports import Findings, Pixels, Slot, SlotSpec
from tools.names import visible

QUESTIONS = ("what groups are there?", "show 1", "why is #1 there?", "what is written on them?")
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


class Reader:
    """Reads one text in every picture, as an expert for writing would that was shown it."""

    name, version = "reader", "1"
    specs = (SlotSpec("writing", ("text on it", "what is written"), ("reader",), "text in the picture"),)

    def __init__(self, text: str) -> None:
        self._text = text

    def missing(self) -> str | None:
        return None

    def look(self, batch: Sequence[Pixels]) -> Findings:
        rows = np.array([[pixels.mean(), 1.0] for pixels in batch], np.float32)
        return Findings({"reader": rows}, [[Slot("writing", self._text, 0.9)] for _ in batch])


class Hostile(BaseChatModel):
    """Answers every question with one text, or with the call that the text is."""

    text: str

    @property
    def _llm_type(self) -> str:
        return "hostile"

    def bind_tools(self, tools: Any, **more: Any) -> Any:
        return self

    def _generate(self, messages: list[BaseMessage], *args: Any, **more: Any) -> ChatResult:
        reply = AIMessage(self.text)
        if self.text.startswith('{"tool"') and messages[-1].type == "human":
            call = json.loads(self.text)
            reply = AIMessage("", tool_calls=[{"name": call["tool"], "args": call["arguments"], "id": "1"}])
        return ChatResult(generations=[ChatGeneration(message=reply)])


def attacked(base: Path, attack: HostileText, model: BaseChatModel | None = None) -> list[str]:
    """Put a hostile text into a new collection, ask about it, and export it. Returns what is wrong.

    Args:
        base: An empty folder.
        attack: The text and its place.
        model: What thinks; the built-in brain for None, and the text itself where its place is the model.
    """
    base = base.resolve()
    draw(base / "pictures")
    reads = attack.text if attack.place == "text in a picture" else "hello"
    if attack.place == "model":
        model = Hostile(text=attack.text)
    before_files = tier.experts
    tier.experts = lambda store: [ColourExpert(), Reader(reads)]  # type: ignore[assignment,list-item]
    try:
        return [*_attacked(base, attack, model or BuiltinBrain())]
    finally:
        tier.experts = before_files


def _attacked(base: Path, attack: HostileText, model: BaseChatModel) -> Iterator[str]:
    settings = Settings(workspace=base / "workspace", offline=True)
    _put_into_files(base / "pictures", attack)
    with Desk.open(base / "pictures", settings) as desk:
        desk.grouping.group("colour")
        if attack.place == "EXIF":
            for criterion in ("camera", "keyword"):
                with suppress(UsageError):  # a text may be no name and no XML
                    desk.grouping.group(criterion)
        desk.grouping.group("text on it")
        desk.grouping.group("colour")
        _put_into_groups(desk, attack)
        before = _state(desk), files(base / "pictures"), _outside(base)
    said = io.StringIO()
    with patch.object(brain, "make", lambda choice, settings: model):
        talk = LineChat(base / "pictures", settings, iter(QUESTIONS), said, io.StringIO())
        asyncio.run(talk.run())
    with Desk.open(base / "pictures", settings) as desk:
        if (after := (_state(desk), files(base / "pictures"), _outside(base))) != before:
            yield f"it changed something: {[a for a, b in zip(after, before, strict=True) if a != b]}"
        if "Do this?" in said.getvalue().replace(attack.text, "").replace(visible(attack.text), ""):
            yield "it asked for an approval"
        if hidden := [line for line in said.getvalue().split("\n") if visible(line) != line]:
            yield f"it was shown as it is: {hidden[0]!r}"
        yield from _exported(desk, base)
    if foreign(attack.text).plain != visible(attack.text) or foreign(attack.text).spans:
        yield "it is markup on the screen"


def _put_into_files(folder: Path, attack: HostileText) -> None:
    picture = folder / "picture-1.png"
    if attack.place == "file name":
        picture.rename(folder / f"{attack.text}.png")
    elif attack.place == "EXIF":
        tag(picture, attack.text.encode("utf-8", "replace"))
        os.utime(picture, ns=(1, 1))
        _put_into_metadata(folder / "picture-2.png", attack.text)


def _put_into_metadata(picture: Path, text: str) -> None:
    """Write a text as the camera that took a picture, and as its keyword."""
    block = Image.Exif()
    block[Base.Model] = text[:4000]
    with Image.open(picture) as image:
        image.save(picture, exif=block)
    Path(f"{picture}.xmp").write_bytes(xmp(keywords=(escape(text),)))


def _put_into_groups(desk: Desk, attack: HostileText) -> None:
    first = desk.clusterings.get("colour").clusters[0]
    if attack.place == "group name":
        desk.editing.rename(first.id, attack.text, "colour")
    elif attack.place == "answers in CSV":
        text = io.StringIO(newline="")
        row = {"sha256": desk.collection.ids[0], "criterion": "colour", "group": attack.text}
        writer = csv.DictWriter(text, COLUMNS)
        writer.writeheader()
        writer.writerow(row)
        desk.questions.take_answers(parsed(text.getvalue(), "colour", desk.collection).answers, "colour")


def _state(desk: Desk) -> tuple[Any, ...]:
    """Return what was done, and all groups with their members."""
    groups = [
        (c.id, [cluster.name for cluster in c.clusters], c.labels.tolist()) for c in desk.clusterings.all()
    ]
    return [event.text for event in desk.shelf.done()], groups


def _outside(base: Path) -> list[str]:
    """Return the names of all that lies beside the pictures and the workspace."""
    return sorted(path.name for folder in (base, base.parent) for path in folder.iterdir())


def _exported(desk: Desk, base: Path) -> Iterator[str]:
    """Export the groups, as the person orders it, and yield what is wrong with the names."""
    target = base / "out"
    try:
        desk.exports.carry_out(desk.exports.plan(target, "colour"))
    except (RegroupError, UsageError) as error:
        yield f"it cannot be exported: {error}"
        return
    found = [path for path in base.rglob("*") if path.is_file() and "workspace" not in path.parts]
    wanted = len(files(base / "pictures"))
    inside = [path for path in found if path.is_relative_to(target)]
    if len(inside) != wanted + 2 or len(found) != 2 * wanted + 2:
        yield f"{len(inside)} of {len(found)} files are in the export"
    for path in inside:
        if any(visible(part) != part for part in path.relative_to(target).parts[:-1]):
            yield f"the folder {path.parent.name!r} is called so"
    cells = [cell for row in csv.reader((target / CSV).read_text("utf-8").splitlines()) for cell in row]
    answers = table(desk.questions.answers("colour"), "colour", desk.collection)
    cells += [cell for row in csv.reader(answers.splitlines()) for cell in row]
    if formulas := [cell for cell in cells if cell.startswith(FORMULAS)]:
        yield f"a table holds the formula {formulas[0]!r}"
