"""Criteria of what files say, on a real desk: grouped without a look, proposed, kept, and never guessed."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from assistant.agent.wording import grouping
from assistant.desk import Desk
from assistant.settings import Settings
from tests.camera_roll import Taken, exif, picture, takeout, write_roll
from tools.clustering.clustering import UNSORTED
from tools.clustering.constraints import Label
from tools.errors import UsageError
from tools.export.plan import plan
from tools.group import group
from tools.models.bundled import tier
from tools.models.bundled.colour_expert import ColourExpert
from tools.settle.by_value import RECORDED


@pytest.fixture
def roll(tmp_path: Path) -> list[Taken]:
    return write_roll(tmp_path / "roll", seed=1)


@pytest.fixture
def desk(tmp_path: Path, roll: list[Taken], monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(tier, "experts", lambda store: [ColourExpert()])
    with Desk.open(tmp_path / "roll", Settings(workspace=tmp_path / "ws", offline=True)) as opened:
        yield opened


def groups(desk: Desk, criterion: str, k: int | None = None) -> dict[str, int]:
    made = desk.grouping.group(criterion, k)
    return {cluster.name: made.size(cluster.id) for cluster in made.clusters}


def test_every_picture_is_in_the_group_that_its_file_says(desk: Desk, roll: list[Taken]) -> None:
    made = desk.grouping.group("month")
    for told in roll:
        image = desk.find_images([told.path.name])[0]
        label = made.label_of(image)
        expected = f"{told.taken:%B %Y}" if told.taken else None
        assert (None if label == UNSORTED else made.clusters[label].name) == expected
    assert made.sure and made.method == RECORDED
    assert not desk.experts.looked, "nobody had to look at a pixel"


def test_events_and_places_are_those_of_the_truth(desk: Desk, roll: list[Taken]) -> None:
    made, truth = desk.grouping.group("event"), {t.path.name: t for t in roll}
    by_event: dict[int, set[str]] = {}
    for image in made.images:
        told = truth[desk.collection.by_id(image).path.name]
        if told.event is not None:
            by_event.setdefault(told.event, set()).add(made.clusters[made.label_of(image)].name)
    assert all(len(names) == 1 for names in by_event.values())
    assert len(set.union(*by_event.values())) == len(by_event)
    city = desk.grouping.group("city")
    for image in city.images:
        told = truth[desk.collection.by_id(image).path.name]
        label = city.label_of(image)
        assert (city.clusters[label].name if label != UNSORTED else "") == told.city


def test_what_has_no_value_is_a_pile_with_the_reason(desk: Desk) -> None:
    made = desk.grouping.group("month")
    assert len(made.unsorted()) == 2
    assert "2 images unsorted: no date in the file" in made.notes
    assert "no date in the file" in desk.explaining.image(made.unsorted()[0], "month")


def test_a_group_says_where_its_dates_are_from(desk: Desk, roll: list[Taken]) -> None:
    desk.grouping.group("month")
    named = next(t for t in roll if t.path.name.startswith("IMG_"))
    text = desk.explaining.image(named.path.name, "month")
    assert "the file name said" in text and "80% sure" in text


def test_groups_stand_in_the_order_of_time_and_stay_so(desk: Desk) -> None:
    before = list(groups(desk, "month"))
    assert before == sorted(before, key=lambda name: datetime.strptime(name, "%B %Y"))
    groups(desk, "month", 2)
    assert list(groups(desk, "month")) == before


def test_a_number_of_groups_cuts_time_where_the_gaps_are_largest(desk: Desk) -> None:
    made = groups(desk, "event", 3)
    assert len(made) == 3 and sum(made.values()) == 59
    fewer = desk.grouping.fewer()
    assert len(fewer.clusters) == 2
    assert len(desk.grouping.more().clusters) == 3


def test_a_number_of_cameras_means_nothing_and_that_is_said(desk: Desk) -> None:
    made = desk.grouping.group("camera", 2)
    assert len(made.clusters) == 3
    assert any("a number of groups means nothing here" in note for note in made.notes)
    with pytest.raises(UsageError, match="what the files say"):
        desk.grouping.fewer()


def test_what_no_file_says_is_refused_and_not_guessed(desk: Desk) -> None:
    with pytest.raises(UsageError, match="no lens in the file of any of them"):
        desk.grouping.group("lens")
    assert desk.clusterings.all() == []


def test_answers_hold_when_it_is_grouped_again(desk: Desk) -> None:
    made = desk.grouping.group("month")
    image, other = made.members("c1")[0], made.clusters[2]
    moved = desk.editing.move([image], other.name)
    assert moved.clusters[moved.label_of(image)].name == other.name
    again = desk.grouping.group("month")
    assert again.clusters[again.label_of(image)].name == other.name
    named = desk.editing.move([again.members("c2")[0]], "of my own")
    assert "of my own" in {c.name for c in desk.grouping.group("month").clusters}
    assert len(named.images) == len(again.images)
    alone = group(replace(desk.grouping.request("month"), constraints=[Label(image, other.name)]))
    assert alone.clusters[alone.label_of(image)].name == other.name


def test_merged_and_split_groups_stay_so_when_it_is_grouped_again(desk: Desk) -> None:
    before = groups(desk, "month")
    first, second, third, *others = before
    desk.editing.merge([first, second], "spring")
    merged = {"spring": before[first] + before[second], third: before[third]} | {
        name: before[name] for name in others
    }
    assert groups(desk, "month") == merged
    assert len(groups(desk, "month", 2)) == 2
    assert groups(desk, "month") == merged
    image = desk.clusterings.get().members(desk.clusterings.find_cluster("spring").id)[0]
    desk.editing.move([image], third)  # what is said later makes it again, too
    merged = merged | {"spring": merged["spring"] - 1, third: merged[third] + 1}
    assert groups(desk, "month") == merged
    desk.editing.split(max(others, key=lambda name: before[name]), 2, by="colour")
    split = {c.name: desk.clusterings.get().size(c.id) for c in desk.clusterings.get().clusters}
    assert groups(desk, "month") == split and len(split) == len(merged) + 1


def test_what_fewer_groups_joined_to_a_merged_group_is_let_go_again(desk: Desk) -> None:
    months = list(groups(desk, "month"))
    desk.editing.merge(months[1:3])
    merged = groups(desk, "month")
    assert f"{months[1]} to {months[3]}" in {cluster.name for cluster in desk.grouping.fewer().clusters}
    assert groups(desk, "month") == merged


@pytest.mark.parametrize("split", [False, True])
def test_a_rewritten_date_counts_and_takes_no_other_picture_with_it(
    tmp_path: Path, roll: list[Taken], monkeypatch: pytest.MonkeyPatch, split: bool
) -> None:
    monkeypatch.setattr(tier, "experts", lambda store: [ColourExpert()])
    settings = Settings(workspace=tmp_path / "ws", offline=True)
    beside = next(path for path in sorted((tmp_path / "roll").glob("*.json")))
    with Desk.open(tmp_path / "roll", settings) as desk:
        made = desk.grouping.group("month")
        was = made.clusters[made.label_of(desk.find_images([beside.name.split(".supplemental")[0]])[0])].name
        other, third = [name for name in groups(desk, "month") if name != was][:2]
        desk.editing.merge([was, other], "spring")
        if split:
            desk.editing.split("spring", 2, by="colour")
        before = groups(desk, "month")
        pieces = set(before) - {c.name for c in made.clusters}
    beside.write_text(takeout(datetime.strptime(third, "%B %Y").replace(day=15)))
    with Desk.open(tmp_path / "roll", settings) as desk:
        after = groups(desk, "month")
        assert after[third] == before[third] + 1
        assert sum(after[name] for name in pieces) == sum(before[name] for name in pieces) - 1
        assert {name: after[name] for name in after.keys() - pieces - {third}} == {
            name: before[name] for name in before.keys() - pieces - {third}
        }


def test_what_was_placed_by_hand_takes_no_other_picture_into_a_merged_group(desk: Desk) -> None:
    before = groups(desk, "month")
    first, second, third, *_ = before
    images = desk.clusterings.get().members(desk.clusterings.find_cluster(third).id)
    desk.editing.link([images[0], desk.clusterings.get().members("c1")[0]])
    linked = groups(desk, "month")
    assert linked[first] == before[first] + 1
    desk.editing.merge([first, second], "spring")
    assert groups(desk, "month") == {"spring": linked[first] + linked[second]} | {
        name: size for name, size in linked.items() if name not in (first, second)
    }


def test_only_months_that_follow_each_other_are_a_span(desk: Desk) -> None:
    months = list(groups(desk, "month"))
    before = groups(desk, "month")
    kept = desk.editing.merge([months[0], months[3]], "a gap")
    made = desk.grouping.group("month", 3)
    names = [cluster.name for cluster in made.clusters]
    assert (
        "a gap" in names
        and made.size(made.clusters[names.index("a gap")].id) == before[months[0]] + before[months[3]]
    )
    assert f"{months[1]} to {months[2]}" in names and len(kept.clusters) == len(months) - 1
    two = desk.grouping.group("month", 2)
    assert len(two.clusters) == 3 and any("only what follows each other" in note for note in two.notes)


def test_a_merged_group_is_in_a_span_with_all_its_months(desk: Desk) -> None:
    before = groups(desk, "month")
    months = list(before)
    desk.editing.merge(months[:2], "spring")
    merged = {"spring": before[months[0]] + before[months[1]]} | {name: before[name] for name in months[2:]}
    one = desk.grouping.group("month", 1)
    assert [cluster.name for cluster in one.clusters] == [f"{months[0]} to {months[-1]}"]
    assert groups(desk, "month") == merged
    while len(desk.clusterings.get().clusters) > 1:
        desk.grouping.fewer()
    assert "spring" not in {cluster.name for cluster in desk.clusterings.get().clusters}
    assert groups(desk, "month") == merged


def test_a_group_that_was_split_by_looks_holds_as_shown(desk: Desk) -> None:
    largest = max(before := groups(desk, "month"), key=lambda name: before[name])
    members = desk.clusterings.get().members(desk.clusterings.find_cluster(largest).id)
    parts = {image: "cats" if i % 3 else "boats" for i, image in enumerate(members)}
    desk.editing.split_into(largest, parts, {members[0]: "boats", members[1]: "cats"}, ["cats", "boats"])
    desk.editing.move([members[1]], "boats")
    assert {"cats", "boats"} < groups(desk, "month", 1).keys(), "no span is of a part of a month"
    desk.history.undo()
    shown = {c.name: desk.clusterings.get().size(c.id) for c in desk.clusterings.get().clusters}
    assert groups(desk, "month") == shown
    others = [image for image in desk.collection.ids if image not in members][::4]
    desk.editing.take_out(
        dict.fromkeys(others, "dogs"), dict.fromkeys(others, 0.6), {others[0]: "dogs"}, ["dogs"]
    )
    shown = {c.name: desk.clusterings.get().size(c.id) for c in desk.clusterings.get().clusters}
    assert groups(desk, "month") == shown


def test_files_without_dates_say_no_year_in_which_none_of_them_changed(tmp_path: Path) -> None:
    for i in range(3):
        path = tmp_path / "drawn" / f"{i}.png"
        path.parent.mkdir(exist_ok=True)
        picture(i).save(path)
        os.utime(path, (1.6e9, 1.6e9))  # in 2020
    with Desk.open(tmp_path / "drawn", Settings(workspace=tmp_path / "ws", offline=True)) as desk:
        assert desk.metadata.sees("2018 or 2019") is None
        assert desk.metadata.sees("2020, 2020 or other") is not None


def test_crossed_criteria_become_folders_in_folders(desk: Desk, tmp_path: Path) -> None:
    desk.grouping.group("year")
    desk.grouping.group("month")
    crossed = desk.comparing.cross("year", "month")
    target = tmp_path / "out"
    planned = plan(desk.collection, crossed, target)
    folders = {entry.destination.parent.as_posix() for entry in planned.entries}
    assert "2023/March 2023" in folders and "_unsorted" in folders


def test_what_files_say_is_proposed(desk: Desk) -> None:
    proposed = {
        proposal.criterion: proposal for proposal in desk.criteria.propose(own=["when they were taken"])
    }
    assert proposed["event"].quality > 0.5 and len(proposed["event"].groups) == 8
    assert "said by the files" in proposed["event"].why
    assert proposed["when they were taken"].own and proposed["when they were taken"].groups
    assert "folder" not in proposed and "lens" not in proposed


def test_what_no_file_says_is_not_proposed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tier, "experts", lambda store: [ColourExpert()])
    for i in range(12):
        (tmp_path / "plain").mkdir(exist_ok=True)
        picture(i).save(tmp_path / "plain" / f"a{i}.png")
    with Desk.open(tmp_path / "plain", Settings(workspace=tmp_path / "ws2", offline=True)) as desk:
        assert not {"event", "month", "day", "year", "camera", "place"} & {
            p.criterion for p in desk.criteria.propose()
        }
        assert desk.metadata.sees("season") is None, "what pictures show goes by the pictures"
        made = desk.grouping.group("month")
        assert any("the times at which the files last changed" in note for note in made.notes)
        assert made.confidence.max() <= 0.5


def test_files_are_read_once_until_they_change(
    desk: Desk, roll: list[Taken], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.metadata.all()
    desk.close()
    read: list[str] = []
    from assistant.desk import file_metadata

    original = file_metadata.read_metadata
    monkeypatch.setattr(
        file_metadata, "read_metadata", lambda file, beside: read.append(file.name) or original(file, beside)
    )
    changed = next(t for t in roll if t.path.suffix == ".jpg")
    picture(777).save(changed.path, exif=exif(datetime(2022, 2, 3, 4, 5, 6)))
    sidecar = next(t.path for t in roll if Path(f"{t.path}.xmp").exists())
    os.utime(f"{sidecar}.xmp", (1, 1))
    with Desk.open(tmp_path / "roll", Settings(workspace=tmp_path / "ws", offline=True)) as opened:
        opened.metadata.all()
        assert sorted(read) == sorted([changed.path.name, sidecar.name])
        assert opened.metadata.of(opened.find_images([changed.path.name])[0]).taken == datetime(
            2022, 2, 3, 4, 5, 6
        )


def test_new_pictures_join_the_group_that_their_file_says(desk: Desk, tmp_path: Path) -> None:
    desk.grouping.group("month")
    desk.close()
    picture(501).save(tmp_path / "roll" / "new1.jpg", exif=exif(datetime(2023, 3, 24, 9)))
    picture(502).save(tmp_path / "roll" / "new2.jpg", exif=exif(datetime(2024, 7, 1, 9)))
    picture(503).save(tmp_path / "roll" / "new3.png")
    with Desk.open(tmp_path / "roll", Settings(workspace=tmp_path / "ws", offline=True)) as opened:
        opened.new_images.place()
        made = opened.clusterings.get("month")
        where = {
            name: made.label_of(opened.find_images([name])[0])
            for name in ("new1.jpg", "new2.jpg", "new3.png")
        }
        assert made.clusters[where["new1.jpg"]].name == "March 2023"
        assert made.clusters[where["new2.jpg"]].name == "July 2024"
        assert where["new3.png"] == UNSORTED


def test_only_what_no_file_says_is_asked(desk: Desk) -> None:
    unsorted = set(desk.grouping.group("month").unsorted())
    while (question := desk.questions.ask()) is not None:
        assert set(question.images) <= unsorted and question.why == "no date in the file"
        desk.questions.answer(question.images, "May 2020")
    made = desk.clusterings.get("month")
    assert not made.unsorted()
    assert made.size(next(cluster.id for cluster in made.clusters if cluster.name == "May 2020")) == 2


def test_no_model_that_describes_is_asked(desk: Desk) -> None:
    assert desk.models.quote("month") is None and not desk.planning.large("month")


def test_a_method_is_not_needed(desk: Desk) -> None:
    made = desk.grouping.group("month", method="kmeans")
    assert "what files say needs no method, so none was used" in made.notes
    assert np.array_equal(made.labels, desk.grouping.group("month").labels)
    assert "month" in grouping(made)


def test_what_one_file_says_is_read_from_it_alone(
    desk: Desk, roll: list[Taken], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    from assistant.desk import file_metadata

    original = file_metadata.read_metadata
    monkeypatch.setattr(
        file_metadata, "read_metadata", lambda file, beside: read.append(file.name) or original(file, beside)
    )
    told = next(t for t in roll if t.taken and t.city and t.camera)
    caption = desk.metadata.caption(desk.find_images([told.path.name])[0])
    assert told.taken is not None and f"{told.taken.day} {told.taken:%B %Y}" in caption
    assert told.city in caption and told.camera in caption and read == [told.path.name]
    silent = next(t for t in roll if not t.taken and not t.city and not t.camera)
    assert desk.metadata.caption(desk.find_images([silent.path.name])[0]) == ""
