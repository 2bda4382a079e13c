"""Lists the experts of the bundled tier, and gives its text encoder."""

from collections.abc import Callable, Container, Sequence

from tools.models.bundled.colour_expert import ColourExpert
from tools.models.bundled.count_expert import CountExpert
from tools.models.bundled.foreground_cache import ForegroundCache
from tools.models.bundled.object_expert import ObjectExpert
from tools.models.bundled.photo_expert import PhotoExpert
from tools.models.bundled.region_expert import RegionExpert, Regions
from tools.models.bundled.shape_expert import ShapeExpert
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.models.ports import Expert, TextEncoder, Vectors
from tools.models.weight_store import WeightStore

NAME = "bundled"
"""The name of the tier in settings and on the status line."""


def experts(store: WeightStore) -> list[Expert]:
    """Return one instance of each expert that looks at every collection. Networks are loaded when first needed.

    Args:
        store: The store that holds the weights of the face expert.
    """
    from tools.models.bundled.cards.card_expert import CardExpert
    from tools.models.bundled.face.face_expert import FaceExpert

    foregrounds = ForegroundCache()
    return [
        ObjectExpert(),
        ColourExpert(foregrounds),
        FaceExpert(store),
        ShapeExpert(foregrounds),
        CountExpert(foregrounds),
        PhotoExpert(foregrounds),
        CardExpert(),
    ]


def slow_experts() -> list[Expert]:
    """Return experts too slow to look at every collection: each looks only when a criterion is about what it alone
    sees."""
    from tools.models.bundled.writing_expert import WritingExpert

    return [WritingExpert()]


def parts(store: WeightStore) -> list[RegionExpert]:
    """Return one expert for each part of a picture that can be looked at by itself; they share one network."""
    return Regions(store).experts()


def word_likeness(
    views: Container[str],
) -> Callable[[Callable[[str], Vectors], Sequence[str]], Vectors] | None:
    """Return what says how well words fit pictures, from the views of a collection; None where they do not tell."""
    from tools.models.bundled.label_words import LABEL_VIEW, label_likeness

    return label_likeness if LABEL_VIEW in views else None


def word_absence(
    views: Container[str],
) -> Callable[[Callable[[str], Vectors], Sequence[str]], tuple[bool, ...]] | None:
    """Return what says of which words there is no sign in any picture; None where the views do not tell."""
    from tools.models.bundled.label_words import LABEL_VIEW, label_absent

    return label_absent if LABEL_VIEW in views else None


def person_signs(views: Container[str]) -> Callable[[Callable[[str], Vectors]], Vectors] | None:
    """Return what says how likely each picture shows what people wear, play or do, (n,); None where the views do not
    tell."""
    from tools.models.bundled.label_words import LABEL_VIEW, person_signs

    return person_signs if LABEL_VIEW in views else None


def text_encoder() -> TextEncoder:
    """Return the encoder with which criteria are matched to slots."""
    return WordLlamaEncoder()
