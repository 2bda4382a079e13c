"""How long to wait."""

from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.models.hosted.request_policy import RequestPolicy, retry_after

NOW = datetime(2026, 5, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after": " 0.5 "}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"Retry-After": "-3"}, 0.0),
        ({"Retry-After": "Fri, 01 May 2026 12:00:30 GMT"}, 30.0),
        ({"Retry-After": "Fri, 01 May 2026 11:00:00 GMT"}, 0.0),
        # The host's clock, not ours, tells what its date means.
        ({"Retry-After": "Sat, 02 May 2026 00:00:10 GMT", "Date": "Sat, 02 May 2026 00:00:00 GMT"}, 10.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": ""}, None),
        ({}, None),
    ],
)
def test_what_the_host_asks_for(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOW) == seconds


def test_pauses_double_up_to_the_longest_and_depend_on_the_seed_alone() -> None:
    policy = RequestPolicy(first=1.0, longest=8.0)
    pauses = [policy.pause(attempt, None, Random("3 a")) for attempt in range(1, 9)]
    assert pauses == [policy.pause(attempt, None, Random("3 a")) for attempt in range(1, 9)]
    for pause, full in zip(pauses, [1, 2, 4, 8, 8, 8, 8, 8], strict=True):
        assert full / 2 <= pause <= full
    assert policy.pause(1, None, Random("3 a")) != policy.pause(1, None, Random("3 b"))
    assert policy.pause(10_000, None, Random(0)) <= 8


@given(st.integers(1, 100), st.floats(0, 1e4), st.integers())
def test_never_less_than_the_host_asks_for(attempt: int, asked: float, seed: int) -> None:
    policy = RequestPolicy()
    assert asked <= policy.pause(attempt, asked, Random(seed)) <= asked + policy.first


@pytest.mark.parametrize("wrong", [{"concurrency": 0}, {"attempts": 0}, {"timeout": 0.0}, {"first": -1.0}])
def test_impossible_patience(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"at least 1|above 0"):
        RequestPolicy(**wrong)  # type: ignore[arg-type]
