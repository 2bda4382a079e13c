"""What is left on the model of a disk when the power fails."""

from pathlib import Path

import numpy as np

from tests.faults.disk_model import (
    Change,
    Node,
    after_loss,
    losses,
    names_in,
    on_disk,
    read_nodes,
    write_nodes,
)

FIRST = {0: Node(names={}), 1: Node()}
MADE = Change((0,), lambda nodes: names_in(nodes, 0).update(file=1), True)
WRITTEN = Change(
    (1,),
    lambda nodes: nodes[1].data.extend(b"bytes"),
    False,
    lambda nodes: nodes[1].data.extend(bytes(5)),
)


def test_what_was_synced_lasts_and_nothing_else_has_to() -> None:
    assert on_disk([MADE, WRITTEN]) == set()
    assert on_disk([MADE, WRITTEN, 1]) == {1}
    assert on_disk([MADE, WRITTEN, 1, 0]) == {0, 1}
    assert on_disk([0, 1, MADE, WRITTEN]) == set()


def test_a_file_that_was_not_synced_may_be_empty_or_gone() -> None:
    left = [
        after_loss(FIRST, [MADE, WRITTEN], loss) for loss in losses([MADE, WRITTEN], np.random.default_rng(0))
    ]
    seen = {(bool(nodes[0].names), bytes(nodes[1].data)) for nodes in left}
    assert {(False, b""), (True, b""), (False, b"bytes"), (True, bytes(5))} <= seen


def test_what_was_synced_is_there_in_every_way() -> None:
    done = [MADE, WRITTEN, 1, 0]
    for loss in losses(done, np.random.default_rng(0)):
        nodes = after_loss(FIRST, done, loss)
        assert nodes[0].names == {"file": 1} and nodes[1].data == b"bytes"


def test_a_folder_is_read_and_written_as_it_is(tmp_path: Path) -> None:
    first, again = tmp_path / "first", tmp_path / "again"
    (first / "inner").mkdir(parents=True)
    (first / "inner" / "a").write_bytes(b"a")
    (first / "b").hardlink_to(first / "inner" / "a")
    (first / "c").symlink_to("b")
    write_nodes(read_nodes(first), again)
    assert (again / "b").read_bytes() == b"a" and (again / "b").samefile(again / "inner" / "a")
    assert (again / "b").stat().st_mtime_ns == (first / "b").stat().st_mtime_ns
    assert str((again / "c").readlink()) == "b"
