"""Asks the tier's describer about a collection, one criterion at a time, and keeps the answers."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from assistant.models import consent
from assistant.models.call_counting import CallCounting
from assistant.models.consent import Notes, Quote, Sending
from assistant.models.hosted_judge import HostedJudge
from assistant.models.tiers import HostedTier, HubTier, Tier, UsableTiers, find_tiers
from assistant.settings import Settings
from tools.describe import guided
from tools.describe.describe import GENERAL, Descriptions, GeneralDescriptions
from tools.errors import Cancelled, RegroupError, UsageError
from tools.models.ports import Encoder, Expert, Question, TextEncoder
from tools.progress import LastReport, Progress, silent
from tools.scan.collection import Collection
from tools.scan.prefetch import decoded

if TYPE_CHECKING:
    from assistant.workspace.cache import FindingsCache
    from tools.models.hub.clip_encoder import ClipEncoder
    from tools.models.ports import Decode

_DESCRIBED, _FAILED, _ASKED = "described", "failed", "asked"
_GENERAL = ""
"""The key of what failed under the general question, beside those of criteria, which are not empty."""

_CRITERIA_READY = 2
"""The most criteria whose descriptions with a describer's vectors are held in memory."""


class CollectionDescriber:
    """Asks the describers about one collection. Not thread-safe: the desk's lock is held.

    Args:
        settings: The settings, which choose the tier and the models.
        notes: The collection's shelf, or another place that keeps the consent, the answers' keys and the failures.
        cache: Returns the cache for answers; called when it is needed.
        texts: The encoder that turns words into vectors.
        counting: Counts the calls of describers.
    """

    def __init__(
        self,
        settings: Settings,
        notes: Notes,
        cache: "Callable[[], FindingsCache]",
        texts: TextEncoder,
        counting: CallCounting | None = None,
    ) -> None:
        self._counting = counting or CallCounting()
        self._settings, self._notes, self._cache, self._texts = settings, notes, cache, texts
        self._declined = self._judge_declined = False
        self._broken: dict[str, str] = {}  # tier to why it cannot be loaded
        self.judged: dict[str, float] = {}  # a judge's verdicts, by question
        self._silent: dict[str, str] = {}  # tier to what it saw nothing of, when it was asked last
        self._joined: dict[
            str, tuple[Descriptions, Descriptions]
        ] = {}  # criterion to without and with vectors

    @cached_property
    def _tiers(self) -> UsableTiers:
        return find_tiers(self._settings, self._notes)

    @property
    def lines(self) -> tuple[str, ...]:
        """Return a line for each reason why a tier that was set, or that is better, is not used, and which models are
        used instead."""
        used = f"{self.tier.model} looks" if self.tier else "the bundled models look"
        lacking = [*self._tiers.lines, *self._broken.values()]
        lines = [*(f"{line.rstrip('.')}; {used} instead" for line in lacking), *self._silent.values()]
        for tier in self._tiers.tiers:
            if isinstance(tier, HostedTier) and not tier.allowed:
                lines.append(f"{tier.model} is set up, and nothing is sent there before you allow it")
        if (judge := self._tiers.judge) is not None and not judge.allowed:
            lines.append(f"{judge.model} is set up to judge, and nothing is sent there before you allow it")
        return tuple(lines)

    @property
    def tier(self) -> Tier | None:
        """Return the tier in use; None for the bundled one."""
        return next(iter(self._usable()), None)

    @property
    def calls(self) -> int:
        """Return the number of model calls of this process."""
        return sum(tier.calls for tier in self._tiers.tiers)

    @property
    def cost(self) -> float | None:
        """Return the US dollars that this process has spent; None where that is not known."""
        costs = [tier.cost for tier in self._tiers.tiers]
        if self._tiers.judge is not None:
            costs.append(self._tiers.judge.cost)
        return None if None in costs else sum(cost or 0.0 for cost in costs)

    @property
    def asks(self) -> bool:
        """Return whether there is a model that describes."""
        return any(isinstance(tier, HostedTier) or tier.describes for tier in self._tiers.tiers)

    def usage(self) -> dict[str, str | float | None] | None:
        """Return the requests to a host so far: `model`, `cost` in US dollars or None, `meter` in words; else None."""
        hosted = self._hosted
        if hosted is None or not hosted.calls:
            return None
        return {"model": hosted.model, "cost": hosted.cost, "meter": hosted.client.meter.line(hosted.price)}

    def experts(self) -> list[Expert]:
        """Return the encoder of the hub as an expert, where it is used."""
        return [
            expert for tier in self._tiers.tiers if isinstance(tier, HubTier) for expert in tier.experts()
        ]

    def encoder(self) -> Encoder | None:
        """Return the hub's encoder of images and texts into one space, or None. Raises RegroupError."""
        return self.tunable_encoder()

    def tunable_encoder(self) -> "ClipEncoder | None":
        """Return the hub's encoder as a model that can be tuned, or None. Raises RegroupError."""
        encodes = (tier for tier in self._tiers.tiers if isinstance(tier, HubTier) and tier.encodes)
        return next((tier.encoder for tier in encodes), None)

    def judge(self, images: int) -> HubTier | HostedJudge | None:
        """Return the holder of the judge that may be asked about a collection of this size; None where there is
        none. A judge at a host is one only where the user allows that pictures are sent there."""
        if (hosted := self._tiers.judge) is not None:
            if self._judge_declined or not hosted.allowed:
                return None
            hosted.covers(images)
            return hosted
        return next((t for t in self._usable() if isinstance(t, HubTier) and t.judges), None)

    @property
    def judge_name(self) -> str | None:
        """Return the name of the judge for people, also of one that the user may allow yet; None where there is
        none."""
        if self._tiers.judge is not None:
            return None if self._judge_declined else self._tiers.judge.judge_by
        return next((t.judge_by for t in self._usable() if isinstance(t, HubTier) and t.judges), None)

    @property
    def describer(self) -> Tier | None:
        """Return the best tier that describes, also a host that the user may allow yet; None where there is none."""
        for tier in self._tiers.tiers:
            declined = self._declined if isinstance(tier, HostedTier) else not tier.describes
            if not declined and tier.name not in self._broken:
                return tier
        return None

    @property
    def usable(self) -> tuple[Tier, ...]:
        """Return the tiers that may be used now, the best first."""
        return tuple(self._usable())

    def judge_quote(self, collection: Collection, calls: int) -> Quote | None:
        """Return a quote for a number of questions to a judge at a host; None where nothing would be sent."""
        hosted = self._tiers.judge
        if hosted is None or self._judge_declined or not calls:
            return None
        try:
            estimate, sending = hosted.quote(
                collection.ids, calls, self._settings.exemplars, _decode(collection, hosted.side)
            )
        except UsageError:  # none can be decoded
            return None
        return Quote(estimate, sending, consent.needed(self._notes, sending))

    def multimodal(self) -> HubTier | None:
        """Return the tier with a multimodal model on this machine, which describes and can be tuned; or None."""
        return next((t for t in self._usable() if isinstance(t, HubTier) and t.describes), None)

    def pinned(self) -> dict[str, str]:
        """Return the models in use by what they do, "describer", "encoder" and "judge", each with its revision; the
        best tier's where several have one."""
        found: dict[str, str] = {}
        for tier in reversed(self._usable()):
            found |= tier.pinned
        return found

    # Consent

    def quote(
        self, criterion: str, collection: Collection, values: Sequence[str] = (), again: bool = False
    ) -> Quote | None:
        """Return a quote for what grouping by a criterion would send to a host.

        It is None where no host is set up, all answers are kept already, or the other images cannot be decoded.
        """
        hosted = self._hosted
        if hosted is None or self._declined:
            return None
        question = guided.question_about(criterion, values)
        missing = self._missing(hosted, criterion, hosted.key(question), collection.ids, again)
        if not missing:
            return None
        try:
            estimate, sending = hosted.quote(
                question, len(collection), missing, _decode(collection, hosted.side)
            )
        except UsageError:  # what is left cannot be decoded: a pile of its own, no reason to end here
            return None
        return Quote(estimate, sending, consent.needed(self._notes, sending))

    def allow(self, sending: Sending) -> None:
        """Note that the user has seen what is sent where, and agreed."""
        consent.give(self._notes, sending)
        if (judge := self._tiers.judge) is not None and judge.chat.origin == sending.origin:
            self._judge_declined = False
        if (hosted := self._hosted) is not None and hosted.chat.origin == sending.origin:
            self._declined = False

    def decline(self, judging: bool = False) -> None:
        """Note that the user refused: until this process ends, nothing is sent and the next tier is used, or no judge
        is asked."""
        if judging:
            self._judge_declined = True
        else:
            self._declined = True

    def withdraw(self) -> None:
        """Withdraw the consent for this collection, and send nothing."""
        consent.withdraw(self._notes)
        self._declined = self._judge_declined = True

    # Asking

    def ask(
        self,
        criterion: str,
        collection: Collection,
        values: Sequence[str] = (),
        again: bool = False,
        progress: Progress = silent,
    ) -> None:
        """Have the best usable tier describe those images of the collection that have no answer for a criterion yet.

        Raises:
            UsageError: The user set the hosted tier, and it cannot be used or was not allowed.
            RegroupError: The model or the host failed; what was answered before is kept.
        """
        self._must_be_here()
        question = guided.question_about(criterion, values)
        for tier in self._describers(criterion, collection, values, again):
            try:
                key = tier.key(question)
            except RegroupError as error:
                self._broken[tier.name] = str(error)
                continue
            images = self._unfailed(criterion, key, collection.ids, again)
            # Without consent there may still be images that nobody asks about: those that cannot be decoded.
            may = not isinstance(tier, HostedTier) or tier.allowed
            if may and self._cache().missing(key, images):
                self._describe(tier, question, criterion, collection, images, again, progress)
            if not any(self._cache().slots(key, images)) and not self._failures(criterion, key):
                # A model too small for the question says nothing of any image: others may see it.
                self._silent[tier.name] = f"{tier.by} sees nothing of {question.criterion} in these pictures"
                continue
            self._silent.pop(tier.name, None)
            self._keep(
                _DESCRIBED,
                criterion,
                {
                    "criterion": question.criterion,
                    "key": key,
                    "by": tier.by,
                    "tier": tier.name,
                    "free": not values,
                }
                | self._embedded(tier, criterion, collection, images, progress),
            )
            return

    def describe_in_general(
        self, collection: Collection, images: Sequence[str], progress: Progress = silent
    ) -> GeneralDescriptions | None:
        """Have the best usable tier describe images in general, as far as it has not yet.

        Nobody is asked for consent here: a host gets pictures only where the user allowed that before. None where no
        tier describes.

        Raises:
            RegroupError: The model or the host failed; what was answered before is kept.
        """
        for tier in self._usable():
            if not (isinstance(tier, HostedTier) or tier.describes):
                continue
            try:
                key = tier.key(GENERAL)
            except RegroupError as error:
                self._broken[tier.name] = str(error)
                continue
            wanted = self._unfailed(_GENERAL, key, images, again=False)
            if self._cache().missing(key, wanted):
                self._describe(tier, GENERAL, _GENERAL, collection, wanted, False, progress)
            said = zip(images, self._cache().slots(key, images), strict=True)
            return GeneralDescriptions(tier.by, {image: slots for image, slots in said if slots})
        return None

    def _embedded(
        self, tier: Tier, criterion: str, collection: Collection, images: Sequence[str], progress: Progress
    ) -> dict[str, str]:
        """Compute a local model's vectors for a criterion, and return the cache keys under which they are kept.

        A host gives no vectors. Where the model fails, its words have to suffice.
        """
        if not isinstance(tier, HubTier):
            return {}
        question_text = guided.question_about(criterion).slots[0]
        try:
            key = tier.interest_key(question_text)
            asked = self._noted(_ASKED).get(guided.criterion_key(criterion), {})
            self._keep(_ASKED, criterion, asked | {"by": tier.by, "interest": key})
            missing = len(self._cache().missing(key, images))
            with self._counting.of(tier, missing, progress) as reports:
                decode = _decode(collection, tier.side, reports)
                return {"interest": tier.embed(question_text, images, decode, self._cache(), reports)}
        except Cancelled:
            raise
        except RegroupError as error:
            self._silent[tier.name] = f"{tier.by} gives no vectors for {question_text}: {error}"
            return {}

    def tier_of(self, criterion: str) -> str:
        """Return the tier whose answers a grouping by this criterion is made from."""
        about = self._noted(_DESCRIBED).get(guided.criterion_key(criterion))
        return str(about.get("tier")) if about and self._settings.tier != "bundled" else "bundled"

    def calls_for(self, criterion: str, images: Sequence[str]) -> int:
        """Return how many calls of the best describer it takes until all of these images are described for a
        criterion: one for the words, and with a model of this machine one for the vectors. Nothing is loaded."""
        tier = self.describer
        if isinstance(tier, HostedTier):
            key = tier.key(guided.question_about(criterion))
            return len(self._missing(tier, criterion, key, images, again=False))
        if tier is None:
            return 0
        asked = self._noted(_ASKED).get(guided.criterion_key(criterion), {})
        keys = [asked.get(key) if asked.get("by") == tier.by else None for key in ("key", "interest")]
        return sum(len(self._cache().missing(key, images) if key else images) for key in keys)

    def answered(self, criterion: str, images: Sequence[str]) -> int:
        """Return the number of these images of which a describer has said something under this criterion."""
        about = self._noted(_DESCRIBED).get(guided.criterion_key(criterion))
        if not about or self._settings.tier == "bundled":
            return 0
        return sum(bool(slots) for slots in self._cache().slots(str(about.get("key")), images))

    def joined(self, descriptions: Descriptions) -> Descriptions:
        """Return the descriptions with all answers of describers about the collection so far."""
        if self._settings.tier == "bundled":
            return descriptions
        for entry in self._noted(_DESCRIBED).values():
            try:
                criterion, key, by = str(entry["criterion"]), str(entry["key"]), str(entry["by"])
            except (KeyError, TypeError):
                continue
            slots = self._cache().slots(key, descriptions.images)
            answers = dict(zip(descriptions.images, slots, strict=True))
            free = entry.get("free") is True
            descriptions = guided.with_answers(descriptions, criterion, by, answers, self._texts, free)
        return descriptions

    def interested(self, criterion: str, descriptions: Descriptions) -> Descriptions:
        """Return the descriptions with what a model of this machine is about to say of each image, for a grouping by
        this criterion: no other sees these vectors. The same descriptions give the same object."""
        about = guided.criterion_key(criterion)
        key = self._noted(_DESCRIBED).get(about, {}).get("interest")
        if not isinstance(key, str) or self._settings.tier == "bundled":
            return descriptions
        without, with_vectors = self._joined.pop(about, (None, descriptions))
        if without is not descriptions:
            from tools.models.hub.vlm_over_collection import INTEREST

            vectors = self._cache().view(key, INTEREST, descriptions.images)
            with_vectors = guided.with_interest(descriptions, criterion, vectors)
        self._joined[about] = descriptions, with_vectors
        while len(self._joined) > _CRITERIA_READY:
            del self._joined[next(iter(self._joined))]
        return with_vectors

    def failures(self, criterion: str) -> dict[str, str]:
        """Map the id of an image to why there is no usable answer about this criterion, as of the last time it was
        asked about."""
        about = self._noted(_DESCRIBED).get(guided.criterion_key(criterion))
        return self._failures(criterion, about["key"]) if about and self._settings.tier != "bundled" else {}

    # Within

    @property
    def _hosted(self) -> HostedTier | None:
        return next((tier for tier in self._tiers.tiers if isinstance(tier, HostedTier)), None)

    def _must_be_here(self) -> None:
        if self._settings.tier == "hosted" and self._hosted is None:
            raise UsageError(next(iter(self._tiers.lines), "the hosted tier cannot be used here"))

    def _usable(self) -> list[Tier]:
        """Return the tiers that may be used now."""
        return [
            tier
            for tier in self._tiers.tiers
            if tier.name not in self._broken
            and not (isinstance(tier, HostedTier) and (self._declined or not tier.allowed))
        ]

    def _describers(
        self, criterion: str, collection: Collection, values: Sequence[str], again: bool
    ) -> list[Tier]:
        """Return the tiers that describe, best first, without a host that lacks the user's consent."""
        quote = self.quote(criterion, collection, values, again)
        if quote is not None and quote.needed and self._settings.tier == "hosted":
            consent.require(self._notes, quote.sending)
        refused = self._declined or (quote is not None and quote.needed)
        return [
            tier
            for tier in self._tiers.tiers
            if (
                not refused
                if isinstance(tier, HostedTier)
                else tier.describes and tier.name not in self._broken
            )
        ]

    def _describe(
        self,
        tier: Tier,
        question: Question,
        criterion: str,
        collection: Collection,
        images: Sequence[str],
        again: bool,
        progress: Progress,
    ) -> None:
        """Ask one tier, and keep which images failed, however the run ends."""
        key, cache = tier.key(question), self._cache()
        failed = self._failures(criterion, key)

        def keep() -> None:
            self._keep(_FAILED, criterion, {"key": key, "images": failed})

        def fail(image: str, reason: str) -> None:
            # Kept at once: whatever ends the run, nobody pays twice for a request without a usable answer.
            failed[image] = reason
            keep()

        self._keep(_ASKED, criterion, {"by": tier.by, "key": key})
        try:
            with self._counting.of(tier, len(cache.missing(key, images)), progress) as reports:
                decode = _decode(collection, tier.side, reports)
                ran = tier.describe(question, images, decode, cache, reports, len(collection), fail)
            failed = ran.failures if again else failed | ran.failures
        finally:
            missing = set(cache.missing(key, list(failed)))
            failed = {image: reason for image, reason in failed.items() if image in missing}
            keep()

    def _missing(self, tier: Tier, criterion: str, key: str, images: Sequence[str], again: bool) -> list[str]:
        return self._cache().missing(key, self._unfailed(criterion, key, images, again))

    def _unfailed(self, criterion: str, key: str, images: Sequence[str], again: bool) -> list[str]:
        """Return the images to ask about: those that failed before only with `again`."""
        failed = {} if again else self._failures(criterion, key)
        return [image for image in images if image not in failed]

    def _failures(self, criterion: str, key: str) -> dict[str, str]:
        about = self._noted(_FAILED).get(guided.criterion_key(criterion), {})
        found = about.get("images") if about.get("key") == key else None
        return dict(found) if isinstance(found, dict) else {}

    def _noted(self, key: str) -> dict[str, dict[str, Any]]:
        notes = self._notes.noted(key, {})
        return {k: v for k, v in notes.items() if isinstance(v, dict)} if isinstance(notes, dict) else {}

    def _keep(self, key: str, criterion: str, about: dict[str, Any]) -> None:
        if self._noted(key).get(guided.criterion_key(criterion)) != about:
            self._notes.note(key, self._noted(key) | {guided.criterion_key(criterion): about})


def _decode(collection: Collection, side: int, reports: LastReport | None = None) -> "Decode":
    waiting = reports.again if reports else lambda: None
    return lambda ids: decoded(collection, ids, side=max(side, 32), waiting=waiting)
