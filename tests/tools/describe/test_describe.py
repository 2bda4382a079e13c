"""Looking at a collection: each image once with each expert, and what was seen is kept."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Barrier, Event, get_ident

import numpy as np
import pytest

from assistant.workspace.cache import FindingsCache
from tools.decode.decode import RULES
from tools.describe.describe import BATCH, LOOKERS, STEP, Descriptions, Meter, RecentViews, key, look
from tools.errors import Cancelled, RegroupError
from tools.models.ports import Decoded, Findings, Pixels, Slot, SlotSpec


class Brightness:
    """An expert small enough to see through: it measures the mean of a picture and names it if it is extreme."""

    specs = (SlotSpec("light", ("how bright it is",), ("light.mean",), "brightness"),)

    def __init__(self, name: str = "light", version: str = "1", lacking: str | None = None) -> None:
        self.name, self.version, self.lacking = name, version, lacking
        self.batches: list[int] = []

    def missing(self) -> str | None:
        return self.lacking

    def look(self, batch: Sequence[Pixels]) -> Findings:
        self.batches.append(len(batch))
        means = [float(pixels.mean()) for pixels in batch]
        words = ["dark" if mean < 85 else "bright" if mean > 170 else None for mean in means]
        slots = [[Slot("light", word, 0.9)] if word else [] for word in words]
        return Findings({"light.mean": np.array(means, np.float32)[:, None]}, slots)


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[FindingsCache]:
    kept = FindingsCache(tmp_path / "cache")
    yield kept
    kept.close()


Decode = Callable[[Sequence[str]], Decoded]


@pytest.fixture
def decode() -> Decode:
    """Pictures whose grey is their name; "bad" ones do not decode. Counts what it was asked for."""

    def run(ids: Sequence[str]) -> Decoded:
        for image in ids:
            if image.startswith("bad"):
                yield image, None, "truncated" if image == "bad 1" else ""
            else:
                yield image, np.full((4, 4, 3), int(image), np.uint8), ""

    return run


def test_what_was_said_and_measured(decode: Decode, cache: FindingsCache) -> None:
    found = look(["10", "120", "250"], decode, [Brightness()], cache)
    assert found.images == ("10", "120", "250")
    values, confidence = found.column("light")
    assert values == ["dark", None, "bright"]
    np.testing.assert_allclose(confidence, [0.9, 0, 0.9])
    assert found.slots(0) == {"light": Slot("light", "dark", 0.9)}
    assert found.slots(1) == {}
    assert found.view("light.mean").tolist() == [[10], [120], [250]]
    assert found.view("light.mean") is found.view("light.mean")
    assert (found.views, list(found.specs), found.missing) == (("light.mean",), ["light"], ())


def test_experts_look_at_what_is_inside_a_frame(cache: FindingsCache) -> None:
    def decode(ids: Sequence[str]) -> Decoded:
        framed = np.full((80, 80, 3), 255, np.uint8)
        framed[20:60, 20:60] = 80
        framed[20:60, 40:60] = 120
        yield ids[0], framed, ""

    assert look(["framed"], decode, [Brightness()], cache).view("light.mean").tolist() == [[100]]


def test_what_nobody_says_is_empty_and_an_unknown_view_is_a_key_error(
    decode: Decode, cache: FindingsCache
) -> None:
    found = look(["10"], decode, [Brightness()], cache)
    assert found.column("mood")[0] == [None]
    with pytest.raises(KeyError):
        found.view("face.pose")


def test_nobody_looks_twice(decode: Decode, cache: FindingsCache) -> None:
    expert, meter = Brightness(), Meter()
    first = look(["10", "20", "30"], decode, [expert], cache, meter=meter)
    assert (meter.calls, expert.batches) == (3, [3])
    again = look(["30", "10"], decode, [expert], cache, meter=meter)
    assert (meter.calls, expert.batches) == (3, [3])
    assert again.view("light.mean").tolist() == [[30], [10]]
    look(["40", "10"], decode, [expert], cache, meter=meter)
    assert (meter.calls, expert.batches) == (4, [3, 1])
    assert meter.seconds > 0
    assert first.images == ("10", "20", "30")


def test_another_version_and_another_expert_look_for_themselves(decode: Decode, cache: FindingsCache) -> None:
    look(["10"], decode, [Brightness()], cache)
    for expert in (Brightness(version="2"), Brightness(name="lamp")):
        meter = Meter()
        look(["10"], decode, [expert], cache, meter=meter)
        assert meter.calls == 1
        assert key(expert) == f"{expert.name}@{expert.version}+{RULES}"


def test_an_image_that_one_expert_knows_is_shown_to_the_other_only(
    decode: Decode, cache: FindingsCache
) -> None:
    one, other = Brightness(), Brightness(name="lamp")
    look(["10"], decode, [one], cache)
    look(["10", "20"], decode, [one, other], cache)
    assert (one.batches, other.batches) == ([1, 1], [2])


def test_an_expert_that_cannot_run_is_named_and_left_out(decode: Decode, cache: FindingsCache) -> None:
    absent = Brightness(name="face", lacking="face weights are not here")
    found = look(
        ["10"], decode, [absent, Brightness(name="hair", lacking="face weights are not here")], cache
    )
    assert found.missing == ("face weights are not here",)
    assert (absent.batches, found.specs, found.views) == ([], {}, ())
    assert found.images == ("10",)


def test_what_does_not_decode_is_named_with_its_reason(decode: Decode, cache: FindingsCache) -> None:
    steps: list[tuple[str, int, int]] = []
    found = look(
        ["bad 1", "10", "bad 2", "250"],
        decode,
        [Brightness()],
        cache,
        progress=lambda *step: steps.append(step),
    )
    assert found.images == ("10", "250")
    assert found.unreadable == {"bad 1": "truncated", "bad 2": "cannot be decoded"}
    assert found.column("light")[0] == ["dark", "bright"]
    assert steps[0] == ("loading the models", 0, 0) and steps[-1] == ("looking", 4, 4)


def test_nothing_that_decodes_and_nothing_at_all(decode: Decode, cache: FindingsCache) -> None:
    found = look(["bad 1"], decode, [Brightness()], cache)
    assert (found.images, found.column("light")[0]) == ((), [])
    assert look([], decode, [Brightness()], cache).images == ()
    assert len(found.view("light.mean")) == 0


def test_stopping_keeps_every_finished_batch(decode: Decode, cache: FindingsCache) -> None:
    images = [str(i) for i in range(2 * BATCH + 6)]
    expert = Brightness()

    def stop(stage: str, done: int, total: int) -> None:
        if done > BATCH + STEP:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        look(images, decode, [expert], cache, progress=stop)
    assert max(expert.batches) <= STEP
    meter = Meter()
    found = look(images, decode, [expert], cache, meter=meter)
    assert meter.calls == BATCH + 6
    assert found.view("light.mean")[:, 0].tolist() == [float(image) for image in images]


def test_the_later_expert_is_asked_side_by_side_and_slots_are_joined(
    decode: Decode, cache: FindingsCache
) -> None:
    class Size(Brightness):
        specs = (SlotSpec("size", ("how large it is",), ("size.side",), "size"),)

        def look(self, batch: Sequence[Pixels]) -> Findings:
            sides = np.array([[pixels.shape[0]] for pixels in batch], np.float32)
            return Findings({"size.side": sides}, [[Slot("size", "small", 0.5)] for _ in batch])

    found = look(["10", "250"], decode, [Brightness(), Size(name="size")], cache)
    assert {name: slot.value for name, slot in found.slots(1).items()} == {"light": "bright", "size": "small"}
    assert found.views == ("light.mean", "size.side")
    assert list(found.specs) == ["light", "size"]


class Meeting(Brightness):
    """An expert that looks only when as many threads are here as there are to be, and remembers which saw what."""

    def __init__(self, name: str, threads: int) -> None:
        super().__init__(name)
        self.together = Barrier(threads)
        self.by: dict[int, int] = {}

    def look(self, batch: Sequence[Pixels]) -> Findings:
        self.together.wait(20)  # raises where one thread has to wait for another
        self.by.update((int(pixels[0, 0, 0]), get_ident()) for pixels in batch)
        return super().look(batch)


def test_a_thread_on_each_core_takes_its_images_through_all_experts(
    decode: Decode, cache: FindingsCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.describe.describe.os.cpu_count", lambda: 3)
    images = [str(i) for i in range(3 * STEP)]
    one, other = Meeting("light", 3), Meeting("lamp", 3)
    look(images, decode, [one, other], cache)
    assert len(set(one.by.values())) == 3
    assert one.by == other.by
    assert all(len({one.by[i] for i in range(start, start + STEP)}) == 1 for start in range(0, 24, STEP))


@pytest.mark.parametrize("cores", [1, 4, 1000])
def test_what_is_found_does_not_depend_on_the_number_of_cores(
    cores: int, decode: Decode, cache: FindingsCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Slow(Brightness):
        """The first images take the longest, so that later ones are done before them."""

        def look(self, batch: Sequence[Pixels]) -> Findings:
            Event().wait(0.1 if batch[0][0, 0, 0] == 0 else 0.02)
            seen.append(get_ident())
            return super().look(batch)

    seen: list[int] = []
    monkeypatch.setattr("tools.describe.describe.os.cpu_count", lambda: cores)
    images = [str(i) for i in range(0, 250, 2)]
    found = look(images, decode, [Slow()], cache)
    assert found.view("light.mean")[:, 0].tolist() == [float(image) for image in images]
    assert len(set(seen)) <= min(cores, LOOKERS)


def test_an_expert_that_fails_is_heard_and_what_was_kept_before_stays(
    decode: Decode, cache: FindingsCache
) -> None:
    class Failing(Brightness):
        def look(self, batch: Sequence[Pixels]) -> Findings:
            if any(pixels[0, 0, 0] == 3 * BATCH for pixels in batch):
                raise RegroupError("no memory left")
            return super().look(batch)

    images = [str(i) for i in range(4 * BATCH)]
    with pytest.raises(RegroupError, match="no memory"):
        look(images, decode, [Failing()], cache)
    assert cache.missing(key(Failing()), images) == images[3 * BATCH :]


def test_descriptions_without_a_cache_say_nothing() -> None:
    assert Descriptions(("a",), {}, _slots=[{}]).column("x")[0] == [None]


def test_of_a_kind_only_what_was_asked_for_last_is_remembered() -> None:
    seen, made = Descriptions((), {}), []

    def ask(name: str) -> int:
        return seen.once(("kind", name), lambda: made.append(name) or len(made), most=2)  # type: ignore[func-returns-value]

    seen.once(("other",), lambda: 0)
    assert [ask(name) for name in "abacab"] == [1, 2, 1, 3, 1, 4]
    assert ("other",) in seen.memo and len(seen.memo) == 3


def test_that_models_are_loaded_is_said_before_anything_is_seen(decode: Decode, cache: FindingsCache) -> None:
    told: list[tuple[str, int, int]] = []
    look(["10", "20"], decode, [Brightness()], cache, progress=lambda *at: told.append(at))
    assert told == [("loading the models", 0, 0), ("looking", 2, 2)]
    told.clear()
    look(["10", "20"], decode, [Brightness()], cache, progress=lambda *at: told.append(at))
    assert told == []


def test_views_are_read_once_and_large_ones_only_while_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def load(name: str) -> np.ndarray:
        read.append(name)
        return np.zeros((10, 25), np.float32)  # 1,000 bytes

    monkeypatch.setattr("tools.describe.describe.VIEW_CACHE_BYTES", 2_500)
    recent = RecentViews(load)
    for name in ("a", "b", "a", "c", "a", "b"):
        recent(name)
    assert read == ["a", "b", "c", "b"]
    monkeypatch.setattr("tools.describe.describe.VIEW_CACHE_BYTES", 0)
    recent("b")
    assert recent("b").shape == (10, 25) and read[4:] == ["b"]


class Classifier:
    """A classifier that is as sure as the pictures are bright, and names things in them."""

    name, version = "classifier", "1"
    specs = (
        SlotSpec("object", ("object",), ("c.object",), labels="object", patterns=("doormat",)),
        SlotSpec("type", ("type",), ("c.type",), labels="object", unfamiliar=("c.object",)),
    )

    def missing(self) -> str | None:
        return None

    def look(self, batch: Sequence[Pixels]) -> Findings:
        sure = [float(pixels.mean()) / 255 for pixels in batch]
        slots = []
        for p in sure:
            thing, kind = "doormat" if 0.3 < p < 0.5 else "alp", "animal" if p > 0.5 else "place"
            slots.append([Slot("object", thing, p), Slot("type", kind, p)])
        rows = np.array(sure, np.float32)[:, None]
        return Findings({"c.object": rows, "c.type": rows}, slots)


@pytest.mark.parametrize(("ids", "unfamiliar"), [(["20", "30", "250"], True), (["30", "60", "70"], False)])
def test_words_are_said_only_where_the_classifier_knows_most_of_the_pictures(
    ids: list[str], unfamiliar: bool, decode: Decode, cache: FindingsCache
) -> None:
    found = look(ids, decode, [Classifier(), Brightness()], cache)
    assert found.unfamiliar is unfamiliar
    assert (found.column("type").values[0], found.column("object").values[0]) == (
        (None, None) if unfamiliar else ("place", "alp")
    )
    assert found.column("light").values[0] == "dark"  # a measurement is said all the same
    assert found.view("c.type").shape == (3, 1)


@pytest.mark.parametrize(
    ("ids", "unfamiliar"), [(["100", "110", "60"], True), (["100", "60", "70", "110"], False)]
)
def test_what_most_pictures_are_taken_for_is_a_thing_and_no_pattern_or_it_is_not_said(
    ids: list[str], unfamiliar: bool, decode: Decode, cache: FindingsCache
) -> None:
    found = look(ids, decode, [Classifier()], cache)
    assert found.unfamiliar is unfamiliar
    assert found.column("type").values == [None if unfamiliar else "place"] * len(ids)


@pytest.mark.parametrize(("ids", "scenic"), [(["60", "70", "250"], True), (["60", "240", "250"], False)])
def test_pictures_are_of_places_where_most_of_them_are(
    ids: list[str], scenic: bool, decode: Decode, cache: FindingsCache
) -> None:
    assert look(ids, decode, [Classifier()], cache).scenic is scenic
