"""Draws the folders of the dialogues, each with the truth beside it: what holds for each picture, by its file name."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from PIL import Image, ImageDraw

from tests.camera_roll import CAMERAS, PLACES, exif, xmp

Truth = dict[str, dict[str, str]]
"""File name to what holds for the picture: what it is about, and the value."""

COLOURS = {"red": (205, 30, 30), "blue": (30, 60, 210), "green": (20, 150, 50), "yellow": (240, 210, 30)}
PAPER = (245, 244, 240)


def _scene(number: int, colour: tuple[int, int, int], ground: tuple[int, int, int] = PAPER) -> Image.Image:
    """One large shape of a colour on a ground; no two are the same."""
    image = Image.new("RGB", (64, 48), ground)
    pen = ImageDraw.Draw(image)
    (pen.ellipse if number % 2 else pen.rectangle)((8 + number % 5, 4, 54 - number % 3, 42), fill=colour)
    image.putpixel((number % 64, 47), (number, number, number))
    return image


def holiday(folder: Path) -> Truth:
    """Three cities, two cameras and two years; every file says all of it."""
    folder.mkdir(parents=True)
    truth: Truth = {}
    cities, cameras = ("Lisbon", "Berlin", "Tokyo"), ("Canon EOS R6", "Apple iPhone 14")
    for number in range(24):
        city, camera = cities[number % 3], cameras[number // 3 % 2]
        year = 2023 if number < 12 else 2024
        moment = datetime(year, 6 if number % 4 < 2 else 9, 3, 10) + timedelta(minutes=number)
        latitude, longitude, offset = PLACES[city]
        name = f"DSC_{number:04}.jpg"
        taken = exif(moment, offset, camera, (latitude, longitude))
        _scene(number, tuple(COLOURS.values())[number % 4]).save(folder / name, exif=taken)
        month = "June" if moment.month == 6 else "September"
        truth[name] = {"city": city, "camera": CAMERAS[camera][1], "year": str(year), "month": month}
    return truth


def shop(folder: Path) -> Truth:
    """Bags, shoes and hats in four colours; what each is stands as a keyword in a sidecar."""
    folder.mkdir(parents=True)
    truth: Truth = {}
    for number in range(24):
        product, colour = ("bag", "shoe", "hat")[number % 3], tuple(COLOURS)[number % 4]
        name = f"item-{number:02}.png"
        _scene(number, COLOURS[colour]).save(folder / name)
        (folder / f"{name}.xmp").write_bytes(xmp(keywords=(product,)))
        truth[name] = {"product": product, "colour": colour}
    return truth


def receipts(folder: Path) -> Truth:
    """Receipts that a phone took, and screenshots, which are another kind of file; both of two years."""
    folder.mkdir(parents=True)
    truth: Truth = {}
    for number in range(20):
        year = 2023 if number % 2 else 2024
        screenshot = number % 4 == 0
        moment = datetime(year, 2 + number % 6, 5, 12) + timedelta(minutes=number)
        stem = f"{'Screenshot' if screenshot else 'scan'}_{number:02}"
        name = f"{stem}.{'png' if screenshot else 'jpg'}"
        picture = _scene(number, COLOURS["blue"] if screenshot else (150, 150, 150))
        if screenshot:
            picture.save(folder / name)
            (folder / f"{name}.xmp").write_bytes(xmp(moment.isoformat()))
        else:
            picture.save(folder / name, exif=exif(moment, 60, "Google Pixel 7"))
        truth[name] = {"kind": "screenshot" if screenshot else "receipt", "year": str(year)}
    return truth


def dataset(folder: Path) -> Truth:
    """Deer, foxes and badgers at two places; species as keywords, the places as positions."""
    folder.mkdir(parents=True)
    truth: Truth = {}
    for number in range(24):
        species, city = ("deer", "fox", "badger")[number % 3], ("Berlin", "Nairobi")[number // 3 % 2]
        name = f"cam-{number:02}.jpg"
        latitude, longitude, offset = PLACES[city]
        moment = datetime(2024, 1 + number % 2, 7, 6 + number % 12)
        colour = tuple(COLOURS.values())[number % 3]
        _scene(number, colour).save(folder / name, exif=exif(moment, offset, "", (latitude, longitude)))
        (folder / f"{name}.xmp").write_bytes(xmp(keywords=(species,)))
        truth[name] = {
            "species": species,
            "site": city,
            "month": "January" if moment.month == 1 else "February",
        }
    return truth


FOLDERS: dict[str, Callable[[Path], Truth]] = {
    "holiday": holiday, "shop": shop, "receipts": receipts, "dataset": dataset,
}  # fmt: skip
