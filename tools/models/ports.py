"""Defines the protocols that a tier of models fulfils, and the data that goes through them.

A tool asks for one of these capabilities, never for a tier by its name.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

Pixels = NDArray[np.uint8]
"""One decoded image, (height, width, 3) RGB, upright."""

Vectors = NDArray[np.float32]
"""The vectors of n images, (n, d) float32; a row of NaN says that there was nothing to measure, such as no face."""

Decoded = Iterable[tuple[str, Pixels | None, str]]
"""Yields for each image its id, its pixels or None, and the reason why it could not be decoded or ""."""

Decode = Callable[[Sequence[str]], Decoded]
"""Gives the pixels of the ids it is asked for, in that order, such as `tools.scan.prefetch.decoded`."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Holds one thing that a model says about one image.

    Attributes:
        name: The name of the slot, such as "expression".
        value: The value, such as "happy".
        confidence: How sure the model is, in [0, 1].
    """

    name: str
    value: str
    confidence: float


EXACT, HABIT, LOOSE = 0.2, 0.4, 0.7
"""The standard deviations of the logarithm of a number of groups that `SlotSpec.usual` gives: with them, two thirds of
people make between 1.6 and 2.4 groups, between 4 and 9 for a habit of six, between 2.5 and 10 for a loose five."""


NO_FACE = "no face seen"
"""The value of the slot "people" where nothing speaks for a person: somebody may turn their back, or be too small to be
seen."""
NO_FACE_BUT_PERSON = "person, no face seen"
"""The value of that slot where no face was found and the rest of the picture speaks for a person."""


GroupWords = Callable[[Callable[[str], Vectors]], tuple[tuple[str, ...], Vectors]]
"""Takes what gives a view of the n pictures by its name, and returns w words with the probability of each in each
picture, (n, w) float32. Raises KeyError where the view that it needs is not there."""


@dataclass(frozen=True, slots=True)
class SlotSpec:
    """Describes a slot that a model can fill, and how it is recognised in the user's words.

    Attributes:
        name: The `Slot.name`, unique among all models of a tier.
        phrases: Five to ten things that people say when they mean this slot ("how they feel", "mood").
        views: Names of the views in which images that differ in this slot are far apart.
        title: What a proposal calls it ("emotion" for the slot "expression").
        by: The model that was asked about exactly this criterion, for people; "" for an expert's slot.
        apart_from: Slots that this one does not depend on although its views do, each with the number of groups that
            describe it well enough, or None to estimate that number. A person's identity, for one, shows in every
            measure of a face and is not an emotion. See `tools.embed.subtract_groupings`.
        context: Views whose nearest neighbours are averaged over in this slot's own views, because the answer for a
            single picture is noisy.
        special: Whether it exists in only one kind of picture, such as playing cards. Where most of a collection is of
            that kind, it goes before slots that every picture has.
        nothing: The value given to pictures that are not of the special kind ("irregular" is no shape); "" for none.
        interest: How often people sort by it, in (0, 1]; less for how a picture was taken than for what it shows.
            Proposals are ranked by it as well.
        labels: Name of the slot whose confidence says whether the classifier behind this slot's words knows such
            pictures at all. Where it does not, the words mean nothing and are not said. "" for a slot whose words are
            measured.
        patterns: For the slot that others name as their `labels`: values that the classifier gives to a pattern, which
            is no thing. Where most pictures have one of these, it does not know them, however sure it is.
        unfamiliar: Views to take in place of `views` where that classifier does not know the pictures.
        scenic: Views to take in place of `views` where most pictures show a place with nothing before it.
        beside: Views of other experts that count as well.
        lends: Views of its expert that only slots of other experts take, as `beside`.
        usual: How many groups people usually make by it, and the standard deviation of the logarithm of that number:
            `EXACT` where the question itself says it, `HABIT` where it is a habit, `LOOSE` where it varies. None where
            nothing is known. It is knowledge about people, not about pictures (`tools.number_of_groups`).
        requires: What most pictures have to show for it to be proposed: "people", "faces", "beings" (people or
            animals), "things" that stand out, "photographs" rather than drawings, or the "outdoors"; "" for a slot that
            any picture has (`tools.propose.applies`).
        named_by: For a slot without words of its own: slots whose words name its groups where most of a group has one.
        group_words: Gives words for groups whose pictures are of many classes: "shoe" for running shoes and loafers.
        recorded: For what files say (`tools.metadata`): every value, in the order in which they are shown. Each is a
            group, and nothing is guessed. Empty for what is seen.
        recorded_note: A line for the user about these values; "" for none.
    """

    name: str
    phrases: tuple[str, ...]
    views: tuple[str, ...]
    title: str = ""
    by: str = ""
    apart_from: tuple[tuple[str, int | None], ...] = ()
    context: tuple[str, ...] = ()
    special: bool = False
    nothing: str = ""
    interest: float = 1.0
    labels: str = ""
    patterns: tuple[str, ...] = ()
    unfamiliar: tuple[str, ...] = ()
    scenic: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    usual: tuple[float, float] | None = None
    requires: str = ""
    named_by: tuple[str, ...] = ()
    group_words: GroupWords | None = None
    lends: tuple[str, ...] = ()
    recorded: tuple[str, ...] = ()
    recorded_note: str = ""

    @property
    def own_views(self) -> tuple[str, ...]:
        """Return every view of its expert that it names, whichever are taken."""
        return tuple(dict.fromkeys((*self.views, *self.unfamiliar, *self.scenic, *self.lends)))


@dataclass(slots=True)
class Findings:
    """Holds what one expert says about a batch of b images.

    Attributes:
        views: View name to (b, d) float32.
        slots: For each image the slots that could be filled; a slot that is not visible is left out.
    """

    views: dict[str, Vectors] = field(default_factory=dict)
    slots: list[list[Slot]] = field(default_factory=list)


def joined(parts: Sequence[Findings]) -> Findings:
    """Return the findings of several batches as those of one batch. All parts must have the same views."""
    names = parts[0].views if parts else {}
    views = {name: np.concatenate([part.views[name] for part in parts]) for name in names}
    return Findings(views, [slots for part in parts for slots in part.slots])


class Expert(Protocol):
    """Looks at each image once, as a small model or as a measurement without weights.

    Its findings are cached under its name and version.
    """

    @property
    def name(self) -> str:
        """Return a short name that is unique among the experts of a tier; it is part of the cache key."""
        ...

    @property
    def version(self) -> str:
        """Return the version, which changes whenever the findings would change; it is part of the cache key."""
        ...

    @property
    def specs(self) -> tuple[SlotSpec, ...]:
        """Return the slots that it can fill."""
        ...

    def missing(self) -> str | None:
        """Return None where the expert can run, otherwise one line that says what is missing and which command gets
        it."""
        ...

    def look(self, batch: Sequence[Pixels]) -> Findings:
        """Look at b images of any sizes. Deterministic; never raises because of what a picture contains. Several
        threads may call it at once, each with other images."""
        ...


class FindingsStore(Protocol):
    """Keeps the findings of experts and models by image id and by key, so that no image is looked at twice."""

    def missing(self, expert: str, images: Sequence[str]) -> list[str]:
        """Return those of `images` for which nothing is kept yet under this key."""
        ...

    def put(self, expert: str, images: Sequence[str], findings: Findings) -> None:
        """Keep the findings of one batch: all of them or, after a failure, none."""
        ...

    def view(self, expert: str, name: str, images: Sequence[str]) -> Vectors:
        """Return (n, d) float32, with a row of NaN for each image for which nothing is kept."""
        ...

    def slots(self, expert: str, images: Sequence[str]) -> list[list[Slot]]:
        """Return the slots of each image; an empty list where nothing is kept."""
        ...


class TextEncoder(Protocol):
    """Turns sentences into vectors, for matching words by meaning."""

    @property
    def name(self) -> str:
        """Return the name of the encoder, which is part of the cache key."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return (n, d) float32, L2-normalised."""
        ...


class Encoder(Protocol):
    """Turns images and texts into vectors."""

    @property
    def name(self) -> str:
        """Name the model with its revision, for the cache key."""
        ...

    @property
    def aligned(self) -> bool:
        """Return whether images and texts share one space, so that the cosine between them is meaningful."""
        ...

    def encode_images(self, batch: Sequence[Pixels]) -> Vectors:
        """Return (b, d) float32, L2-normalised."""
        ...

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Return (n, d) float32, L2-normalised."""
        ...


@runtime_checkable
class RegionEncoder(Protocol):
    """Turns images into vectors of the whole picture, of what is before the camera, and of what surrounds it."""

    def encode_regions(self, batch: Sequence[Pixels]) -> dict[str, Vectors]:
        """Return (b, d) float32 for "all", as `Encoder.encode_images` does, and for the "centre" and the "border"."""
        ...


@runtime_checkable
class PromptTuner(Protocol):
    """Encodes with a text tower that passes gradients, so that a word can be learned as a vector."""

    @property
    def name(self) -> str:
        """Name the model with its revision."""
        ...

    def untunable(self) -> str | None:
        """Return None where the text tower passes gradients to its words, otherwise one line that says why it does
        not."""
        ...

    def word_vectors(self, words: Sequence[str]) -> Vectors:
        """Return (n, e) float32: for each word the mean of its tokens' embeddings, as the text tower reads them."""
        ...

    def read(self, prompt: str, stars: "torch.Tensor") -> "torch.Tensor":
        """Encode b texts that begin alike and end in a word of their own.

        Args:
            prompt: The beginning of all texts, such as "a fruit with the colour of".
            stars: (b, e) float32, the vector of each text's last word, as `word_vectors` gives it.

        Returns:
            (b, d) float32, L2-normalised, with gradients.

        Raises:
            tools.errors.RegroupError: The prompt is longer than the model reads.
        """
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """Holds the question that a describer is asked about every image.

    Attributes:
        criterion: The criterion in the user's words, or None for a general description.
        slots: Names of the slots to fill, such as ("emotion",).
        values: Slot name to the values to choose from; a slot that is missing here is answered freely in a few words.
    """

    criterion: str | None
    slots: tuple[str, ...]
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Return sixteen hex digits that identify the question, for the key under which its answers are cached."""
        asked = [self.criterion, self.slots, sorted((k, list(v)) for k, v in self.values.items())]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:16]


class Describer(Protocol):
    """Says in words what is in an image."""

    @property
    def name(self) -> str:
        """Name the model with its revision and the prompt version, for the cache key."""
        ...

    def describe(self, batch: Sequence[Pixels], question: Question) -> list[list[Slot]]:
        """Return for each of b images the slots that are visible in it; a slot that is not visible is left out.

        Raises:
            tools.errors.RegroupError: The model cannot be reached or does not answer. An error never becomes a
                description.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Holds the evidence of a group that a judge is shown.

    Attributes:
        name: The group's name.
        tags: Short labels that its images have.
        exemplars: At most five of its images.
    """

    name: str
    tags: tuple[str, ...] = ()
    exemplars: tuple[Pixels, ...] = ()


class Judge(Protocol):
    """Says whether an image belongs to a group."""

    @property
    def name(self) -> str:
        """Name the model with its revision and the prompt version."""
        ...

    def belongs(self, image: Pixels, evidence: Evidence, criterion: str) -> float:
        """Return the probability of membership, in [0, 1].

        Raises:
            tools.errors.RegroupError: The model does not answer.
        """
        ...


class InterestEncoder(Protocol):
    """Turns images into vectors that depend on the criterion; LoRA can tune it."""

    @property
    def name(self) -> str:
        """Name the model with its revision and adapter, for the cache key."""
        ...

    def encode(self, batch: Sequence[Pixels], criterion: str) -> Vectors:
        """Return (b, d) float32, L2-normalised."""
        ...


class Thinker(Protocol):
    """Answers in JSON, as a language model that is given words and never an image."""

    @property
    def name(self) -> str:
        """Name the model for people."""
        ...

    def think(self, prompt: str, schema: Mapping[str, Any]) -> Any:
        """Return the parsed answer, which the caller must check against the schema.

        Raises:
            tools.errors.RegroupError: The model does not answer, or not in JSON.
        """
        ...
