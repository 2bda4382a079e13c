"""Words to vectors."""

import numpy as np
import pytest

from tools.models.bundled.text_encoder import WordLlamaEncoder


def test_vectors_have_length_1_and_their_own_rows(texts: WordLlamaEncoder) -> None:
    words = ["emotion", "how they feel", "a colour"]
    rows = texts.encode(words)
    assert rows.shape == (3, 256) and rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    for word, row in zip(words, rows, strict=True):
        np.testing.assert_array_equal(texts.encode([word])[0], row)
    np.testing.assert_array_equal(WordLlamaEncoder().encode(words), rows)


def test_the_weights_are_read_once_in_a_process(
    texts: WordLlamaEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = texts.encode(["emotion"])
    monkeypatch.setattr("safetensors.numpy.load_file", None)
    monkeypatch.setattr("tokenizers.Tokenizer.from_file", None)
    np.testing.assert_array_equal(WordLlamaEncoder().encode(["emotion"]), before)


def test_case_does_not_matter(texts: WordLlamaEncoder) -> None:
    np.testing.assert_array_equal(*texts.encode(["Hair Colour", "hair colour"]))


def test_nothing_is_zeros_and_no_texts_are_no_rows(texts: WordLlamaEncoder) -> None:
    assert not texts.encode([""]).any()
    assert texts.encode([]).shape == (0, 256)


def test_any_text_is_a_vector(texts: WordLlamaEncoder) -> None:
    rows = texts.encode(["😀", "\x00", "字" * 5000, "a\nb", "\u202e", " "])
    assert np.isfinite(rows).all()
    assert (np.linalg.norm(rows, axis=1) <= 1 + 1e-5).all()


def test_what_means_the_same_is_nearer_than_what_does_not(texts: WordLlamaEncoder) -> None:
    def near(one: str, other: str) -> float:
        a, b = texts.encode([one, other])
        return float(a @ b)

    assert near("emotion", "feeling") > near("emotion", "car")
    assert near("colour", "color") > near("colour", "person")
    assert near("dog breed", "animal species") > near("dog breed", "background colour")
