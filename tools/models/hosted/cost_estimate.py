"""Estimates what a run would send and cost, before anything is sent."""

from collections.abc import Sequence
from dataclasses import dataclass

from tools.errors import UsageError
from tools.models.hosted.chat_describer import ChatDescriber
from tools.models.hosted.chat_judge import ChatJudge
from tools.models.hosted.chat_port import ChatModel, Message
from tools.models.hosted.jpeg import jpeg
from tools.models.hosted.prices import Prices
from tools.models.hosted.usage_meter import dollars
from tools.models.ports import Decode, Evidence, Question
from tools.names import amount

SAMPLE = 16
"""The number of images that are prepared for sending to learn how large they are."""

_PICTURE = 786
"""The number of tokens of a picture of 768 x 768 pixels where the price table has none: 750 pixels a token are
common."""
_AREA = 768 * 768
"""The number of pixels of that picture."""
_SMALLEST = 85
"""The fewest tokens that hosts count for a picture."""
_CHARACTERS = 4
"""The number of characters of English text in one token."""
_SLOT = 20
"""The number of tokens of one slot in the answer."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """States what it takes to ask about a number of images, each once and without a repair.

    Attributes:
        model: The model's own name.
        host: Where it runs.
        images: How many images would be asked about.
        bytes: Bytes of their JPEGs, estimated from a sample.
        tokens_per_image: Tokens of one picture and its question.
        tokens_in: Tokens that are sent for all images.
        tokens_out: Tokens that are answered for all; a model that thinks first takes many times as many.
        cost: US dollars, or None where the price is not known.
        unknown: Why the cost is not known, or "".
    """

    model: str
    host: str
    images: int
    bytes: int
    tokens_per_image: int
    tokens_in: int
    tokens_out: int
    cost: float | None
    unknown: str = ""

    @property
    def money(self) -> str:
        """Return the cost in US dollars, worded for people, or the reason why it is not known."""
        return self.unknown or f"about {dollars(self.cost or 0.0)}"

    def line(self) -> str:
        """Return the estimate in one line."""
        count = amount(self.images, "image")
        return (
            f"{count} ({megabytes(self.bytes)}) to {self.model} at {self.host}, "
            f"about {self.tokens_per_image:,} tokens each; {self.money}"
        )


def estimate(
    describer: ChatDescriber, question: Question, images: Sequence[str], decode: Decode, prices: Prices
) -> Estimate:
    """Estimate what asking one question about some images takes. Nothing is sent.

    Args:
        describer: Would ask the question.
        question: The question.
        images: Ids of the images that would be sent: `cache.missing(describer.key(question), images)`.
        decode: Gives their pixels; only a sample is decoded.
        prices: The prices, from `tools.models.hosted.prices.read`.

    Raises:
        UsageError: No image of the sample can be decoded.
    """
    words = _words(describer.messages(b"", question))
    return _estimate(
        describer.client.model,
        describer.side,
        images,
        len(images),
        1,
        words,
        _SLOT * len(question.slots),
        decode,
        prices,
    )


def estimate_judging(
    judge: ChatJudge, images: Sequence[str], calls: int, exemplars: int, decode: Decode, prices: Prices
) -> Estimate:
    """Estimate what a number of questions of a judge takes, each with the most exemplars. Nothing is sent.

    Raises:
        UsageError: No image of the sample can be decoded.
    """
    words = _words(judge.messages(None, Evidence("group", ("tag",)), "criterion"))
    return _estimate(
        judge.client.model, judge.side, images, calls, 1 + exemplars, words, _SLOT, decode, prices
    )


def _words(messages: Sequence[Message]) -> int:
    """Return the number of characters of text in a request."""
    return sum(len(block.get("text", "")) for message in messages for block in message.content)


def _estimate(
    model: ChatModel,
    side: int,
    images: Sequence[str],
    requests: int,
    pictures: int,
    words: int,
    answered: int,
    decode: Decode,
    prices: Prices,
) -> Estimate:
    """Estimate a number of requests about these images, with a number of pictures and of answered tokens each."""
    sizes, tokens = [], []
    price = prices.find(model.host, model.model, model.local)
    picture = (price.picture if price else None) or _PICTURE
    for _, pixels, _reason in decode(sample(images)):
        if pixels is None:
            continue
        data = jpeg(pixels, side)
        sizes.append(len(data))
        scale = min(1.0, side / max(pixels.shape[:2])) ** 2
        tokens.append(max(_SMALLEST, picture * min(1.0, pixels.shape[0] * pixels.shape[1] * scale / _AREA)))
    if images and not sizes:
        raise UsageError("none of the images can be decoded, so there is nothing to send")
    each = round(pictures * (sum(tokens) / len(tokens) if tokens else 0) + words / _CHARACTERS)
    tokens_in, tokens_out = requests * each, requests * answered
    cost = price.of(tokens_in, tokens_out) if price else None
    unknown = "" if price else prices.unknown(model.host, model.model)
    size = round(requests * pictures * sum(sizes) / len(sizes)) if sizes else 0
    return Estimate(model.model, model.host, requests, size, each, tokens_in, tokens_out, cost, unknown)


def megabytes(size: int) -> str:
    """Return a size for people: "3.2 MB", "48 kB"."""
    return f"{size / 1e6:,.1f} MB" if size >= 100_000 else f"{max(1, round(size / 1e3)) if size else 0} kB"


def sample(images: Sequence[str]) -> list[str]:
    """Return at most `SAMPLE` of the images, evenly spaced."""
    count = min(SAMPLE, len(images))
    return [images[i * len(images) // count] for i in range(count)]
