"""The app asks whether a folder is a known one that was renamed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.desk import Desk
from assistant.settings import Settings
from assistant.tui.screens.choice_screen import ChoiceScreen
from tests.rewriting import tag


@pytest.fixture
def renamed(pictures: Path, settings: Settings) -> Path:
    """A folder that was grouped under another name, with eight files that were tagged since."""
    with Desk.open(pictures, settings) as desk:
        desk.grouping.group("colour")
    new = pictures.rename(pictures.with_name("renamed"))
    for file in sorted(new.glob("IMG_00*.png"))[:8]:
        tag(file)
    return new


@pytest.mark.parametrize(
    "keys, goes_on", [(("enter",), True), (("down", "enter"), False), (("escape",), False)]
)
async def test_it_asks_and_goes_on(
    keys: tuple[str, ...], goes_on: bool, pictures: Path, renamed: Path, make_drive: Callable[[Path], Any]
) -> None:
    drive = make_drive(renamed)
    async with drive.app.run_test(size=(120, 36)) as drive.pilot:
        await drive.until(lambda: isinstance(drive.app.screen, ChoiceScreen))
        assert f'This looks like "{pictures}"' in drive.texts()
        await drive.pilot.press(*keys)
        await drive.until(lambda: drive.app.main.session is not None, 200)
        assert drive.app.open_desk.clusterings.has("colour") == goes_on
        assert ("8 files were rewritten" in drive.spoken()) == goes_on
