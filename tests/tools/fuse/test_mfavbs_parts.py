"""The network, the augmentations and the loss of MFAVBs-CC."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as some
from torchvision.transforms.v2 import functional as to

from tools.fuse.mfavbs import augmentation as module
from tools.fuse.mfavbs import network
from tools.fuse.mfavbs.augmentation import Pictures, augmented, plain
from tools.fuse.mfavbs.loss import contrast, entropy, total
from tools.fuse.mfavbs.network import (
    FEATURES,
    PAPER,
    SMALL,
    Out,
    Setting,
    join,
    parameters,
    readouts,
    run,
    split,
    tokens,
)

TINY = Setting(side=16, width=32, blocks=2, fusions=1, heads=2, halvings=2, epochs=3, batch=16)


def pictures(n: int, height: int = 16, width: int = 16) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(n)
    return [
        torch.randint(0, 256, (3, height, width), generator=generator, dtype=torch.uint8) for _ in range(n)
    ]


def both(n: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    seen = pictures(n)
    a, b = (augmented(seen, range(n), 16, 0, 0, branch) for branch in (0, 1))
    return a, b, torch.randn(n, 32, generator=torch.Generator().manual_seed(1))


@given(b=some.integers(1, 4), t=some.integers(1, 9), e=some.integers(1, 6))
def test_splitting_what_was_joined_gives_both_branches_back(b: int, t: int, e: int) -> None:
    one = torch.arange(b * t * e).view(b, t, e).float()
    other = -one - 1
    whole = join(one, other)
    assert whole.shape == (b, 2 * t, e)
    back = split(whole)
    assert torch.equal(back[0], one) and torch.equal(back[1], other)


def test_the_anchor_stands_after_cls_and_has_no_position() -> None:
    p = parameters(TINY, 3, 0)
    a, _, anchor = both(4)
    with_it, without = tokens(p, TINY, a, anchor), tokens(p, TINY, a, None)
    assert with_it.shape == (4, TINY.patches + 2, 32) and without.shape == (4, 17, 32)
    assert torch.equal(with_it[:, 1], anchor)
    assert torch.equal(with_it[:, [0, *range(2, 18)]], without)


@pytest.mark.parametrize("fusions", [1, 2])
@pytest.mark.parametrize("anchored", [True, False])
def test_the_shapes_and_that_branches_can_trade_places(fusions: int, anchored: bool) -> None:
    setting = replace(TINY, blocks=2 * fusions, fusions=fusions)
    p = parameters(setting, 3, 0)
    a, b, anchor = both(5)
    given_anchor = anchor if anchored else None
    one, other = run(p, setting, a, b, given_anchor)
    assert one.instances.shape == (5, FEATURES) and one.groups.shape == (5, 3)
    torch.testing.assert_close(one.groups.sum(1), torch.ones(5))
    swapped = run(p, setting, b, a, given_anchor)
    torch.testing.assert_close(swapped[1].instances, one.instances)
    torch.testing.assert_close(swapped[0].groups, other.groups)


def test_each_branch_sees_the_other_and_no_other_image() -> None:
    p = parameters(TINY, 3, 0)
    a, b, anchor = both(5)
    one, _ = run(p, TINY, a, b, anchor)
    alone, _ = run(p, TINY, a[:2], b[:2], anchor[:2])
    torch.testing.assert_close(alone.instances, one.instances[:2])
    changed = b.clone()
    changed[0] = -changed[0]
    seen, _ = run(p, TINY, a, changed, anchor)
    assert not torch.allclose(seen.instances[0], one.instances[0])
    torch.testing.assert_close(seen.instances[1:], one.instances[1:])


def test_what_is_read_out_is_the_anchor() -> None:
    p = parameters(replace(TINY, blocks=0, fusions=0), 3, 0)  # without blocks a token comes out as it went in
    a, b, anchor = both(4)
    one, other = run(p, replace(TINY, blocks=0, fusions=0), a, b, anchor)
    assert torch.equal(one.instances, other.instances)
    assert not torch.allclose(one.instances[0], one.instances[1])
    cls, _ = run(p, replace(TINY, blocks=0, fusions=0), a, b, None)
    torch.testing.assert_close(cls.instances[0], cls.instances[1])


def test_each_branch_has_its_own_anchor() -> None:
    """Without blocks the readouts are the anchors, normalised; the second is that of the first unless one is given."""
    setting = replace(TINY, blocks=0, fusions=0)
    p = parameters(setting, 3, 0)
    a, b, anchor = both(4)
    first, second = readouts(p, setting, a, b, anchor, -anchor)
    torch.testing.assert_close(second, -first)
    one, other = run(p, setting, a, b, anchor, -anchor)
    assert not torch.allclose(one.instances, other.instances)
    assert torch.equal(*readouts(p, setting, a, b, anchor))


def test_everything_is_trained() -> None:
    p = parameters(TINY, 3, 0)
    loss = total(*run(p, TINY, *both(6)))
    gradients = torch.autograd.grad(loss, list(p.values()), allow_unused=True)
    still = {
        name for name, found in zip(p, gradients, strict=True) if found is None or not found.abs().max() > 0
    }
    assert still == set()


@pytest.mark.parametrize(("setting", "blocks", "patches"), [(PAPER, 8, 196), (SMALL, 4, 16)])
def test_the_settings_fit(setting: Setting, blocks: int, patches: int) -> None:
    p = parameters(replace(setting, width=setting.heads * 8), 2, 0)
    assert sum(name.endswith(".attend.weight") for name in p) == blocks
    assert setting.patches == patches and setting.width % setting.heads == 0
    assert p["position"].shape[1] == patches + 1


def test_augmentations_depend_on_seed_epoch_row_and_branch_alone() -> None:
    seen = pictures(4, 20, 33)
    first = augmented(seen, range(4), 16, 3, 7, 0)
    assert first.shape == (4, 3, 16, 16) and first.dtype == torch.float32
    assert -1 <= first.min() < first.max() <= 1
    torch.rand(5)  # others draw lots as well
    assert torch.equal(augmented(seen[2:], [2, 3], 16, 3, 7, 0), first[2:])
    for other in ((4, 7, 0), (3, 8, 0), (3, 7, 1)):
        assert not torch.equal(augmented(seen, range(4), 16, *other), first)


def test_the_second_one_adds_solarize_to_a_fifth() -> None:
    picture = pictures(1)[0]
    solarized = 0
    for seed in range(150):
        without = module.augment(picture, 16, np.random.default_rng(seed), False)
        found = module.augment(picture, 16, np.random.default_rng(seed), True)
        if not torch.equal(found, without):
            assert torch.equal(found, to.solarize(without, 128))
            solarized += 1
    assert 0.1 < solarized / 150 < 0.3


@given(height=some.integers(1, 90), width=some.integers(1, 90), seed=some.integers(0, 1000))
def test_a_crop_lies_in_the_picture(height: int, width: int, seed: int) -> None:
    top, left, h, w = module.random_crop(height, width, np.random.default_rng(seed))
    assert 0 <= top <= top + h <= height and 0 <= left <= left + w <= width and h > 0 < w
    if height == width > 20:
        assert 0.07 < h * w / height**2 <= 1


def test_the_plain_picture_is_the_whole_picture() -> None:
    picture = torch.zeros(3, 8, 40, dtype=torch.uint8)
    picture[:, :, 20:] = 255
    x = plain([picture], 16)[0]
    assert x.shape == (3, 16, 16)
    assert x[:, :, :6].max() == -1 and x[:, :, 10:].min() == 1


@pytest.mark.parametrize(("room", "times"), [(2000, 1), (1000, 2), (0, 3)])
def test_pictures_are_decoded_once_while_there_is_room(
    room: int, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ROOM", room)
    decoded: list[int] = []

    def source(rows: Sequence[int], side: int) -> list[np.ndarray]:
        assert side == 32
        decoded.extend(rows)
        return [np.full((16, 16, 3), row, np.uint8) for row in rows]

    kept = Pictures(source, 32)
    for rows in ([5, 6], [6, 5], [6]):
        assert [int(picture[0, 0, 0]) for picture in kept.get(rows)] == rows
    assert decoded.count(6) == {1: 1, 2: 3, 3: 3}[times] and decoded.count(5) == min(
        times, 2 if room < 768 else 1
    )


def test_eq_1_and_2_joined_tokens_are_those_of_a_then_those_of_b() -> None:
    a, b = torch.tensor([[[1.0], [2.0]]]), torch.tensor([[[3.0], [4.0]]])  # one image, two tokens, width one
    assert join(a, b).flatten().tolist() == [1, 2, 3, 4]
    first, second = split(torch.tensor([[[5.0], [6.0], [7.0], [8.0]]]))
    assert first.flatten().tolist() == [5, 6] and second.flatten().tolist() == [7, 8]


@pytest.mark.parametrize("fusions", [0, 1, 2])
def test_figure_6_the_first_2n_blocks_fuse_and_the_others_keep_the_branches_apart(fusions: int) -> None:
    setting = replace(TINY, blocks=4, fusions=fusions)
    p = parameters(setting, 3, 0)
    assert sum(name.endswith(".attend.weight") for name in p) == 4
    a, b, anchor = both(3)
    widths: list[tuple[str, int]] = []
    whole = network.block

    def spy(p: object, name: str, heads: int, x: torch.Tensor) -> torch.Tensor:
        widths.append((name, x.shape[1]))
        return whole(p, name, heads, x)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(network, "block", spy)
        one, _ = run(p, setting, a, b, anchor)
    tokens_each = setting.patches + 2
    wanted = []
    for i in range(1, 5):
        fused = i % 2 == 0 and i <= 2 * fusions
        wanted += [(f"f{i}", 2 * tokens_each)] if fused else [(f"f{i}", tokens_each)] * 2
    assert widths == wanted
    other, _ = run(p, setting, a, -b, anchor)
    assert torch.equal(one.instances, other.instances) == (fusions == 0)


def test_eq_3_and_4_the_contrast_of_instances_by_hand() -> None:
    a, b = torch.tensor([[1.0, 0], [0, 2.0]]), torch.tensor([[3.0, 4.0], [0, 1.0]])
    # Cosines: a1 with b1 .6, a2 0, b2 0; a2 with b2 1, a1 0, b1 .8; b1 with a1 .6, a2 .8, b2 .8; b2 with a2 1, a1 0,
    # b1 .8; the temperature is 1/2.
    each = [
        -math.log(math.exp(1.2) / (math.exp(1.2) + 2)),
        -math.log(math.exp(2) / (math.exp(2) + 1 + math.exp(1.6))),
        -math.log(math.exp(1.2) / (math.exp(1.2) + 2 * math.exp(1.6))),
        -math.log(math.exp(2) / (math.exp(2) + 1 + math.exp(1.6))),
    ]
    assert float(contrast(a, b, 0.5)) == pytest.approx(sum(each) / 4, abs=1e-6)


def test_eq_6_and_7_the_groups_are_contrasted_by_columns_and_the_penalty_is_the_entropy() -> None:
    # Three images in two groups: rows and columns differ in number, and so does what they say.
    c_a = torch.tensor([[1.0, 0], [1.0, 0], [0, 1.0]])
    c_b = torch.tensor([[1.0, 0], [0, 1.0], [0, 1.0]])
    instances = torch.eye(3, FEATURES)
    # Columns: a1 (1, 1, 0), a2 (0, 0, 1), b1 (1, 0, 0), b2 (0, 1, 1); the cosines of a1 b1 and a2 b2 are 1 / sqrt 2,
    # that of a1 b2 is 1 / 2, the others are 0; the temperature is 1.
    near, half = math.exp(0.5**0.5), math.exp(0.5)
    each = [
        -math.log(near / (near + 1 + half)),
        -math.log(near / (near + 1 + 1)),
        -math.log(near / (near + 1 + 1)),
        -math.log(near / (near + half + 1)),
    ]
    alike = -math.log(math.exp(2) / (math.exp(2) + 4))  # each instance with its partner, against four others
    spread = -(2 / 3 * math.log(2 / 3) + 1 / 3 * math.log(1 / 3))
    wanted = alike + sum(each) / 4 - 2 * spread
    assert float(total(Out(instances, c_a), Out(instances, c_b))) == pytest.approx(wanted, abs=1e-5)


def test_the_contrast_is_infonce_over_both_branches() -> None:
    a, b = torch.tensor([[1.0, 0], [0, 2.0]]), torch.tensor([[3.0, 0], [0, 1.0]])
    # Cosine 1 with the partner and 0 with the two others.
    assert float(contrast(a, b, 0.5)) == pytest.approx(math.log(1 + 2 * math.exp(-2)), abs=1e-6)
    assert float(contrast(a, b.flip(0), 0.5)) == pytest.approx(math.log(math.exp(2) + 2), abs=1e-6)


def test_the_loss_is_least_where_views_agree_and_groups_are_of_a_size() -> None:
    even = torch.eye(3).repeat(4, 1)
    instances = torch.randn(12, FEATURES, generator=torch.Generator().manual_seed(0))
    one_group = torch.tensor([[1.0, 0, 0]]).repeat(12, 1)
    assert float(entropy(even)) == pytest.approx(math.log(3), abs=1e-6)
    assert float(entropy(one_group)) == pytest.approx(0, abs=1e-5)
    best = total(Out(instances, even), Out(instances, even))
    assert best < total(Out(instances, one_group), Out(instances, one_group))
    assert best < total(Out(instances, even), Out(instances, even.roll(1, 0)))
    assert best < total(Out(instances, even), Out(instances.roll(1, 0), even))
