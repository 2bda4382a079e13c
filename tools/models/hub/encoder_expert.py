"""Makes an expert of an image encoder of the hub: it gives one view and no words."""

from collections.abc import Callable, Sequence

from tools.errors import RegroupError
from tools.models.ports import Encoder, Findings, Pixels, SlotSpec

VIEW = "encoder.image"
"""The name of the view with the encoder's image vectors."""


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
    )

    def __init__(self, version: str, load: Callable[[], Encoder], title: str) -> None:
        self.version = version
        self.title = title
        self._load = load
        self._encoder: Encoder | None = None
        self._failed = ""

    def missing(self) -> str | None:
        """Return why the encoder cannot be loaded, once that was tried; None before and where it could."""
        return self._failed or None

    def look(self, batch: Sequence[Pixels]) -> Findings:
        """Return one view and no slots. Raise RegroupError where the encoder cannot be loaded or fails."""
        if self._encoder is None:
            try:
                self._encoder = self._load()
            except RegroupError as error:
                self._failed = str(error)
                raise
        return Findings({VIEW: self._encoder.encode_images(batch)}, [[] for _ in batch])
