"""Requests about shapes, numbers, writing and the picture itself find their slots, among those of the whole tier."""

import pytest

from tools.embed.route import lazy_expert, route
from tools.models.bundled import tier
from tools.models.bundled.colour_expert import ColourExpert
from tools.models.bundled.count_expert import CountExpert
from tools.models.bundled.photo_expert import PhotoExpert
from tools.models.bundled.shape_expert import ShapeExpert
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.models.bundled.writing_expert import WritingExpert
from tools.models.ports import SlotSpec
from tools.models.weight_store import WeightStore

OWN = (
    *ShapeExpert.specs,
    *CountExpert.specs,
    *PhotoExpert.specs,
    *WritingExpert.specs,
    ColourExpert.specs[-1],
)

# None of these is a phrase of an expert, and nothing is tuned on them.
REQUESTS = {
    "how bright the pictures are": "brightness",
    "light or dark": "brightness",
    "bright ones and dark ones": "brightness",
    "how dark it is": "brightness",
    "how much contrast": "contrast",
    "low contrast or high contrast": "contrast",
    "pale washed-out pictures": "contrast",
    "blurred or sharp": "sharpness",
    "which ones are out of focus": "sharpness",
    "how sharp the photos are": "sharpness",
    "blurry photos": "sharpness",
    "motion blur": "sharpness",
    "drawings or photographs": "kind of picture",
    "is it a photo or a drawing": "kind of picture",
    "illustrations and photos": "kind of picture",
    "cartoons versus photographs": "kind of picture",
    "screenshots": "kind of picture",
    "black and white photos": "tone",
    "greyscale or colour": "tone",
    "monochrome pictures": "tone",
    "landscape or portrait orientation": "format",
    "portrait format": "format",
    "vertical or horizontal pictures": "format",
    "image format": "format",
    "how many objects there are": "count",
    "number of items": "count",
    "the amount of things": "count",
    "count the things": "count",
    "round or angular": "shape",
    "geometric shapes": "shape",
    "square or round things": "shape",
    "outlines": "shape",
    "tall or wide things": "aspect",
    "long and thin or short and thick": "aspect",
    "is there any text on it": "writing",
    "pictures that have text": "writing",
    "what words are written on it": "words",
    "the written word": "words",
    "which digits": "digits",
    "the digits on it": "digits",
    "which alphabet": "script",
    "script it is written in": "script",
    "how many different colours": "number of colours",
    "number of different colors": "number of colours",
}


@pytest.fixture(scope="module")
def specs() -> list[SlotSpec]:
    """The slots of the whole tier."""
    everyone = [*tier.experts(WeightStore(offline=True)), *tier.slow_experts()]
    return [spec for expert in everyone for spec in expert.specs]


def test_names_of_slots_and_views_are_unique(specs: list[SlotSpec]) -> None:
    assert len({spec.name for spec in specs}) == len(specs)
    assert len({spec.title for spec in specs}) == len(specs)


@pytest.mark.parametrize("spec", OWN, ids=lambda spec: spec.name)
def test_every_phrase_goes_to_its_slot(
    spec: SlotSpec, specs: list[SlotSpec], texts: WordLlamaEncoder
) -> None:
    for phrase in (spec.name, spec.title, *spec.phrases):
        assert route(phrase, specs, texts).slot == spec.name, phrase


def test_requests_in_other_words_find_their_slot(specs: list[SlotSpec], texts: WordLlamaEncoder) -> None:
    phrases = {phrase for spec in specs for phrase in (spec.name, *spec.phrases)}
    assert not phrases & REQUESTS.keys()
    found = {request: route(request, specs, texts).slot for request in REQUESTS}
    wrong = {request: slot for request, slot in found.items() if slot != REQUESTS[request]}
    assert len(wrong) <= len(REQUESTS) // 10, wrong


def test_a_slow_expert_looks_only_where_it_alone_sees_what_was_asked_for(texts: WordLlamaEncoder) -> None:
    awake = [spec for expert in tier.experts(WeightStore(offline=True)) for spec in expert.specs]
    slow = tier.slow_experts()
    for criterion in ("text on it", "the written word", "which alphabet"):
        expert = lazy_expert(criterion, awake, slow, texts)
        assert expert is slow[0], criterion
    for criterion in ("colour", "how bright they are", "who it is", "number of people", "brand", ""):
        assert lazy_expert(criterion, awake, slow, texts) is None, criterion
    assert lazy_expert("text on it", awake, [], texts) is None
