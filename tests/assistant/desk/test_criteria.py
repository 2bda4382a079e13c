"""Whether a criterion is seen here, told from its words before anything is grouped."""

import pytest

from assistant.desk import Desk
from assistant.desk.criteria import Sight


@pytest.mark.parametrize("criterion", ["colour", "color", "the colours"])
def test_what_an_expert_sees_is_seen(desk: Desk, criterion: str) -> None:
    assert desk.criteria.sight(criterion).seen


@pytest.mark.parametrize("criterion", ["photographer", "event", "landscape type"])
def test_what_no_expert_sees_is_not(desk: Desk, criterion: str) -> None:
    assert not desk.criteria.sight(criterion).seen


def test_what_was_grouped_by_once_can_be_grouped_by_again(desk: Desk) -> None:
    desk.grouping.group("photographer", k=2)
    assert desk.criteria.sight("photographer") == Sight(True)


def test_what_files_may_say_is_seen_and_what_these_do_not_say_is_told(desk: Desk) -> None:
    assert desk.criteria.sight("month") == Sight(True)  # by the files' own times, which is said
    assert desk.criteria.sight("event") == Sight(False, missing="no date in the file")
