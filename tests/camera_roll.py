"""Draws camera rolls with the truth beside them: several cameras and time zones, trips, bursts, screenshots, sidecars,
names as phones and Google Takeout write them."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from PIL.ExifTags import GPS, IFD, Base
from PIL.TiffImagePlugin import IFDRational

PLACES = {
    "Lisbon": (38.7223, -9.1393, 60), "Berlin": (52.52, 13.405, 120), "Tokyo": (35.6762, 139.6503, 540),
    "New York City": (40.7484, -73.9857, -240), "Sydney": (-33.8688, 151.2093, 600),
    "Nairobi": (-1.2864, 36.8172, 180),
}  # fmt: skip
"""Where pictures are taken: latitude, longitude, and minutes ahead of UTC."""
CAMERAS = {
    "Canon EOS R6": ("Canon", "Canon EOS R6", False), "Apple iPhone 14": ("Apple", "iPhone 14", True),
    "Google Pixel 7": ("Google", "Pixel 7", True),
}  # fmt: skip
"""The makers, the models, and whether they are phones, by the name that they have together."""


@dataclass(frozen=True)
class Taken:
    """The truth about a picture; None and "" where nothing in its file says it."""

    path: Path
    taken: datetime | None
    event: int | None
    camera: str
    city: str
    burst: int | None = None


def xmp(taken: str = "", rating: int | None = None, keywords: tuple[str, ...] = (), gps: str = "") -> bytes:
    """An XMP packet, as a photo program writes it."""
    items = "".join(f"<rdf:li>{word}</rdf:li>" for word in keywords)
    subject = f"<dc:subject><rdf:Bag>{items}</rdf:Bag></dc:subject>" if keywords else ""
    date = f' exif:DateTimeOriginal="{taken}"' if taken else ""
    stars = f' xmp:Rating="{rating}"' if rating is not None else ""
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"{date}{stars}{gps}>{subject}</rdf:Description></rdf:RDF>'
        '</x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def takeout(moment: datetime, place: tuple[float, float] | None = None) -> str:
    """The JSON that Google Takeout puts beside a picture."""
    latitude, longitude = place or (0.0, 0.0)
    stamp = str(int(moment.replace(tzinfo=UTC).timestamp()))
    geo = {"latitude": latitude, "longitude": longitude, "altitude": 0.0}
    return json.dumps({"title": "a.jpg", "photoTakenTime": {"timestamp": stamp}, "geoData": geo})


def exif(
    taken: datetime | None = None,
    offset: int | None = None,
    camera: str = "",
    place: tuple[float, float] | None = None,
    **detail: object,
) -> Image.Exif:
    """An EXIF block. `detail` names tags of the inner block, such as FocalLengthIn35mmFilm."""
    block = Image.Exif()
    inner = block.get_ifd(IFD.Exif)
    if camera:
        block[Base.Make], block[Base.Model] = CAMERAS[camera][:2]
    if taken is not None:
        inner[Base.DateTimeOriginal] = taken.strftime("%Y:%m:%d %H:%M:%S")
    if offset is not None:
        inner[Base.OffsetTimeOriginal] = (
            f"{'-' if offset < 0 else '+'}{abs(offset) // 60:02}:{abs(offset) % 60:02}"
        )
    for name, value in detail.items():
        inner[Base[name]] = value
    if place is not None:
        gps = block.get_ifd(IFD.GPSInfo)
        for number, tag, reference, sides in (
            (place[0], GPS.GPSLatitude, GPS.GPSLatitudeRef, "NS"),
            (place[1], GPS.GPSLongitude, GPS.GPSLongitudeRef, "EW"),
        ):
            degrees = abs(number)
            minutes = degrees % 1 * 60
            gps[reference] = sides[number < 0]
            gps[tag] = (
                IFDRational(int(degrees)), IFDRational(int(minutes)), IFDRational(round(minutes % 1 * 60 * 1000), 1000),
            )  # fmt: skip
    return block


def picture(seed: int, size: tuple[int, int] = (96, 72), shift: int = 0) -> Image.Image:
    """A drawn picture; those of one seed with another shift are the same scene a moment later."""
    rng = np.random.default_rng(seed)
    image = Image.new("RGB", size, tuple(rng.integers(40, 220, 3).tolist()))
    draw = ImageDraw.Draw(image)
    for _ in range(9):
        x, y = rng.integers(0, size[0]), rng.integers(0, size[1])
        w, h = rng.integers(size[0] // 8, size[0] // 2), rng.integers(size[1] // 8, size[1] // 2)
        colour = tuple(rng.integers(0, 256, 3).tolist())
        box = (x + shift, y, x + w + shift, y + h)
        (draw.rectangle if rng.random() < 0.5 else draw.ellipse)(box, fill=colour)
    return image


def write_roll(folder: Path, seed: int = 0, events: int = 8) -> list[Taken]:
    """Write a camera roll and return the truth about it, in the order of time."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    truth: list[Taken] = []
    day, number = datetime(2023, 3, 1), 0
    cities, cameras = list(PLACES), list(CAMERAS)
    for event in range(events):
        day += timedelta(days=int(rng.integers(6, 40)))
        city = cities[int(rng.integers(len(cities)))]
        latitude, longitude, offset = PLACES[city]
        moment = day + timedelta(hours=8, minutes=int(rng.integers(0, 90)))
        for _ in range(int(rng.integers(5, 11))):
            moment += timedelta(minutes=int(rng.integers(3, 55)))
            camera = cameras[int(rng.integers(len(cameras)))]
            place = latitude + float(rng.normal(0, 0.01)), longitude + float(rng.normal(0, 0.01))
            kind = ("exif", "exif", "exif", "xmp", "takeout", "name")[int(rng.integers(6))]
            number += 1
            path = _write(folder, kind, number, moment, offset, camera, place)
            knows_camera, knows_place = kind == "exif", kind != "name"
            truth.append(
                Taken(path, moment, event, camera if knows_camera else "", city if knows_place else "")
            )
    for name in ("scan of a letter.png", "drawing.png"):
        number += 1
        picture(10_000 * seed + number).save(folder / name)
        truth.append(Taken(folder / name, None, None, "", ""))
    return truth


def _write(
    folder: Path,
    kind: str,
    number: int,
    moment: datetime,
    offset: int,
    camera: str,
    place: tuple[float, float],
) -> Path:
    """Write a picture of which the file, what lies beside it, or its name says when it was taken."""
    image = picture(number)
    if kind == "exif":
        path = folder / f"DSC_{number:04}.jpg"
        image.save(path, exif=exif(moment, offset, camera, place))
    elif kind == "xmp":
        path = folder / f"P{number:07}.png"
        image.save(path)
        north, east = f"{abs(place[0]):.5f}", f"{abs(place[1]):.5f}"
        gps = f' exif:GPSLatitude="{_minutes(north)}{"NS"[place[0] < 0]}"'
        gps += f' exif:GPSLongitude="{_minutes(east)}{"EW"[place[1] < 0]}"'
        Path(f"{path}.xmp").write_bytes(xmp(moment.isoformat(), gps=gps))
    elif kind == "takeout":
        path = folder / f"photo {number}.jpg"
        image.save(path)
        utc = moment - timedelta(minutes=60 * round(place[1] / 15))
        Path(f"{path}.supplemental-metadata.json").write_text(takeout(utc, place))
    else:
        path = folder / f"IMG_{moment:%Y%m%d_%H%M%S}.jpg"
        image.save(path)
    return path


def _minutes(degrees: str) -> str:
    whole, _, rest = degrees.partition(".")
    return f"{whole},{float('0.' + rest) * 60:.4f}"
