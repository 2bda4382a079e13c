"""What all tests share: a home of their own, drawn pictures, the experts loaded once, the command line."""

import ctypes
import gc
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import platformdirs
import pytest
from PIL import Image, ImageDraw

from assistant.workspace import Workspace
from tools.describe.describe import Descriptions, look
from tools.models.bundled import tier
from tools.models.bundled.colour_expert import ColourExpert
from tools.models.bundled.object_expert import ObjectExpert
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.models.ports import Expert
from tools.scan.collection import Collection, scan
from tools.scan.prefetch import decoded

# Threads that wait for each other in a loop make small work ten times slower on a busy machine. Read by scikit-learn
# and torch when they are loaded.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# In the background of a script ctrl+c is ignored, by this process and by those that tests start and end with it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

REPOSITORY = Path(__file__).parents[1]
PAINT = {
    "red": (215, 30, 35), "green": (30, 160, 50), "blue": (35, 65, 215), "yellow": (250, 220, 20),
    "black": (15, 15, 15), "white": (250, 250, 250), "grey": (128, 128, 128), "orange": (250, 140, 10),
    "purple": (110, 30, 160), "pink": (255, 120, 170), "brown": (110, 70, 40),
}  # fmt: skip


GROWTH = 256 * 2**20
"""The bytes by which a process may grow before what nobody can reach is looked for."""
_least = [0]  # the bytes that were left the last time


def pytest_configure(config: pytest.Config) -> None:
    """What `tools.number_of_groups` hides from users is no news here either: pytest forgets the program's own
    filters."""
    config.addinivalue_line("filterwarnings", "ignore:Number of distinct clusters")
    # How long an example takes says how busy the machine is.
    hypothesis.settings.register_profile("patient", deadline=None, max_examples=40)
    hypothesis.settings.register_profile("thorough", deadline=None)
    hypothesis.settings.load_profile("thorough" if os.environ.get("REGROUP_THOROUGH") else "patient")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Leave it to the end of each test to look for garbage: beside torch, scikit-learn and the sentences each search
    through all there is takes half a second, and the usual thresholds begin one in every few tests."""
    gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Give back what a test has left in circles, such as desks and results with their errors.

    What is older than the test is searched once the process has grown: a few arrays of many megabytes are few objects,
    and a process that runs hundreds of tests would grow by gigabytes.
    """
    gc.collect(1)  # what was made since the last test, which takes milliseconds
    if memory() > _least[0] + GROWTH:
        gc.unfreeze()  # as each app does with what it has opened
        gc.collect()
        if sys.platform == "linux":
            ctypes.CDLL(None).malloc_trim(0)  # or what is free stays with the process
        _least[0] = memory()


def memory() -> int:
    """The bytes of this process that are in memory; 0 where the system does not tell."""
    told = Path("/proc/self/statm")
    return int(told.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if told.exists() else 0


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """No test reads or writes the developer's own workspace, settings or weights.

    Weights that were fetched before are copied, so that a test may remove them.
    """
    folder = tmp_path_factory.mktemp("home")
    weights = Path(platformdirs.user_cache_dir("regroup")) / "weights"
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("REGROUP_")]:
            if name != "REGROUP_BENCHMARKS":
                patch.delenv(name)
        for kind in ("data", "cache", "config", "state"):
            patch.setenv(f"XDG_{kind.upper()}_HOME", str(folder / kind))
        own = Path(platformdirs.user_cache_dir("regroup")) / "weights"
        if weights.is_dir() and own != weights:
            shutil.copytree(weights, own, ignore=shutil.ignore_patterns(".*"))
        yield folder


Draw = Callable[..., Path]


@pytest.fixture(scope="session")
def draw() -> Draw:
    """Draws one picture: `draw(path, colour, shape, variant)`; another variant has other bytes but looks alike."""

    def make(
        path: Path,
        colour: str = "red",
        shape: str = "circle",
        variant: int = 0,
        size: int = 96,
        ground: str = "white",
    ) -> Path:
        picture = Image.new("RGB", (size, size), PAINT[ground])
        left, top, side = size // 6 + variant % 7, size // 6 + variant // 7 % 7, size * 3 // 5
        box = (left, top, left + side, top + side)
        pen = ImageDraw.Draw(picture)
        if shape == "circle":
            pen.ellipse(box, PAINT[colour])
        elif shape == "square":
            pen.rectangle(box, PAINT[colour])
        else:
            pen.polygon(
                [(left, top + side), (left + side, top + side), (left + side // 2, top)], PAINT[colour]
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(path)
        return path

    return make


@pytest.fixture
def album(tmp_path: Path, draw: Draw) -> Path:
    """Nine pictures, three red, three green and three blue; of each colour one circle, one square, one triangle."""
    for i in range(9):
        colour, shape = ("red", "green", "blue")[i % 3], ("circle", "square", "triangle")[i // 3]
        draw(tmp_path / "album" / f"{i}.png", colour, shape, variant=i)
    return tmp_path / "album"


@pytest.fixture(scope="session")
def tree() -> Callable[[Path], dict[str, bytes]]:
    """Every file under a folder with its bytes."""

    def read(folder: Path) -> dict[str, bytes]:
        return {
            str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()
        }

    return read


@pytest.fixture(scope="session")
def by_colour() -> dict[str, set[str]]:
    """The files of the `album` by their colour."""
    return {
        colour: {f"{i}.png" for i in range(first, 9, 3)}
        for first, colour in enumerate(("red", "green", "blue"))
    }


@pytest.fixture(scope="session")
def experts() -> list[Expert]:
    """The experts that come with the package, their networks loaded once: all but the face."""
    return [ObjectExpert(), ColourExpert()]


@pytest.fixture(scope="session")
def texts() -> WordLlamaEncoder:
    """The text encoder, loaded once."""
    return WordLlamaEncoder()


@dataclass(frozen=True)
class Looked:
    """A collection that was looked at, and what is true of it."""

    collection: Collection
    descriptions: Descriptions
    colours: list[str]
    shapes: list[str]

    def paths(self, images: Sequence[str]) -> list[str]:
        """File names of images, sorted."""
        return sorted(str(self.collection.by_id(image).path) for image in images)


@pytest.fixture(scope="session")
def looked(tmp_path_factory: pytest.TempPathFactory, draw: Draw, experts: list[Expert]) -> Iterator[Looked]:
    """24 drawn pictures, 12 red, 8 green and 4 blue; half of them circles, half squares."""
    folder = tmp_path_factory.mktemp("looked")
    colours = ["red"] * 12 + ["green"] * 8 + ["blue"] * 4
    shapes = ["circle", "square"] * 12
    for i, (colour, shape) in enumerate(zip(colours, shapes, strict=True)):
        draw(folder / f"{i:02}.png", colour, shape, variant=i)
    collection = scan(folder)
    with Workspace(tmp_path_factory.mktemp("workspace")) as workspace:
        found = look(collection.ids, lambda ids: decoded(collection, ids), experts, workspace.cache)
        for view in found.views:
            found.view(view)  # they are kept, so that nothing is read when the workspace is gone
        yield Looked(collection, found, colours, shapes)


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """What was printed with --json. Asserts that stdout holds nothing else."""
        assert self.out.isascii()
        read = json.loads(self.out)
        assert isinstance(read, dict)
        return read

    @property
    def groups(self) -> dict[str, set[str]]:
        """Name of each group to its files, of `cluster --json`."""
        return {cluster["name"]: set(cluster["files"]) for cluster in self.document["clusters"]}

    @property
    def files(self) -> list[str]:
        """Every file that `cluster --json` names, sorted."""
        lists = [cluster["files"] for cluster in self.document["clusters"]]
        return sorted(file for files in [*lists, *self.document["piles"].values()] for file in files)

    def complaint(self, code: int) -> str:
        """The one line that a refused command prints; nothing else is said. Asserts all of that."""
        assert (self.code, self.out) == (code, ""), self
        lines = self.err.splitlines()
        assert len(lines) == 1 and lines[0].startswith("regroup: "), self.err
        return lines[0]


Run = Callable[..., Ran]

_PROGRESS = re.compile(
    r"^regroup: (beginning|(scan|looking|grouping|copy|move)( done, going on|, [0-9,]+ of [0-9,]+)?)\n", re.M
)


@pytest.fixture
def regroup(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Runs the command in this process, offline, with its own workspace and the colour expert alone: it is quick."""
    from assistant.cli import main, progress_bar

    monkeypatch.setenv("REGROUP_WORKSPACE", str(tmp_path / "workspace"))
    monkeypatch.setenv("REGROUP_OFFLINE", "1")
    monkeypatch.setattr(tier, "experts", lambda store: [ColourExpert()])
    # What is told of long work, on a slow machine of any work, is not what these tests are about.
    monkeypatch.setattr(progress_bar, "QUICK", 600.0)
    monkeypatch.setattr(progress_bar, "EVERY", 600.0)

    def run(*arguments: object) -> Ran:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return run


@pytest.fixture
def regroup_all(regroup: Run, experts: list[Expert], monkeypatch: pytest.MonkeyPatch) -> Run:
    """As `regroup`, with all experts that are loaded already."""
    monkeypatch.setattr(tier, "experts", lambda store: list(experts))
    return regroup


@pytest.fixture
def process(tmp_path: Path) -> Run:
    """Runs the command as users do, in a process of its own, offline and with its own workspace."""

    def run(*arguments: object, **environment: str) -> Ran:
        own = {"PYTHONPATH": str(REPOSITORY), "REGROUP_OFFLINE": "1"}
        own["REGROUP_WORKSPACE"] = str(tmp_path / "workspace")
        done = subprocess.run(
            [sys.executable, "-m", "assistant", *map(os.fspath, arguments)],  # type: ignore[call-overload]
            cwd=tmp_path,
            env=os.environ | own | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
        )
        # How far long work is comes and goes with the load of the machine.
        return Ran(done.returncode, done.stdout.decode(), _PROGRESS.sub("", done.stderr.decode()))

    return run


@pytest.fixture
def benchmark() -> Callable[[str], Path]:
    """`benchmark("cmuface")` is a folder of labelled pictures; without it the test is skipped.

    They are looked for in the folder that REGROUP_BENCHMARKS names, or beside the repository in shared/data.
    """
    place = Path(os.environ.get("REGROUP_BENCHMARKS") or REPOSITORY.parent / "shared" / "data")

    def find(name: str) -> Path:
        if not (place / name / "labels.csv").is_file():
            pytest.skip(f"there is no benchmark folder {name} in {place}; set REGROUP_BENCHMARKS")
        return place / name

    return find


@pytest.fixture
def rng() -> np.random.Generator:
    """Random numbers, the same in each run."""
    return np.random.default_rng(0)
