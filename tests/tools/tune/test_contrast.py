"""The supervised contrastive loss, against the formula written out."""

import math

import numpy as np
import torch
from torch.nn.functional import normalize

from tools.tune.contrast import TEMPERATURE, loss, pair_table
from tools.tune.pairs import pairs


def test_it_is_the_formula_over_the_pairs_that_are_known() -> None:
    found = pair_table(pairs([(3, 5), (3, 8), (5, 8), (8, 9)], [True, False, False, True], [1, 1, 0.5, 1]))
    assert found.images.tolist() == [3, 5, 8, 9]
    vectors = normalize(torch.randn(4, 6, generator=torch.Generator().manual_seed(0)), dim=1)
    s = np.exp((vectors @ vectors.T).numpy() / TEMPERATURE)
    by_hand = [
        -math.log(s[0, 1] / (s[0, 1] + s[0, 2])),
        -math.log(s[1, 0] / (s[1, 0] + 0.5 * s[1, 2])),
        -math.log(s[2, 3] / (s[2, 3] + s[2, 0] + 0.5 * s[2, 1])),
        -math.log(s[3, 2] / s[3, 2]),  # nothing is known to be apart from it, 0 and 1 are not known
    ]
    value = loss(vectors, found.same, found.apart)
    assert value is not None and math.isclose(float(value), np.mean(by_hand), rel_tol=1e-5)


def test_without_positives_there_is_nothing_to_learn() -> None:
    found = pair_table(pairs([(0, 1)], [False]))
    assert loss(torch.eye(2), found.same, found.apart) is None
