"""Words in the singular, as an expert or a dictionary would say them."""

import pytest

from tools.singular import in_singular


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Cats", "cat"), ("the blurry ones", "blurry"), ("people", "person"), ("beaches", "beach"),
        ("glasses", "glass"), ("houses", "house"),
        ("puppies", "puppy"), ("black and white photos", "black and white"), ("grass", "grass"), ("buses", "bus"),
        ("outdoors", "outdoor"), ("city streets", "city street"), ("skies", "sky"),
        ("scarves", "scarf"), ("canvases", "canvas"), ("clothes", "clothes"), ("movies", "movie"), ("lens", "lens"),
        ("gas", "gas"), ("leaves", "leaf"), ("blorpies", "blorpy"), ("unicorns", "unicorn"), ("blorpus", "blorpus"),
        ("xyxes", "xyx"), ("smiling", "smiling"),
    ],
)  # fmt: skip
def test_values_are_said_in_the_plural_and_with_articles(said: str, meant: str) -> None:
    assert in_singular(said) == meant
