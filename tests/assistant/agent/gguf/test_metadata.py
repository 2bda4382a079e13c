"""What a GGUF file says about itself, from files written here as the specification has them."""

import struct
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from assistant.agent.gguf.metadata import About, about, is_gguf


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def header(**said: str) -> bytes:
    """A header with a number, an array of strings and these strings, then a vocabulary."""
    pairs = [
        text("general.quantization_version") + struct.pack("<II", 4, 2),
        text("general.tags") + struct.pack("<IIQ", 9, 8, 2) + text("chat") + text("code"),
        *(text(f"general.{key}") + struct.pack("<I", 8) + text(value) for key, value in said.items()),
        text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 150_000),
    ]
    return b"GGUF" + struct.pack("<IQQ", 3, 0, len(pairs)) + b"".join(pairs)


def test_name_licence_and_source_are_read(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(header(name="Tiny Thinker", license="mit", repo_url="https://example.org/tiny"))
    assert is_gguf(file)
    assert about(file) == About("Tiny Thinker", "mit", "https://example.org/tiny")


def test_what_is_not_there_is_empty(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    assert not is_gguf(file) and about(file) == About()
    file.write_bytes(b"GGUF" + bytes(8))
    assert is_gguf(file) and about(file) == About()
    file.write_bytes(header(name="cut off", license="mit")[:-150])
    assert about(file).name in ("", "cut off")


@given(st.binary(max_size=200), st.integers(0, 200))
def test_no_contents_make_it_fail(noise: bytes, cut: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.gguf"
        file.write_bytes(header(name="a", license="b")[:cut] + noise)
        assert isinstance(about(file), About)
