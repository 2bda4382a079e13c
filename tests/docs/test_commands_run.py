"""Every command that README.md and docs/*.md show runs as it is written, on a small drawn folder."""

import io
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import click
import pytest
from PIL import Image

from assistant.cli import main
from assistant.demo import draw_demo, write_truth
from tests.camera_roll import exif

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

PLACES = {
    "FOLDER": "pictures",
    "FOLDERS": "pictures",
    "FOLDERS...": "pictures",
    "OLD": "renamed",
    "NEW": "pictures",
    "SORTED": "home/Pictures/sorted",
    "SETS": "sets",
    "DIR": "empty",
    "DIR...": "shared/found",
    "CRITERION": "colour",
    "CRITERIA": "colour",
    "CLUSTERING": "colour",
    "GROUPING": "colour",
    "PAPER": "sac",
    "TABLE": "2",
}
"""What stands for a word in capitals, below the folder of a block where that is a place."""

NOT_HERE = {
    r"regroup( --model \S+)? chat \S+( --like \S+)?$": "opens the app, in a terminal",
    r"regroup watch ": "goes on until ctrl+c",
    r"regroup bench ": "takes minutes",
    r"regroup reproduce \w+ ": "takes hours",
    r"regroup models (fetch|remove) ": "asks the network, or removes what others want",
    r"regroup cluster .*--describer": "asks a model that is not here",
    r"regroup (look .*--engine ray|merge found)": "needs an extra, and other machines",
}
"""Commands of which only the options are read, and why."""

ENDS = {"regroup merge /shared/found": 1}
"""Exit codes that are not 0: one shard of 16 says which are missing."""

EARLIER = {"regroup forget FOLDER --yes": "look"}
"""What was done with FOLDER on another day, before a line that stands by itself."""

OWN_FOLDERS = (".local/share/bash-completion/completions", ".zfunc", ".config/fish/completions")
"""Folders of a home into which a line writes, and which a shell that looks there has made."""


@dataclass(frozen=True)
class Line:
    """Is a line of a page as it is typed."""

    page: str
    number: int
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.number}: {self.text}"


@dataclass(frozen=True)
class Command:
    """Is one program of a pipe, and the file that its output goes to."""

    words: list[str]
    into: str | None


def blocks(path: Path) -> Iterator[list[Line]]:
    """Yield the lines of each block for a shell in which a line is about `regroup`."""
    page, block, language = path.relative_to(ROOT).as_posix(), [], None
    for number, text in enumerate(path.read_text("utf-8").splitlines(), 1):
        if fence := re.match(r"\s*```(\w*)", text):
            if language is None:
                language, block = fence[1], []
                continue
            if language in ("", "sh", "bash", "shell", "console") and any(
                _about(line.text) for line in block
            ):
                yield block
            language = None
        elif language is not None and text.strip():
            block.append(Line(page, number, re.sub(r"\s+#\s.*", "", text).strip().removeprefix("$ ")))


def _about(text: str) -> bool:
    return re.search(r"(^|[|;&]\s*)regroup( |$)", text) is not None


def mentions(path: Path) -> Iterator[Line]:
    """Yield what is typed in the running text of a page, of more than the names of commands."""
    page, inside = path.relative_to(ROOT).as_posix(), False
    for number, text in enumerate(path.read_text("utf-8").splitlines(), 1):
        inside ^= text.strip().startswith("```")
        if not inside:
            for typed in re.findall(r"`(regroup [^`]*)`", text):
                if re.search(r"[A-Z/\"]| --?\w", typed):
                    yield Line(page, number, typed)


def pipes(text: str) -> Iterator[list[Command]]:
    """Yield the pipes of a line, each with its programs in order."""
    reader = shlex.shlex(text, posix=True, punctuation_chars="|&;>")
    reader.whitespace_split, reader.commenters = True, ""
    pipe, words, into = [], [], None
    tokens = [*reader, ";"]
    for token in (waiting := iter(tokens)):
        if token == ">":
            into = next(waiting)
        elif token in ("|", "&&", ";"):
            pipe.append(Command(words, into))
            words, into = [], None
            if token != "|":
                yield pipe
                pipe = []
        else:
            words.append(token)


class Place:
    """Is the machine of somebody who follows a page: a home, pictures, and a folder to work in for each block.

    A block finds the pictures as they were at first, and nothing grouped; what is shared with other machines lies
    there for the whole page.
    """

    def __init__(self, root: Path, drawn: Path) -> None:
        self.root = root
        self.drawn = drawn
        self.here = root
        self.block = 0

    def begin(self, patch: pytest.MonkeyPatch) -> None:
        """Make all that a block may name."""
        self.block += 1
        self.here = self.root / str(self.block)
        work, home = self.here / "work", self.here / "home"
        for own in OWN_FOLDERS:
            (home / own).mkdir(parents=True)
        for folder in (
            self.here / "pictures",
            work / "regroup-demo" / "pictures",
            *(home / "Pictures" / name for name in ("holiday", "new", "incoming")),
        ):
            shutil.copytree(self.drawn / "pictures", folder)
        shutil.copyfile(self.drawn / "pictures.csv", work / "regroup-demo" / "pictures.csv")
        shutil.copytree(self.drawn / "sorted", home / "Pictures" / "sorted")
        for empty in ("sets", "empty"):
            (self.here / empty).mkdir()
        (self.root / "shared").mkdir(exist_ok=True)
        patch.chdir(work)
        patch.setenv("HOME", str(home))

    def filled(self, word: str) -> str:
        """Return a word as it is typed on this machine."""
        word = word.strip("[]")
        if word.startswith("/shared"):
            return f"{self.root}{word}"
        if word in PLACES and (self.here / PLACES[word]).exists():
            return str(self.here / PLACES[word])
        return str(Path(word).expanduser()) if word.startswith("~/") else PLACES.get(word, word)

    def run(self, line: Line, patch: pytest.MonkeyPatch) -> None:
        """Run a line as a shell does, with `regroup` in this process. Fails where it ends otherwise than it should."""
        if line.text in EARLIER:
            assert main([EARLIER[line.text], self.filled("FOLDER")]) == 0
        for pipe in pipes(line.text):
            flowing = ""
            for command in pipe:
                program, *arguments = command.words
                said, code = io.StringIO(), 0
                if program == "printf":
                    said.write(arguments[0].encode().decode("unicode_escape"))
                elif program == "regroup":
                    (self.here / "typed").write_text(flowing, "utf-8")
                    with (self.here / "typed").open(encoding="utf-8") as typed, redirect_stdout(said):
                        patch.setattr(sys, "stdin", typed)
                        code = main([self.filled(word) for word in arguments])
                else:
                    pytest.fail(f"{line}: this test knows no {program}")
                assert code == ENDS.get(line.text, 0), str(line)
                flowing = said.getvalue()
                if command.into is not None:
                    Path(self.filled(command.into)).write_text(flowing, "utf-8")

    def parse(self, line: Line, patch: pytest.MonkeyPatch) -> None:
        """Read the commands of a line and carry none out. Fails where the program would not understand one."""
        with patch.context() as only_read:
            only_read.setattr(click.Command, "invoke", lambda self, context: None)
            for command in (command for pipe in pipes(line.text) for command in pipe):
                if command.words[0] == "regroup":
                    words = [word for word in command.words[1:] if word != "..."]
                    assert main([self.filled(word) for word in words]) == 0, str(line)


def reason(line: Line) -> str | None:
    """Return why a line is only read; None for one that is run."""
    return next((why for pattern, why in NOT_HERE.items() if re.match(pattern, line.text)), None)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """16 portraits as a camera writes them, four on a day; of one there is a burst. Eight are sorted by hand."""
    place = tmp_path_factory.mktemp("drawn")
    truth = draw_demo(place / "pictures", count=16)
    write_truth(truth, place / "pictures.csv")
    whole = [portrait for portrait in truth if not portrait.note]
    for number, portrait in enumerate(whole):
        file = place / "pictures" / portrait.file
        taken = datetime(2024, 5, 1 + number // 4, 12, number)
        with Image.open(file) as image:
            image.load()
            image.save(file, exif=exif(taken, 0, "Canon EOS R6"), quality=90)
            for second in (1, 2) if number == 0 else ():
                later = exif(taken + timedelta(seconds=second), 0, "Canon EOS R6")
                image.save(file.with_stem(f"{file.stem}-{second}"), exif=later, quality=90 - second)
    for portrait in whole[:8]:
        group = place / "sorted" / portrait.emotion
        group.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(place / "pictures" / portrait.file, group / portrait.file)
    return place


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all pages, so that each picture is looked at once."""
    return tmp_path_factory.mktemp("workspace")


@pytest.mark.parametrize(
    "path", [path for path in PAGES if [*blocks(path), *mentions(path)]], ids=lambda p: p.name
)
def test_the_commands_of_a_page_run(
    path: Path, drawn: Path, workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGROUP_WORKSPACE", str(workspace))
    monkeypatch.setenv("REGROUP_OFFLINE", "1")
    place = Place(tmp_path, drawn)
    for block in blocks(path):
        place.begin(monkeypatch)
        for line in block:
            if _about(line.text):
                (place.run if reason(line) is None else place.parse)(line, monkeypatch)
    place.begin(monkeypatch)
    for line in mentions(path):
        place.parse(line, monkeypatch)


def test_most_of_what_is_shown_is_run() -> None:
    shown = [line for path in PAGES for block in blocks(path) for line in block if _about(line.text)]
    assert len(shown) > 60 and sum(reason(line) is None for line in shown) > 40
    for pattern in NOT_HERE:
        assert any(re.match(pattern, line.text) for line in shown), f"no page shows {pattern}"


@pytest.mark.parametrize(
    "wrong",
    [
        "regroup cluster FOLDER --by",
        "regroup cluster FOLDER --kind colour",
        "regroup sort FOLDER",
        "regroup log",
    ],
)
def test_a_line_that_works_no_longer_is_named(
    wrong: str, drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path, drawn)
    place.begin(monkeypatch)
    line = Line("docs/PAGE.md", 12, wrong)
    with pytest.raises(AssertionError, match=r"docs/PAGE\.md:12: regroup "):
        place.parse(line, monkeypatch)
