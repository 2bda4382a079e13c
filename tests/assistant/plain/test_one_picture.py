"""A folder with one picture: what can be said is said, and nothing that makes no sense of one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from assistant.desk import Desk
from assistant.plain.prompted_chat import converse
from assistant.settings import Settings


@pytest.fixture
def ask(tmp_path: Path) -> Callable[..., object]:
    async def run(*sentences: str) -> tuple[int, str]:
        folder = tmp_path / "one"
        folder.mkdir()
        Image.new("RGB", (64, 64), "red").save(folder / "a.png")
        written: list[str] = []
        with Desk.open(
            folder, Settings(workspace=tmp_path / "workspace", offline=True, model="builtin")
        ) as desk:
            code = await converse(desk, "main", sentences, "text", written.append)
        return code, "\n".join(written)

    return run


async def test_one_picture_is_not_split_and_is_counted_as_one(ask: Callable[..., object]) -> None:
    code, said = await ask("group by colour", "how many pictures are there?")  # type: ignore[misc]
    assert code == 0 and "split" not in said and "It is in 1 group" in said


async def test_what_cannot_be_proposed_or_sorted_says_what_can_be_said(ask: Callable[..., object]) -> None:
    code, said = await ask("what could I group by?", "sort into cats and dogs")  # type: ignore[misc]
    assert code == 1 and "Ask what they" not in said and "Name one" in said
    assert "at most 0" not in said and "too few" in said
