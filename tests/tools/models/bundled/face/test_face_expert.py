"""The face expert on drawn portraits. Needs its weights (3 MB, from the package registry)."""

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assistant.demo import Truth, draw_demo
from tools.models.bundled.face.face_expert import WIDTHS, FaceExpert
from tools.models.ports import Findings, Pixels
from tools.models.weight_store import WeightStore


@pytest.fixture(scope="module")
def expert() -> FaceExpert:
    found = FaceExpert()
    if line := found.missing():
        pytest.skip(f"{line} (they could not be fetched here)")
    return found


@pytest.fixture(scope="module")
def portraits(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Truth], list[Pixels]]:
    folder = tmp_path_factory.mktemp("faces") / "demo"
    truth = [row for row in draw_demo(folder, seed=11, count=24) if not row.note]
    return truth, [np.asarray(Image.open(folder / row.file).convert("RGB")) for row in truth]


@pytest.fixture(scope="module")
def findings(expert: FaceExpert, portraits: tuple[list[Truth], list[Pixels]]) -> Findings:
    return expert.look(portraits[1])


def said(findings: Findings, slot: str) -> list[str | None]:
    return [next((s.value for s in slots if s.name == slot), None) for slots in findings.slots]


def agreement(findings: Findings, view: str, truth: list[str]) -> float:
    from sklearn.cluster import KMeans
    from sklearn.metrics import normalized_mutual_info_score

    rows = findings.views[view]
    scaled = (rows - rows.mean(0)) / np.maximum(rows.std(0), 1e-9)
    labels = KMeans(len(set(truth)), n_init=10, random_state=0).fit_predict(scaled)
    return float(normalized_mutual_info_score(truth, labels))


def test_every_drawn_face_is_found(findings: Findings) -> None:
    assert said(findings, "people") == ["one"] * 24
    for name, width in WIDTHS.items():
        assert findings.views[name].shape == (24, width)
        assert findings.views[name].dtype == np.float32
        assert np.isfinite(findings.views[name]).all()


def test_views_group_what_they_are_for(
    findings: Findings, portraits: tuple[list[Truth], list[Pixels]]
) -> None:
    truth = portraits[0]
    assert agreement(findings, "face.expression", [row.emotion for row in truth]) > 0.85
    assert agreement(findings, "face.hair", [row.hair for row in truth]) > 0.9
    assert agreement(findings, "face.eyes", [row.glasses for row in truth]) > 0.9
    for view in WIDTHS:
        assert agreement(findings, view, [row.shirt for row in truth]) < 0.35  # 24 by chance: about .2


def test_slots_say_what_was_drawn(findings: Findings, portraits: tuple[list[Truth], list[Pixels]]) -> None:
    truth = portraits[0]
    assert said(findings, "hair colour") == [row.hair for row in truth]
    assert said(findings, "glasses") == [row.glasses for row in truth]
    right = [value == row.emotion for value, row in zip(said(findings, "expression"), truth, strict=True)]
    assert np.mean(right) > 0.6
    happy = [v for v, row in zip(said(findings, "expression"), truth, strict=True) if row.emotion == "happy"]
    assert set(happy) == {"happy"}
    open_mouths = [v for v, row in zip(said(findings, "mouth"), truth, strict=True) if row.emotion == "sad"]
    assert set(open_mouths) == {"closed"}
    assert set(said(findings, "head pose")) == {"straight"}
    assert all(0 <= slot.confidence <= 1 for slots in findings.slots for slot in slots)


def test_a_picture_alone_says_the_same(
    expert: FaceExpert, findings: Findings, portraits: tuple[list[Truth], list[Pixels]]
) -> None:
    again = FaceExpert().look(portraits[1][3:5])
    for name in WIDTHS:
        np.testing.assert_array_equal(again.views[name], findings.views[name][3:5])
    assert again.slots == findings.slots[3:5]


def test_mirrored_and_tilted_faces(expert: FaceExpert, portraits: tuple[list[Truth], list[Pixels]]) -> None:
    straight = Image.fromarray(portraits[1][0])
    turned = [np.asarray(straight.rotate(angle, expand=True)) for angle in (-30, 0, 30)]
    assert said(expert.look(turned), "people") == ["one"] * 3
    poses = expert.look(turned).views["face.pose"]
    assert np.abs(poses).max() < 0.35  # tilting the picture is neither turning nor nodding
    pair = expert.look([portraits[1][0], np.ascontiguousarray(portraits[1][0][:, ::-1])]).views["face.pose"]
    assert abs(pair[0, 0] + pair[1, 0]) < 0.15


def test_no_face(expert: FaceExpert) -> None:
    rng = np.random.default_rng(0)
    pictures: list[Pixels] = [
        np.full((300, 400, 3), 255, np.uint8),
        np.zeros((1, 1, 3), np.uint8),
        np.zeros((2, 640, 3), np.uint8),
        rng.integers(0, 256, (200, 100, 3), np.uint8),
    ]
    found = expert.look(pictures)
    assert said(found, "people") == ["no face seen"] * 4
    assert all(len(slots) == 1 for slots in found.slots)
    assert np.isnan(found.views["face.pose"]).all()
    assert not found.views["face.count"].any()


def test_several_people(expert: FaceExpert, portraits: tuple[list[Truth], list[Pixels]]) -> None:
    half = [np.asarray(Image.fromarray(p).resize((160, 200))) for p in portraits[1][:3]]
    found = expert.look([np.hstack(half[:2]), np.hstack(half)])
    assert said(found, "people") == ["two", "several"]
    assert found.views["face.count"][:, 0].tolist() == [2, 3]


def test_nothing_to_look_at(expert: FaceExpert) -> None:
    found = expert.look([])
    assert found.slots == [] and {n: v.shape for n, v in found.views.items()} == {
        n: (0, w) for n, w in WIDTHS.items()
    }


def test_without_weights(tmp_path: Path) -> None:
    blind = FaceExpert(WeightStore(tmp_path, offline=True))
    assert blind.missing() == "face weights are not here: run `regroup models fetch face`"


def test_specs() -> None:
    titles = {spec.name: spec.title for spec in FaceExpert.specs}
    assert titles == {
        "expression": "emotion",
        "head pose": "head pose",
        "glasses": "glasses",
        "hair colour": "hair colour",
        "mouth": "mouth",
        "people": "number of people",
    }
    for spec in FaceExpert.specs:
        assert 6 <= len(spec.phrases) <= 10
        assert spec.views and set(spec.views) <= set(WIDTHS)


def test_nothing_is_written_on_the_screen(expert: FaceExpert) -> None:
    code = (
        "import numpy as np; from tools.models.bundled.face.face_expert import FaceExpert; "
        "FaceExpert().look([np.zeros((64, 64, 3), np.uint8)])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=os.environ, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")


def test_stderr_of_others_is_kept(capfd: pytest.CaptureFixture[str]) -> None:
    from tools.models.bundled.litert import GREETING, without_greeting

    with without_greeting():
        os.write(2, b"before " + GREETING + b"after")
    assert capfd.readouterr().err == "before after"
    assert io.BytesIO(GREETING).readline() == GREETING  # one whole line, nothing else
