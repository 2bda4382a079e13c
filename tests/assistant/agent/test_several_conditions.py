"""Two conditions are both meant: a group and what the files say, or groups of two groupings, in every sentence."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.agent.builtin.builtin_brain import BuiltinBrain
from assistant.chat.session import ApprovalRequested, MessageText, Session, ToolEnded, ToolStarted
from assistant.desk import Desk
from assistant.settings import Settings
from tests.camera_roll import Taken, write_roll
from tools.models.bundled import tier
from tools.models.bundled.colour_expert import ColourExpert

CANON, PIXEL = "Canon EOS R6", "Google Pixel 7"


@pytest.fixture(scope="module")
def roll(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Taken]]:
    folder = tmp_path_factory.mktemp("roll") / "pictures"
    return folder, write_roll(folder, 1, 8)


@pytest.fixture
def desk(roll: tuple[Path, list[Taken]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(tier, "experts", lambda store: [ColourExpert()])
    with Desk.open(roll[0], Settings(workspace=tmp_path / "ws", offline=True, model="builtin")) as desk:
        yield desk


def said(desk: Desk, *lines: str) -> tuple[list[tuple[str, dict[str, object]]], str, list[str]]:
    """The calls, the words and the folders of an export that the last of some lines leads to."""

    async def talk() -> tuple[list[tuple[str, dict[str, object]]], str, list[str]]:
        async with Session.open(desk, model=BuiltinBrain()) as session:
            for line in lines:
                events = [event async for event in session.say(line)]
        calls = [(e.name, e.arguments) for e in events if isinstance(e, ToolStarted)]
        heard = [e.text for e in events if isinstance(e, MessageText) and e.done]
        heard += [e.text for e in events if isinstance(e, ToolEnded)]
        asked = [e.approval for e in events if isinstance(e, ApprovalRequested)]
        folders = [name for approval in asked for name, _ in getattr(approval, "folders", ())]
        return calls, "\n".join(heard), folders

    return asyncio.run(talk())


def of(truth: list[Taken], camera: str = "", city: str = "") -> int:
    return sum((not camera or t.camera == camera) and (not city or t.city == city) for t in truth)


@pytest.mark.parametrize(
    "line",
    [
        "how many Canon pictures are in Berlin?",
        "how many Berlin pictures were taken with the Canon?",
        "how many of these are from Berlin and taken with the Canon?",
        "count the Canon ones in Berlin",
        "how many photos from Berlin are by the Canon?",
    ],
)
@pytest.mark.parametrize("grouped", ["city", "camera", "both"])
def test_both_conditions_are_counted(
    desk: Desk, roll: tuple[Path, list[Taken]], line: str, grouped: str
) -> None:
    for criterion in ("camera", "city") if grouped == "both" else (grouped,):
        desk.grouping.group(criterion)
    before = desk.clusterings.current
    _, heard, _ = said(desk, line)
    number = of(roll[1], CANON, "Berlin")
    assert f"{number} images of {len(desk.collection)} are in" in heard
    assert "Berlin" in heard and CANON in heard
    assert desk.clusterings.current is not None and before is not None
    assert desk.clusterings.current.id == before.id


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("show the Canon ones in Berlin", {"all": ("Canon EOS R6", "Berlin")}),
        ("show me the Berlin pictures taken with the Canon", {"all": ("Canon EOS R6", "Berlin")}),
        ("which Berlin ones are from June?", {"all": ("Berlin", "June")}),
        ("Nairobi photos from 2023", {"all": ("Nairobi", "2023")}),
        ("are there any Nairobi pictures with the Pixel?", {"all": ("Nairobi", PIXEL)}),
        ("what did we take in 2023?", {"all": ("2023",)}),
        ("show everything that is not from Berlin", {"but": ("Berlin",)}),
        ("everything except the ones from Berlin", {"but": ("Berlin",)}),
        ("all but those taken in Berlin", {"but": ("Berlin",)}),
        ("everything apart from the pictures that are from Berlin", {"but": ("Berlin",)}),
        ("all pictures except what was taken in 2023", {"but": ("2023",)}),
        ("show the Canon ones except those from Berlin", {"all": (CANON,), "but": ("Berlin",)}),
        ("show the Berlin ones except the Canon ones", {"all": ("Berlin",), "but": (CANON,)}),
        ("show all the Berlin pictures that were not taken with the Canon", {"all": ("Berlin",), "but": (CANON,)}),
    ],
)  # fmt: skip
def test_the_images_that_meet_all_are_shown(
    desk: Desk, line: str, wanted: dict[str, tuple[str, ...]]
) -> None:
    desk.grouping.group("camera")
    desk.grouping.group("city")
    calls, heard, _ = said(desk, line)
    met = desk.conditions.met(wanted.get("all", ()), wanted.get("but", ()))
    assert [name for name, _ in calls] == ["show"]
    assert f"{len(met.images)} image" in heard and met.words.split('"')[1] in heard


def test_what_files_say_needs_no_grouping(desk: Desk, roll: tuple[Path, list[Taken]]) -> None:
    _, heard, _ = said(desk, "how many pictures are from Berlin?")
    assert f"{of(roll[1], city='Berlin')} images of {len(desk.collection)}" in heard


def test_two_cameras_together_are_one_group(desk: Desk, roll: tuple[Path, list[Taken]]) -> None:
    calls, _, _ = said(desk, "put the Canon and the Pixel pictures together")
    assert [name for name, _ in calls] == ["pick_out"]
    made = desk.clusterings.get()
    assert [c.name for c in made.clusters] == [f"{CANON} and {PIXEL}", "other"]
    assert made.size("c1") == of(roll[1], CANON) + of(roll[1], PIXEL)


def test_where_there_are_groups_of_the_two_these_are_merged(desk: Desk) -> None:
    desk.grouping.group("camera")
    desk.grouping.group("city")
    calls, _, _ = said(desk, "put the Canon and the Pixel pictures together")
    assert calls == [("merge_clusters", {"clusters": [CANON, PIXEL]})]
    assert desk.clusterings.get().criterion == "camera"


def test_a_group_of_both_is_made_and_taken_back(desk: Desk, roll: tuple[Path, list[Taken]]) -> None:
    desk.grouping.group("camera")
    desk.grouping.group("city")
    calls, _, _ = said(desk, "put the Canon pictures from Berlin together")
    assert [name for name, _ in calls] == ["pick_out"]
    made = desk.clusterings.get()
    assert made.size("c1") == of(roll[1], CANON, "Berlin")
    said(desk, "undo")
    assert desk.clusterings.get().criterion == "city"


@pytest.mark.parametrize(
    ("line", "folders"),
    [
        ("export all but Berlin to {out}", {"but": "Berlin"}),
        ("export everything except Berlin and Nairobi to {out}", {"but": "Berlin Nairobi"}),
        ("copy all the cities but Berlin to {out}", {"but": "Berlin"}),
        ("export only the Canon ones from Berlin to {out}", {"only": "Berlin Canon"}),
    ],
)
def test_an_export_holds_what_is_meant(
    desk: Desk, tmp_path: Path, line: str, folders: dict[str, str]
) -> None:
    desk.grouping.group("camera")
    desk.grouping.group("city")
    names = {cluster.name for cluster in desk.clusterings.get().clusters}
    _, _, written = said(desk, line.replace("{out}", str(tmp_path / "out")))
    if "but" in folders:
        assert set(written) == {name for name in names if name not in folders["but"]}
    else:
        assert len(written) == 1 and all(word in written[0] for word in folders["only"].split())


def test_what_is_nothing_here_is_said(desk: Desk) -> None:
    desk.grouping.group("city")
    _, heard, _ = said(desk, "how many are in Paris?")
    assert "Paris" in heard and "images of" not in heard


@pytest.mark.parametrize("grouped_before", [True, False])
def test_a_group_is_split_into_the_groups_of_a_criterion(desk: Desk, grouped_before: bool) -> None:
    if grouped_before:
        desk.grouping.group("camera")
    desk.grouping.group("city")
    before = set(desk.clusterings.get().members(desk.clusterings.find_cluster("Berlin").id))
    said(desk, "split Berlin by camera")
    made = desk.clusterings.get()
    parts = {c.name: set(made.members(c.id)) for c in made.clusters if c.name.startswith("Berlin")}
    assert set().union(*parts.values()) == before and "Berlin 2" not in parts
    camera = desk.conditions
    assert parts["Berlin, Canon EOS R6"] == before & camera.one("Canon").images
    assert parts["Berlin"] == before & camera.one("no camera").images
    said(desk, "split Nairobi by camera")
    assert "Nairobi, Google Pixel 7" in {c.name for c in desk.clusterings.get().clusters}


def test_a_group_of_which_all_files_say_the_same_is_not_split(desk: Desk) -> None:
    desk.grouping.group("city")
    earlier = desk.clusterings.get()
    _, heard, _ = said(desk, "split Berlin by year")
    assert "2023" in heard and desk.clusterings.get().clusters == earlier.clusters


def test_an_export_of_both_that_is_not_wanted_shows_again_what_was_shown(desk: Desk, tmp_path: Path) -> None:
    desk.grouping.group("camera")
    desk.grouping.group("city")
    _, _, folders = said(desk, f"export only the Canon pictures from Berlin to {tmp_path / 'out'}", "no")
    assert folders == [] and desk.clusterings.get().criterion == "city"
    said(desk, f"export only the Canon pictures from Berlin to {tmp_path / 'out'}", "as links", "no")
    assert desk.clusterings.get().criterion == "city" and not (tmp_path / "out").exists()
    said(desk, "put the Pixel pictures from Nairobi together", f"export to {tmp_path / 'out'}", "no")
    assert desk.clusterings.get().criterion != "city"
