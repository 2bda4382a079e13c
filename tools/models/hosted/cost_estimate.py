"""What a run would send and cost, before anything is sent."""

from collections.abc import Sequence
from dataclasses import dataclass

from tools.errors import UsageError
from tools.models.hosted.chat_describer import ChatDescriber
from tools.models.hosted.jpeg import jpeg
from tools.models.hosted.prices import Prices
from tools.models.hosted.usage_meter import dollars
from tools.models.ports import Decode, Question
from tools.names import amount

SAMPLE = 16
"""So many images are made ready for sending to learn how large they are."""

_PICTURE = (
    786  # tokens of 768 x 768 pixels where the table does not say: 750 pixels a token, as several hosts count
)
_AREA = 768 * 768
_SMALLEST = 85  # hosts count no picture as less
_CHARACTERS = 4  # of English a token
_SLOT = 20  # tokens of one slot in the answer


@dataclass(frozen=True, slots=True)
class Estimate:
    """What it takes to ask about so many images, each once and without a repair.

    Attributes:
        model: Its own name.
        host: Where it is.
        images: How many would be sent.
        bytes: Of their JPEGs, from a sample.
        tokens_per_image: Picture and question.
        tokens_in: Of all.
        tokens_out: Of all. A model that thinks before it answers takes many times as many.
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
        """What it costs, or why that is not known."""
        return self.unknown or f"about {dollars(self.cost or 0.0)}"

    def line(self) -> str:
        """The estimate in one line."""
        count = amount(self.images, "image")
        return (
            f"{count} ({megabytes(self.bytes)}) to {self.model} at {self.host}, "
            f"about {self.tokens_per_image:,} tokens each; {self.money}"
        )


def estimate(
    describer: ChatDescriber, question: Question, images: Sequence[str], decode: Decode, prices: Prices
) -> Estimate:
    """Estimate what asking one question about these images takes. Nothing is sent.

    Args:
        describer: Who would ask.
        question: What.
        images: Ids of those that would be sent: `cache.missing(describer.key(question), images)`.
        decode: Gives their pixels; a sample of them is decoded.
        prices: From `tools.models.hosted.prices.read`.

    Raises:
        UsageError: None of the sample can be decoded.
    """
    model = describer.client.model
    sizes, tokens = [], []
    price = prices.find(model.host, model.model, model.local)
    picture = (price.picture if price else None) or _PICTURE
    for _, pixels, _reason in decode(_sample(images)):
        if pixels is None:
            continue
        data = jpeg(pixels, describer.side)
        sizes.append(len(data))
        scale = min(1.0, describer.side / max(pixels.shape[:2])) ** 2
        tokens.append(max(_SMALLEST, picture * min(1.0, pixels.shape[0] * pixels.shape[1] * scale / _AREA)))
    if images and not sizes:
        raise UsageError("none of the images can be decoded, so there is nothing to send")
    n = len(images)
    words = sum(
        len(block.get("text", ""))
        for message in describer.messages(b"", question)
        for block in message.content
    )
    each = round((sum(tokens) / len(tokens) if tokens else 0) + words / _CHARACTERS)
    tokens_in, tokens_out = n * each, n * _SLOT * len(question.slots)
    cost = price.of(tokens_in, tokens_out) if price else None
    unknown = "" if price else prices.unknown(model.host, model.model)
    size = round(n * sum(sizes) / len(sizes)) if sizes else 0
    return Estimate(model.model, model.host, n, size, each, tokens_in, tokens_out, cost, unknown)


def megabytes(size: int) -> str:
    """ "3.2 MB", "48 kB"."""
    return f"{size / 1e6:,.1f} MB" if size >= 100_000 else f"{max(1, round(size / 1e3)) if size else 0} kB"


def _sample(images: Sequence[str]) -> list[str]:
    """Some of the images, from all over the collection."""
    count = min(SAMPLE, len(images))
    return [images[i * len(images) // count] for i in range(count)]
