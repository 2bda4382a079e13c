"""The pages as a site: built without a warning, and nothing in it asks another host."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs import methods

ROOT = Path(__file__).parents[2]


def test_the_page_of_the_methods_is_made_from_the_code() -> None:
    assert methods.PAGE.read_text("utf-8") == methods.page(), "run: python -m tests.docs.methods"


def test_every_page_has_a_place_in_the_site() -> None:
    listed = set(re.findall(r"[\w/]+\.md", (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:")[2]))
    pages = {path.name for path in (ROOT / "docs").glob("*.md")}
    assert pages == listed


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built from a copy, since it lands beside its pages."""
    program = shutil.which("zensical", path=str(Path(sys.executable).parent)) or shutil.which("zensical")
    if program is None:
        pytest.skip("zensical is not installed; it is in the extra docs")
    copy = tmp_path_factory.mktemp("pages")
    shutil.copytree(ROOT / "docs", copy / "docs")
    shutil.copyfile(ROOT / "mkdocs.yml", copy / "mkdocs.yml")
    for name in ("regroup", "assistant", "tools"):
        (copy / name).symlink_to(ROOT / name)
    ran = subprocess.run(
        [program, "build", "--strict"], cwd=copy, capture_output=True, text=True, timeout=250
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return copy / "site"


def test_the_site_is_built_without_a_warning(site: Path) -> None:
    assert {page.stem for page in site.glob("*.html")} >= {page.stem for page in (ROOT / "docs").glob("*.md")}


def test_nothing_in_it_asks_another_host(site: Path) -> None:
    for page in site.glob("*.html"):
        text = page.read_text("utf-8")
        loaded = re.findall(r'<(?:script|img|link rel="?stylesheet)[^>]*?(?:src|href)="?([^">\s]+)', text)
        assert loaded and not [address for address in loaded if "//" in address]


def test_the_reference_has_what_the_package_offers(site: Path) -> None:
    reference = (site / "API.html").read_text("utf-8")
    for name in ("Collection.group", "Grouping.export", "Question", "Export.undo", "estimators.SAC"):
        assert f'id="regroup.{name}"' in reference
