"""Models a disk: what was done to it, and what of that is left when the power fails.

What a program writes is on the disk once it has called `fsync` for it: for a file's bytes, length and times on the
file, for names on their folder. Of all else any part may be lost. The model keeps the names, the bytes and the times
of a few folders, and the list of what happened to them.
"""

import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np


@dataclass(slots=True)
class Node:
    """Is a file, a folder or a link.

    Attributes:
        data: The bytes of a file, or where a link leads.
        names: The nodes in a folder, by name; None for what is no folder.
        times: The access and modification time in nanoseconds, where they are known.
        is_link: Whether it is a symbolic link.
    """

    data: bytearray = field(default_factory=bytearray)
    names: dict[str, int] | None = None
    times: tuple[int, int] | None = None
    is_link: bool = False

    def copy(self) -> "Node":
        """Return one that changes by itself."""
        return Node(
            bytearray(self.data), None if self.names is None else dict(self.names), self.times, self.is_link
        )


@dataclass(frozen=True, slots=True)
class Change:
    """Is one thing that was done.

    Attributes:
        nodes: The numbers of the nodes that have to be synced for it to last: one file, or one or two folders.
        apply: Does it to the nodes of a disk.
        is_name: Whether it is about names.
        blank: Does it to a disk that knows a file's length and has not written its bytes: they are zeros.
    """

    nodes: tuple[int, ...]
    apply: Callable[[dict[int, Node]], None]
    is_name: bool
    blank: Callable[[dict[int, Node]], None] | None = None


Entry = Change | int
"""A change, or the number of the node that was synced."""


def read_nodes(top: Path) -> dict[int, Node]:
    """Return the nodes of all that is below a folder, which is node 0; one file with several names is one node."""
    nodes: dict[int, Node] = {}
    numbers: dict[tuple[int, int], int] = {}

    def add(path: Path) -> int:
        status = path.lstat()
        key = status.st_dev, status.st_ino
        if key in numbers:
            return numbers[key]
        number = numbers[key] = len(numbers)
        times = status.st_atime_ns, status.st_mtime_ns
        if stat.S_ISLNK(status.st_mode):
            nodes[number] = Node(bytearray(os.fsencode(path.readlink())), None, times, True)
        elif stat.S_ISDIR(status.st_mode):
            nodes[number] = Node(names={}, times=times)
            nodes[number].names = {entry.name: add(entry) for entry in sorted(path.iterdir())}
        else:
            nodes[number] = Node(bytearray(path.read_bytes()), None, times)
        return number

    add(top)
    return nodes


def names_in(nodes: dict[int, Node], folder: int) -> dict[str, int]:
    """Return the nodes in a folder by name; what is done to it changes the folder."""
    names = nodes[folder].names
    assert names is not None
    return names


def write_nodes(nodes: dict[int, Node], top: Path) -> None:
    """Make a folder that holds what a disk holds."""
    made: dict[int, Path] = {}

    def make(number: int, path: Path) -> None:
        node = nodes[number]
        if node.is_link:
            path.symlink_to(os.fsdecode(bytes(node.data)))
        elif node.names is not None:
            path.mkdir()
            for name, inner in sorted(node.names.items()):
                make(inner, path / name)
            return
        elif number in made:
            os.link(made[number], path)
            return
        else:
            path.write_bytes(node.data)
            made[number] = path
        if node.times is not None:
            os.utime(path, ns=node.times, follow_symlinks=False)

    make(0, top)


def on_disk(done: list[Entry]) -> set[int]:
    """Return the places in a list of those changes that were synced."""
    lasting: set[int] = set()
    waiting: dict[int, list[int]] = {}
    for place, entry in enumerate(done):
        if isinstance(entry, int):
            lasting.update(waiting.pop(entry, []))
        else:
            for node in entry.nodes:
                waiting.setdefault(node, []).append(place)
    return lasting


@dataclass(frozen=True, slots=True)
class Loss:
    """Is one way in which the power may fail.

    Attributes:
        name: Says how.
        left: The places of the changes that are left.
        blank: The places of those of which only the length is left.
    """

    name: str
    left: set[int]
    blank: set[int] = field(default_factory=set)


def losses(done: list[Entry], rng: np.random.Generator, some: int = 2) -> Iterable[Loss]:
    """Yield ways in which the power may fail after some changes.

    - "only what was synced": nothing else is on the disk.
    - "names without bytes": all names are there, but files hold what was synced. This is how disks with a journal of
      names alone look.
    - "bytes without names": the other way round.
    - "lengths without bytes": as "names without bytes", but files are as long as they were, and hold zeros.
    - "a part": of each folder's names those up to some moment, of each file's writes any, as often as `some` says.
    """
    lasting = on_disk(done)
    changes = {place: entry for place, entry in enumerate(done) if isinstance(entry, Change)}
    names = {place for place, entry in changes.items() if entry.is_name}
    yield Loss("only what was synced", lasting)
    yield Loss("names without bytes", lasting | names)
    yield Loss("bytes without names", lasting | (changes.keys() - names))
    yield Loss("lengths without bytes", set(changes), changes.keys() - names - lasting)
    for _ in range(some):
        until = {node: rng.integers(len(done) + 1) for entry in changes.values() for node in entry.nodes}
        kept = {place for place in names if place < min(until[node] for node in changes[place].nodes)}
        written = {place for place in changes.keys() - names if rng.random() < 0.5}
        yield Loss("a part", lasting | kept | written)


def after_loss(first: dict[int, Node], done: list[Entry], loss: Loss | None = None) -> dict[int, Node]:
    """Return what is on a disk that held `first`, after those of the changes that are left; after all for None."""
    nodes = {number: node.copy() for number, node in first.items()}
    for place, entry in enumerate(done):
        if isinstance(entry, Change) and (loss is None or place in loss.left):
            blank = entry.blank if loss is not None and place in loss.blank else None
            (blank or entry.apply)(nodes)
    return nodes
