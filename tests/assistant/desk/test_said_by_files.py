"""Groups and conditions of values that the user names and that files say, which no expert has to guess."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from assistant.desk import Desk
from assistant.settings import Settings
from tests.camera_roll import write_roll
from tools.errors import UsageError
from tools.models.bundled import tier
from tools.models.bundled.colour_expert import ColourExpert
from tools.settle.by_value import is_from_files


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(tier, "experts", lambda store: [ColourExpert()])
    write_roll(tmp_path / "roll", seed=5, events=10)
    with Desk.open(tmp_path / "roll", Settings(workspace=tmp_path / "ws", offline=True)) as opened:
        yield opened


def sizes(desk: Desk) -> dict[str, int]:
    made = desk.clusterings.get()
    return {cluster.name: made.size(cluster.id) for cluster in made.clusters}


def value_of(desk: Desk, criterion: str) -> dict[str, str | None]:
    named = desk.metadata.sees(criterion)
    assert named is not None
    return dict(zip(desk.collection.ids, desk.metadata.column(named).values, strict=True))


def taken(desk: Desk) -> dict[str, datetime]:
    return {image: metadata.taken for image, metadata in desk.metadata.all().items() if metadata.taken}


def test_weekends_are_told_by_the_date(desk: Desk) -> None:
    made = desk.sorting.sort_into(["weekends", "weekdays"])
    assert made.guessed == () and is_from_files(made.clustering)
    days = [moment.weekday() for moment in taken(desk).values()]
    assert sizes(desk) == {"weekends": sum(d > 4 for d in days), "weekdays": sum(d < 5 for d in days)}
    unsorted = made.clustering.unsorted()
    assert len(unsorted) == len(desk.collection) - len(days)
    row = made.clustering.images.index(unsorted[0])
    assert made.clustering.why[row] == "no date in the file"


def test_what_is_none_of_the_values_is_unsorted_or_the_rest(desk: Desk) -> None:
    count = Counter(value_of(desk, "city").values())
    (first, _), (second, _), *others = [pair for pair in count.most_common() if pair[0]]
    desk.sorting.sort_into([first, second])
    assert sizes(desk) == {name: count[name] for name in (first, second)}
    desk.sorting.sort_into([first, second], rest="other")
    assert sizes(desk) == {first: count[first], second: count[second], "other": sum(n for _, n in others)}


def test_the_rest_is_called_as_the_user_calls_it(desk: Desk) -> None:
    count = Counter(value_of(desk, "city").values())
    (first, _), *others = [pair for pair in count.most_common() if pair[0]]
    made = desk.sorting.sort_into([first], rest="later")
    assert made.guessed == () and is_from_files(made.clustering)
    assert sizes(desk) == {first: count[first], "later": sum(n for _, n in others)}
    part = next(cluster for cluster in made.clustering.clusters if cluster.name == "later")
    named = others[0][0]
    assert named is not None
    desk.sorting.sort_into([named], rest="not yet", within=part.id)
    assert sizes(desk)[named] == count[named] and sizes(desk)["not yet"] == sum(n for _, n in others[1:])


def test_years_are_told_by_the_files_whether_or_not_a_picture_is_of_them(desk: Desk) -> None:
    years = value_of(desk, "year")
    year = next(value for value in years.values() if value)
    of_year = sum(value == year for value in years.values())
    made = desk.sorting.sort_into([year, "1999"])
    assert sizes(desk) == {year: of_year} and made.guessed == () and is_from_files(made.clustering)
    assert 'no file says "1999"' in made.clustering.notes
    desk.sorting.sort_into([year, "1999"], rest="other")
    assert sizes(desk)[year] == of_year and "1999" not in sizes(desk)
    with pytest.raises(
        UsageError, match=r"cannot be grouped by 1998 or 1999: \d+ files say 20\d\d, which is none"
    ):
        desk.sorting.sort_into(["1998", "1999"])
    desk.grouping.group("year")
    with pytest.raises(
        UsageError, match=f'all images of "{year}" are "{year}"; split them by something else'
    ):
        desk.sorting.sort_into([year, "1999"], within=year)
    with pytest.raises(UsageError, match='no file says "1999"'):
        desk.sorting.take_out(["1999"])
    assert not desk.experts.looked, "nobody had to look at a pixel"


def test_a_group_is_split_by_what_files_say(desk: Desk) -> None:
    desk.grouping.group("colour")
    largest = max(sizes(desk).items(), key=lambda item: item[1])[0]
    made = desk.sorting.sort_into(["weekends", "weekdays"], within=largest)
    assert is_from_files(made.clustering) and made.guessed == ()
    for name in {"weekends", "weekdays"} & sizes(desk).keys():
        members = made.clustering.members(desk.clusterings.find_cluster(name).id)
        assert {value_of(desk, "part of the week")[image] for image in members} == {name[:-1]}


def test_groups_are_taken_out_by_what_files_say_and_the_others_stay(desk: Desk) -> None:
    desk.grouping.group("colour")
    before, seasons = sizes(desk), value_of(desk, "season")
    after = desk.sorting.take_out(["summers"]).clustering
    members = after.members(desk.clusterings.find_cluster("summers").id)
    assert set(members) == {image for image, season in seasons.items() if season == "summer"}
    assert is_from_files(after) and sum(sizes(desk).values()) == sum(before.values())
    missing = next(name for name in ("winter", "autumn", "spring") if name not in seasons.values())
    with pytest.raises(UsageError, match="no file says"):
        desk.sorting.take_out([missing])


def test_no_expert_is_asked_where_no_picture_has_a_value(desk: Desk) -> None:
    years = {moment.year for moment in taken(desk).values()}
    assert desk.metadata.sees("weekends or weekdays") and 1999 not in years
    assert desk.metadata.sees("cats or dogs") is None and desk.metadata.sees("mood") is None


def test_a_span_of_time_is_a_condition(desk: Desk) -> None:
    moments = taken(desk)
    met = desk.conditions.met(["before July 2023"])
    expected = {image for image, moment in moments.items() if (moment.year, moment.month) < (2023, 7)}
    assert set(met.images) == expected and met.words == "dated before July 2023" and met.from_files
    both = desk.conditions.met(["after April 2023", "before July 2023"])
    assert {moments[image].month for image in both.images} <= {5, 6}
    assert both.words == "dated after April 2023 and dated before July 2023"
    assert desk.conditions.met(["the last 2 days"]).words == "dated in the last 2 days"
    without = desk.conditions.met([], ["before July 2023"])
    assert (
        set(without.images) == set(desk.collection.ids) - expected
        and without.words == "not dated before July 2023"
    )
    picked = desk.conditions.pick(["before July 2023"])
    assert is_from_files(picked) and picked.clusters[0].name == "before July 2023"


def test_a_time_at_which_none_was_taken_is_a_condition_as_well(desk: Desk) -> None:
    times = value_of(desk, "time of day")
    assert "night" not in times.values()
    assert desk.conditions.met(["night"]).images == ()
    weekend = desk.conditions.met(["weekends"])
    assert len(weekend.images) == sum(moment.weekday() > 4 for moment in taken(desk).values())


def test_values_are_counted_the_most_frequent_first(desk: Desk) -> None:
    months = list(value_of(desk, "month").values())
    most = max((month for month in months if month), key=months.count)
    assert desk.metadata.counts("months").startswith(f'By month: "{most}" {months.count(most)}, ')
    assert desk.metadata.counts("camera").endswith("files say a camera).")
    with pytest.raises(UsageError, match="no lens in the file"):
        desk.metadata.counts("lens")
    with pytest.raises(UsageError, match="files say nothing of"):
        desk.metadata.counts("mood")


def test_the_name_of_the_rest_is_no_step_of_its_own_and_stays_when_it_is_sorted_again(desk: Desk) -> None:
    first = Counter(v for v in value_of(desk, "city").values() if v).most_common(1)[0][0]
    made = desk.sorting.sort_into([first], rest="later").clustering
    assert "later" in sizes(desk)
    desk.grouping.group(made.criterion)
    assert "later" in sizes(desk)
    desk.history.undo()
    desk.history.undo()
    assert desk.clusterings.current is None


def test_a_year_beside_what_pictures_show_is_not_guessed_by_eye(desk: Desk) -> None:
    year = next(v for v in value_of(desk, "year").values() if v)
    with pytest.raises(UsageError, match=f'group by year", then "split {year} into red and other'):
        desk.sorting.sort_into([year, "red"])
    assert desk.clusterings.current is None
