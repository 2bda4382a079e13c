"""Conditions on what experts see, beside a group or what files say: shown, counted, put together, exported; and what
was narrowed to is what is sorted next."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.agent.builtin.builtin_brain import BuiltinBrain
from assistant.chat.session import ApprovalRequested, MessageText, Session, ToolEnded
from assistant.desk import Desk
from assistant.settings import Settings
from tests.conversations.drawn_folders import Truth, shop
from tools.models.bundled import tier
from tools.models.bundled.colour_expert import ColourExpert
from tools.models.bundled.photo_expert import PhotoExpert


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    folder = tmp_path_factory.mktemp("shop") / "pictures"
    return folder, shop(folder)


@pytest.fixture
def desk(drawn: tuple[Path, Truth], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Bags, shoes and hats in four colours, grouped by keyword; no expert has looked yet."""
    monkeypatch.setattr(tier, "experts", lambda store: [ColourExpert(), PhotoExpert()])
    with Desk.open(drawn[0], Settings(workspace=tmp_path / "ws", offline=True, model="builtin")) as desk:
        desk.grouping.group("keyword")
        yield desk


def said(desk: Desk, *lines: str) -> tuple[str, list[tuple[str, int]]]:
    """What the last of some lines is answered with, and the folders of an export that it asks about."""

    async def talk() -> tuple[str, list[tuple[str, int]]]:
        async with Session.open(desk, model=BuiltinBrain()) as session:
            for line in lines:
                events = [event async for event in session.say(line)]
        heard = [e.text for e in events if isinstance(e, ToolEnded)]
        heard += [e.text for e in events if isinstance(e, MessageText) and e.done]
        asked = [e.approval for e in events if isinstance(e, ApprovalRequested)]
        return "\n".join(heard), [f for approval in asked for f in getattr(approval, "folders", ())]

    return asyncio.run(talk())


def of(truth: Truth, product: str = "", colours: str = "", but: str = "") -> set[str]:
    return {
        name
        for name, true in truth.items()
        if product in ("", true["product"])
        and (not colours or true["colour"] in colours.split())
        and true["colour"] != but
    }


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("the red bags", {"product": "bag", "colours": "red"}),
        ("show the bags that are blue", {"product": "bag", "colours": "blue"}),
        ("red or green shoes", {"product": "shoe", "colours": "red green"}),
        ("show me red and green shoes", {"product": "shoe", "colours": "red green"}),
        ("red shoes or green shoes", {"product": "shoe", "colours": "red green"}),
        ("which hats are yellow?", {"product": "hat", "colours": "yellow"}),
        ("bags that are not red", {"product": "bag", "but": "red"}),
        ("show all hats except the blue ones", {"product": "hat", "but": "blue"}),
        ("hats without red", {"product": "hat", "but": "red"}),
        ("pictures without red", {"but": "red"}),
        ("show everything that is not yellow", {"but": "yellow"}),
    ],
)
def test_the_images_that_meet_all_are_shown(
    desk: Desk, drawn: tuple[Path, Truth], line: str, wanted: dict[str, str]
) -> None:
    told, _ = said(desk, line)
    assert set(re.findall(r'"(item-\d+\.png)"', told)) == of(drawn[1], **wanted)


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("how many bags are blue?", 2),
        ("how many blue bags are there?", 2),
        ("how many bags are there that are not blue?", 6),
        ("how many red or green shoes do I have?", 4),
        ("how many are there without red?", 18),
        ("count the yellow hats", 2),
    ],
)
def test_they_are_counted(desk: Desk, line: str, number: int) -> None:
    assert f"{number} images of 24 are" in said(desk, line)[0]


def test_what_is_not_denied_behind_and_must_hold(desk: Desk, drawn: tuple[Path, Truth]) -> None:
    told, _ = said(desk, "bags that are not red and landscape")
    assert 'in "bag" and "landscape" but not in "red"' in told
    neither, _ = said(desk, "show the ones that are neither bags nor red")
    assert 'not in "bag" or "red"' in neither


@pytest.mark.parametrize(
    ("line", "size"),
    [
        ("put what is both bag and red together", 2),
        ("put what is both red and a bag together", 2),
        ("put together what is both blue and a hat", 2),
        ("bring the pictures that are both hat and blue together", 2),
        ("put the red or green shoes together", 4),
        ("make a group of the yellow hats", 2),
        ("put the pictures without red together", 18),
    ],
)
def test_they_are_put_into_a_group_which_undo_takes_back(desk: Desk, line: str, size: int) -> None:
    told, _ = said(desk, line)
    made = desk.clusterings.get()
    assert made.criterion != "keyword" and made.size("c1") == size, told
    said(desk, "undo")
    assert desk.clusterings.get().criterion == "keyword" and len(desk.clusterings.all()) == 1


def test_only_they_are_exported(desk: Desk, tmp_path: Path) -> None:
    _, folders = said(desk, f"export only the bags that are red to {tmp_path / 'out'}")
    assert [number for _, number in folders] == [4]  # each with its sidecar
    _, folders = said(desk, f"export only the pictures without red to {tmp_path / 'other'}")
    assert [number for _, number in folders] == [36]


def test_what_could_be_seen_and_is_nowhere_is_none_and_not_unknown(desk: Desk) -> None:
    assert '0 images of 24 are in "pink" and "bag"' in said(desk, "show the pink bags")[0]


def test_what_nothing_here_tells_is_said(desk: Desk) -> None:
    told, _ = said(desk, "show me bags in the snow")
    assert 'I cannot tell "snow" here, so that was not taken into account.' in told


@pytest.mark.parametrize(
    "line",
    [
        "now sort those by colour",
        "group these by colour",
        "sort them by colour",
        "and divide those by colour",
        "by colour within that",
    ],
)
@pytest.mark.parametrize("before", ["only the bags", "show the bags", "how many bags are there?"])
def test_what_was_narrowed_to_is_sorted_next(desk: Desk, before: str, line: str) -> None:
    said(desk, before, line)
    made = desk.clusterings.get()
    assert made.criterion == "keyword" and made.size(desk.clusterings.find_cluster("hat").id) == 8
    parts = {cluster.name for cluster in made.clusters} - {"hat", "shoe"}
    assert parts == {"bag, red", "bag, blue", "bag, green", "bag, yellow"}


@pytest.mark.parametrize("line", ["sort everything by colour", "group all of them by colour"])
def test_all_are_sorted_where_all_are_meant(desk: Desk, line: str) -> None:
    said(desk, "only the bags", line)
    assert desk.clusterings.get().criterion == "colour"


def test_of_what_is_no_group_it_is_said_how_it_becomes_one(desk: Desk) -> None:
    told, _ = said(desk, "show the red bags", "sort those by brightness")
    assert "Those are no group yet" in told and '"split 1 by brightness"' in told
    put = re.search(r'Say "(put [^"]+)"', told)
    assert put is not None and desk.clusterings.get().criterion == "keyword"
    said(desk, put[1])
    assert desk.clusterings.get().size("c1") == 2


@pytest.mark.parametrize(
    ("line", "criterion"),
    [
        ("big and small files", "file size"),
        ("keep large and small files apart", "file size"),
        ("big and small pictures", "picture size"),
        ("put the small images apart from the large ones", "picture size"),
    ],
)
def test_sizes_are_read_from_the_files(desk: Desk, line: str, criterion: str) -> None:
    said(desk, line)
    assert desk.clusterings.get().criterion == criterion
