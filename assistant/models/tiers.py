"""Which models look at the pictures: the best whose weights or server are here already, or those that the user set.

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
from assistant.models.providers import OWN_KEY, PROVIDERS
from tools.errors import RegroupError, UsageError
from tools.models.ports import Expert, Question
from tools.names import visible
from tools.progress import Progress

if TYPE_CHECKING:
    from assistant.settings import Settings
    from assistant.workspace.cache import FindingsCache
    from tools.models.hosted.estimate import Estimate
    from tools.models.hosted.gather import Decode
    from tools.models.hub.clip import ClipEncoder
    from tools.models.hub.describer import HubDescriber
    from tools.models.hub.download import Hub
    from tools.models.hub.interest import HubInterestEncoder
    from tools.models.hub.judge import HubJudge

_PROBE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of asking about many images: for those without a usable answer the reason."""

    failures: dict[str, str]


class Hosted:
    """A chat model with image input, at a provider or on a server that was named.

    Attributes:
        by: The model, for people.
        model: The model and where it is, for people.
        calls: Requests that were sent.
    """

    name = "hosted"

    def __init__(self, settings: "Settings", notes: Notes) -> None:
        from assistant.models.chat_model import chat_model
        from tools.models.hosted import prices
        from tools.models.hosted.backoff import Patience
        from tools.models.hosted.client import Client
        from tools.models.hosted.describer import HostedDescriber
        from tools.models.hosted.images import SIDE

        named, address = _named(settings)
        # A server that was named by its address gets no key of a provider's: that would be for somebody else.
        key = None if address is None else os.environ.get(OWN_KEY, "")
        self.chat = chat_model(named, address=address, key=key, offline=settings.offline)
        self._notes = notes
        self._sending: Sending | None = None
        self.client = Client(
            self.chat, permit=self._permit, patience=Patience(concurrency=settings.concurrency)
        )
        self.describer = HostedDescriber(self.client, settings.side or SIDE)
        self.side = self.describer.side
        self.by = visible(self.chat.model)
        self.model = f"{self.by} at {self.chat.host}"
        self.prices = prices.read()
        self.price = self.prices.find(self.chat.host, self.chat.model, self.chat.local)

    @property
    def calls(self) -> int:
        """Requests that were sent."""
        return self.client.meter.requests

    @property
    def cost(self) -> float | None:
        """US dollars for what was answered; None where the price or the tokens are not known."""
        return self.client.meter.cost(self.price) if self.calls else 0.0

    @property
    def allowed(self) -> bool:
        """Whether the user let any image of this collection go there, or need not be asked."""
        return not consent.needed(self._notes, self._said(1, 0))

    def key(self, question: Question) -> str:
        """Under what the answers to a question are kept."""
        return self.describer.key(question)

    def quote(
        self, question: Question, images: int, missing: Sequence[str], decode: "Decode"
    ) -> "tuple[Estimate, Sending]":
        """What asking about the `missing` of so many images takes, and what there is to consent to."""
        from tools.models.hosted.estimate import estimate

        told = estimate(self.describer, question, missing, decode, self.prices)
        each = told.bytes / len(missing) if missing else 0
        return told, self._said(images, round(each * images))

    def describe(
        self,
        question: Question,
        images: Sequence[str],
        decode: "Decode",
        cache: "FindingsCache",
        progress: Progress,
        total: int,
        failed: Callable[[str, str], None],
    ) -> Ran:
        """Ask about those of the images of which no answer is kept.

        `failed` is given each image, and why, as soon as there is no usable answer although the host did its part.

        Raises:
            UsageError: The user did not allow it for a collection of `total` images.
            RegroupError: The host takes no request, or failed for many images in a row.
        """
        from tools.models.hosted.gather import describe_all

        self._sending = self._said(total, 0)
        self._answering()
        ran = describe_all(self.describer, question, images, decode, cache, progress=progress, failed=failed)
        return Ran(ran.failures)

    def missing(self) -> str | None:
        """One line where the server should be on this machine and is not; asks nobody else."""
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
        consent.require(self._notes, self._sending or self._said(1, 0))

    def _said(self, images: int, size: int) -> Sending:
        return Sending(self.chat.origin, self.chat.host, self.by, images, size, self.chat.local)


class OfHub:
    """Models of the hub that are on this machine: one that describes, one that encodes, or both.

    Attributes:
        model: What describes, or what encodes, for people.
        by: The same.
        calls: Images that the model was shown, to be described or to be embedded for a criterion.
    """

    name = "hub"
    cost = 0.0

    def __init__(self, hub: "Hub", describer: str | None, encoder: str | None, side: int | None) -> None:
        from tools.models.hub.vision_language import SIDE

        self._hub, self._describer, self._encoder = hub, describer, encoder
        self.side = side or SIDE
        self.by = self.model = visible(Path(describer or encoder or "").name)
        self.calls = 0

    @property
    def describes(self) -> bool:
        """Whether there is a model that describes."""
        return self._describer is not None

    @property
    def encodes(self) -> bool:
        """Whether there is a model that encodes."""
        return self._encoder is not None

    @cached_property
    def describer(self) -> "HubDescriber":
        """The model, loaded. Raises RegroupError where it cannot be."""
        from tools.models.hub.describer import HubDescriber
        from tools.models.hub.vision_language import VisionLanguage

        return HubDescriber(VisionLanguage(self._describer or "", self._hub, side=self.side))

    @cached_property
    def judge(self) -> "HubJudge":
        """The same model as a judge: it is shown one image at a time and told the group in words, which any can."""
        from tools.models.hub.judge import HubJudge

        return HubJudge(self.describer.model, exemplars=0)

    def key(self, question: Question) -> str:
        """Under what the answers to a question are kept. Loads the model; raises RegroupError."""
        from tools.models.hub.gather import key

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
    ) -> Ran:
        """Ask about those of the images of which no answer is kept. Raises RegroupError where the model fails.

        `failed` is not called: asking again costs nothing.
        """
        from tools.models.hub.gather import describe_all

        ran = describe_all(self.describer, question, images, decode, cache, progress=progress)
        self.calls += ran.calls
        return Ran(ran.failures)

    @cached_property
    def interest(self) -> "HubInterestEncoder":
        """The same model as an encoder that depends on the criterion: the last layer's state of the last token before
        the answer, which holds what the one word will be (`tools.models.hub.interest`)."""
        from tools.models.hub.interest import HubInterestEncoder

        return HubInterestEncoder(self.describer.model)

    def embed(
        self,
        criterion: str,
        images: Sequence[str],
        decode: "Decode",
        cache: "FindingsCache",
        progress: Progress,
    ) -> str:
        """Look at those of the images of which no vector for a criterion is kept. Returns under what they are kept.

        Raises:
            RegroupError: The model fails on many images in a row; the vectors of those before are kept.
        """
        from tools.models.hub.gather import embed_all, interest_key

        ran = embed_all(self.interest, criterion, images, decode, cache, progress=progress)
        self.calls += ran.calls
        return interest_key(self.interest, criterion)

    def experts(self) -> list[Expert]:
        """The encoder as an expert, where there is one."""
        if self._encoder is None:
            return []
        from tools.models.hub.clip import called
        from tools.models.hub.device import choose
        from tools.models.hub.expert import EncoderExpert

        name = self._encoder
        version = f"{called(name, self._hub.require(name))}/{choose().dtype}"
        return [EncoderExpert(version, lambda: self.encoder, name)]

    @cached_property
    def encoder(self) -> "ClipEncoder":
        """The encoder, loaded; where there is one. Raises RegroupError where it cannot be."""
        from tools.models.hub.clip import ClipEncoder

        return ClipEncoder(self._encoder or "", self._hub)


Tier = Hosted | OfHub


@dataclass(frozen=True, slots=True)
class Found:
    """What can be used besides the bundled tier.

    Attributes:
        tiers: Best first.
        lines: Why others cannot, a line each: of those that the user set, or that only want to be allowed.
    """

    tiers: tuple[Tier, ...] = ()
    lines: tuple[str, ...] = ()


def find(settings: "Settings", notes: Notes) -> Found:
    """The tiers that the settings allow and that are here. Never raises for what is not."""
    tiers: list[Tier] = []
    lines: list[str] = []
    set_up = is_hosted(settings.describer) or settings.base_url is not None
    if settings.tier == "hosted" or (settings.tier == "auto" and set_up):
        _try(lambda: tiers.append(_hosted(settings, notes)), lines)
    if settings.tier in ("auto", "hub"):
        _try(lambda: tiers.extend(_of_hub(settings, lines)), lines)
    return Found(tuple(tiers), tuple(lines))


def is_hosted(describer: str | None) -> bool:
    """Whether a describer's name is that of a hosted one, not of the hub."""
    name = (describer or "").strip()
    return name.startswith(("http://", "https://")) or name.partition(":")[0] in PROVIDERS


def hub(settings: "Settings") -> "Hub":
    """The hub as the settings and its own variables say."""
    from tools.models.hub.download import Hub

    return Hub(hub_root(), True if settings.offline else None, os.environ.get("HF_ENDPOINT") or None)


def hub_root() -> Path:
    """Where models of the hub lie: where its own programs keep them, too."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    home = Path(os.environ.get("HF_HOME") or cache / "huggingface").expanduser()
    return Path(os.environ.get("HF_HUB_CACHE") or home / "hub").expanduser()


def _hosted(settings: "Settings", notes: Notes) -> Hosted:
    found = Hosted(settings, notes)
    if line := found.missing():
        raise RegroupError(line)
    return found


def _of_hub(settings: "Settings", lines: list[str]) -> list[OfHub]:
    named = None if is_hosted(settings.describer) else settings.describer
    describer = _here(settings, named, "image-text", lines)
    encoder = _here(settings, settings.encoder, "encoder", lines)
    if describer is None and named is None and settings.tier == "hub":
        lines.append("no model of the hub that describes pictures is here: regroup models fetch vlm-small")
    return [OfHub(hub(settings), describer, encoder, settings.side)] if describer or encoder else []


def _here(settings: "Settings", named: str | None, kind: str, lines: list[str]) -> str | None:
    """The model that is named, or the best of its kind in the catalogue, if it is here."""
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


def _named(settings: "Settings") -> tuple[str, str | None]:
    """The hosted model's name as "provider:name", and its address where that is set."""
    describer, address = (settings.describer or "").strip(), settings.base_url
    if describer.startswith(("http://", "https://")):
        address, _, model = describer.partition("#")
        describer = f"openai:{model}" if model else ""
    if not is_hosted(describer):
        raise UsageError(
            'the hosted tier needs a model: set describer to "openai:NAME", "anthropic:NAME", "ollama:NAME" or '
            '"http://host:port/v1#NAME"'
        )
    return describer, address


def _try(work: Callable[[], None], lines: list[str]) -> None:
    try:
        work()
    except RegroupError as error:
        lines.append(str(error))
