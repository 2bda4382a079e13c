"""Draws the sample collection, and plays a conversation about it without a terminal."""

import asyncio
import csv
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import click

from assistant.agent import wording
from assistant.agent.approvals import PlanApproval, SendApproval, UndoApproval
from assistant.chat.session import (
    Approval,
    ApprovalRequested,
    Decision,
    Event,
    ExportApproval,
    MessageText,
    Session,
    ToolEnded,
    WorkProgress,
)
from assistant.demo.draw import draw_demo, write_truth
from assistant.settings import Settings
from tools.clustering.clustering import Clustering
from tools.clustering.evaluate import evaluate
from tools.errors import RegroupError, UsageError
from tools.names import amount
from tools.progress import Progress, silent
from tools.scan.collection import Collection


def prepare(folder: Path, progress: Progress) -> Path:
    """Draw the portraits into FOLDER/pictures and write their ground truth to FOLDER/pictures.csv, unless they exist.

    Raises:
        tools.errors.UsageError: The folder holds other files.
        tools.errors.RegroupError: The folder cannot be written.
    """
    pictures, drawn, partial = folder / "pictures", folder / "pictures.csv", folder / "pictures.partial"
    if pictures.is_dir() and drawn.exists():
        return pictures
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(path not in (partial, drawn) for path in folder.iterdir()):
            raise UsageError(f"{folder} is not empty; choose a new folder for the demo with --to")
        if partial.exists():  # an earlier attempt that was stopped
            shutil.rmtree(partial)
        write_truth(draw_demo(partial, progress=progress), drawn)
        partial.rename(pictures)
    except OSError as error:
        raise RegroupError(
            f"cannot write the demo to {folder}: {error.strerror}; choose another with --to"
        ) from error
    return pictures


def script(pictures: Path, folder: Path, settings: Settings, progress: Progress = silent) -> int:
    """Play the conversation and print it. Returns the exit code.

    Each run starts from nothing, in a temporary workspace, and exports to a new folder.
    """
    target = next(
        path for i in range(1, 1000) if not (path := folder / f"sorted{'' if i == 1 else f'-{i}'}").exists()
    )
    with tempfile.TemporaryDirectory(prefix="regroup-demo-") as scratch:
        demo_settings = settings.model_copy(update={"workspace": Path(scratch), "model": "builtin"})
        return asyncio.run(_play(pictures, target, demo_settings, progress))


async def _play(pictures: Path, target: Path, settings: Settings, progress: Progress) -> int:
    from assistant.desk import Desk

    with Desk.open(pictures, settings, progress=progress) as desk:
        async with Session.open(desk) as session:
            player = _Player(session, progress)
            ok = await player.say("what could I group these by?")
            ok &= await player.decide(Decision(accept=True, criteria=["background colour"]))
            ok &= await player.say("group these by hair colour")
            ok &= await player.say("group these by emotion")
            emotion = desk.clusterings.get("emotion")
            for correction in _corrections(emotion, desk.collection):
                ok &= await player.say(correction)
            ok &= await player.say("undo")
            ok &= await player.say(f'export to "{target}"')
            ok &= await player.decide(Decision(accept=True))
        for criterion in ("hair colour", "emotion"):
            click.echo(
                _compared(desk.clusterings.get(criterion), desk.collection, pictures.with_suffix(".csv"))
            )
        for line in desk.status().missing:
            click.echo(f"not here: {line}")
    return 0 if ok and (target / "manifest.json").exists() else 1


class _Player:
    """Talks with a session and prints its events. Each method returns False where something failed."""

    def __init__(self, session: Session, progress: Progress) -> None:
        self._session, self._progress = session, progress

    async def say(self, text: str) -> bool:
        click.echo(f"\n> {text}")
        return await self._follow(self._session.say(text))

    async def decide(self, decision: Decision) -> bool:
        chosen = ": " + ", ".join(decision.criteria) if decision.criteria else ""
        click.echo(f"\n> [{'yes' if decision.accept else 'no'}{chosen}]")
        return await self._follow(self._session.decide(decision))

    async def _follow(self, events: AsyncIterator[Event]) -> bool:
        ok = True
        async for event in events:
            match event:
                case WorkProgress(stage, done, total):
                    self._progress(stage, done, total)
                case MessageText(text, done=True):
                    click.echo(text)
                case ToolEnded(name, text, ok=False):
                    click.echo(f"{name} failed: {text}")
                    ok = False
                case ApprovalRequested(approval):
                    click.echo("\n".join(_approval_lines(approval)))
        return ok


def _approval_lines(approval: Approval) -> Iterator[str]:
    """Yield what waits for approval in lines."""
    if isinstance(approval, ExportApproval):
        yield f"May I {approval.mode} {amount(approval.files, 'image')} to {approval.target}?"
        for name, count in approval.folders:
            yield f"  {name}/  {count}"
        for path, why in approval.left:
            yield f"  left where it is: {path} ({why})"
    elif isinstance(approval, SendApproval):
        yield wording.sending(approval)
    elif isinstance(approval, PlanApproval):
        yield from wording.plan_lines(approval)
    elif isinstance(approval, UndoApproval):
        yield wording.undo_plan(approval)
    else:
        yield "Which of these shall I group by?"
        for option in approval.options:
            yield f"  {option.quality:.2f}  {option.criterion}: {option.why}"
            if option.groups:
                yield "        " + ", ".join(f"{name} {count}" for name, count in option.groups[:6])


def _corrections(emotion: Clustering, collection: Collection) -> Iterator[str]:
    """Yield two corrections by a user: another name for a group, and a move of the least sure picture.

    The second one makes the grouping worse, and the script undoes it.
    """
    first, second = emotion.clusters[:2]
    doubtful = emotion.members(first.id)[-1]
    yield f'rename "{second.name}" to "{second.name} faces"'
    yield f'move #{collection.number(doubtful)} to "{second.name} faces"'


def _compared(clustering: Clustering, collection: Collection, drawn: Path) -> str:
    """Return how well a clustering agrees with the ground truth, which no other code reads. Pictures that somebody put
    among the drawn ones do not count."""
    with drawn.open(newline="", encoding="utf-8") as lines:
        truth = {row["file"]: row[clustering.criterion] for row in csv.DictReader(lines)}
    names = [collection.by_id(image).path.name for image in clustering.images]
    scored = [n for n, name in enumerate(names) if name in truth]
    if not scored:
        return f"{clustering.criterion}: of the drawn pictures none is here any more"
    scores = evaluate([truth[names[n]] for n in scored], clustering.labels[scored].tolist())
    return f"{clustering.criterion}: NMI {scores.nmi:.2f} with what was drawn, {scores.acc:.0%} in the right group"
