"""Makes RGB of an opened picture, in the size that is wanted."""

from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageCms

from tools.models.ports import Pixels

_BAND_PIXELS = 16_000_000
"""The pixels above which a picture is converted and shrunk band by band, so that no copy of it takes memory."""


def rendered(image: Image.Image, target: tuple[int, int]) -> Image.Image:
    """Return a loaded picture as RGB in a size that is not larger than its own."""
    # Twice the size is left for the better filter, which is what Pillow calls a reducing gap of 2.
    factor = max(1, min(image.width // target[0], image.height // target[1]) // 2)
    if image.width * image.height <= _BAND_PIXELS or factor == 1:
        small = _rgb(image)
    else:
        small = Image.new("RGB", (-(-image.width // factor), -(-image.height // factor)))
        for top, band in _bands(image, factor):
            small.paste(_rgb(band).reduce(factor), (0, top // factor))
    return small if small.size == target else small.resize(target, Image.Resampling.BICUBIC, reducing_gap=2.0)


def _bands(image: Image.Image, factor: int) -> Iterator[tuple[int, Image.Image]]:
    """Yield the picture in bands of whole multiples of `factor` rows, each with its first row."""
    rows = max(1, _BAND_PIXELS // 4 // image.width // factor) * factor
    for top in range(0, image.height, rows):
        yield top, image.crop((0, top, image.width, min(image.height, top + rows)))


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode == "I" or image.mode == "F" or image.mode.startswith("I;16"):
        return Image.fromarray(_grey(np.asarray(image))).convert("RGB")
    if image.mode == "LAB":
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        turned = ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")
        assert turned is not None  # only None when it works in place
        return turned
    if image.has_transparency_data:
        page = Image.new("RGBA", image.size, "white")
        page.alpha_composite(image.convert("RGBA"))
        return page.convert("RGB")
    return image.convert("RGB")


def _grey(values: np.ndarray) -> Pixels:
    """Return (h, w) greys of more than eight bits to (h, w) uint8."""
    if values.dtype.kind == "u":
        return (values >> 8).astype(np.uint8)
    numbers = np.nan_to_num(values.astype(np.float32), posinf=0.0, neginf=0.0)
    low, high = float(numbers.min()), float(numbers.max())
    if low >= 0 and high <= 1 and values.dtype.kind == "f":
        top = 1.0
    elif low >= 0 and high <= 255:
        top = 255.0
    elif low >= 0 and high <= 65535:
        top = 65535.0
    else:  # a type without a range of its own
        numbers, top = numbers - np.float32(low), high - low or 1.0
    return np.asarray(np.clip(numbers * np.float32(255.0 / top), 0, 255).astype(np.uint8))
