"""LiteRT's networks are made without a word on stderr, and without losing anyone's."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tools.models.bundled.litert import GREETING, without_greeting


def test_stderr_survives_two_threads_that_make_networks(capfd: pytest.CaptureFixture[str]) -> None:
    def make(turn: int) -> None:
        with without_greeting():
            time.sleep(0.01 * (turn % 3))
            os.write(2, GREETING + b"x")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(make, range(12)))
    os.write(2, b"after")
    assert capfd.readouterr().err == "x" * 12 + "after"
