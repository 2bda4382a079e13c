"""The protocols that a tier of models fulfils. Tools ask for one of these, never for a tier by name."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

Pixels = NDArray[np.uint8]
"""One decoded image, (height, width, 3) RGB, upright."""

Vectors = NDArray[np.float32]
"""(n, d) float32; a row of NaN where there was nothing to measure (no face in the picture)."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One thing that a model says of one image: "expression" is "happy", with a confidence in [0, 1]."""

    name: str
    value: str
    confidence: float


@dataclass(frozen=True, slots=True)
class SlotSpec:
    """A slot that a model can fill, and how it is found from the user's words.

    Attributes:
        name: As in `Slot.name`; unique over all models of a tier.
        phrases: Five to ten things that people say when they mean it ("how they feel", "mood").
        views: Names of the views in which this slot's differences are large.
        title: What a proposal calls it ("emotion" for the slot "expression").
        by: The model that was asked about exactly this criterion, for people; "" for an expert's slot.
        apart_from: Slots on which this one does not depend though its views do, each with the number of groups that
            tell enough about it, or None to find it: who it is shows in every measure of a face and is no emotion.
            See `tools.embed.subtract_groupings`.
        context: Views over whose nearest neighbours its own are averaged: what is said of one picture is noisy.
        special: Whether it only exists in one kind of picture (playing cards). Where most of a collection is of that
            kind, it goes before a slot that any picture has.
        nothing: The value of pictures that are not of the special kind ("irregular" is no shape); "" for none.
        interest: How often people sort by it, in (0, 1]: less for how a picture was taken than for what it shows.
            Proposals are ranked by it, too.
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


@dataclass(slots=True)
class Findings:
    """What one expert says of one batch of b images.

    Attributes:
        views: Name to (b, d) float32.
        slots: For each image the slots that could be filled; a slot that is not visible is left out.
    """

    views: dict[str, Vectors] = field(default_factory=dict)
    slots: list[list[Slot]] = field(default_factory=list)


def joined(parts: Sequence[Findings]) -> Findings:
    """The findings of several batches as those of one. All parts have the same views."""
    names = parts[0].views if parts else {}
    views = {name: np.concatenate([part.views[name] for part in parts]) for name in names}
    return Findings(views, [slots for part in parts for slots in part.slots])


class Expert(Protocol):
    """A small model, or a measurement without weights, that looks at each image once.

    Name and version are the key under which its findings are kept.
    """

    @property
    def name(self) -> str:
        """Short and unique among the experts of a tier."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever the findings would."""
        ...

    @property
    def specs(self) -> tuple[SlotSpec, ...]:
        """The slots that it fills."""
        ...

    def missing(self) -> str | None:
        """None when it can run; else one line: what is missing and which command gets it."""
        ...

    def look(self, batch: Sequence[Pixels]) -> Findings:
        """Look at b images of any sizes. Deterministic. Never raises for what a picture contains."""
        ...


class TextEncoder(Protocol):
    """Sentences to vectors, for matching words by meaning."""

    @property
    def name(self) -> str:
        """Which encoder this is."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """(n, d) float32, L2-normalised."""
        ...


class Encoder(Protocol):
    """Images and texts to vectors."""

    @property
    def name(self) -> str:
        """Which model, with its revision: part of the cache key."""
        ...

    @property
    def aligned(self) -> bool:
        """Whether images and texts share one space, so that their cosines mean something."""
        ...

    def encode_images(self, batch: Sequence[Pixels]) -> Vectors:
        """(b, d) float32, L2-normalised."""
        ...

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """(n, d) float32, L2-normalised."""
        ...


@runtime_checkable
class PromptTuner(Protocol):
    """An encoder whose text tower can be differentiated through: words that nobody has said can be looked for."""

    @property
    def name(self) -> str:
        """Which model, with its revision."""
        ...

    def untunable(self) -> str | None:
        """None where its text tower can be differentiated through; else one line that says why not."""
        ...

    def word_vectors(self, words: Sequence[str]) -> Vectors:
        """(n, e) float32: what the text tower takes each word for, the mean of its tokens' embeddings."""
        ...

    def read(self, prompt: str, stars: "torch.Tensor") -> "torch.Tensor":
        """Texts that begin alike and end in a word of their own: (b, d) float32, L2-normalised, with gradients.

        Args:
            prompt: How they begin, such as "a fruit with the colour of".
            stars: (b, e) float32: the last word of each, as `word_vectors` gives it.

        Raises:
            tools.errors.RegroupError: The prompt is longer than the model reads.
        """
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """What a describer is asked about every image.

    Attributes:
        criterion: What it is about, in the user's words; None for a general description.
        slots: Names of the slots to fill, such as ("emotion",).
        values: For a slot the values to choose from; a slot that is not here is answered freely in a few words.
    """

    criterion: str | None
    slots: tuple[str, ...]
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Sixteen hex digits that are those of no other question: part of the key under which answers are kept."""
        asked = [self.criterion, self.slots, sorted((k, list(v)) for k, v in self.values.items())]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:16]


class Describer(Protocol):
    """A model that says in words what is in an image."""

    @property
    def name(self) -> str:
        """Which model, with its revision and prompt version: part of the cache key."""
        ...

    def describe(self, batch: Sequence[Pixels], question: Question) -> list[list[Slot]]:
        """For each of b images the slots that are visible in it; a slot that is not visible is left out.

        Raises:
            tools.errors.RegroupError: The model cannot be reached or does not answer. An error is never a description.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What a judge is shown of a group: its name, tags of it, and up to five exemplars."""

    name: str
    tags: tuple[str, ...] = ()
    exemplars: tuple[Pixels, ...] = ()


class Judge(Protocol):
    """A model that says whether an image belongs to a group."""

    @property
    def name(self) -> str:
        """Which model, with its revision and prompt version."""
        ...

    def belongs(self, image: Pixels, evidence: Evidence, criterion: str) -> float:
        """Probability in [0, 1]. Raises tools.errors.RegroupError where the model does not answer."""
        ...


class InterestEncoder(Protocol):
    """A model whose vectors depend on the criterion; LoRA can tune it."""

    @property
    def name(self) -> str:
        """Which model, with its revision and adapter: part of the cache key."""
        ...

    def encode(self, batch: Sequence[Pixels], criterion: str) -> Vectors:
        """(b, d) float32, L2-normalised."""
        ...


class Thinker(Protocol):
    """A language model that answers in JSON. It is given words, never an image."""

    @property
    def name(self) -> str:
        """Which model, for people."""
        ...

    def think(self, prompt: str, schema: Mapping[str, Any]) -> Any:
        """The parsed answer; whether it keeps to the schema is for the caller to see.

        Raises:
            tools.errors.RegroupError: The model does not answer, or not in JSON.
        """
        ...
