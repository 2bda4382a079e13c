"""The tiny models of the hub tier: trained once on a machine, kept between runs.

They are kept in the folder that REGROUP_TEST_MODELS names, else in the user's cache, in `regroup-tests`:
22 MB a version, free to be deleted. A change of what they are made from makes them anew.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import platformdirs
import pytest

from tests.tools.models.hub import tiny_clip, tiny_vlm
from tests.tools.models.hub.fake_hub import FakeHub, serving

# Read before the tests get a home of their own, which ends with them.
KEPT = Path(os.environ.get("REGROUP_TEST_MODELS") or platformdirs.user_cache_dir("regroup-tests"))


@pytest.fixture(scope="session")
def models() -> Path:
    """Where trained models are kept between runs."""
    KEPT.mkdir(parents=True, exist_ok=True)
    return KEPT


@pytest.fixture(scope="session")
def clip_folder(models: Path) -> Path:
    """The folder of the tiny open_clip model. The first run on a machine trains it: a minute and a half of a core."""
    return tiny_clip.tiny_clip(models)


@pytest.fixture(scope="session")
def vlm_folder(models: Path) -> Path:
    """The folder of the tiny image-text-to-text model. The first run trains it, and the tiny open_clip model first."""
    return tiny_vlm.tiny_vlm(models)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A model hub on this machine that has "owner/tiny"."""
    for name in ("REGROUP_OFFLINE", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    with serving() as hub:
        yield hub
