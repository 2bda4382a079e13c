"""Makes an expert of an image encoder of the hub: it gives views of the whole picture, of its subject and of what
surrounds that, and no words."""

from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np

from tools.errors import RegroupError
from tools.models.ports import Encoder, Findings, Pixels, RegionEncoder, SlotSpec, Vectors

VIEW = "encoder.image"
"""The name of the view with the encoder's image vectors."""
SUBJECT = "encoder.centre"
"""The name of the view with the mean of its patches at the centre, which shows who or what it is."""
SURROUNDINGS = "encoder.border"
"""The name of the view with the mean of its patches at the border, which shows where it is."""
FORM = "regions2"
"""What the version of the expert says of its views: findings of another form are not used."""


class EncoderExpert:
    """Fulfils `tools.models.ports.Expert`. The encoder is loaded when the first image is looked at.

    Args:
        version: The model with its revision; part of the cache key.
        load: Makes the encoder; may raise RegroupError.
        title: The encoder's name for people.
    """

    name = "encoder"
    specs = (
        SlotSpec(
            "look",
            ("overall look", "how they look overall", "visual similarity", "similar pictures", "theme"),
            (VIEW,),
        ),
        SlotSpec("subject look", ("look of the subject", "how the subject looks"), (SUBJECT,)),
        SlotSpec("background look", ("look of the background", "how the surroundings look"), (SURROUNDINGS,)),
    )

    def __init__(self, version: str, load: Callable[[], Encoder], title: str) -> None:
        self.version = f"{version}/{FORM}"
        self.title = title
        self._load = load
        self._encoder: Encoder | None = None
        self._failed = ""
        self._turn = Lock()  # a network on a GPU is for one thread at a time

    def missing(self) -> str | None:
        """Return why the encoder cannot be loaded, once that was tried; None before and where it could."""
        return self._failed or None

    def look(self, batch: Sequence[Pixels]) -> Findings:
        """Return three views and no slots. Raise RegroupError where the encoder cannot be loaded or fails."""
        with self._turn:
            if self._encoder is None:
                try:
                    self._encoder = self._load()
                except RegroupError as error:
                    self._failed = str(error)
                    raise
            return Findings(_views(self._encoder, batch), [[] for _ in batch])


def _views(encoder: Encoder, batch: Sequence[Pixels]) -> dict[str, Vectors]:
    """Return the views of an encoder; one without regions has seen nothing of them, which is NaN."""
    if isinstance(encoder, RegionEncoder):
        seen = encoder.encode_regions(batch)
        return {VIEW: seen["all"], SUBJECT: seen["centre"], SURROUNDINGS: seen["border"]}
    whole = encoder.encode_images(batch)
    return {VIEW: whole, SUBJECT: np.full_like(whole, np.nan), SURROUNDINGS: np.full_like(whole, np.nan)}
