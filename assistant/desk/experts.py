"""Lets the experts describe the images. Slow experts sleep until a criterion needs what only they see."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from assistant.desk.core import Core
from assistant.desk.region_views import RegionViews
from tools.decode.blank import without_blank
from tools.decode.decode import is_temporary
from tools.describe.describe import Descriptions, key, look
from tools.describe.people import with_people
from tools.embed.route import lazy_expert, slots_here
from tools.errors import RegroupError
from tools.models.aligned_words import ENCODED, aligned_likeness
from tools.models.bundled import tier
from tools.models.ports import Decoded, Expert, Pixels, SlotSpec
from tools.models.weight_store import WeightStore
from tools.named_values import Absence, Likeness
from tools.progress import LastReport, Progress, silent
from tools.scan.collection import Collection
from tools.scan.identity import look_of
from tools.scan.prefetch import decoded

TIMED = 3
"""The pictures on which the pace of a slow expert is measured, besides a first one that loads its model."""


@dataclass(frozen=True, slots=True)
class SlowLook:
    """Says what a criterion costs that only a slow expert sees.

    Attributes:
        expert: The name of the expert.
        images: The number of images that it has not looked at.
        seconds: How long that takes here, by its pace on a few of these images.
    """

    expert: str
    images: int
    seconds: float


class Experts:
    """Looks at the collection once for each expert and image, and keeps the findings in the workspace's cache.

    Attributes:
        awake: The experts that look at every collection, and the slow ones that were needed.
        asleep: The slow experts that have not been needed.
        store: The store of the weights of small models.
    """

    def __init__(self, core: Core, store: WeightStore, regions: RegionViews) -> None:
        self._core, self._regions, self.store = core, regions, store
        self.awake: list[Expert] = [*tier.experts(store)]
        self.asleep: list[Expert] = [*tier.slow_experts()]
        self._seen: Descriptions | None = None  # by the experts
        self._described: Descriptions | None = None  # by the experts and the describers
        self._beside: tuple[frozenset[str], Descriptions] | None = None  # with images of another folder

    @property
    def looked(self) -> bool:
        """Return whether the images were looked at since the desk was opened, so that `look` returns at once."""
        return self._described is not None

    @property
    def missing(self) -> tuple[str, ...]:
        """Return a line for each expert that cannot run; empty before the first look."""
        return self._described.missing if self._described else ()

    def unlooked(self) -> int:
        """Return how many looks of experts at images are not kept yet, one for each of both."""
        if self.looked:
            return 0
        cache, images = self._core.workspace.cache, self._core.collection.ids
        available = [expert for expert in self.awake if expert.missing() is None]
        return sum(len(cache.missing(key(expert), images)) for expert in available)

    def specs(self) -> Iterator[SlotSpec]:
        """Yield the slots that the experts have words for, also those of sleeping experts."""
        for expert in (*self.awake, *self.asleep):
            yield from expert.specs

    def look(self, progress: Progress = silent) -> Descriptions:
        """Return the descriptions of the collection by the awake experts, with all answers of describers so far.

        Images that do not decode leave the collection and are noted as unreadable.

        Raises:
            tools.errors.RegroupError: An expert failed. Earlier findings are kept.
        """
        core = self._core
        with core.lock:
            if self._seen is None:
                self._wake_those_that_looked()
                self.store.tell = progress  # small models may be fetched now
                try:
                    seen = self._look_with([*self.awake, *core.describing.experts()], progress)
                    signs = tier.person_signs(seen.views)
                    self._seen = seen if signs is None else with_people(seen, signs(seen.view))
                finally:
                    self.store.tell = silent  # cancelling this work must not stop a later fetch
                core.collection = core.collection.without(self._seen.unreadable)
            if self._described is None:
                self._described = core.describing.joined(self._seen)
            return self._described

    def look_for(self, criterion: str, progress: Progress = silent) -> Descriptions:
        """Return the descriptions for a criterion: also by the slow expert that it needs, with the regions that tell
        its groups apart, and with a describer's vectors for it. What the files say needs no look."""
        core = self._core
        with core.lock:
            if (told := core.metadata.joined(criterion, self._described, progress)) is not None:
                return told
            seen = core.describing.interested(criterion, self._look_with_sleeper(criterion, progress))
            return self._regions.joined(criterion, seen, core.collection, core.meter, progress)

    def slow_look(self, criterion: str, progress: Progress = silent) -> SlowLook | None:
        """Return what it costs to see a criterion, where a slow expert has to look at many images for it; else None.

        It looks at a few of them to be timed; what it finds is kept.
        """
        with self._core.lock:
            if self._core.metadata.sees(criterion, progress):
                return None
            expert = self._sleeper(criterion, self.look(progress))
            if expert is None or expert.missing() is not None:
                return None
            cache, collection = self._core.workspace.cache, self._core.collection
            left = cache.missing(key(expert), collection.ids)
            if len(left) <= TIMED + 1:
                return None
            sample = left[:: max(len(left) // (TIMED + 1), 1)][: TIMED + 1]

            def look_at(images: Sequence[str]) -> None:
                reports = LastReport(progress)
                pictures = partial(self._decoded, collection, reports=reports)
                look(images, pictures, [expert], cache, meter=self._core.meter, progress=reports)

            look_at(sample[:1])
            begun = time.monotonic()
            look_at(sample[1:])
            pace = (time.monotonic() - begun) / len(sample[1:])
            left = cache.missing(key(expert), collection.ids)
            return SlowLook(expert.name, len(left), len(left) * pace)

    def describe(
        self, criterion: str, values: Sequence[str], again: bool, progress: Progress
    ) -> Descriptions:
        """Ask the tier's describer about every image without an answer, then do the same as `look_for`.

        Args:
            criterion: The criterion in the user's words.
            values: The values that the describer chooses from; empty for its own words.
            again: Whether to ask again about images for which there was no usable answer.
            progress: Called during the work.

        Raises:
            tools.errors.UsageError: The hosted tier was set and the user did not allow it.
            tools.errors.RegroupError: The describer failed. Its earlier answers are kept.
        """
        with self._core.lock:
            if self._core.metadata.sees(criterion, progress):
                return self.look_for(criterion, progress)
            self.look(progress)
            self._core.describing.ask(criterion, self._core.collection, values, again, progress)
            self._described = None
            return self.look_for(criterion, progress)

    def likeness(self, descriptions: Descriptions) -> Likeness | None:
        """Return what says how well words fit these pictures: the encoder of the hub where it is used, else what the
        bundled tier has; None where nothing does."""
        encoder = self._core.describing.encoder() if ENCODED in descriptions.views else None
        if encoder is not None and encoder.aligned:
            return aligned_likeness(encoder)
        return tier.word_likeness(descriptions.views)

    def absence(self, descriptions: Descriptions) -> Absence | None:
        """Return what says of which words there is no sign in these pictures; None where nothing does."""
        return tier.word_absence(descriptions.views)

    def forget(self) -> None:
        """Look again at the next call, after files came or went. Findings in the cache are not computed again."""
        self._seen = self._described = self._beside = None

    def look_at_others(
        self, others: Collection, ids: Sequence[str], progress: Progress = silent
    ) -> tuple[str, ...]:
        """Look at images of another folder, and keep what is found in the same cache, in the same way.

        Args:
            others: The other collection.
            ids: Some of its images.
            progress: Called during the work.

        Returns:
            Those that could be seen.
        """
        with self._core.lock:
            reports = LastReport(progress)

            def pictures(wanted: Sequence[str]) -> Decoded:
                return without_blank(decoded(others, wanted, waiting=reports.again))

            self.look(progress)
            experts = [*self.awake, *self._core.describing.experts()]
            cache, meter = self._core.workspace.cache, self._core.meter
            return look(ids, pictures, experts, cache, meter=meter, progress=reports).images

    def look_beside(self, outside: frozenset[str], progress: Progress = silent) -> Descriptions:
        """Return the descriptions of the collection, followed by those of images of another folder.

        None of these is looked at: those of which nothing is kept any more are left out, and so is an expert that has
        looked at none of them. No describer's answers are among the descriptions.
        """
        with self._core.lock:
            self.look(progress)
            assert self._seen is not None
            here = set(self._core.collection.ids)
            away = tuple(sorted(outside - here))
            if not away:
                return self._seen
            if self._beside is None or self._beside[0] != outside:
                cache = self._core.workspace.cache
                experts = [
                    expert
                    for expert in (*self.awake, *self._core.describing.experts())
                    if expert.missing() is None and len(cache.missing(key(expert), away)) < len(away)
                ]
                gone = {image for expert in experts for image in cache.missing(key(expert), away)}
                ids = (*self._core.collection.ids, *(image for image in away if image not in gone))
                reports = LastReport(progress)
                pictures = partial(self._decoded, self._core.collection, reports=reports)
                self._beside = (
                    outside,
                    look(ids, pictures, experts, cache, meter=self._core.meter, progress=reports),
                )
            return self._beside[1]

    def _look_with(self, experts: Sequence[Expert], progress: Progress) -> Descriptions:
        """Return the descriptions by these experts. One with damaged weights is left out and named in `missing`."""
        collection, reports = self._core.collection, LastReport(progress)
        lacking = _lacking(experts)
        looks: dict[str, bytes] = {}
        try:
            return look(
                collection.ids,
                lambda ids: _with_looks(self._decoded(collection, ids, reports), looks),
                experts,
                self._core.workspace.cache,
                meter=self._core.meter,
                progress=reports,
            )
        except RegroupError:
            if _lacking(experts) == lacking:
                raise
            return self._look_with(experts, progress)
        finally:
            if self._core.shelf.exclusive:
                self._core.shelf.pictures.keep_looks(looks)

    def _decoded(self, collection: Collection, ids: Sequence[str], reports: LastReport) -> Decoded:
        """Decode images, and note at once which do not decode: each may have cost seconds, and the rest be stopped."""
        for image, pixels, reason in without_blank(decoded(collection, ids, waiting=reports.again)):
            if pixels is None and not is_temporary(reason):
                self._core.shelf.mark_unreadable(image, reason)
            yield image, pixels, reason
            del pixels

    def _look_with_sleeper(self, criterion: str, progress: Progress) -> Descriptions:
        """Return the descriptions after waking the slow expert that a criterion needs, if there is one."""
        descriptions = self.look(progress)
        expert = self._sleeper(criterion, descriptions)
        if expert is None:
            return descriptions
        self._wake(expert)
        try:
            return self.look(progress)
        except BaseException:  # stopped or failed: it must not slow down the next request
            self.awake.remove(expert)
            self.asleep.append(expert)
            raise

    def _sleeper(self, criterion: str, descriptions: Descriptions) -> Expert | None:
        """Return the sleeping expert that a criterion needs; None where those that are awake see it."""
        heard = [*slots_here(descriptions), *(spec for spec, _ in descriptions.absent)]
        return lazy_expert(criterion, heard, self.asleep, self._core.texts)

    def _wake_those_that_looked(self) -> None:
        """Wake the slow experts that have already looked at most images, as they cost hardly anything now."""
        cache, images = self._core.workspace.cache, self._core.collection.ids
        for expert in [*self.asleep]:
            if expert.missing() is None and 2 * len(cache.missing(key(expert), images)) < len(images):
                self._wake(expert)

    def _wake(self, expert: Expert) -> None:
        self.asleep.remove(expert)
        self.awake.append(expert)
        self.forget()


def _with_looks(pictures: Decoded, looks: dict[str, bytes]) -> Iterator[tuple[str, Pixels | None, str]]:
    """Yield decoded pictures, and add a small one of each to `looks`, by which it is known when it is rewritten."""
    for image, pixels, reason in pictures:
        if pixels is not None:
            looks[image] = look_of(pixels)
        yield image, pixels, reason


def _lacking(experts: Sequence[Expert]) -> set[str]:
    """Return the names of the experts that cannot run."""
    return {expert.name for expert in experts if expert.missing()}
