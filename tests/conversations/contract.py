"""One contract for every brain: conversations as data, held for real, and what must come of them.

A conversation is told what is grouped already (`groups`: criterion to names; the last is the current one) and has
turns. A turn has what is said and
- `calls`: the tools that must be called, in order, with their arguments; none are left out and none are added;
- `asked`: what must wait for approval at its end ("criteria" or "export"), nothing if it is left out;
- `decided`: what a sentence decides about what waits: true, false, or how many criteria are accepted.
Where no call is named, none may be made (but `help`), and the brain must say something. More may be told of a turn:
- `either`: several lists of calls, one of which must be made, where a sentence may be taken in more than one way;
- `says` and `never`: an expression that what is said or asked must have in it, or must not;
- `keeps`: nothing may be changed by it;
- `free`: it only leads to the next one, and may go as it likes.

A turn may be a `question` instead, which asks for no change: any tool that reads may be called, none that edits or
touches files, and what was done, grouped and written must be what it was before the turn. `reads` names the tools
that would answer it best; it is counted and never demanded.

Arguments are compared as people would: names whatever their case, a group by its name, number or id, lists as sets,
a criterion by its words. A list in the place of a criterion holds several that will do.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import assistant.agent  # noqa: F401 - before anything of langchain

# isort: split
import numpy as np
import yaml
from langchain_core.language_models import BaseChatModel
from PIL import Image, ImageDraw

from assistant.agent.builtin.lexicon import group, image
from assistant.chat.session import ApprovalRequested, Event, MessageText, Session, ToolEnded, ToolStarted
from assistant.desk import Desk
from assistant.desk.criteria import Criteria, Sight
from assistant.settings import Settings
from assistant.workspace.journal import Event as Entry
from tests.conversations.effects import effect
from tools.clustering.clustering import Cluster, Clustering
from tools.models.bundled import tier
from tools.models.bundled.colour_expert import ColourExpert

COLOURS = ((220, 30, 30), (30, 190, 40), (40, 60, 220))
ARTICLES = {
    "the",
    "their",
    "a",
    "an",
    "of",
    "my",
    "its",
    "by",
    "in",
    "what",
    "type",
    "kind",
    "are",
    "is",
    "people",
}


ANY = "any"
"""What may wait for approval where a sentence can be taken in several ways."""


@dataclass(frozen=True)
class Turn:
    """One thing that is said, and what must come of it."""

    say: str
    calls: list[dict[str, dict[str, Any]]] = field(default_factory=list)
    asked: str | None = None
    decided: bool | int | None = None
    question: bool = False
    reads: list[str] = field(default_factory=list)
    either: list[list[dict[str, dict[str, Any]]]] = field(default_factory=list)
    says: str = ""
    never: str = ""
    keeps: bool = False
    free: bool = False


@dataclass(frozen=True)
class Conversation:
    """Turns, what is grouped before the first, and the part it comes from, a key of `FILES`."""

    about: str
    turns: tuple[Turn, ...]
    groups: dict[str, list[str]] = field(default_factory=dict)
    part: str = "known"

    @property
    def held_out(self) -> bool:
        """Whether it is measured and never learnt from: only the rate of such is told."""
        return self.part not in ("known", "follow-ups", "scenarios", "languages", "trades")


@dataclass(frozen=True)
class Held:
    """How a turn went.

    Attributes:
        wrong: What was wrong with it, in words; "" if nothing was.
        seconds: How long it took.
        called: The tools that were started, with their arguments.
        said: What the brain said in the end.
        changed: Whether the journal, a grouping or a file is not what it was before the turn.
    """

    wrong: str
    seconds: float
    called: list[tuple[str, dict[str, Any]]]
    said: str
    changed: bool


FILES = {
    "known": "conversations.yaml",
    "held-out": "held_out.yaml",
    "everyday": "everyday.yaml",
    "follow-ups": "follow_ups.yaml",
    "languages": "languages.yaml",
    "languages-unseen": "languages_unseen.yaml",
    "questions": "questions.yaml",
    "requests": "requests.yaml",
    "scenarios": "scenarios.yaml",
    "trades": "trades.yaml",
    "unseen": "unseen.yaml",
}
"""The parts of what people say, and the file of each."""


def conversations(*parts: str) -> list[Conversation]:
    """Those of some parts, in this order; without any, those that are known and then those that are held out."""
    return [c for part in parts or ("known", "held-out") for c in _read(part)]


def _read(part: str) -> list[Conversation]:
    listed = yaml.safe_load(Path(__file__).with_name(FILES[part]).read_text(encoding="utf-8"))
    if isinstance(listed, dict):
        return [c for scenario, told in listed.items() for c in _scenario(scenario, told, part)]
    return [
        Conversation(c["about"], tuple(Turn(**turn) for turn in c["turns"]), c.get("groups", {}), part)
        for c in listed
    ]


def _scenario(scenario: str, told: dict[str, Any], part: str) -> Iterator[Conversation]:
    """The sentences of a scenario, each a conversation of its own; they are counted, not titled."""
    for number, entry in enumerate(told["said"], 1):
        groups = {} if entry.pop("fresh", False) else told["groups"]
        before = [Turn(say, free=True) for say in entry.pop("before", ())]
        yield Conversation(f"{scenario} {part} {number}", (*before, Turn(**entry)), groups, part)


async def hold(conversation: Conversation, brain: BaseChatModel) -> list[Held]:
    """Hold a conversation on a real desk; it ends at the first turn that goes wrong."""
    held: list[Held] = []
    with TemporaryDirectory() as place, _desk(Path(place), conversation.groups) as desk:
        before = _files(desk.collection.folder)
        async with Session.open(desk, model=brain) as session:
            for turn in conversation.turns:
                out = str(Path(place) / "sorted")
                earlier = state(desk, Path(out))
                began = time.monotonic()
                events = [event async for event in session.say(turn.say.replace("{out}", out))]
                seconds = time.monotonic() - began
                wrong = _wrong(turn, events, _names(desk, conversation), out)
                changed = state(desk, Path(out)) != earlier
                if (turn.question or turn.keeps) and changed and not wrong:
                    wrong = "a question changed something" if turn.question else "something was changed"
                if _files(desk.collection.folder) != before:
                    wrong = "the images are not what they were"
                calls = [(e.name, e.arguments) for e in events if isinstance(e, ToolStarted)]
                said = " ".join(e.text for e in events if isinstance(e, MessageText) and e.done)
                heard = " ".join((said, *(e.text for e in events if isinstance(e, ToolEnded))))
                wrong = wrong or _unsaid(turn, heard)
                wrong = "" if turn.free else wrong
                held.append(Held(wrong, seconds, calls, said, changed))
                if wrong:
                    break
    return held


@contextmanager
def _desk(place: Path, groups: dict[str, list[str]]) -> Iterator[Desk]:
    """Twelve drawn pictures on a desk, grouped as told."""
    folder = place / "pictures"
    folder.mkdir()
    for i in range(12):
        picture = Image.new("RGB", (64, 64), (240, 240, 240))
        pen = ImageDraw.Draw(picture)
        (pen.ellipse if i % 2 else pen.rectangle)((8 + i, 8, 48 + i, 48), fill=COLOURS[i % 3])
        picture.save(folder / f"img-{i:03}.png")
    settings = Settings(workspace=place / "workspace", offline=True, model="builtin")
    with (
        patch.object(tier, "experts", lambda store: [ColourExpert()]),
        patch.object(
            Criteria, "sight", lambda self, criterion, progress=None: Sight(True)
        ),  # what is seen is tested elsewhere
        Desk.open(folder, settings) as desk,
    ):
        for criterion, names in groups.items():
            made = Clustering(
                id=criterion, criterion=criterion, images=desk.collection.ids,
                clusters=tuple(Cluster(f"c{i}", name) for i, name in enumerate(names, 1)),
                labels=np.arange(12, dtype=np.int32) % len(names),
                confidence=np.full(12, 0.8, np.float32), next_number=len(names) + 1,
            )  # fmt: skip
            desk.shelf.record(Entry("group", f"grouped by {criterion}", criterion, after=made))
            desk.shelf.note("current", criterion)
        yield desk


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def state(desk: Desk, *folders: Path) -> tuple[Any, ...]:
    """All that a question must leave as it is: the journal, the groupings, and what lies below some folders."""
    groupings = [(c.id, c.criterion, c.clusters, c.labels.tolist()) for c in desk.clusterings.all()]
    written = [(path, path.is_symlink()) for folder in folders for path in sorted(folder.rglob("*"))]
    return len(desk.shelf.log()), groupings, written


def _names(desk: Desk, conversation: Conversation) -> list[str]:
    """The groups that numbers mean, as they were before the conversation."""
    return list(conversation.groups.values())[-1] if conversation.groups else []


def _wrong(turn: Turn, events: list[Event], names: list[str], out: str) -> str:
    """What is wrong with a turn, in words; nothing if all is well."""
    called = [(e.name, e.arguments) for e in events if isinstance(e, ToolStarted)]
    if turn.question:
        return _changing(called) or _silent(events)
    if turn.either:
        each = [
            _wrong(replace(turn, calls=calls, either=[], asked=turn.asked or ANY), events, names, out)
            for calls in turn.either
        ]
        return min(each, key=bool)
    wanted = [next(iter(call.items())) for call in turn.calls]
    if not wanted:
        called = [(name, arguments) for name, arguments in called if name != "help"]
    if [name for name, _ in called] != [name for name, _ in wanted]:
        return f"called {called or 'nothing'}"
    for (name, arguments), (_, expected) in zip(called, wanted, strict=True):
        if told := _different(arguments, expected, names, out):
            return f"called {name} with {arguments}: {told}"
    asked = next((e.approval.kind for e in events if isinstance(e, ApprovalRequested)), None)
    if asked != turn.asked and turn.asked != ANY:
        return f"{asked or 'nothing'} waits for approval"
    return _silent(events) or _undecided(turn.decided, [e for e in events if isinstance(e, ToolEnded)])


def _unsaid(turn: Turn, heard: str) -> str:
    """What was not said and must be, or was said and must not."""
    if turn.says and not re.search(turn.says, heard, re.IGNORECASE):
        return f"{turn.says!r} was not said"
    if turn.never and re.search(turn.never, heard, re.IGNORECASE):
        return f"{turn.never!r} was said"
    return ""


def _changing(called: list[tuple[str, dict[str, Any]]]) -> str:
    """Which call of a question's turn would change something."""
    # What is said while a question of the lesson is open may go to `answer`, which tells what it takes for none.
    changing = [name for name, given in called if name != "answer" and effect(name, given) != "read"]
    return f"called {', '.join(changing)}" if changing else ""


def _silent(events: list[Event]) -> str:
    """Whether nothing was said or asked."""
    if not any(
        isinstance(e, ApprovalRequested) or (isinstance(e, MessageText) and e.done and e.text.strip())
        for e in events
    ):
        return "said nothing"
    if any(isinstance(e, MessageText) and e.text.startswith("the brain failed") for e in events):
        return "the brain failed"
    return ""


def _undecided(decided: bool | int | None, ended: list[ToolEnded]) -> str:
    if decided is None:
        return ""
    if not ended:
        return "nothing was decided"
    accepted = ended[0].ok and not ended[0].text.startswith("Not accepted")
    if accepted != bool(decided):
        return f"it was {'accepted' if accepted else 'not accepted'}: {ended[0].text}"
    if (
        decided
        and decided is not True
        and len(re.findall('"[^"]+"', ended[0].text.splitlines()[0])) != decided
    ):
        return f"not {decided} of them: {ended[0].text.splitlines()[0]}"
    return ""


def _different(arguments: dict[str, Any], expected: dict[str, Any], names: list[str], out: str) -> str:
    """Which argument is not what it must be."""
    defaults = {"parts": 2, "mode": "copy", "locked": True, "beside": False}
    given = {k: v for k, v in arguments.items() if v is not None and v != defaults.get(k)}
    if "out_of" not in expected:
        given.pop("out_of", None)  # from where is no more than a check, which not every brain knows of
    for key in given.keys() | {k for k, v in expected.items() if v != defaults.get(k)}:
        if key not in given or key not in expected:
            return f"{key} is {'missing' if key in expected else 'too much'}"
        if not _alike(key, given[key], expected[key], names, out):
            return f"{key} must be {expected[key]!r}"
    return ""


def _alike(key: str, given: Any, expected: Any, names: list[str], out: str) -> bool:
    if key == "criterion":
        options = expected if isinstance(expected, list) else [expected]
        return any(_same_criterion(str(given), option) for option in options)
    if isinstance(expected, list):
        one: Callable[[Any], str] = lambda value: _one(key, value, names)  # noqa: E731
        return isinstance(given, list) and {one(v) for v in given} == {one(v) for v in expected}
    if isinstance(expected, str):
        return _one(key, given, names) == _one(key, expected.replace("{out}", out), names)
    return bool(given == expected)


def _one(key: str, value: Any, names: list[str]) -> str:
    text = str(value).strip().casefold()
    if key in ("image", "images"):
        return image(text).lstrip("#")
    if key in ("cluster", "clusters", "clustering", "to") and "/" not in text:
        text = group(text)
        number = re.fullmatch(r"c?(\d+)", text)
        if number and 0 < int(number[1]) <= len(names):
            return names[int(number[1]) - 1].casefold()
    return text


def _same_criterion(given: str, expected: str) -> bool:
    """The same words, but for articles and the like."""
    words = [
        {word.casefold().removesuffix("s") for word in re.findall(r"\w+", text)} for text in (given, expected)
    ]
    return words[0] - ARTICLES == words[1] - ARTICLES or words[0] == words[1]
