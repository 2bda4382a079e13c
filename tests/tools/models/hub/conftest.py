"""The tiny models of the hub tier: trained once, kept between runs in pytest's cache."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.models.hub import tiny_clip, tiny_vlm
from tests.tools.models.hub.fake_hub import FakeHub, serving


@pytest.fixture(scope="session")
def models(request: pytest.FixtureRequest) -> Path:
    """Where trained models are kept between runs."""
    assert request.config.cache is not None
    return Path(request.config.cache.mkdir("tiny-models"))


@pytest.fixture(scope="session")
def clip_folder(models: Path) -> Path:
    """The folder of the tiny open_clip model. The first run on a machine trains it: about two minutes."""
    return tiny_clip.tiny_clip(models)


@pytest.fixture(scope="session")
def vlm_folder(models: Path) -> Path:
    """The folder of the tiny image-text-to-text model. The first run on a machine trains it: about four minutes."""
    return tiny_vlm.tiny_vlm(models)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A model hub on this machine that has "owner/tiny"."""
    for name in ("REGROUP_OFFLINE", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    with serving() as hub:
        yield hub
