"""What is in no group: unsorted images, and files that could not be read or show nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest
from langchain_core.messages import ToolCall
from PIL import Image

from assistant.agent.builtin.parse import Reply, parse
from assistant.agent.toolbox import Toolbox
from assistant.desk import Desk


def test_the_unsorted_pile_names_the_other_one(pictures: Path, open_desk: Callable[[], Desk]) -> None:
    Image.new("RGB", (64, 64), "white").save(pictures / "blank.png")
    desk = open_desk()
    desk.grouping.group("colour", k=3)
    toolbox = Toolbox(desk)

    def shown(pile: str) -> str:
        return toolbox.run(ToolCall(name="show", args={"cluster": pile}, id="c1")).text

    assert shown("unsorted").endswith(
        'Besides, 1 file could not be read or shows nothing: say "show unreadable".'
    )
    assert '"blank.png": shows nothing: white throughout' in shown("unreadable")


def test_a_file_name_is_shown_as_a_picture_unless_a_group_is_called_so(
    pictures: Path, open_desk: Callable[[], Desk]
) -> None:
    first = min(pictures.iterdir())
    first.rename(pictures / "my first.png")
    desk = open_desk()
    made = desk.grouping.group("colour", k=3)
    toolbox = Toolbox(desk)

    def shown(name: str) -> str:
        return toolbox.run(ToolCall(name="show", args={"cluster": name}, id="c1")).text

    number = desk.collection.number(desk.find_images(["my first.png"])[0])
    assert shown("my first.png").startswith(f'#{number} "my first.png": in ')
    assert shown("my second.png").startswith("there is no image")
    desk.editing.rename(made.clusters[0].id, "my first.png")
    assert shown("my first.png").startswith('"my first.png" under "colour"')


@pytest.mark.parametrize(
    ("sentence", "pile"),
    [
        ("what did you take out?", "unsorted"),
        ("what was left out?", "unsorted"),
        ("which pictures show nothing?", "unreadable"),
        ("show the blank ones", "unreadable"),
        ("which ones are empty?", "unreadable"),
    ],
)
def test_how_people_ask_for_them(sentence: str, pile: str) -> None:
    understood = parse(sentence)
    assert not isinstance(understood, Reply)
    assert [(call.tool, call.arguments) for call in understood] == [("show", {"cluster": pile})]


def test_a_bare_number_is_a_group_and_no_day_of_the_month(
    pictures: Path, open_desk: Callable[[], Desk]
) -> None:
    for number, path in enumerate(sorted(pictures.iterdir()), 1):
        path.rename(pictures / f"IMG_202405{number:02}_101112.png")
    desk = open_desk()
    toolbox = Toolbox(desk)

    def shown(what: str) -> str:
        return toolbox.run(ToolCall(name="show", args={"cluster": what}, id="c1")).text

    assert "nothing is grouped yet" in shown("1")
    desk.grouping.group("colour", k=3)
    assert "there is no group 11" in shown("11").replace('"', "")
    assert "12 images of 12" in shown("2024")


def test_where_all_is_sure_nothing_is_doubtful(desk: Desk) -> None:
    made = desk.grouping.group("colour", k=3)
    toolbox = Toolbox(desk)
    call = ToolCall(name="show", args={"cluster": "doubtful"}, id="c1")
    assert toolbox.run(call).text.startswith("Least sure under")
    desk.editing.move([f"#{n}" for n in range(1, 13)], made.clusters[0].name)
    assert toolbox.run(call).text == (
        'None is in doubt under "colour": every placed image counts as 100% sure.'
    )
