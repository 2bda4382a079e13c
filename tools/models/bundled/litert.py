"""One LiteRT network on one thread."""

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

_turn = Lock()


class Network:
    """A .tflite file, or the bytes of one, ready to run. Not for two threads at once."""

    def __init__(self, weights: Path | bytes) -> None:
        from ai_edge_litert.interpreter import Interpreter

        source: dict[str, Any] = (
            {"model_path": str(weights)} if isinstance(weights, Path) else {"model_content": weights}
        )
        self._weights = weights  # LiteRT reads from these bytes as long as it runs
        with _quiet():
            self._interpreter = Interpreter(**source, num_threads=1)
            self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._outputs = [details["index"] for details in self._interpreter.get_output_details()]

    def run(self, image: NDArray[np.floating]) -> list[Array]:
        """The network's outputs, in its own order, for one (height, width, channels) float32 input."""
        self._interpreter.set_tensor(self._input, np.ascontiguousarray(image[None], np.float32))
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._outputs]


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep LiteRT's one greeting off stderr: it is written from C++, across whatever is on the screen.

    Anything else that some thread writes meanwhile (the screen itself goes there) comes out right after.
    """
    # One thread at a time: another would take this one's file for stderr.
    with _turn, tempfile.TemporaryFile() as meanwhile:
        kept = os.dup(2)
        os.dup2(meanwhile.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            meanwhile.seek(0)
            rest = meanwhile.read().replace(GREETING, b"")
            if rest:
                os.write(kept, rest)
            os.close(kept)
