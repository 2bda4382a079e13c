"""Files that are still being written are waited for."""

from pathlib import Path

from tools.scan.settled_files import MOST_WAIT, SETTLED, SettledFiles


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_file_is_taken_once_it_has_not_changed_for_a_while(tmp_path: Path) -> None:
    clock, file = Clock(), tmp_path / "a.jpg"
    settled = SettledFiles(clock)
    assert not settled.take() and not settled.waiting
    file.write_bytes(b"half")
    settled.changed([file])
    clock.now = SETTLED - 0.1
    assert not settled.take() and settled.waiting
    file.write_bytes(b"half and the other half")  # of which nobody told
    clock.now = SETTLED + 0.1
    assert not settled.take()
    clock.now = 2 * SETTLED + 0.5
    assert settled.take() and not settled.waiting and not settled.take()


def test_one_that_is_written_for_ever_holds_the_others_up_for_a_minute_only(tmp_path: Path) -> None:
    clock, film = Clock(), tmp_path / "film.mp4"
    settled = SettledFiles(clock)
    settled.changed([tmp_path / "a.jpg"])
    taken = 0.0
    for second in range(int(MOST_WAIT) + 2):
        clock.now = float(second)
        film.write_bytes(b"x" * second)
        settled.changed([film])
        if settled.take():
            taken = clock.now
            break
    assert taken == MOST_WAIT


def test_a_file_that_is_gone_again_is_waited_for_no_longer_than_others(tmp_path: Path) -> None:
    clock = Clock()
    settled = SettledFiles(clock)
    settled.changed([tmp_path / "gone.jpg"])
    clock.now = SETTLED
    assert settled.take()
