"""Clearness becomes confidence, and on drawn pictures confidence means what it says."""

import numpy as np
import pytest

from tests.calibration.__main__ import CERTAIN, cases, errors
from tests.calibration.fitting import expected_error, fit
from tools.models.bundled.calibration import calibrated, findings
from tools.models.bundled.colour_expert import ColourExpert
from tools.models.bundled.confidence_tables import TABLES
from tools.models.bundled.count_expert import CountExpert
from tools.models.bundled.photo_expert import PhotoExpert
from tools.models.bundled.shape_expert import ShapeExpert
from tools.models.ports import Slot

WORDLESS = {"daylight"}
"""Slots of views alone: there is no word whose confidence a table could give."""
TABLE = {"mood": ((0.2, 0.5), (0.6, 0.9))}


@pytest.mark.parametrize(("clear", "sure"), [(0, 0.5), (0.2, 0.5), (0.4, 0.7), (0.6, 0.9), (1, 0.9)])
def test_a_table_is_linear_between_its_places_and_constant_outside(clear: float, sure: float) -> None:
    assert calibrated(Slot("mood", "happy", clear), TABLE) == Slot("mood", "happy", sure)


def test_without_a_table_a_slot_stays_as_it_is() -> None:
    assert calibrated(Slot("other", "x", 0.3), TABLE) == Slot("other", "x", 0.3)


def test_a_view_that_a_picture_has_not_is_a_row_of_nan() -> None:
    rows = [({"a": np.ones(2, np.float32)}, [Slot("mood", "sad", 0.6)]), ({}, [])]
    found = findings(rows, {"a": 2, "b": 1})
    assert found.views["a"].tolist()[0] == [1, 1] and np.isnan(found.views["a"][1]).all()
    assert found.views["b"].shape == (2, 1) and np.isnan(found.views["b"]).all()
    assert found.slots == [[Slot("mood", "sad", 0.6)], []]
    assert {name: view.shape for name, view in findings([], {"a": 2}).views.items()} == {"a": (0, 2)}


def test_every_slot_has_a_table_that_rises() -> None:
    experts = (ColourExpert(), CountExpert(), PhotoExpert(), ShapeExpert())
    assert TABLES.keys() | CERTAIN | WORDLESS == {spec.name for expert in experts for spec in expert.specs}
    for table in TABLES.values():
        places, shares = np.array(table).T
        assert (np.diff(places) > 0).all() and (np.diff(shares) > 0).all()
        assert shares[0] >= 0 and shares[-1] <= 1


def test_a_fitted_table_tells_how_often_one_is_right(rng: np.random.Generator) -> None:
    clear = rng.random(4000)
    right = rng.random(4000) < clear**2
    sure = [calibrated(Slot("x", "", c), {"x": fit(clear, right)}).confidence for c in clear]
    assert expected_error(sure, right) < 0.03
    assert expected_error(clear, right) > 0.1


def test_the_expected_error_is_the_distance_from_the_truth() -> None:
    assert expected_error([0.8] * 100, [True] * 80 + [False] * 20, parts=1) == pytest.approx(0)
    assert expected_error([1.0] * 100, [True] * 60 + [False] * 40, parts=1) == pytest.approx(0.4)


@pytest.mark.slow
def test_of_pictures_that_made_no_table_the_confidences_hold() -> None:
    found = errors(cases(60, seed=3), TABLES, parts=4)
    # Of 60 cases in four parts chance alone makes an error of about .06.
    assert {name: error for name, (error, _) in found.items() if error > 0.15} == {}
    assert np.mean([error for error, _ in found.values()]) < 0.1
