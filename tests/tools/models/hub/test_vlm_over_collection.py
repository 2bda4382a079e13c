"""Interest vectors of a whole collection, by a model that really looks: kept batch by batch, asked for once."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from assistant.workspace.cache import FindingsCache
from tests.tools.models.hub.drawings import draw_many
from tools.errors import Cancelled, RegroupError
from tools.models.hub.vision_language_model import VisionLanguageModel
from tools.models.hub.vlm_interest_encoder import VlmInterestEncoder
from tools.models.hub.vlm_over_collection import INTEREST, embed_all, interest_key
from tools.models.ports import Pixels, Vectors

pytestmark = pytest.mark.timeout(1200)  # the first test may have to train the models

PIXELS = {f"{i:02}": drawing.pixels for i, drawing in enumerate(draw_many(20, seed=5))}
IDS = list(PIXELS)


def decode(ids: Sequence[str]) -> Iterator[tuple[str, Pixels | None, str]]:
    for image in ids:
        yield image, PIXELS.get(image), "" if image in PIXELS else "no picture"


@pytest.fixture(scope="module")
def model(vlm_folder: Path) -> VisionLanguageModel:
    return VisionLanguageModel(str(vlm_folder), side=64)


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[FindingsCache]:
    found = FindingsCache(tmp_path / "cache")
    yield found
    found.close()


def test_vectors_are_kept_and_asked_for_once(model: VisionLanguageModel, cache: FindingsCache) -> None:
    encoder = VlmInterestEncoder(model, batch=6)

    def stop(stage: str, done: int, total: int) -> None:
        if done:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        embed_all(encoder, "colour", IDS, decode, cache, progress=stop)
    own = interest_key(encoder, "colour")
    assert cache.missing(own, IDS) == IDS[6:]
    ran = embed_all(encoder, "colour", [*IDS, "gone"], decode, cache)
    assert ran.calls == 14 and ran.unreadable == {"gone": "no picture"}
    kept = cache.view(own, INTEREST, IDS)
    np.testing.assert_allclose(kept, encoder.encode(list(PIXELS.values()), "colour"), atol=1e-4)
    assert embed_all(encoder, "colour", IDS, decode, cache).calls == 0
    assert embed_all(encoder, "shape", IDS[:2], decode, cache).calls == 2  # another criterion, other vectors
    assert interest_key(VlmInterestEncoder(model, pooling="mean"), "colour") != own


class Picky(VlmInterestEncoder):
    """Fails where it is shown certain pictures."""

    shy: tuple[str, ...] = ()

    def encode(self, batch: Sequence[Pixels], criterion: str) -> Vectors:
        if any(pixels is PIXELS[image] for pixels in batch for image in self.shy):
            raise RegroupError("too dark")
        return super().encode(batch, criterion)


def test_a_picture_on_which_it_fails_is_left_out_and_many_in_a_row_end_it(
    model: VisionLanguageModel, cache: FindingsCache
) -> None:
    encoder = Picky(model, batch=5)
    encoder.shy = (IDS[3],)
    ran = embed_all(encoder, "colour", IDS, decode, cache)
    assert ran.failures == {IDS[3]: "too dark"}
    kept = cache.view(interest_key(encoder, "colour"), INTEREST, IDS)
    assert np.flatnonzero(np.isnan(kept).any(axis=1)).tolist() == [3]
    encoder.shy = tuple(IDS)
    with pytest.raises(RegroupError, match="8 images in a row on which the model failed: too dark"):
        embed_all(encoder, "shape", IDS, decode, cache)
