"""Made-up photographs and drawings of known light, contrast, sharpness, tone and kind.

A photograph here is a rendered one: balls lit from one side on a textured ground, with a falling off light, grain and
the traces of JPEG. A drawing is flat or softly shaded, with outlines.
"""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from tests.calibration.scenes import Truth, blob, paint, paste, size, turned
from tools.models.ports import Pixels

Field = NDArray[np.float64]


def _cloud(frame: tuple[int, int], rng: np.random.Generator, fall: float) -> Field:
    """(h, w) noise of all wavelengths, mean 0, spread 1; the larger `fall`, the smoother."""
    width, height = frame
    fy, fx = np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None, :]
    power = np.maximum(np.hypot(fy, fx), 1 / max(frame)) ** -fall
    power[0, 0] = 0
    field = np.fft.ifft2(np.fft.fft2(rng.normal(size=(height, width))) * power).real
    return np.asarray((field - field.mean()) / (field.std() + 1e-9))


def rendered(frame: tuple[int, int], rng: np.random.Generator, empty: float = 0.3) -> Field:
    """(h, w, 3) linear light 0..1 of balls on a textured ground; so often on no ground at all, as in a catalogue."""
    width, height = frame
    y, x = np.mgrid[0:height, 0:width]
    back = np.array(paint(rng)[1]) / 255
    picture = back * (1 + _cloud(frame, rng, rng.uniform(1.0, 1.8))[..., None] * rng.uniform(0.08, 0.35))
    studio = rng.random() < empty
    if studio:
        picture = np.full((height, width, 3), rng.choice([0.0, 1.0, 1.0, 0.9]))
    elif rng.random() < 0.4:  # a horizon
        line = rng.uniform(0.3, 0.7) * height + _cloud(frame, rng, 1.8)[0] * rng.uniform(2, 20)
        other = (
            np.array(paint(rng)[1]) / 255 * (1 + _cloud(frame, rng, 1.6)[..., None] * rng.uniform(0.05, 0.3))
        )
        picture = np.where((y < line)[..., None], other, picture)
    sun = rng.normal(size=3)
    sun[2] = abs(sun[2]) + 0.5
    sun /= np.linalg.norm(sun)
    for _ in range(int(rng.integers(1, 6))):
        radius = rng.uniform(0.06, 0.35) * min(frame)
        dx, dy = (x - rng.uniform(0, width)) / radius, (y - rng.uniform(0, height)) / radius
        inside = np.clip((1 - np.hypot(dx, dy)) * radius, 0, 1)
        dz = np.sqrt(np.maximum(0, 1 - dx**2 - dy**2))
        lit = 0.15 + 0.85 * np.maximum(0, dx * sun[0] + dy * sun[1] + dz * sun[2])
        skin = (
            np.array(paint(rng)[1]) / 255 * (1 + _cloud(frame, rng, 1.2)[..., None] * rng.uniform(0.0, 0.25))
        )
        picture = picture * (1 - inside[..., None]) + skin * lit[..., None] * inside[..., None]
    fall = 1.0 - (not studio) * rng.uniform(0, 0.5) * (((x / width - 0.5) ** 2 + (y / height - 0.5) ** 2) * 2)
    return np.clip(picture * fall[..., None], 0, 1)


def drawn(frame: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    """Flat or softly shaded figures, perhaps with outlines, lines of hatching and dots."""
    picture = Image.new("RGB", frame, paint(rng)[1] if rng.random() < 0.6 else (255, 255, 255))
    pen = ImageDraw.Draw(picture)
    outlined = rng.random() < 0.6
    for _ in range(int(rng.integers(2, 9))):
        outline = turned(blob(rng), 0.0) * rng.uniform(0.08, 0.4) * min(frame) + rng.uniform([0, 0], frame)
        if rng.random() < 0.3:
            paste(picture, outline, paint(rng)[1], rng, True)
        else:
            pen.polygon([(a, b) for a, b in outline.tolist()], paint(rng)[1])
        if outlined:
            ring = [(a, b) for a, b in [*outline.tolist(), outline[0].tolist()]]
            pen.line(ring, (20, 20, 20), int(rng.integers(1, 5)))
    for _ in range(int(rng.integers(0, 30)) if rng.random() < 0.4 else 0):
        a, b = rng.uniform([0, 0], frame), rng.uniform([0, 0], frame)
        pen.line([(a[0], a[1]), (b[0], b[1])], paint(rng)[1], 1)
    return picture


def _stored(picture: Image.Image, rng: np.random.Generator) -> Pixels:
    """As files are: JPEG of some quality, or without loss."""
    if rng.random() < 0.6:
        kept = io.BytesIO()
        picture.save(kept, "JPEG", quality=int(rng.integers(60, 97)))
        picture = Image.open(kept)
    return np.asarray(picture.convert("RGB"))


def _half(picture: Image.Image) -> Image.Image:
    return picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.LANCZOS)


def kinds(rng: np.random.Generator) -> tuple[Pixels, Truth]:
    """A photograph or a drawing of some size, now and then in black and white, or toned."""
    frame = size(rng)
    large = (frame[0] * 2, frame[1] * 2)
    photograph = rng.random() < 0.5
    if photograph:
        light = rendered(large if rng.random() < 0.5 else frame, rng)
        grain = rng.normal(0, rng.uniform(0.002, 0.03), light.shape)
        light = light + grain * ((light > 0) & (light < 1))  # burnt out and black are without grain
        picture = Image.fromarray((np.clip(light, 0, 1) * 255).astype(np.uint8))
    else:
        picture = drawn(large, rng)
    if picture.size == large:
        picture = _half(picture)
    tone = str(rng.choice(["colour", "colour", "black and white", "toned"]))
    if not photograph and tone == "colour" and rng.random() < 0.3:  # one colour on white is no toned print
        picture = Image.new("RGB", picture.size, (255, 255, 255))
        one = paint(rng, ("white", "grey", "black"))[1]
        for _ in range(int(rng.integers(1, 4))):
            middle = rng.uniform([0, 0], picture.size)
            paste(
                picture, turned(blob(rng), 0.0) * rng.uniform(0.15, 0.4) * min(frame) + middle, one, rng, True
            )
    if tone != "colour":
        grey = np.asarray(picture.convert("L"), np.float64)[..., None] / 255
        tint = np.array((255, 255, 255))
        if tone == "toned":
            tint = np.array((255, rng.uniform(200, 235), rng.uniform(140, 190)))[:: rng.choice([1, -1])]
        picture = Image.fromarray((grey * tint).astype(np.uint8))
    truth = {"kind of picture": "photograph" if photograph else "drawing", "tone": tone}
    return _stored(picture, rng), truth


def focus(rng: np.random.Generator) -> tuple[Pixels, Truth]:
    """A photograph or drawing, sharp or blurred: out of focus or shaken by 2 pixels or more."""
    frame = size(rng)
    large = (frame[0] * 2, frame[1] * 2)
    if rng.random() < 0.7:
        picture = Image.fromarray((rendered(large, rng) * 255).astype(np.uint8))
    else:
        picture = drawn(large, rng)
    picture = _half(picture)
    blurred = rng.random() < 0.5
    radius = rng.uniform(1.8, 6) if blurred else rng.uniform(0, 0.7)
    how = ImageFilter.GaussianBlur(radius) if rng.random() < 0.6 else ImageFilter.BoxBlur(radius * 1.5)
    pixels = np.asarray(picture.filter(how), np.float64)
    pixels = pixels + rng.normal(0, rng.uniform(0, 6), pixels.shape)
    return _stored(Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)), rng), {
        "sharpness": "blurred" if blurred else "sharp"
    }


def lights(rng: np.random.Generator) -> tuple[Pixels, Truth]:
    """A scene that is exposed to be dark, medium or bright, or laid out in a low or in a high key."""
    name = str(rng.choice(["dark", "medium", "bright", "low key", "high key"]))
    frame = size(rng)
    if name in ("low key", "high key"):
        lit = rng.uniform(0.75, 1.0) if name == "low key" else rng.uniform(0.05, 0.5)
        back = rng.uniform(0.0, 0.12) if name == "low key" else rng.uniform(0.88, 1.0)
        field = np.full((frame[1], frame[0]), back) + _cloud(frame, rng, 1.5) * 0.02
        picture = Image.fromarray((np.clip(field, 0, 1) * 255).astype(np.uint8)).convert("RGB")
        for _ in range(int(rng.integers(1, 4))):
            outline = turned(blob(rng), 0.0) * rng.uniform(0.15, 0.3) * min(frame)
            level = int(np.clip(lit * rng.uniform(0.8, 1.2), 0, 1) * 255)
            place = rng.uniform(0.3, 0.7, 2) * frame
            paste(picture, outline + place, (level, level, level), rng, True)
        return _stored(picture, rng), {"brightness": name}
    grey = rendered(frame, rng, empty=0)
    # The middle lightness of the scene is put where people call it so.
    target = {
        "dark": rng.uniform(0.05, 0.3),
        "medium": rng.uniform(0.4, 0.62),
        "bright": rng.uniform(0.72, 0.88),
    }[name]
    for _ in range(8):  # exposure is found as a camera does it: measure, correct
        grey = np.clip(grey ** (np.log(target) / np.log(np.clip(grey.mean(), 0.02, 0.98))), 0, 1)
    return _stored(Image.fromarray((grey * 255).astype(np.uint8)), rng), {"brightness": name}


def contrasts(rng: np.random.Generator) -> tuple[Pixels, Truth]:
    """A scene printed flat, ordinarily or hard: its tones within a third of the range, spread over it, or pushed to
    both ends."""
    name = str(rng.choice(["low", "medium", "high"]))
    frame = size(rng)
    field = rendered(frame, rng, empty=0)
    grey = field.mean(2)
    field = (field - np.quantile(grey, 0.02)) / max(
        float(np.quantile(grey, 0.98) - np.quantile(grey, 0.02)), 0.05
    )
    field = np.clip(field, 0, 1)
    if name == "low":
        width = rng.uniform(0.08, 0.33)
        field = rng.uniform(0.05, 0.95 - width) + field * width
    elif name == "high":
        middle = float(np.median(field))
        field = 1 / (1 + np.exp(-(field - middle) * rng.uniform(12, 30)))
    return _stored(Image.fromarray((field * 255).astype(np.uint8)), rng), {"contrast": name}
