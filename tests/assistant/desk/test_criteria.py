"""Whether a criterion is seen here, told from its words before anything is grouped."""

import pytest

from assistant.desk import Desk
from assistant.desk.criteria import Sight


@pytest.mark.parametrize("criterion", ["colour", "color", "the colours"])
def test_what_an_expert_sees_is_seen(desk: Desk, criterion: str) -> None:
    assert desk.criteria.sight(criterion).seen


@pytest.mark.parametrize("criterion", ["photographer", "month", "day", "landscape type"])
def test_what_no_expert_sees_is_not(desk: Desk, criterion: str) -> None:
    assert not desk.criteria.sight(criterion).seen


def test_what_was_grouped_by_once_can_be_grouped_by_again(desk: Desk) -> None:
    desk.grouping.group("photographer", k=2)
    assert desk.criteria.sight("photographer") == Sight(True)
