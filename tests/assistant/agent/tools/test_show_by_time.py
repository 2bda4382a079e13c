"""Pictures are shown in the order in which they were taken."""

from pathlib import Path

import pytest

from assistant.agent.context import Context
from assistant.agent.tools.show import Show, ShowArguments
from assistant.desk import Desk
from assistant.settings import Settings
from tests.camera_roll import write_roll
from tools.models.bundled import tier
from tools.models.bundled.colour_expert import ColourExpert


def test_the_oldest_or_the_newest_come_first_and_those_without_a_date_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tier, "experts", lambda store: [ColourExpert()])
    write_roll(tmp_path / "roll", seed=5, events=2)
    with Desk.open(tmp_path / "roll", Settings(workspace=tmp_path / "ws", offline=True)) as desk:
        taken = desk.metadata.all()
        dated = [i for i in desk.collection.ids if taken[i].taken is not None]
        times = {f"#{desk.collection.number(i)}": taken[i].taken for i in dated}
        for first in ("oldest", "newest"):
            text, ids = Show().run(Context(desk), ShowArguments.model_validate({"first": first}))
            listed = [times[number] for number in ids["listed"] if number in times]
            assert listed == sorted(listed, reverse=first == "newest")
            assert len(listed) > 2 and f"{first} first" in text
