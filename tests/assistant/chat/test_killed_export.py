"""A conversation whose process was killed while an approved export was under way."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.chat.session import Session
from assistant.desk import Desk

REPOSITORY = Path(__file__).parents[3]
KILLED = """
    import asyncio, os, sys
    from pathlib import Path
    from assistant.chat.session import Session, WorkProgress
    from assistant.desk import Desk, exports
    from assistant.settings import Settings

    pictures, workspace, target, stage = sys.argv[1:]

    def killed(at, done, total):
        if at == stage and done == 5:
            os._exit(9)

    carry_out = exports.carry_out

    def carry(plan, progress, *rest):
        carry_out(plan, killed, *rest)

    async def main():
        with Desk.open(Path(pictures), Settings(workspace=Path(workspace), offline=True)) as desk:
            exports.carry_out = carry
            export = exports.export
            if stage == "the end":
                exports.export = lambda *rest, **named: (export(*rest, **named), os._exit(9))
            async with Session.open(desk) as session:
                [_ async for _ in session.say(f"move them to {target}")]
                [_ async for _ in session.say("yes")]

    asyncio.run(main())
    """


def killed(stage: str, base: Path) -> "subprocess.CompletedProcess[str]":
    """Move all pictures in a process of its own, which ends at a stage of that."""
    folders = (base / "pictures", base / "workspace", base / "out")
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(KILLED), *map(str, folders), stage],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("stage", ["copy", "move", "the end"])
async def test_an_export_that_was_killed_after_its_yes_is_not_asked_about_again(
    open_desk: Callable[[], Desk], tmp_path: Path, stage: str
) -> None:
    desk = open_desk()
    desk.grouping.group("colour")
    desk.close()
    done = killed(stage, tmp_path)
    assert done.returncode == 9, done.stderr
    desk = open_desk()
    async with Session.open(desk) as session:
        assert await session.pending() is None
        assert "undo" in (await session.history())[-1].text
        for said in ("undo", "yes"):
            [_ async for _ in session.say(said)]
    assert len(desk.collection) == 12 and not (tmp_path / "out").exists()
