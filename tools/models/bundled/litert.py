"""Runs a .tflite network with LiteRT on one thread."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

GREETING = b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n"
"""The line that LiteRT writes to stderr when its first network is built."""

_turn = Lock()


class Network:
    """Runs a network. Several threads may do so at once: each run has an interpreter to itself, which later ones use.

    Args:
        weights: A .tflite file, or the bytes of one.
    """

    def __init__(self, weights: Path | bytes) -> None:
        self._weights = weights  # LiteRT reads from these bytes as long as it runs
        self._idle = [self._interpreter()]
        self._input = self._idle[0].get_input_details()[0]["index"]
        self._outputs = [details["index"] for details in self._idle[0].get_output_details()]

    def run(self, image: NDArray[np.floating]) -> list[Array]:
        """Return the network's outputs, in its own order, for one (height, width, channels) input, which becomes
        float32."""
        try:
            interpreter = self._idle.pop()
        except IndexError:  # all are in use
            interpreter = self._interpreter()
        interpreter.set_tensor(self._input, np.ascontiguousarray(image[None], np.float32))
        interpreter.invoke()
        found = [interpreter.get_tensor(index) for index in self._outputs]
        self._idle.append(interpreter)
        return found

    def _interpreter(self) -> Any:
        from ai_edge_litert.interpreter import Interpreter

        source: dict[str, Any] = (
            {"model_path": str(self._weights)}
            if isinstance(self._weights, Path)
            else {"model_content": self._weights}
        )
        with without_greeting():
            interpreter = Interpreter(**source, num_threads=1)
            interpreter.allocate_tensors()
        return interpreter


@contextmanager
def without_greeting() -> Iterator[None]:
    """Keep LiteRT's greeting off stderr: it is written from C++, across whatever is on the screen.

    Whatever else a thread writes there meanwhile, such as the screen itself, comes out right afterwards.
    """
    # One thread at a time: another one would take this one's file for stderr.
    with _turn, tempfile.TemporaryFile() as meanwhile:
        terminal = os.dup(2)
        os.dup2(meanwhile.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(terminal, 2)
            meanwhile.seek(0)
            output = meanwhile.read().replace(GREETING, b"")
            if output:
                os.write(terminal, output)
            os.close(terminal)
