"""Makes upright RGB of a picture that is loaded, in the size that is wanted: the same rules for all formats.

- Samples of more than eight bits are scaled from the smallest usual depth that holds them (8, 10, 12, 14 or 16 bits),
  whatever the depth of the file.
- A colour profile is applied.
- Transparent parts are put on white, or on black where what is visible is white itself.
- Large pictures are converted and shrunk band by band.
"""

import io
from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from tools.models.ports import Pixels

_BAND_PIXELS = 16_000_000
"""The pixels above which a picture is converted and shrunk band by band, so that no copy of it takes memory."""
_TOPS = (255, 1023, 4095, 16383, 65535)
"""The largest samples of the depths that cameras and scanners use."""
_VISIBLE = 32
"""The opacity, of 255, from which a pixel is seen."""
_NEARLY_WHITE = 224
_DARKER_SHARE = 0.02
"""The share of visible pixels that have to be darker than nearly white, so that they can be seen on white."""
_PLAIN_RANGE = 8
"""The most that the samples of a channel differ in a picture that shows nothing."""
_SAME_COLOUR = 3
"""The most that a profile changes colours that is not worth applying."""


def rendered(image: Image.Image, target: tuple[int, int], low: Image.Image | None = None) -> Image.Image:
    """Return a loaded picture as RGB in a size that is not larger than its own.

    Args:
        image: The picture; of one with 16 bits for each colour the high bytes.
        target: Width and height.
        low: The low bytes, where the high ones alone say little.
    """
    # Twice the size is left for the better filter, which is what Pillow calls a reducing gap of 2.
    factor = max(1, min(image.width // target[0], image.height // target[1]) // 2)
    convert = _conversion(image)
    if low is not None:
        small = _from_two_bytes(image, low)
    elif image.width * image.height <= _BAND_PIXELS or factor == 1:
        small = convert(image)
    else:
        small = Image.new(convert(image.crop((0, 0, 1, 1))).mode, _reduced(image.size, factor))
        for top, band in _bands(image, factor):
            small.paste(convert(band).reduce(factor), (0, top // factor))
    if small.size != target:
        small = small.resize(target, Image.Resampling.BICUBIC, reducing_gap=2.0)
    if small.mode == "RGBA":
        small = _on_ground(small)
    # CMYK was converted by its profile already.
    return small if image.mode == "CMYK" else _in_srgb(small, image.info.get("icc_profile"))


def is_plain(pixels: Pixels) -> bool:
    """Return whether (h, w, 3) uint8 RGB is of one colour throughout."""
    flat = pixels.reshape(-1, 3)
    return bool(np.all(flat.max(axis=0) - flat.min(axis=0) <= _PLAIN_RANGE))


def is_shallow(image: Image.Image) -> bool:
    """Return whether the high bytes of 16-bit colours hold less than 15 bits, so that the low ones are needed."""
    colours = len(image.getbands()) - (image.mode == "RGBA")
    return all(np.asarray(band)[..., :colours].max() < 64 for _, band in _bands(image, 1))


def _reduced(size: tuple[int, int], factor: int) -> tuple[int, int]:
    return -(-size[0] // factor), -(-size[1] // factor)


def _bands(image: Image.Image, factor: int) -> Iterator[tuple[int, Image.Image]]:
    """Yield the picture in bands of whole multiples of `factor` rows, each with its first row."""
    rows = max(1, _BAND_PIXELS // 4 // image.width // factor) * factor
    for top in range(0, image.height, rows):
        yield top, image.crop((0, top, image.width, min(image.height, top + rows)))


def _conversion(image: Image.Image) -> Callable[[Image.Image], Image.Image]:
    """Return the function that makes RGB, or RGBA where something is transparent, of this picture or a part of it."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        scale = _scale(image)
        return lambda part: Image.fromarray(scale(np.asarray(part))).convert("RGB")
    if image.mode == "LAB":
        lab = ImageCms.buildTransform(_LAB, _SRGB, "LAB", "RGB")
        return lambda part: _applied(lab, part)
    if image.mode == "CMYK" and (profile := _transform(image.info.get("icc_profile"), "CMYK")):
        return lambda part: _applied(profile, part)
    if image.has_transparency_data:
        return lambda part: part.convert("RGBA")
    return lambda part: part.convert("RGB")


# Depth


def _scale(image: Image.Image) -> Callable[[NDArray[np.generic]], Pixels]:
    """Return the function that makes (h, w) uint8 of samples of more than eight bits, by the range of all of them."""
    kind = np.asarray(image.crop((0, 0, 1, 1))).dtype.kind
    low, high = _range(image)
    if kind == "f" and low >= 0 and high <= 1:
        start, top = 0.0, 1.0
    elif low >= 0 and high <= _TOPS[-1]:
        start, top = 0.0, float(_top(high))
    else:  # a type without a range of its own
        start, top = low, high - low or 1.0
    if kind == "u" and top == _TOPS[-1]:
        return lambda values: (values >> 8).astype(np.uint8)  # type: ignore[operator]

    def scaled(values: NDArray[np.generic]) -> Pixels:
        numbers = np.nan_to_num(values.astype(np.float32), posinf=0.0, neginf=0.0) - np.float32(start)
        return np.asarray(np.clip(numbers * np.float32(255.0 / top), 0, 255).astype(np.uint8))

    return scaled


def _range(image: Image.Image) -> tuple[float, float]:
    lows, highs = [], []
    for _, band in _bands(image, 1):
        values = np.asarray(band)
        finite = values if values.dtype.kind != "f" else np.nan_to_num(values, posinf=0.0, neginf=0.0)
        lows.append(float(finite.min()))
        highs.append(float(finite.max()))
    return min(lows), max(highs)


def _top(high: float) -> int:
    """Return the largest sample of the smallest usual depth that holds all samples."""
    return next((top for top in _TOPS if high <= top), _TOPS[-1])


def _from_two_bytes(high: Image.Image, low: Image.Image) -> Image.Image:
    """Return the picture whose 16-bit samples are in two pictures of 8 bits, scaled by their range."""
    values = np.asarray(high).astype(np.uint16) << 8 | np.asarray(low)
    colours = values.shape[2] - (high.mode == "RGBA")
    scaled = np.empty(values.shape, np.uint8)
    for part in (slice(0, colours), slice(colours, None)):  # colours, and opacity by itself
        if values[..., part].size:
            top = _top(float(values[..., part].max()))
            scaled[..., part] = values[..., part].astype(np.float32) * np.float32(255.0 / top)
    picture = Image.fromarray(scaled, None if high.mode != "CMYK" else "CMYK")
    return picture.convert("RGBA" if high.mode == "RGBA" else "RGB")


# Transparency


def _on_ground(picture: Image.Image) -> Image.Image:
    """Return RGBA as RGB on white, or on black where it could not be seen on white."""
    pixels = np.asarray(picture)
    visible = pixels[..., 3] >= _VISIBLE
    seen = int(visible.sum())
    darker = int((visible & (pixels[..., :3].min(axis=2) < _NEARLY_WHITE)).sum())
    hidden = 0 < seen < visible.size and darker < _DARKER_SHARE * seen
    page = Image.new("RGBA", picture.size, "black" if hidden else "white")
    page.alpha_composite(picture)
    return page.convert("RGB")


# Colour profiles

_SRGB = ImageCms.createProfile("sRGB")
_LAB = ImageCms.createProfile("LAB")


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Return RGB in sRGB by the profile of its file, where that is another one and can be applied."""
    if not profile:
        return picture
    if transform := _transform(profile, "RGB"):
        return _applied(transform, picture)
    if transform := _transform(profile, "L"):  # of a grey picture, whose three channels are the same
        return _applied(transform, picture.getchannel(0))
    return picture


@lru_cache(maxsize=32)
def _transform(profile: bytes | None, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Return the transform of a profile to sRGB; None where it is for another mode, damaged, or changes hardly
    anything."""
    if not profile:
        return None
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if {"RGB": "RGB", "L": "GRAY", "CMYK": "CMYK"}[mode] != opened.profile.xcolor_space.strip():
            return None
        transform = ImageCms.buildTransform(opened, _SRGB, mode, "RGB")
        if mode == "CMYK":
            return transform
        steps = np.linspace(0, 255, 6).astype(np.uint8)
        cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(36, 6, 3)
        colours = Image.fromarray(cube) if mode == "RGB" else Image.fromarray(cube[..., 0])
        change = np.abs(
            np.asarray(_applied(transform, colours)).astype(int) - np.asarray(colours.convert("RGB"))
        )
        return transform if change.max() > _SAME_COLOUR else None
    except (
        ImageCms.PyCMSError,
        OSError,
        ValueError,
        TypeError,
    ):  # the picture is worth more than its profile
        return None


def _applied(transform: ImageCms.ImageCmsTransform, picture: Image.Image) -> Image.Image:
    result = ImageCms.applyTransform(picture, transform)
    assert result is not None  # only None when it works in place
    return result
