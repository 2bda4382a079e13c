"""The expert that an encoder of the hub makes."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock

import numpy as np

from tools.models.hub.encoder_expert import SUBJECT, VIEW, EncoderExpert
from tools.models.ports import Pixels, Vectors


class Encoder:
    """Gives the mean of each picture, and notices whether two threads are here at once."""

    name, dimension = "mean", 1

    def __init__(self) -> None:
        self.alone = Lock()
        self.crowded = False

    def encode_images(self, images: Sequence[Pixels]) -> Vectors:
        if not self.alone.acquire(blocking=False):
            self.crowded = True
        else:
            Event().wait(0.02)
            self.alone.release()
        return np.array([[float(pixels.mean())] for pixels in images], np.float32)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        return np.zeros((len(texts), 1), np.float32)


def test_threads_take_turns_at_one_encoder_that_is_loaded_once() -> None:
    encoder, loaded = Encoder(), []
    expert = EncoderExpert("1", lambda: loaded.append(1) or encoder, "mean")  # type: ignore[func-returns-value]
    pictures = [np.full((4, 4, 3), i, np.uint8) for i in range(8)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda pixels: expert.look([pixels]), pictures))
    assert [float(one.views[VIEW][0, 0]) for one in found] == list(range(8))
    assert np.isnan(found[0].views[SUBJECT]).all()
    assert not encoder.crowded and loaded == [1]
