"""Gives the tiers their models to look at the pictures: the best that are already here, or those that the user set.

Finding them loads nothing large, fetches nothing and sends nothing.
"""

import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from assistant.models import consent
from assistant.models.consent import Notes, Sending
from assistant.models.hosted_judge import HostedJudge
from assistant.models.providers import OWN_KEY, hosted_name, is_hosted
from tools.describe.judging import MOST_EXEMPLARS
from tools.errors import RegroupError
from tools.models.ports import Expert, Question
from tools.names import visible
from tools.progress import Progress

if TYPE_CHECKING:
    from assistant.settings import Settings
    from assistant.workspace.cache import FindingsCache
    from tools.models.hosted.cost_estimate import Estimate
    from tools.models.hub.clip_encoder import ClipEncoder
    from tools.models.hub.download import Hub
    from tools.models.hub.vlm_describer import VlmDescriber
    from tools.models.hub.vlm_interest_encoder import VlmInterestEncoder
    from tools.models.hub.vlm_judge import VlmJudge
    from tools.models.ports import Decode

NO_JUDGE = "none"
"""The name of a judge that stands for none at all."""
_PROBE_SECONDS = 1.0
"""The seconds in which a server on this machine must accept a connection, or it counts as not running."""


@dataclass(frozen=True, slots=True)
class AskedImages:
    """Tells what came of asking about many images.

    Attributes:
        failures: Each image without a usable answer, with the reason.
    """

    failures: dict[str, str]


class HostedTier:
    """Asks a chat model with image input, at a provider or on a server that was named.

    Attributes:
        by: The model, for people.
        model: The model and where it is, for people.
        calls: The number of requests that were sent.
    """

    name = "hosted"

    def __init__(self, settings: "Settings", notes: Notes) -> None:
        from assistant.models.chat_model import chat_model
        from tools.models.hosted import prices
        from tools.models.hosted.chat_client import ChatClient
        from tools.models.hosted.chat_describer import ChatDescriber
        from tools.models.hosted.jpeg import SIDE
        from tools.models.hosted.request_policy import RequestPolicy

        named, address = hosted_name(settings.describer or "", settings.base_url, "describer")
        # A server that was named by its address gets no provider's key, which would be for another host.
        key = None if address is None else os.environ.get(OWN_KEY, "")
        self.chat = chat_model(named, address=address, key=key, offline=settings.offline)
        self._notes = notes
        self._sending: Sending | None = None
        self.client = ChatClient(
            self.chat, permit=self._permit, policy=RequestPolicy(concurrency=settings.concurrency)
        )
        self.describer = ChatDescriber(self.client, settings.side or SIDE)
        self.side = self.describer.side
        self.by = visible(self.chat.model)
        self.model = f"{self.by} at {self.chat.host}"
        self.prices = prices.read()
        self.price = self.prices.find(self.chat.host, self.chat.model, self.chat.local)

    @property
    def pinned(self) -> dict[str, str]:
        """Return the model by what it does, "describer"; which revision of it a host runs is the host's to know."""
        return {"describer": self.model}

    @property
    def calls(self) -> int:
        """Return the number of requests that were sent."""
        return self.client.meter.requests

    @property
    def cost(self) -> float | None:
        """Return the cost of all answers in US dollars; None where the price or the tokens are not known."""
        return self.client.meter.cost(self.price) if self.calls else 0.0

    @property
    def allowed(self) -> bool:
        """Return whether the user has allowed any image of this collection to go there, or need not be asked."""
        return not consent.needed(self._notes, self._to_send(1, 0))

    def key(self, question: Question) -> str:
        """Return the cache key of the answers to a question."""
        return self.describer.key(question)

    def quote(
        self, question: Question, images: int, missing: Sequence[str], decode: "Decode"
    ) -> "tuple[Estimate, Sending]":
        """Return the estimate for the `missing` ones of `images`, and the object of the consent for all of them."""
        from tools.models.hosted.cost_estimate import estimate

        estimated = estimate(self.describer, question, missing, decode, self.prices)
        each = estimated.bytes / len(missing) if missing else 0
        return estimated, self._to_send(images, round(each * images))

    def describe(
        self,
        question: Question,
        images: Sequence[str],
        decode: "Decode",
        cache: "FindingsCache",
        progress: Progress,
        total: int,
        failed: Callable[[str, str], None],
    ) -> AskedImages:
        """Ask about those of the images for which no answer is kept.

        `failed` is called with an image and the reason as soon as the host replied without a usable answer.

        Raises:
            UsageError: The user did not allow it for a collection of `total` images.
            RegroupError: The host takes no request, or failed for many images in a row.
        """
        from tools.models.hosted.chat_over_collection import describe_all

        self._sending = self._to_send(total, 0)
        self._answering()
        ran = describe_all(self.describer, question, images, decode, cache, progress=progress, failed=failed)
        return AskedImages(ran.failures)

    def missing(self) -> str | None:
        """Return an error line where a server on this machine does not answer; no other host is asked."""
        try:
            self._answering()
        except RegroupError as error:
            return str(error)
        return None

    def _answering(self) -> None:
        if not self.chat.local:
            return
        parts = urlsplit(self.chat.origin)
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        try:
            socket.create_connection((parts.hostname or "", port), _PROBE_SECONDS).close()
        except OSError:
            raise RegroupError(
                f"no server answers at {self.chat.host}; start it, or set base_url to where it is"
            ) from None

    def _permit(self) -> None:
        consent.require(self._notes, self._sending or self._to_send(1, 0))

    def _to_send(self, images: int, size: int) -> Sending:
        return Sending(self.chat.origin, self.chat.host, self.by, images, size, self.chat.local)


class HubTier:
    """Runs models of the hub that are on this machine: one that describes, that encodes, that judges, or several.

    Attributes:
        model: The name of the describer, or else of the encoder or the judge, for people.
        by: The same name.
        calls: The number of images that the model was shown, to describe them or to embed them for a criterion.
    """

    name = "hub"
    cost = 0.0
    local = True

    def __init__(
        self,
        hub: "Hub",
        describer: str | None,
        encoder: str | None,
        side: int | None,
        judge: str | None = None,
        exemplars: int = MOST_EXEMPLARS,
    ) -> None:
        from tools.models.hub.vision_language_model import SIDE

        self._exemplars = exemplars
        self._hub, self._describer, self._encoder, self._judge = hub, describer, encoder, judge
        self.side = side or SIDE
        self.by = self.model = visible(Path(describer or encoder or judge or "").name)
        self.calls = 0

    @property
    def describes(self) -> bool:
        """Return whether there is a model that describes."""
        return self._describer is not None

    @property
    def encodes(self) -> bool:
        """Return whether there is a model that encodes."""
        return self._encoder is not None

    @property
    def judges(self) -> bool:
        """Return whether there is a model that judges."""
        return self._judge is not None

    @property
    def judge_by(self) -> str:
        """Return the name of the judge, for people; "" where there is none."""
        return visible(Path(self._judge).name) if self._judge is not None else ""

    @property
    def pinned(self) -> dict[str, str]:
        """Return the models by what they do, "describer", "encoder" and "judge", each with its revision."""
        from tools.models.hub.catalogue import versioned_name

        named = {"describer": self._describer, "encoder": self._encoder, "judge": self._judge}
        return {
            work: versioned_name(name, self._hub.require(name))
            for work, name in named.items()
            if name is not None
        }

    @cached_property
    def describer(self) -> "VlmDescriber":
        """Return the describer, loaded on first use. Raises RegroupError where it cannot be loaded."""
        from tools.models.hub.vision_language_model import VisionLanguageModel
        from tools.models.hub.vlm_describer import VlmDescriber

        return VlmDescriber(VisionLanguageModel(self._describer or "", self._hub, side=self.side))

    @cached_property
    def judge(self) -> "VlmJudge":
        """Return the judge, which sees an image and exemplars of a group, and reads about it; loaded on first use."""
        from tools.models.hub.vision_language_model import VisionLanguageModel
        from tools.models.hub.vlm_judge import VlmJudge

        shared = self._judge in (None, self._describer)
        model = (
            self.describer.model
            if shared
            else VisionLanguageModel(self._judge or "", self._hub, side=self.side)
        )
        return VlmJudge(model, exemplars=self._exemplars)

    def key(self, question: Question) -> str:
        """Return the cache key of the answers to a question. Loads the model; raises RegroupError where it cannot."""
        from tools.models.hub.vlm_over_collection import key

        return key(self.describer, question)

    def describe(
        self,
        question: Question,
        images: Sequence[str],
        decode: "Decode",
        cache: "FindingsCache",
        progress: Progress,
        total: int,
        failed: Callable[[str, str], None],
    ) -> AskedImages:
        """Ask about those of the images for which no answer is kept. Raises RegroupError where the model fails.

        `failed` is not called, as asking again is free.
        """
        from tools.models.hub.vlm_over_collection import RunResult, describe_all

        ran = RunResult()
        try:
            describe_all(self.describer, question, images, decode, cache, progress=progress, result=ran)
        finally:  # what was done before it was stopped counts
            self.calls += ran.calls
        return AskedImages(ran.failures)

    @cached_property
    def interest(self) -> "VlmInterestEncoder":
        """Return the describer as an encoder that depends on the criterion: it takes the last layer's state of the last
        token before a one-word answer (`tools.models.hub.vlm_interest_encoder`)."""
        from tools.models.hub.vlm_interest_encoder import VlmInterestEncoder

        return VlmInterestEncoder(self.describer.model)

    def embed(
        self,
        criterion: str,
        images: Sequence[str],
        decode: "Decode",
        cache: "FindingsCache",
        progress: Progress,
    ) -> str:
        """Embed those of the images for which no vector for a criterion is kept.

        Returns:
            The cache key of the vectors.

        Raises:
            RegroupError: The model fails on many images in a row; the vectors of those before are kept.
        """
        from tools.models.hub.vlm_over_collection import RunResult, embed_all

        ran = RunResult()
        try:
            embed_all(self.interest, criterion, images, decode, cache, progress=progress, result=ran)
        finally:
            self.calls += ran.calls
        return self.interest_key(criterion)

    def interest_key(self, criterion: str) -> str:
        """Return the cache key of the vectors for a criterion. Loads the model; raises RegroupError where it
        cannot."""
        from tools.models.hub.vlm_over_collection import interest_key

        return interest_key(self.interest, criterion)

    def experts(self) -> list[Expert]:
        """Return the encoder as an expert, where there is one."""
        if self._encoder is None:
            return []
        from tools.models.hub.catalogue import versioned_name
        from tools.models.hub.device import choose
        from tools.models.hub.encoder_expert import EncoderExpert

        name = self._encoder
        version = f"{versioned_name(name, self._hub.require(name))}/{choose().dtype}"
        return [EncoderExpert(version, lambda: self.encoder, name)]

    @cached_property
    def encoder(self) -> "ClipEncoder":
        """Return the encoder, loaded on first use. Raises RegroupError where it cannot be loaded."""
        from tools.models.hub.clip_encoder import ClipEncoder

        return ClipEncoder(self._encoder or "", self._hub)


Tier = HostedTier | HubTier


@dataclass(frozen=True, slots=True)
class UsableTiers:
    """Finds the tiers that can be used besides the bundled one.

    Attributes:
        tiers: The usable tiers, the best first.
        lines: Why tiers that the user set, or that lack only a consent, cannot be used, a line each.
        judge: The judge at a host, where one is set.
    """

    tiers: tuple[Tier, ...] = ()
    lines: tuple[str, ...] = ()
    judge: HostedJudge | None = None


def find_tiers(settings: "Settings", notes: Notes) -> UsableTiers:
    """Find the tiers that the settings allow and that are here. It raises nothing for those that are not."""
    tiers: list[Tier] = []
    lines: list[str] = []
    set_up = is_hosted(settings.describer) or settings.base_url is not None
    if settings.tier == "hosted" or (settings.tier == "auto" and set_up):
        _try(lambda: tiers.append(_hosted(settings, notes)), lines)
    if settings.tier in ("auto", "hub"):
        _try(lambda: tiers.extend(_of_hub(settings, lines)), lines)
    judges: list[HostedJudge] = []
    if is_hosted(settings.judge) and settings.tier != "bundled":
        _try(lambda: judges.append(HostedJudge(settings, notes)), lines)
    return UsableTiers(tuple(tiers), tuple(lines), next(iter(judges), None))


def hub(settings: "Settings") -> "Hub":
    """Return the Hugging Face hub, set up by the settings and its own environment variables."""
    from tools.models.hub.download import Hub

    return Hub(hub_root(), True if settings.offline else None, os.environ.get("HF_ENDPOINT") or None)


def hub_root() -> Path:
    """Return the folder in which the hub's own programs keep its models."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    home = Path(os.environ.get("HF_HOME") or cache / "huggingface").expanduser()
    return Path(os.environ.get("HF_HUB_CACHE") or home / "hub").expanduser()


def _hosted(settings: "Settings", notes: Notes) -> HostedTier:
    tier = HostedTier(settings, notes)
    if line := tier.missing():
        raise RegroupError(line)
    return tier


def _of_hub(settings: "Settings", lines: list[str]) -> list[HubTier]:
    named = None if is_hosted(settings.describer) else settings.describer
    describer = _here(settings, named, "image-text", lines)
    encoder = _here(settings, settings.encoder, "encoder", lines)
    if describer is None and named is None and settings.tier == "hub":
        lines.append("no model of the hub that describes pictures is here: regroup models fetch vlm-small")
    named = describer if settings.judge is None else settings.judge
    judge = (
        None if named in (None, NO_JUDGE) or is_hosted(named) else _here(settings, named, "image-text", lines)
    )
    if not (describer or encoder or judge):
        return []
    return [HubTier(hub(settings), describer, encoder, settings.side, judge, settings.exemplars)]


def _here(settings: "Settings", named: str | None, kind: str, lines: list[str]) -> str | None:
    """Return the name of the model that is named, or of the best of its kind in the catalogue, if it is here."""
    from tools.models.hub.catalogue import read_catalogue

    if named is not None:
        try:
            hub(settings).ready(named)
        except RegroupError as error:
            lines.append(str(error))
            return None
        return named
    root = hub_root()
    for entry in reversed(read_catalogue().values()):  # the better ones come last
        # A look at the folder first: the hub's library takes a while to load.
        if entry.kind == kind and (root / f"models--{entry.repository.replace('/', '--')}").is_dir():
            if hub(settings).path(entry.name) is None:  # fetched in part: as good as not here
                continue
            try:
                hub(settings).ready(entry.name)
            except RegroupError as error:
                lines.append(str(error))
                continue
            return entry.name
    return None


def _try(work: Callable[[], None], lines: list[str]) -> None:
    try:
        work()
    except RegroupError as error:
        lines.append(str(error))
