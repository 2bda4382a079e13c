"""The bundled tier as a whole: its experts and its text encoder."""

from tools.models.bundled.colour import ColourExpert
from tools.models.bundled.object import ObjectExpert
from tools.models.bundled.text import WordLlamaEncoder
from tools.models.ports import Expert, TextEncoder
from tools.models.store import Store

NAME = "bundled"


def experts(store: Store) -> list[Expert]:
    """One instance of each expert. Networks are loaded when they are first needed."""
    from tools.models.bundled.face import FaceExpert

    return [ObjectExpert(), ColourExpert(), FaceExpert(store)]


def text_encoder() -> TextEncoder:
    """What criteria are matched to slots with."""
    return WordLlamaEncoder()
