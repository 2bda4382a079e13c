"""Where nothing is proposed it is said why, and by what the pictures differ all the same."""

import pytest

from assistant.agent import wording


@pytest.mark.parametrize(("images", "why"), [(5, "5 images are too few"), (40, "I found no criterion")])
def test_what_differs_is_named(images: int, why: str) -> None:
    told = wording.no_proposal(images, ["colour", "brightness", "format", "tone"])
    assert told.startswith(why) and '"colour", "brightness" and "format"' in told and "tone" not in told
    assert 'say "group by colour"' in told and "\n" not in told


def test_where_nothing_differs_the_groups_are_named_by_the_person() -> None:
    assert wording.no_proposal(3, []).startswith("3 images are too few")
    assert wording.no_proposal(40, []) == wording.NO_CRITERION
