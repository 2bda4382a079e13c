"""The text tower with a vector for its last word."""

from pathlib import Path

import numpy as np
import pytest
import torch

from tools.errors import RegroupError
from tools.models.hub.clip_encoder import ClipEncoder
from tools.models.ports import PromptTuner

pytestmark = pytest.mark.timeout(600)  # the first test may have to train the model


@pytest.fixture(scope="module")
def encoder(clip_folder: Path) -> ClipEncoder:
    return ClipEncoder(str(clip_folder), device="cpu")


def test_a_known_word_as_a_vector_reads_as_the_word(encoder: ClipEncoder) -> None:
    assert isinstance(encoder, PromptTuner) and encoder.untunable() is None
    words = ("red", "blue", "star")
    stars = torch.from_numpy(encoder.word_vectors(words))
    with torch.no_grad():
        found = encoder.read("a thing with the colour of", stars).numpy()
    written = encoder.encode_texts([f"a thing with the colour of {word}" for word in words])
    np.testing.assert_allclose(found, written, atol=1e-5)
    assert abs(written[0] - written[1]).max() > 0.01


def test_gradients_reach_the_words_and_stay_out_of_the_network(encoder: ClipEncoder) -> None:
    stars = torch.from_numpy(encoder.word_vectors(["red", "ring"])).requires_grad_()
    (gradient,) = torch.autograd.grad(encoder.read("a photo of", stars)[:, 0].sum(), [stars])
    assert (gradient.abs().sum(1) > 0).all()
    assert all(parameter.grad is None for parameter in encoder.network.parameters())


def test_a_prompt_that_does_not_fit_is_refused_in_one_line(encoder: ClipEncoder) -> None:
    with pytest.raises(RegroupError, match="name the criterion in fewer words") as caught:
        encoder.read("very " * 40, torch.from_numpy(encoder.word_vectors(["red"])))
    assert "\n" not in str(caught.value)
