"""LiteRT's networks are made without a word on stderr, without losing anyone's, and several threads may run one."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest

from tools.models.bundled.litert import GREETING, Network, without_greeting
from tools.models.bundled.tflite_writer import Convolution, TfliteWriter


def test_stderr_survives_two_threads_that_make_networks(capfd: pytest.CaptureFixture[str]) -> None:
    def make(turn: int) -> None:
        with without_greeting():
            time.sleep(0.01 * (turn % 3))
            os.write(2, GREETING + b"x")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(make, range(12)))
    os.write(2, b"after")
    assert capfd.readouterr().err == "x" * 12 + "after"


def test_threads_that_run_one_network_at_once_each_get_their_own_answer(rng: np.random.Generator) -> None:
    writer = TfliteWriter((24, 24))
    weight = rng.normal(size=(8, 3, 3, 3)).astype(np.float32)
    layer = writer.convolution(0, Convolution(weight, np.zeros(8, np.float32)), (1, 1, 1, 1))
    network = Network(writer.model([layer]))
    pictures = rng.normal(size=(6, 24, 24, 3)).astype(np.float32)
    alone = [network.run(picture)[0] for picture in pictures]
    start = Barrier(len(pictures))

    def again(i: int) -> bool:
        start.wait(20)
        return all(np.array_equal(network.run(pictures[i])[0], alone[i]) for _ in range(200))

    with ThreadPoolExecutor(len(pictures)) as pool:
        assert all(pool.map(again, range(len(pictures))))
