"""The report: everything in one new folder, all text escaped, nothing from the network, and nothing overwritten."""

import re
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from assistant.desk import Desk
from assistant.report.collect import collect
from assistant.report.write_report import report_line, write_report
from tests.camera_roll import write_roll
from tools.errors import Cancelled, UsageError

HOSTILE = "<img src=x onerror=alert(1)>\"'&{{7*7}}</script>"
VOID = {"meta", "link", "img", "input", "br", "hr"}


class Page(HTMLParser):
    """What a page holds: its elements with their attributes, its text, and whether all of them are closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def pages(folder: Path) -> dict[str, Page]:
    return {path.name: Page(path.read_text("utf-8")) for path in sorted(folder.glob("*.html"))}


def grouped(desk: Desk) -> Desk:
    desk.grouping.group("colour", 3)
    return desk


def test_it_is_one_folder_beside_the_pictures_with_all_that_was_grouped(desk: Desk, pictures: Path) -> None:
    grouped(desk)
    page = write_report(desk)
    assert page == pictures.with_name("pictures-report") / "index.html"
    found = pages(page.parent)
    assert sorted(found) == ["1-colour.html", "index.html"]
    sheet = found["1-colour.html"]
    names = {cluster.name for cluster in desk.clusterings.get().clusters}
    assert all(name in sheet.text for name in names) and "12 pictures" in sheet.text
    small = [str(each["src"]) for each in sheet.all("img")]
    assert len(set(small)) == 12 and all((page.parent / src).is_file() for src in small)
    assert all(each["alt"] and "colour: " in str(each["alt"]) for each in sheet.all("img"))
    assert "--seed 0" in sheet.text and "numpy" in found["index.html"].text
    assert "grouped by colour" in found["index.html"].text.lower()
    assert sorted(path.name for path in page.parent.parent.iterdir()) == [
        "pictures",
        "pictures-report",
        "workspace",
    ]
    assert str(page) in report_line(page)


def test_no_page_asks_the_network_for_anything_or_runs_what_a_name_says(desk: Desk, tmp_path: Path) -> None:
    grouped(desk)
    desk.editing.rename("1", HOSTILE)
    folder = write_report(desk, tmp_path / "out").parent
    for page in pages(folder).values():
        addresses = [
            str(value)
            for _, attributes in page.found
            for key, value in attributes.items()
            if key in ("src", "href", "action", "data", "srcset", "poster")
        ]
        assert not [
            each for each in addresses if re.match(r"(\w+:|//|/)", each) and not each.startswith("data:,")
        ]
        assert not [key for _, each in page.found for key in each if key.startswith("on")]
        (policy,) = [each for each in page.all("meta") if each.get("http-equiv") == "Content-Security-Policy"]
        assert "default-src 'none'" in str(policy["content"]) and "unsafe-eval" not in str(policy["content"])
        assert "script-src 'self' file:;" in str(policy["content"])
        assert all(each.get("src") or each.get("type") == "application/json" for each in page.all("script"))
    assert HOSTILE in pages(folder)["1-colour.html"].text and "49" not in pages(folder)["1-colour.html"].text
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert all(re.fullmatch(r"[a-z0-9/.-]+", name) for name in written), written


def test_nothing_is_overwritten_and_nothing_lies_among_the_pictures(
    desk: Desk, pictures: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="nothing is grouped yet"):
        write_report(desk)
    grouped(desk)
    with pytest.raises(UsageError, match="inside the collection"):
        write_report(desk, pictures / "report")
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        write_report(desk, full)
    (tmp_path / "empty").mkdir()
    assert write_report(desk, tmp_path / "empty").is_file()
    with pytest.raises(UsageError, match="not empty"):
        write_report(desk, tmp_path / "empty")
    assert (full / "mine.txt").read_text() == "mine" and len(list(pictures.iterdir())) == 12


def test_without_its_libraries_it_says_what_to_install(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    grouped(desk)
    monkeypatch.setitem(sys.modules, "bokeh", None)
    with pytest.raises(UsageError, match=r"bokeh.*; run: pip install .jinja2"):
        write_report(desk)


def test_a_report_that_is_stopped_leaves_nothing(desk: Desk, tmp_path: Path) -> None:
    grouped(desk)
    before = sorted(tmp_path.iterdir())

    def stop(stage: str, done: int = 0, total: int = 0) -> None:
        if stage == "making small pictures" and done == 5:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        write_report(desk, progress=stop)
    assert sorted(tmp_path.iterdir()) == before


def test_what_is_in_no_group_has_its_reason(open_desk: Callable[[], Desk], pictures: Path) -> None:
    (pictures / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no more")
    (pictures / "zz.png").write_bytes((pictures / "img-003.png").read_bytes())
    (pictures / "notes.txt").write_text("words")
    desk = grouped(open_desk())
    report = collect(desk)
    piles = {pile.title: dict(pile.rows) for pile in report.piles}
    assert piles["Duplicates"] == {"zz.png": "has the same picture as img-003.png"}
    assert list(piles["Unreadable"]) == ["broken.jpg"] and piles["Unreadable"]["broken.jpg"]
    assert piles["No pictures"] == {"notes.txt": "is no image"}
    text = pages(write_report(desk).parent)["index.html"].text
    assert "has the same picture as img-003.png" in text and "notes.txt" in text


def test_two_criteria_are_counted_against_each_other(desk: Desk) -> None:
    grouped(desk)
    desk.grouping.group("number of colours", 2)
    first, second = collect(desk).sheets
    (table,) = first.tables
    assert table.other == second.title and table.file == second.file
    assert sum(map(sum, table.cells)) == 12
    assert [sum(row) for row in table.cells] == [len(group.members) for group in first.groups]


def test_of_many_groups_the_largest_are_in_a_table_and_the_others_are_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.report.collect.MOST_ROWS", 1)
    grouped(desk)
    desk.comparing.branch("strict")
    first, second = collect(desk).sheets
    assert (first.title, second.title) == ("colour", "colour (colour-strict)")
    (table,) = first.tables
    assert table.rows == table.columns and table.rows[1:] == ("2 others",)
    assert table.cells == ((4, 0), (0, 8)) and table.agreement == pytest.approx(1)


@pytest.fixture
def roll(open_desk: Callable[[], Desk], pictures: Path) -> Desk:
    for path in pictures.iterdir():
        path.unlink()
    write_roll(pictures, events=4)
    desk = open_desk()
    desk.grouping.group("month")
    desk.grouping.group("city")
    return desk


def test_dates_and_places_have_a_timeline_and_a_map(roll: Desk) -> None:
    report = collect(roll)
    dated = [picture for picture in report.pictures if picture.taken]
    assert dated and any(picture.place for picture in report.pictures)
    month = report.sheets[0]
    assert [group.name for group in month.groups] and any("no date" in reason for reason, _ in month.reasons)
    folder = write_report(roll).parent
    text = pages(folder)["1-month.html"].text
    assert "Timeline" in text and "Places" in text and "GeoNames" in text


def test_what_files_say_is_no_likeness_and_is_said_once(roll: Desk) -> None:
    roll.grouping.group("colour", 3)
    month, city, colour = collect(roll).sheets
    assert month.alike == city.alike == "to look at, whatever their groups are"
    assert colour.alike == "under “colour”"
    for sheet in (month, city):
        assert not [line for group in sheet.groups for line in group.common if group.name in line]
    assert "colour green in" in " ".join(line for group in colour.groups for line in group.common)
    assert month.alike in pages(write_report(roll).parent)["1-month.html"].text


def test_without_places_no_file_of_the_report_knows_one(roll: Desk, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing is grouped"):
        write_report(roll, tmp_path / "none", places=False)
    roll.grouping.group("colour", 3)
    cities = {cluster.name for cluster in roll.clusterings.get("city").clusters}
    months = {cluster.name for cluster in roll.clusterings.get("month").clusters}
    told = "".join(
        path.read_text("utf-8") for path in write_report(roll, tmp_path / "all").parent.rglob("*.*ml")
    )
    assert all(name in told for name in cities | months)
    folder = write_report(roll, tmp_path / "none", places=False).parent
    quiet = "".join(
        path.read_text("utf-8")
        for path in folder.rglob("*")
        if path.suffix in (".html", ".js") and "bokeh" not in path.name
    )
    assert not [name for name in cities | months if name in quiet] and "Canon" not in quiet
    assert "Timeline" not in quiet and "Places" not in quiet


def test_answers_say_how_sure_the_groups_were(desk: Desk) -> None:
    grouped(desk)
    asked = 0
    while asked < 3 and (question := desk.questions.ask()) is not None:
        single = len(question.images) == 1
        desk.questions.answer(question.images, desk.clusterings.get().clusters[0].name if single else True)
        asked += single
    answered = collect(desk).sheets[0].answered
    assert asked and answered is not None
    assert len(answered.right) == asked and all(0 <= sure <= 1 for sure in answered.certainty)
    assert "What your answers said" in pages(write_report(desk).parent)["1-colour.html"].text


def test_a_picture_that_no_longer_decodes_is_listed_without_one(desk: Desk, pictures: Path) -> None:
    grouped(desk)
    (pictures / "img-004.png").write_bytes(b"gone")
    page = pages(write_report(desk).parent)["1-colour.html"]
    assert "img-004.png" in page.text and "no picture" in page.text


def test_small_pictures_are_as_large_as_there_is_room(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assistant.report.small_pictures import write_small_pictures

    report = collect(grouped(desk))
    sides = {}
    for most in (10_000_000, 0):
        folder = tmp_path / str(most)
        there = write_small_pictures(
            folder, report.pictures, report.files, desk.workspace.thumbnails, most, lambda *_: None
        )
        assert there == frozenset(range(12))
        with Image.open(folder / "pictures" / "0" / "1.webp") as image:
            sides[most] = max(image.size)
    assert sides == {10_000_000: 64, 0: 64}  # nothing is made larger than it is
