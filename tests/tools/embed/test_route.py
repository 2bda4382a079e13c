"""Requests in people's words find the slot that they mean, and what no expert sees is not claimed."""

import numpy as np
import pytest

from tools.describe.describe import Descriptions
from tools.embed.criterion_views import routed_views
from tools.embed.route import FLOOR, PLAIN, Route, route, route_here
from tools.models.bundled.colour_expert import ColourExpert
from tools.models.bundled.face.face_expert import FaceExpert
from tools.models.bundled.object_expert import ObjectExpert
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.models.ports import EXACT, LOOSE, Slot, SlotSpec, TextEncoder, Vectors

SPECS = (*ObjectExpert.specs, *ColourExpert.specs, *FaceExpert.specs)

# None of these is a phrase of an expert, so that meaning is tested and not a table. Nothing is tuned on them.
REQUESTS = {
    "their feelings": "expression",
    "the mood they are in": "expression",
    "group these by facial emotions": "expression",
    "who is smiling": "expression",
    "facial expressions": "expression",
    "the direction they are facing": "head pose",
    "where each head is turned to": "head pose",
    "head orientation": "head pose",
    "poses of the head": "head pose",
    "who has glasses on": "glasses",
    "people with sunglasses": "glasses",
    "wearing spectacles or not": "glasses",
    "colour of the hair": "hair colour",
    "blond hair or brown hair": "hair colour",
    "is the mouth open": "mouth",
    "open or shut mouths": "mouth",
    "how many persons are in the picture": "people",
    "the number of faces": "people",
    "colours": "colour",
    "dominant colour": "colour",
    "the main color of the thing": "colour",
    "colour of the background": "background colour",
    "backgrounds": "background colour",
    "what object it is": "object",
    "animal species": "animal",
    "kinds of things": "kind",
    "categories of goods": "kind",
    "is it a vehicle or an animal": "type",
    "what animal is it": "animal",
    "where on earth it lives": "environment",
    "outdoor or indoor": "setting",
    "who this person is": "individual",
    "identities": "individual",
    "artistic style": "style",
    "drawing styles": "style",
    "composition of the frame": "layout",
}
UNSEEN = [
    "suit", "suits of the cards", "rank of the card", "brand", "brands", "which brand it is", "shirt pattern",
    "shirt colours", "eye color", "how old they are", "camera model", "weather", "season", "price", "year",
    "political leaning", "facial hair", "beards",
]  # fmt: skip


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_every_phrase_of_an_expert_goes_to_its_slot(spec: SlotSpec, texts: WordLlamaEncoder) -> None:
    for phrase in (spec.name, *spec.phrases):
        found = route(phrase, SPECS, texts)
        assert found.slot == spec.name, phrase
        assert found.matches[0][1] == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_what_a_proposal_calls_a_slot_leads_back_to_it(spec: SlotSpec, texts: WordLlamaEncoder) -> None:
    assert route(spec.title or spec.name, SPECS, texts).slot == spec.name


def test_requests_in_other_words_find_their_slot(texts: WordLlamaEncoder) -> None:
    found = {request: route(request, SPECS, texts).slot for request in REQUESTS}
    wrong = {request: slot for request, slot in found.items() if slot != REQUESTS[request]}
    assert len(REQUESTS) >= 25
    assert len(wrong) <= len(REQUESTS) // 8, wrong


@pytest.mark.parametrize("unseen", UNSEEN)
def test_what_no_expert_sees_is_not_claimed(unseen: str, texts: WordLlamaEncoder) -> None:
    found = route(unseen, SPECS, texts)
    assert (found.sure, found.slot, found.matches) == (False, None, ())
    assert [name for name, _ in found.views] == list(PLAIN)


@pytest.mark.parametrize("unseen", ["", "xqzzv", "123", "😀", "\ufffd"])
def test_words_without_a_meaning_are_not_claimed(unseen: str, texts: WordLlamaEncoder) -> None:
    found = route(unseen, SPECS, texts)
    assert not found.sure or found.matches[0][1] >= FLOOR


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("emotion", "EMOTION"),
        ("emotion", "Emotions"),
        ("colour", "Colours"),
        ("colour", "COLOR"),
        ("glasses", "Glasses"),
        ("head pose", "Head Poses"),
        ("background colour", "Background colours"),
        ("style", "Styles"),
        ("number of people", "Number Of People"),
        ("species", "Species"),
    ],
)
def test_neither_case_nor_plural_matters(one: str, other: str, texts: WordLlamaEncoder) -> None:
    assert route(one, SPECS, texts).slot == route(other, SPECS, texts).slot is not None


def test_without_the_face_expert_nothing_is_routed_to_it(texts: WordLlamaEncoder) -> None:
    specs = (*ObjectExpert.specs, *ColourExpert.specs)
    for spec in FaceExpert.specs:
        assert route(spec.name, specs, texts).slot in {None, *(spec.name for spec in specs)}
    assert not route("emotion", specs, texts).sure


def test_without_any_expert_the_plain_views_are_taken(texts: WordLlamaEncoder) -> None:
    assert route("colour", (), texts) == Route((), tuple((name, 1.0) for name in PLAIN))


def test_the_views_of_the_best_slot_count_alike(texts: WordLlamaEncoder) -> None:
    found = route("who it is", SPECS, texts)
    individual = next(spec for spec in SPECS if spec.name == "individual")
    assert found.views == tuple((name, 1.0) for name in individual.views)
    cosines = [cosine for _, cosine in found.matches]
    assert cosines == sorted(cosines, reverse=True)
    assert len(cosines) <= 3 and min(cosines) >= FLOOR


def test_views_are_prepared_and_only_the_routed_ones_weigh() -> None:
    data: dict[str, Vectors] = {
        "a": np.arange(6, dtype=np.float32).reshape(3, 2),
        "b": np.ones((3, 100), np.float32),
        "c": np.array([[1], [np.nan], [3]], np.float32),
    }
    described = Descriptions(("x", "y", "z"), {}, views=tuple(data), _load=data.__getitem__)
    chosen = Route((), (("c", 1.0), ("gone", 0.5), ("a", 0.25)))
    found = routed_views(chosen, described)
    assert [(view.name, view.weight) for view in found] == [("c", 1.0), ("a", 0.25), ("b", 0.0)]
    assert found[0].data[:, 0].tolist() == [-1, pytest.approx(float("nan"), nan_ok=True), 1]
    assert [view.data.shape for view in found] == [(3, 1), (3, 2), (3, 64)]


def test_a_misspelling_is_read_as_the_word(texts: TextEncoder) -> None:
    specs = ColourExpert.specs
    assert route("coulour", specs, texts).slot == "colour"
    assert route("backgruond colour", specs, texts).slot == "background colour"


def test_an_expert_that_cannot_run_is_named(texts: TextEncoder) -> None:
    face = SlotSpec("expression", ("emotion", "mood"), ("face.expression",), "emotion")
    here = Descriptions(
        (), {s.name: s for s in ColourExpert.specs}, views=("object.kind",), absent=((face, "no weights"),)
    )
    chosen = route_here("mood", here, texts)
    assert not chosen.sure
    assert chosen.lacking == "no weights"
    assert route_here("colour", here, texts).slot == "colour"


@pytest.mark.parametrize(
    ("request_", "unfamiliar", "scenic", "views"),
    [
        ("where", False, False, ("object.border", "encoder.border")),
        ("where", False, True, ("object.part.all", "object.kind.all", "object.top", "encoder.border")),
        (
            "where it was taken",
            True,
            False,
            ("object.part.all", "object.kind.all", "object.top", "encoder.border"),
        ),
        ("who", False, False, ("object.type", "object.kind.centre", "object.top.centre", "encoder.centre")),
        ("who", True, True, ("object.self", "object.part", "object.piece", "object.kind", "encoder.centre")),
        (
            "coat",
            False,
            False,
            ("object.kind.centre", "object.top.centre", "colour.centre", "encoder.centre"),
        ),
        ("layout", True, True, ("object.layout",)),
    ],
)
def test_subject_and_surroundings_are_looked_for_where_they_are(
    request_: str, unfamiliar: bool, scenic: bool, views: tuple[str, ...], texts: TextEncoder
) -> None:
    specs = {s.name: s for s in (*ObjectExpert.specs, *ColourExpert.specs)}
    here = Descriptions((), specs, views=views, unfamiliar=unfamiliar, scenic=scenic)
    chosen = route_here(request_, here, texts)
    assert tuple(name for name, _ in chosen.views) == views
    assert chosen.familiar is (not unfamiliar or request_ == "layout")


def _special(share: float) -> Descriptions:
    general = SlotSpec("colour", ("colour",), ("colour.subject",))
    special = SlotSpec("card colour", ("colour", "red or black"), ("cards.colour",), special=True)
    seen = round(share * 20)
    slots = [
        {"colour": Slot("colour", "white", 1.0)}
        | ({"card colour": Slot("card colour", "red", 1.0)} if i < seen else {})
        for i in range(20)
    ]
    images = tuple(f"{i:064x}" for i in range(20))
    return Descriptions(images, {s.name: s for s in (general, special)}, _slots=slots)


def test_a_slot_of_a_special_kind_of_picture_goes_first_where_most_pictures_are_of_that_kind(
    texts: WordLlamaEncoder,
) -> None:
    assert route_here("colour", _special(0.9), texts).slot == "card colour"
    assert route_here("colour", _special(0.1), texts).slot == "colour"
    assert route_here("red or black", _special(0.9), texts).slot == "card colour"


def test_what_a_slot_takes_beside_its_own_views_is_a_view_of_another_expert() -> None:
    named = {name for spec in SPECS for name in spec.own_views}
    beside = {name for spec in SPECS for name in spec.beside if not name.startswith("encoder.")}
    assert beside == {"colour.centre"} and beside <= named


def listing() -> Descriptions:
    """Return forty pictures with colours and animals."""
    slots = [
        {"colour": Slot("colour", ("red", "blue")[i % 2], 0.9), "kind": Slot("kind", "dog", 0.9)}
        for i in range(40)
    ]
    images = tuple(f"{i:02}" for i in range(40))
    return Descriptions(images, {spec.name: spec for spec in SPECS}, _slots=slots)


@pytest.mark.parametrize(
    ("criterion", "slot"),
    [
        ("red, blue or other", "colour"),
        ("red, crimson, black and white or spotted", "colour"),  # half of them
        ("happy or sad", "expression"),  # a phrase of its own
        ("colour or shape", "colour"),
        ("blorp, gloop or red", None),
    ],
)
def test_values_that_are_listed_lead_to_the_slot_that_knows_most_of_them(
    criterion: str, slot: str | None
) -> None:
    assert route_here(criterion, listing(), WordLlamaEncoder()).slot == slot


def test_things_without_a_word_are_kinds_of_things_where_the_pictures_are_known() -> None:
    made = route_here("blorp, gloop or red", listing(), WordLlamaEncoder())
    kind = next(spec for spec in SPECS if spec.name == "kind")
    assert [name for name, _ in made.views] == list(kind.views) and not made.sure
    seen = listing()
    seen.unfamiliar = True
    assert [name for name, _ in route_here("blorp, gloop or red", seen, WordLlamaEncoder()).views] == list(
        PLAIN
    )


@pytest.mark.parametrize(
    ("criterion", "usual"),
    [("environment", (3.0, EXACT)), ("land use", None), ("flower", None), ("which animal", (4.0, LOOSE))],
)
def test_a_usual_number_is_known_for_what_a_slot_is_about_and_not_for_what_is_merely_like_it(
    criterion: str, usual: tuple[float, float] | None
) -> None:
    chosen = route(criterion, SPECS, WordLlamaEncoder())
    assert chosen.matches
    assert chosen.usual == usual
    assert Route(chosen.matches, chosen.views, familiar=False).usual is None
    assert Route((), ()).usual is None


def test_an_underscore_is_a_space() -> None:
    texts = WordLlamaEncoder()
    assert route("hair_colour", SPECS, texts) == route("hair colour", SPECS, texts)
