"""Cuts the power: records what a process does to the disk, and looks at what is left of it where only a part lasts.

strace tells each call that writes, with all its bytes; the calls are done again in a model of the disk
(`tests.faults.disk_model`), up to any of them, without what was not synced. SQLite's calls are among them. Its index of
the log (`-shm`) is shared memory, which is made anew after a crash, and left out.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.faults.collection import files, kept
from tests.faults.disk_model import (
    Change,
    Entry,
    Node,
    after_loss,
    losses,
    names_in,
    read_nodes,
    write_nodes,
)
from tests.faults.kills import Fault, copied, made, points, run, undone_damage
from tests.faults.scenario import SAID, opened, pictures

_CALLS = (
    "openat", "open", "close", "dup", "dup2", "dup3", "fcntl", "lseek", "read", "write", "pwrite64", "writev",
    "pwritev", "ftruncate", "truncate", "fallocate", "copy_file_range", "sendfile", "fsync", "fdatasync", "sync",
    "syncfs", "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "unlink", "unlinkat",
    "mkdir", "mkdirat", "rmdir", "utimensat", "clone", "clone3",
)  # fmt: skip
_LINE = re.compile(r"(\d+) +(.*)")
_CALL = re.compile(r"(\w+)\((.*)\) += (-?\d+)")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_TIME = re.compile(r"tv_sec=(-?\d+), tv_nsec=(\d+)")
_DESCRIPTOR = re.compile(r"(\d+)(?:<[^>]*>)?")
_SHARED = "-shm"
_WAYS = 6
"""The number of ways of `losses`."""


@dataclass(slots=True)
class _Opened:
    node: int
    at: int
    appends: bool


@dataclass(slots=True)
class Recorder:
    """Follows a process, call by call, in a model of what is below one folder.

    Attributes:
        top: The folder.
        first: What was there at first.
        done: What was done.
        said: The change by which the process said that it was done.
    """

    top: Path
    first: dict[int, Node]
    done: list[Entry] = field(default_factory=list)
    said: Change | None = None
    _now: dict[int, Node] = field(default_factory=dict)
    _opened: dict[int, _Opened] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._now = after_loss(self.first, [])

    def follow(self, lines: Iterator[str]) -> None:
        """Read what strace wrote. Raises AssertionError at a call that is not modelled."""
        begun: dict[str, str] = {}
        threads = set[str]()
        for line in lines:
            if (found := _LINE.match(line)) is None:
                continue
            thread, call = found.groups()
            threads = threads or {thread}
            if thread not in threads:  # another process, with files of its own
                continue
            if call.endswith("<unfinished ...>"):
                begun[thread] = call.removesuffix("<unfinished ...>").rstrip()
                continue
            if call.startswith("<..."):
                call = begun.pop(thread, "") + call.partition("resumed>")[2]
            if (parsed := _CALL.match(call)) is None or int(parsed[3]) < 0:
                continue
            if parsed[1].startswith("clone"):
                threads |= {parsed[3]} if "CLONE_THREAD" in call else set()
            else:
                self._call(parsed[1], parsed[2], int(parsed[3]))

    def _call(self, name: str, arguments: str, result: int) -> None:
        texts = [bytes.fromhex(text.replace("\\x", "")) for text in _TEXT.findall(arguments)]
        words = [word.strip() for word in _TEXT.sub("", arguments).split(",")]
        if name in ("open", "openat"):
            self._open(texts[0], arguments, result)
        elif name in ("rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat"):
            self._name(name, texts[0], texts[1])
        elif name in ("unlink", "unlinkat", "rmdir"):
            self._unlink(name, texts[0], arguments)
        elif name in ("mkdir", "mkdirat"):
            self._add(texts[0], Node(names={}))
        elif name == "utimensat":
            self._times(words[0], texts, arguments)
        else:
            self._on_descriptor(name, words, texts, result)

    # Calls about names.

    def _open(self, path: bytes, arguments: str, descriptor: int) -> None:
        self._opened.pop(descriptor, None)
        if os.fsdecode(path) == str(self.top):
            self._opened[descriptor] = _Opened(0, 0, False)
            return
        if (place := self._place(path)) is None:
            return
        folder, name = place
        node = self._lookup(folder, name)
        if node is None:
            if "O_CREAT" not in arguments:
                return  # a folder of the system, or one that is not followed
            node = self._add(path, Node())
            assert node is not None
            if name == SAID:
                self.said = self.done[-1]  # type: ignore[assignment]
        elif "O_TRUNC" in arguments:
            self._write(node, lambda nodes, n=node: nodes[n].data.clear())  # type: ignore[misc]
        self._opened[descriptor] = _Opened(node, 0, "O_APPEND" in arguments)

    def _name(self, call: str, old: bytes, new: bytes) -> None:
        place, before = self._place(new), self._place(old) if not call.startswith("symlink") else None
        if place is None and before is None:
            return
        assert place is not None, f"{call} out of the folder"
        folder, name = place
        if call.startswith("symlink"):
            self._add(new, Node(bytearray(old), is_link=True))
            return
        assert before is not None, f"{call} into the folder"
        old_folder, old_name = before
        node = self._lookup(old_folder, old_name)
        assert node is not None, f"{old!r} is not in the model"
        renames = call.startswith("rename")

        def apply(nodes: dict[int, Node]) -> None:
            if renames and names_in(nodes, old_folder).get(old_name) == node:
                del names_in(nodes, old_folder)[old_name]
            names_in(nodes, folder)[name] = node

        self._do(Change(tuple({folder, old_folder}) if renames else (folder,), apply, True))

    def _unlink(self, call: str, path: bytes, arguments: str) -> None:
        # Descriptors of folders are only used by shutil.rmtree, which nothing here calls below the folder.
        assert call != "unlinkat" or "AT_FDCWD" in arguments, "unlinkat in a folder that is open"
        if (place := self._place(path)) is not None:
            folder, name = place
            self._do(Change((folder,), lambda nodes: _drop(names_in(nodes, folder), name), True))

    def _add(self, path: bytes, node: Node) -> int | None:
        """Give a new node a name. Without that it is there, too, but nobody finds it."""
        if (place := self._place(path)) is None:
            return None
        folder, name = place
        number = max(self._now) + 1
        for nodes in (self.first, self._now):
            nodes[number] = node.copy()
        self._do(Change((folder,), lambda nodes: names_in(nodes, folder).update({name: number}), True))
        return number

    def _times(self, word: str, texts: list[bytes], arguments: str) -> None:
        node: int | None
        if texts:
            place = self._place(texts[0])
            node = None if place is None else self._lookup(*place)
        else:
            opened = self._opened.get(_number(word))
            node = None if opened is None else opened.node
        if node is None:
            return
        moments = [int(seconds) * 10**9 + int(rest) for seconds, rest in _TIME.findall(arguments)]
        assert len(moments) == 2, f"times of {arguments[:100]}"
        accessed, changed = moments

        def apply(nodes: dict[int, Node], n: int = node) -> None:
            nodes[n].times = accessed, changed

        self._do(Change((node,), apply, False))

    # Calls about what is open.

    def _on_descriptor(self, name: str, words: list[str], texts: list[bytes], result: int) -> None:
        descriptor = _number(words[0])
        if name == "sync" or name == "syncfs":
            self.done.extend(sorted(self._now))
            return
        if name in ("copy_file_range", "sendfile"):
            assert _number(words[2 if name == "copy_file_range" else 0]) not in self._opened, (
                f"{name} is not modelled"
            )
            return
        opened = self._opened.get(descriptor)
        if opened is None:
            return
        if name == "close":
            del self._opened[descriptor]
        elif name in ("fsync", "fdatasync"):
            self.done.append(opened.node)
        elif name == "read":
            opened.at += result
        elif name == "lseek":
            opened.at = result
        elif name in ("write", "pwrite64"):
            at = opened.at if name == "write" else int(words[3])
            if name == "write":
                at = len(self._now[opened.node].data) if opened.appends else at
                opened.at = at + result
            self._put(opened.node, at, texts[0][:result])
        elif name == "ftruncate":
            length = int(words[1])
            self._write(opened.node, lambda nodes: _cut(nodes[opened.node].data, length))
        elif name in ("dup", "dup2", "dup3") or (name == "fcntl" and "F_DUPFD" in words[1]):
            self._opened[result] = opened  # both have one place in the file
        elif name != "fcntl":
            raise AssertionError(f"{name} is not modelled")

    def _put(self, node: int, at: int, data: bytes) -> None:
        def apply(nodes: dict[int, Node]) -> None:
            lengthen(nodes)
            nodes[node].data[at : at + len(data)] = data

        def lengthen(nodes: dict[int, Node]) -> None:
            held = nodes[node].data
            _cut(held, max(len(held), at + len(data)))

        self._write(node, apply, lengthen)

    def _write(
        self,
        node: int,
        apply: Callable[[dict[int, Node]], None],
        blank: Callable[[dict[int, Node]], None] | None = None,
    ) -> None:
        def written(nodes: dict[int, Node]) -> None:
            apply(nodes)
            nodes[node].times = None

        self._do(Change((node,), written, False, blank))

    def _do(self, change: Change) -> None:
        change.apply(self._now)
        self.done.append(change)

    def _place(self, path: bytes) -> tuple[int, str] | None:
        """Return the folder and the name of a path below the top; None for others."""
        text = os.fsdecode(path)
        if not text.startswith(f"{self.top}/") or text.endswith(_SHARED):
            return None
        *folders, name = text.removeprefix(f"{self.top}/").rstrip("/").split("/")
        node = 0
        for folder in folders:
            found = self._lookup(node, folder)
            if found is None:
                return None
            node = found
        return node, name

    def _lookup(self, folder: int, name: str) -> int | None:
        names = self._now[folder].names
        return None if names is None else names.get(name)


def _drop(names: dict[str, int], name: str) -> None:
    names.pop(name, None)


def _cut(data: bytearray, length: int) -> None:
    del data[length:]
    data.extend(bytes(length - len(data)))


def _number(word: str) -> int:
    found = _DESCRIPTOR.match(word)
    return -1 if found is None else int(found[1])


def recorded(template: Path, base: Path, scenario: str) -> Recorder:
    """Run a scenario and return what it did."""
    log = base.with_name("power.log")
    recorder = Recorder(copied(template, base), read_nodes(base))
    prefix = (
        "strace",
        "-f",
        "--seccomp-bpf",
        "-xx",
        "-s",
        "16777216",
        "-o",
        str(log),
        "-e",
        f"trace={','.join(_CALLS)}",
    )
    done = run(base, Fault(scenario, "none", 0, prefix))
    if done.returncode:
        raise AssertionError(f"{scenario} fails without a fault: {done.stderr[-2000:]}")
    with log.open(encoding="ascii", errors="replace") as lines:
        recorder.follow(lines)
    again = base.with_name("again")
    shutil.rmtree(again, ignore_errors=True)
    write_nodes(after_loss(recorder.first, recorder.done), again)
    seen, modelled = _contents(base), _contents(again)
    if seen != modelled:
        raise AssertionError(
            f"the model is wrong about {sorted(set(seen.items()) ^ set(modelled.items()))[:3]}"
        )
    return recorder


_WRITTEN = ("manifest*.json", "manifest*.csv", "metadata.jsonl", "*.png.xmp")
"""The names of files that an export writes itself; the record of what was added to a folder may have a number."""


def attack_power(work: Path, scenario: str, most: int, seed: int = 0) -> tuple[int, list[str]]:
    """Cut the power at some moments of a scenario, in each of the ways of `losses`; at most so many times in all.

    Besides, what the process called done has to be there although the power fails right after that.

    Returns:
        The number of tries, and what was wrong.
    """
    template, base, before = made(work, scenario)
    recorder = recorded(template, base, scenario)
    whole = _lasting(base)
    rng = np.random.default_rng(seed)
    said = next(place for place, entry in enumerate(recorder.done) if entry is recorder.said) + 1
    moments = [*points(said - 1, most // _WAYS - 1, seed), said]
    tries, wrong = 0, list[str]()
    for moment in moments:
        done = recorder.done[:moment]
        for loss in losses(done, rng):
            tries += 1
            shutil.rmtree(base)
            write_nodes(after_loss(recorder.first, done, loss), base)
            told = list(_lost(base, before))
            if moment == said and not told and (missing := whole - _lasting(base)):
                told.append(f"was called done, but is lost: {sorted(missing)[:3]}")
            told = told or list(undone_damage(base, before))
            wrong += [
                f"power cut after {moment} of {said} of {scenario}, {loss.name}: {line}" for line in told[:1]
            ]
    return tries, wrong


def _lost(base: Path, before: dict[str, tuple[str, int]]) -> Iterator[str]:
    if missing := set(before.values()) - kept(pictures(base), base / "disk"):
        yield f"{len(missing)} files were lost"


def _is_written(name: str) -> bool:
    """Return whether a file is one that an export writes itself, by its name."""
    return any(Path(name).match(pattern) for pattern in _WRITTEN)


def _lasting(base: Path) -> set[str]:
    """Return what a person was told: the files with their bytes and times, the links, and the steps of the journal."""
    found = {  # what is written now has the time of that moment, which the model of the disk does not know
        f"{top.name}/{name}: {of[:1] if _is_written(name) else of}"
        for top in (pictures(base), base / "disk")
        for name, of in files(top).items()
    }
    links = {f"{path} to {path.readlink()}" for path in (base / "disk").rglob("*") if path.is_symlink()}
    desk = opened(base)
    try:
        steps = {f"{event.number} {event.kind}: {event.text}" for event in desk.shelf.log()}
    finally:
        desk.close()
    return found | links | steps


def _contents(top: Path) -> dict[str, str]:
    """Return all that is below a folder, with the bytes and, but in the workspace, the time of each file."""
    found = {}
    for path in sorted(top.rglob("*")):
        name = path.relative_to(top).as_posix()
        if path.is_symlink():
            found[name] = f"to {path.readlink()}"
        elif path.is_file() and not name.endswith(_SHARED):
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        elif path.is_dir():
            found[name] = "folder"
    return found
