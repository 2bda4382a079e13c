"""Events are found by gaps in time and place, however many there are."""

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import normalized_mutual_info_score

from tests.camera_roll import PLACES, write_roll
from tools.metadata.find_events import LONGEST, SHORTEST, find_events
from tools.metadata.places import kilometres
from tools.metadata.read_metadata import read_metadata
from tools.scan.collection import scan

START = datetime(2024, 5, 12, 9)


def roll(gaps: list[float]) -> list[datetime]:
    """Moments with these hours between them."""
    moments = [START]
    for gap in gaps:
        moments.append(moments[-1] + timedelta(hours=gap))
    return moments


def found(gaps: list[float]) -> list[int]:
    moments = roll(gaps)
    return find_events(moments, [None] * len(moments)).tolist()


@given(st.lists(st.floats(0, 400), max_size=40), st.randoms())
def test_an_event_is_a_run_of_time_in_whatever_order_the_pictures_are(
    gaps: list[float], random: object
) -> None:
    moments = roll(gaps)
    rows = list(range(len(moments)))
    random.shuffle(rows)  # type: ignore[attr-defined]
    events = find_events([moments[row] for row in rows], [None] * len(rows))
    by_time = [events[rows.index(row)] for row in range(len(rows))]
    assert by_time[0] == 0
    assert all(later - earlier in (0, 1) for earlier, later in pairwise(by_time))
    for earlier, later, gap in zip(by_time, by_time[1:], gaps, strict=False):
        if gap <= SHORTEST:
            assert earlier == later
        if gap > LONGEST:
            assert earlier != later


@given(st.lists(st.floats(0.01, 400), min_size=1, max_size=40))
def test_a_longer_gap_never_ends_less(gaps: list[float]) -> None:
    events = found(gaps)
    ended = [gap for gap, (a, b) in zip(gaps, pairwise(events), strict=True) if a != b]
    held = [gap for gap, (a, b) in zip(gaps, pairwise(events), strict=True) if a == b]
    assert not ended or not held or min(ended) >= max(held)


def test_days_out_are_events_where_nights_lie_between_them() -> None:
    assert found([0.5, 1, 0.2, 16, 0.5, 0.1, 15, 1]) == [0, 0, 0, 0, 1, 1, 1, 2, 2]


def test_a_journey_of_days_is_one_event_where_weeks_lie_between_journeys() -> None:
    nights = [1, 11, 2, 12, 1]
    assert found([*nights, 500, *nights]) == [0] * 6 + [1] * 6


def test_another_place_is_another_event() -> None:
    lisbon, berlin = PLACES["Lisbon"][:2], PLACES["Berlin"][:2]
    moments = roll([0.5, 0.5, 2.5, 0.5])
    assert find_events(moments, [lisbon, None, lisbon, berlin, berlin]).tolist() == [0, 0, 0, 1, 1]
    assert find_events(moments, [lisbon, None, lisbon, lisbon, lisbon]).tolist() == [0] * 5


def test_no_picture_is_no_event() -> None:
    assert find_events([], []).tolist() == []
    assert find_events([START], [None]).tolist() == [0]


def test_distances() -> None:
    assert kilometres(PLACES["Lisbon"][:2], PLACES["Berlin"][:2]) == pytest.approx(2311, rel=0.01)
    assert kilometres((0, 179.9), (0, -179.9)) == pytest.approx(22.2, rel=0.01)


def test_the_events_of_drawn_rolls(tmp_path: Path) -> None:
    scores = []
    for seed in range(3):
        truth = [t for t in write_roll(tmp_path / str(seed), seed, events=12) if t.taken is not None]
        collection = scan(tmp_path / str(seed))
        read = {}
        for image in collection.images:
            beside = [collection.folder / c.path for c in collection.companions_of(image.sha256)]
            read[collection.folder / image.path] = read_metadata(collection.folder / image.path, beside)
        known = [read[t.path.resolve()] for t in truth]
        places = [(k.latitude, k.longitude) if k.has_place else None for k in known]
        events = find_events([k.taken for k in known if k.taken], places)  # type: ignore[arg-type]
        scores.append(normalized_mutual_info_score([t.event for t in truth], events))
    assert np.mean(scores) >= 0.95
