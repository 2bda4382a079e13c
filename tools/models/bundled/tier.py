"""The bundled tier as a whole: its experts and its text encoder."""

from tools.models.bundled.colour import ColourExpert
from tools.models.bundled.count import CountExpert
from tools.models.bundled.glance import Glances
from tools.models.bundled.object import ObjectExpert
from tools.models.bundled.photo import PhotoExpert
from tools.models.bundled.regions import RegionExpert, Regions
from tools.models.bundled.shape import ShapeExpert
from tools.models.bundled.text import WordLlamaEncoder
from tools.models.ports import Expert, TextEncoder
from tools.models.store import Store

NAME = "bundled"


def experts(store: Store) -> list[Expert]:
    """One instance of each expert that looks at every collection. Networks are loaded when they are first needed."""
    from tools.models.bundled.cards import CardExpert
    from tools.models.bundled.face import FaceExpert

    seen = Glances()
    return [
        ObjectExpert(),
        ColourExpert(seen),
        FaceExpert(store),
        ShapeExpert(seen),
        CountExpert(seen),
        PhotoExpert(seen),
        CardExpert(),
    ]


def slow_experts() -> list[Expert]:
    """Experts that are too slow to look at every collection: each is to look only where a criterion is about what it
    alone sees (`tools.embed.route.lazy_expert`)."""
    from tools.models.bundled.writing import WritingExpert

    return [WritingExpert()]


def parts(store: Store) -> list[RegionExpert]:
    """One for each part of a picture that can be looked at; they share one network."""
    return Regions(store).experts()


def text_encoder() -> TextEncoder:
    """What criteria are matched to slots with."""
    return WordLlamaEncoder()
