"""The contrast and the attention of MLLM_MC, by hand."""

import numpy as np
import pytest
import torch

from tools.fuse.align import attend, contrast
from tools.fuse.tags import tags, terms


def test_as_printed_the_loss_of_all_positives_differs_by_a_constant_and_ours_leaves_them_out() -> None:
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(6, 4, generator=generator)
    h = torch.randn(3, 4, generator=generator)
    own, count = torch.tensor([0, 0, 0, 1, 1, 2]), torch.tensor([3.0, 2.0, 1.0])
    unit = torch.nn.functional.normalize
    cosine = (unit(z, dim=1) @ unit(h, dim=1).T / 0.5).exp()
    every = (cosine * count).sum(1)
    mine = cosine[torch.arange(6), own]
    printed = -(mine / every).log().mean()
    others = every - (count[own] - 1) * mine
    assert float(contrast(z, h, own, count, 0.5, printed=True)) == pytest.approx(float(printed), abs=1e-5)
    assert float(contrast(z, h, own, count, 0.5)) == pytest.approx(
        float(-(mine / others).log().mean()), abs=1e-5
    )


def test_one_key_is_the_identity_on_values_and_none_gives_nothing() -> None:
    generator = torch.Generator().manual_seed(0)
    z, h = torch.randn(3, 4, generator=generator), torch.randn(2, 4, generator=generator)
    keys = torch.tensor([[True, False], [True, True], [False, False]])
    found = attend(z, h, keys)
    assert torch.equal(found[0], h[0]) and not found[2].any()
    share = (z[1] @ h.T / 2).softmax(0)
    torch.testing.assert_close(found[1], share @ h)


def test_tags_of_one_word_are_counted_and_long_descriptions_taken_apart() -> None:
    assert tags(["red", "Blue", "red", None, "light blue", "red", "blue"], 2) == ("red", "blue")
    assert terms("The picture shows a red apple") == ("picture", "shows", "red", "apple")
    assert tags([None, ""], 3) == ()
    assert np.size(tags(["a b c", "a b c"], 5)) == 1
