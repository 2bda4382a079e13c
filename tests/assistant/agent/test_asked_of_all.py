"""Questions about all pictures and about what files say, exports by criteria, and orders in a mix of languages."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from assistant.desk import Desk
from assistant.settings import Settings
from tests.assistant.agent.test_several_conditions import CANON, said
from tests.camera_roll import PLACES, exif, picture
from tools.models.bundled import tier
from tools.models.bundled.colour_expert import ColourExpert

WAS = datetime(2023, 5, 30, 10)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A trip to Lisbon from 30 May to 3 June, a day in Tokyo in July, and a scan."""
    monkeypatch.setattr(tier, "experts", lambda store: [ColourExpert()])
    folder = tmp_path / "roll"
    folder.mkdir()
    for i in range(9):
        city, after = "Lisbon", timedelta(hours=14 * i)
        if i >= 6:
            city, after = "Tokyo", timedelta(days=40, hours=i)
        camera = CANON if i % 3 else "Apple iPhone 14"
        block = exif(WAS + after, 60, camera, PLACES[city][:2])
        picture(i).save(folder / f"{i}.jpg", exif=block)
    picture(9).save(folder / "scan.png")
    with Desk.open(folder, Settings(workspace=tmp_path / "ws", offline=True, model="builtin")) as desk:
        yield desk


@pytest.mark.parametrize(
    ("line", "tool", "parts"),
    [
        ("how many pictures are there?", "count", ("10 images", "9 are in 2 groups", "1 unsorted")),
        ("how many photos do I have in total?", "count", ("10 images",)),
        ("when were they taken?", "show_metadata", ("30 May 2023", "July 2023", "9 of 10 files")),
        ("where were these taken?", "show_metadata", ('"Lisbon" 6', '"Tokyo" 3')),
        ("which cameras did we use?", "show_metadata", (CANON, '"Apple iPhone 14" 3')),
        ("when were the Lisbon ones taken?", "show_metadata", ("30 May 2023", "2 June 2023")),
        ("what is the oldest picture?", "show_metadata", ("(#1)",)),
        ("which group is the biggest?", "count", ("6 images of 10", "Lisbon")),
        ("which city has the fewest?", "count", ("3 images of 10", "Tokyo")),
        ("what's the smallest group", "count", ("Tokyo",)),
        ("how many near duplicates are there?", "show_near_duplicates", ("near duplicates",)),
        ("was #1 taken in Lisbon?", "show_metadata", ("Yes: ", "Lisbon")),
        ("was #1 taken in Tokyo?", "show_metadata", ("No: ", "Lisbon")),
        ("is #8 from Tokyo?", "show_metadata", ("Yes: ",)),
        ("did we take #2 with the Canon?", "show_metadata", ("Yes: ", CANON)),
        ("was #1 taken in July?", "show_metadata", ("No: ", "30 May 2023")),
        ("was #1 taken in Atlantis?", "show_metadata", ("No: ",)),
        ("did the Canon take #1?", "show_metadata", ("No: ", "Apple iPhone 14")),
    ],
)  # fmt: skip
def test_what_is_asked_is_what_is_answered(desk: Desk, line: str, tool: str, parts: tuple[str, ...]) -> None:
    desk.grouping.group("city")
    before = len(desk.shelf.log())
    calls, heard, _ = said(desk, line)
    assert [name for name, _ in calls] == [tool] and all(part in heard for part in parts), heard
    assert len(desk.shelf.log()) == before


def test_they_are_what_was_shown_last(desk: Desk) -> None:
    desk.grouping.group("city")
    _, heard, _ = said(desk, "show Tokyo", "when were they taken?")
    assert "July 2023" in heard and "May 2023" not in heard


def test_where_a_picture_was_taken_is_read_from_its_file_whatever_its_group(desk: Desk) -> None:
    desk.grouping.group("city")
    desk.editing.move(["#1"], "Tokyo")
    assert "No: " in said(desk, "was #1 taken in Tokyo?")[1]


def test_what_nothing_is_grouped_by_is_not_answered_from_another_grouping(desk: Desk) -> None:
    desk.grouping.group("city")
    calls, heard, _ = said(desk, "which camera has the most pictures?")
    assert calls == [("show_metadata", {"counted": "camera"})]
    assert heard.startswith(f'By camera: "{CANON}"') and "Lisbon" not in heard
    desk.grouping.group("camera")
    desk.clusterings.choose("city")
    assert CANON in said(desk, "which camera has the most pictures?")[1]


@pytest.mark.parametrize(
    ("line", "folders"),
    [
        (
            "export by year and month to {out}",
            {"2023/May 2023", "2023/June 2023", "2023/July 2023", "_unsorted"},
        ),
        ("export by city to {out}", {"Lisbon", "Tokyo", "_unsorted"}),
        ("make folders by city and then by camera in {out}", {"Lisbon/" + CANON, "Tokyo/Apple iPhone 14"}),
        ("copy everything by camera to {out}", {CANON, "Apple iPhone 14"}),
    ],
)
def test_an_export_by_criteria_groups_by_them_first(
    desk: Desk, tmp_path: Path, line: str, folders: set[str]
) -> None:
    assert folders <= set(said(desk, line.format(out=tmp_path / "out"))[2])


@pytest.mark.parametrize("span", ["season", "month"])
@pytest.mark.parametrize("first", [True, False])
def test_an_event_over_the_end_of_a_season_is_not_cut_in_two(desk: Desk, span: str, first: bool) -> None:
    desk.grouping.group("event")
    desk.grouping.group(span)
    alone = len(desk.clusterings.get("event").clusters)
    assert len(desk.clusterings.get(span).clusters) > 2 or span == "season"
    made = desk.comparing.cross(*(("event", span) if first else (span, "event")))
    assert len(made.clusters) == alone


def test_after_a_move_it_says_where_the_files_are(desk: Desk, tmp_path: Path) -> None:
    desk.grouping.group("city")
    assert "moved" not in said(desk, "where are my files now?")[1].split("\n")[0]
    out = tmp_path / "out"
    desk.exports.carry_out(desk.exports.plan(out, mode="move"))
    heard = said(desk, "where are my files now?")[1]
    assert heard.startswith("Moved ") and str(out) in heard and "undo" in heard.split("\n")[0]
    desk.history.undo()
    assert not said(desk, "did you move my files?")[1].startswith("Moved ")


@pytest.mark.parametrize(
    "line",
    [
        "divide Lisbon jamás", "split Lisbon vielleicht", "merge Lisbon and Tokyo niemals", "lock Lisbon nunca",
        "rename Lisbon to sea nicht", "move #1 to Tokyo quizás", "merge Lisbon and Tokyo pas", "undo jamais",
        "split Lisbon 不要", "group by camera nicht",
    ],
)  # fmt: skip
def test_an_order_in_a_mix_of_languages_is_asked_about(desk: Desk, line: str) -> None:
    desk.grouping.group("city")
    before = len(desk.shelf.log())
    said(desk, line)
    assert len(desk.shelf.log()) == before


@pytest.mark.parametrize("name", ["Käse", "Vacaciones", "Été à la plage", "Familie und Freunde"])
def test_a_name_may_be_of_any_language(desk: Desk, name: str) -> None:
    desk.grouping.group("city")
    said(desk, f"rename Lisbon to {name}")
    assert name in {cluster.name for cluster in desk.clusterings.get().clusters}
