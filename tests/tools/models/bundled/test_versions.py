"""What was found by an expert that measured otherwise is not mixed with what it finds now."""

import pytest

from tools.describe.describe import key
from tools.models.bundled.tier import experts, parts
from tools.models.hub.encoder_expert import FORM
from tools.models.weight_store import WeightStore

BEFORE = {"object": 5, "colour": 4, "face": 2, "shape": 1, "count": 1, "photo": 3}
"""The last version of each expert before it saw the subject, the border and the light in the way that it does now."""


@pytest.mark.parametrize("name", BEFORE)
def test_findings_of_the_versions_before_are_not_used(name: str) -> None:
    store = WeightStore()
    expert = next(expert for expert in experts(store) if expert.name == name)
    rules = key(expert).rpartition("+")[2]
    assert key(expert) not in {f"{name}@{version}+{rules}" for version in range(1, BEFORE[name] + 1)}


def test_parts_of_pictures_and_encoders_of_the_hub_look_anew_as_well() -> None:
    assert {part.version for part in parts(WeightStore())} == {"2"}
    assert FORM != "regions1"
