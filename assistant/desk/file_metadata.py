"""Knows what the files of a collection say of their pictures, and makes criteria of it that need no look at them."""

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

import numpy as np

from assistant.workspace import Shelf
from tools.describe.describe import Descriptions
from tools.describe.guided import criterion_key
from tools.embed.route import MOSTLY
from tools.errors import UsageError
from tools.metadata.columns import Column, PictureFile, column, spoken_position, spoken_time
from tools.metadata.listed_values import NAMED_BY, counts_where_most_say_it, listed_column, meant
from tools.metadata.metadata import FILE_TIME, Metadata
from tools.metadata.metadata_criteria import CRITERIA, MetadataCriterion, named_criterion
from tools.metadata.places import place_names
from tools.metadata.read_metadata import RULES, read_metadata
from tools.models.ports import Slot, SlotSpec, Vectors
from tools.named_values import values_in
from tools.names import amount, quoted, visible
from tools.progress import Progress, silent
from tools.scan.collection import Collection, ImageFile

VALUE_VIEW, TIME_VIEW = "metadata.value", "metadata.time"
"""The names of the views of a criterion of metadata: equal values have equal rows; days since 1970."""
_WIDTH = 16
"""The columns of the view of values."""
_READING = "reading what the files say"
"""The name of that stage of the work, for the progress."""
_KEPT_TOGETHER = 500
"""The number of files of which what they say is kept in one step, so that stopping loses no more."""
_BY_NAME = {criterion.name: criterion for criterion in CRITERIA}
_MOST_VALUES = 8
"""The most values that are named of all that files say."""
_JOINED = 2
"""The number of criteria whose descriptions are remembered."""


class FileMetadata:
    """Reads what the files of one collection say, once for each state of a file.

    Args:
        collection: Returns the collection as it is now.
        shelf: Where what was read is kept.
    """

    def __init__(self, collection: Callable[[], Collection], shelf: Shelf) -> None:
        self._collection, self._shelf = collection, shelf
        self._read: tuple[Collection, dict[str, Metadata]] | None = None
        self._columns: dict[str, Column] = {}
        self._joined: dict[str, tuple[Descriptions, Descriptions]] = {}

    def of(self, image: str) -> Metadata:
        """Return what the file of an image says, reading no other file. Raise KeyError where there is no image of
        this id."""
        collection = self._collection()
        if self._read is not None and self._read[0] is collection:
            return self._read[1][image]
        return self._read_file(collection, collection.by_id(image), self._shelf.metadata.all())[0]

    def caption(self, image: str) -> str:
        """Return in a line when and where a picture was taken and with which camera, as far as its file says it: "12
        May 2024, 10:11 · Lisbon, Portugal · Canon EOS R6"; "" where it says nothing.

        Raises:
            KeyError: There is no image of this id.
        """
        known = self.of(image)
        place = ""
        if known.has_place:
            town = place_names([(known.latitude or 0.0, known.longitude or 0.0)])[0]
            place = f"{town.city}, {town.country}" if town.city else spoken_position(known)
        return " · ".join(filter(None, (spoken_time(known), place, known.camera)))

    def told(self, image: str, about: str | None = None) -> str:
        """Return in a line what the file of an image says.

        Args:
            image: The id of the image.
            about: "when", "where" or "camera"; None for all of it.

        Raises:
            KeyError: There is no image of this id.
        """
        known, collection = self.of(image), self._collection()
        called = f"#{collection.number(image)} {quoted(collection.by_id(image).path.as_posix())}"
        parts = [part for key, part in _parts(known).items() if about in (None, key)]
        return f"{called}: {visible('; '.join(parts))}"

    def summary(self, images: Sequence[str], about: str | None = None, progress: Progress = silent) -> str:
        """Return in a line what the files of some images say together.

        Args:
            images: The ids of the images.
            about: "when", "where" or "camera"; None for all of it.
            progress: Called while files are read.
        """
        known, collection = self.all(progress), self._collection()
        parts = []
        dated = sorted(
            (image for image in images if known[image].taken), key=lambda image: str(known[image].taken)
        )
        if about in (None, "when"):
            if dated:
                first, last = (
                    f"{spoken_time(known[image])} (#{collection.number(image)})"
                    for image in (dated[0], dated[-1])
                )
                span = f"taken between {first} and {last}" if len(dated) > 1 else f"taken on {first}"
                parts.append(f"{span}{_of(len(dated), len(images), 'a date')}")
            else:
                parts.append("no file says when")
        row = {image: i for i, image in enumerate(collection.ids)}
        for key, name, of in (("where", "city", "a place"), ("camera", "camera", "a camera")):
            if about in (None, key):
                values = self.column(_BY_NAME[name], progress).values
                count = Counter(value for image in images if (value := values[row[image]]) is not None)
                each = ", ".join(
                    f"{quoted(value)} {number:,}" for value, number in count.most_common(_MOST_VALUES)
                )
                more = f" and {len(count) - _MOST_VALUES} more" if len(count) > _MOST_VALUES else ""
                said = (
                    f"{each}{more}{_of(count.total(), len(images), of)}" if count else f"no file names {of}"
                )
                parts.append(said)
        return "; ".join(parts)

    def counts(self, criterion: str, progress: Progress = silent) -> str:
        """Return in a line how many images have each value of a criterion, the most frequent first.

        Raises:
            UsageError: Files say nothing of that, or none of them does.
        """
        named = named_criterion(criterion)
        if named is None:
            raise UsageError(f"files say nothing of {quoted(criterion)}; they say {', '.join(_BY_NAME)}")
        made = self.column(named, progress)
        count = Counter(value for value in made.values if value is not None)
        if not count:
            raise UsageError(f"{named.missing} of any picture")
        ranked = sorted(made.order, key=lambda value: -count[value])
        each = ", ".join(f"{quoted(value)} {count[value]:,}" for value in ranked[:_MOST_VALUES])
        more = f" and {len(ranked) - _MOST_VALUES} more" if len(ranked) > _MOST_VALUES else ""
        note = f"; {made.note}" if made.note else ""
        return (
            f"By {named.name}: {each}{more}{_of(count.total(), len(made.values), f'a {named.name}')}{note}."
        )

    @property
    def known(self) -> bool:
        """Return whether the files were read already, so that `all` returns at once."""
        return self._read is not None and self._read[0] is self._collection()

    def all(self, progress: Progress = silent) -> dict[str, Metadata]:
        """Return what the file of each image says, by the image's id."""
        collection = self._collection()
        if self._read is None or self._read[0] is not collection:
            self._read = collection, self._read_files(collection, progress)
            self._columns, self._joined = {}, {}
        return self._read[1]

    def sees(self, criterion: str, progress: Progress = silent) -> MetadataCriterion | None:
        """Return what files say that a criterion in the user's words is about; None where it is about something else.

        What pictures show as well, such as the season, is read from the files only where most of them say it.
        """
        named = named_criterion(criterion)
        if named is None:
            return self._listed(criterion, progress)
        return named if not named.seen or _is_said_of_most(self.column(named, progress)) else None

    def _listed(self, criterion: str, progress: Progress) -> MetadataCriterion | None:
        """Return a criterion of the values that the user lists ("weekends or weekdays"), where files say them all."""
        values, rest = values_in(criterion)
        if (found := self._base_of(values, len(values) == 1, progress)) is None:
            return None
        base, every, stands_for = found
        listed = replace(base, name=criterion, phrases=(), interest=0.0)
        self._columns[criterion] = listed_column(every, stands_for, rest or None, base.missing)
        return listed

    def says(self, value: str, progress: Progress = silent) -> str:
        """Return the name of the criterion of which files say a value, such as "city" of "Berlin"; "" for none.

        A part of a name counts where it is written as one: "Canon", but "apples" are no pictures by an Apple phone.
        """
        found = self._base_of([value], value == value.casefold(), progress)
        return found[0].name if found is not None else ""

    def _base_of(
        self, values: Sequence[str], alone: bool, progress: Progress
    ) -> tuple[MetadataCriterion, Column, list[tuple[str, frozenset[str]]]] | None:
        """Return the criterion of which files say all of these values, its column, and what each value stands for."""
        if not values:
            return None
        for base in (_BY_NAME[name] for name in NAMED_BY):
            every = self.column(base, progress)
            if counts_where_most_say_it(base) and not _is_said_of_most(every):
                continue
            found = [(value, meant(base, value, every.order, alone)) for value in values]
            stands_for = [(value, each) for value, each in found if each is not None]
            if base.name == "year" and every.note and not all(each for _, each in stands_for):
                continue  # when a file changed says nothing of years in which none did
            if len(stands_for) == len(found):
                return base, every, stands_for
        return None

    def column(self, criterion: MetadataCriterion, progress: Progress = silent) -> Column:
        """Return the value of each image under a criterion, in collection order."""
        known = self.all(progress)
        if criterion.name not in self._columns:
            collection = self._collection()
            files = [
                PictureFile(image.path, known[image.sha256], image.bytes, image.width * image.height)
                for image in collection.images
            ]
            made, note = column(criterion, files), ""
            if criterion.dated and not criterion.seen and not any(made.values):
                files = [_with_file_time(file, collection.folder) for file in files]
                note = "no file says when its picture was taken; these are the times at which the files last changed"
                made = column(criterion, files, note)
            self._columns[criterion.name] = made
        return self._columns[criterion.name]

    def proposable(self, progress: Progress = silent) -> dict[MetadataCriterion, Column]:
        """Return the criteria that may be proposed here: those that files say, without the times of the files."""
        columns = {c: self.column(c, progress) for c in CRITERIA if c.interest}
        return {c: made for c, made in columns.items() if any(made.values) and not made.note}

    def joined(
        self, criterion: str, seen: Descriptions | None, progress: Progress = silent
    ) -> Descriptions | None:
        """Return the descriptions with what the files say under a criterion; None where it is not about that.

        Args:
            criterion: In the user's words.
            seen: What was seen in the images; None where nobody has looked at them, which is not needed.
            progress: Called while files are read.

        Raises:
            UsageError: No file says anything about it.
        """
        named = self.sees(criterion, progress)
        if named is None:
            return None
        key, made = criterion_key(criterion), self.column(named, progress)
        if not any(made.values):
            other = Counter(why for why in made.why if why and why != named.missing).most_common(1)
            reason = (
                f"{amount(other[0][1], 'file')} {'says' if other[0][1] == 1 else 'say'} {visible(other[0][0])}"
                if other and not named.phrases
                else f"{named.missing} of any of them"
            )
            raise UsageError(
                f"these pictures cannot be grouped by {named.name}: {reason}; "
                "group by what they show, such as colour, or say: what could I group by?"
            )
        if key in self._joined and seen is not None and self._joined[key][0] is seen:
            return self._joined[key][1]
        if seen is None:
            if key in self._joined and not self._joined[key][0].specs:
                return self._joined[key][1]
            seen = Descriptions(self._collection().ids, {})
        joined = _with_column(seen, key, named, made, self._collection().ids)
        while len(self._joined) >= _JOINED:
            del self._joined[next(iter(self._joined))]
        self._joined[key] = seen, joined
        return joined

    def _read_files(self, collection: Collection, progress: Progress) -> dict[str, Metadata]:
        kept, of = self._shelf.metadata.all(), len(collection.images)
        known: dict[str, Metadata] = {}
        news: dict[bytes, tuple[str, Metadata]] = {}
        for done, image in enumerate(collection.images):
            metadata, state = self._read_file(collection, image, kept, partial(progress, _READING, done, of))
            if state:
                news[os.fsencode(image.path)] = state, metadata
                if len(news) == _KEPT_TOGETHER:
                    self._keep(news)
            known[image.sha256] = metadata
        self._keep(news)
        return known

    def _read_file(
        self,
        collection: Collection,
        image: ImageFile,
        kept: Mapping[bytes, tuple[str, str]],
        tick: Callable[[], None] = lambda: None,
    ) -> tuple[Metadata, str]:
        """Return what the file of an image says, and its state where that was not known before, else ""."""
        beside = [collection.folder / companion.path for companion in collection.companions_of(image.sha256)]
        path, state = os.fsencode(image.path), _state(collection.folder / image.path, beside)
        metadata = _from_json(kept.get(path), state)
        if metadata is not None:
            return metadata, ""
        tick()
        return read_metadata(collection.folder / image.path, beside), state

    def _keep(self, news: dict[bytes, tuple[str, Metadata]]) -> None:
        if self._shelf.exclusive:
            self._shelf.metadata.keep(news)
        news.clear()


def _is_said_of_most(column: Column) -> bool:
    return sum(value is not None for value in column.values) >= MOSTLY * len(column.values)


def _of(said: int, images: int, what: str) -> str:
    """Return how many files say something, where not all do."""
    return "" if said == images else f" ({said:,} of {images:,} files say {what})"


def _parts(known: Metadata) -> dict[str, str]:
    """Return in words when, where and with what a picture was taken, and what else its file says."""
    parts = {"when": "its file does not say when it was taken"}
    if known.taken is not None:
        zone = "" if known.offset is None else f", {_offset(known.offset)}"
        parts["when"] = f"taken on {spoken_time(known)}{zone} ({known.taken_by})"
    if known.has_place:
        name = place_names([(known.latitude or 0.0, known.longitude or 0.0)])[0]
        town = f"in {name.city}, {name.country}, " if name.city else ""
        parts["where"] = f"{town}at {spoken_position(known)} ({known.place_by})"
    else:
        parts["where"] = "its file does not say where it was taken"
    with_what = [known.camera, known.lens, *_settings(known)]
    parts["camera"] = (
        f"with {', '.join(filter(None, with_what))}" if any(with_what) else "its file names no camera"
    )
    if known.rating is not None:
        parts["rating"] = "rejected" if known.rating < 0 else amount(known.rating, "star")
    if known.keywords:
        parts["keywords"] = f"keywords: {', '.join(known.keywords)}"
    return parts


def _settings(known: Metadata) -> list[str]:
    """Return the settings of the camera in words."""
    found = []
    if known.focal_length is not None:
        found.append(
            f"{known.focal_length:g} mm" + (" (as on 35 mm film)" if known.focal_is_equivalent else "")
        )
    if known.exposure is not None:
        short = known.exposure < 0.5
        found.append(f"1/{round(1 / known.exposure)} s" if short else f"{known.exposure:g} s")
    if known.flash is not None:
        found.append("flash" if known.flash else "no flash")
    return found


def _offset(minutes: int) -> str:
    return f"UTC{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _from_json(kept: tuple[str, str] | None, state: str) -> Metadata | None:
    if kept is None or kept[0] != state:
        return None
    try:
        return Metadata.from_json(kept[1])
    except ValueError:
        return None


def _state(file: Path, beside: Sequence[Path]) -> str:
    """Return what changes whenever the file, or one of those beside it, does."""
    parts = [str(RULES)]
    for path in (file, *beside):
        with suppress(OSError):
            status = path.stat()
            parts.append(f"{status.st_size}:{status.st_mtime_ns}")
    return " ".join(parts)


def _with_file_time(file: PictureFile, folder: Path) -> PictureFile:
    """Return a file with the time of its last change as its date."""
    try:
        changed = datetime.fromtimestamp((folder / file.path).stat().st_mtime)
    except (OSError, OverflowError, ValueError):
        return file
    return replace(file, metadata=replace(file.metadata, taken=changed, taken_by=FILE_TIME))


def _with_column(
    seen: Descriptions, key: str, named: MetadataCriterion, made: Column, ids: Sequence[str]
) -> Descriptions:
    """Return descriptions with a criterion of metadata as one more slot."""
    row = {image: i for i, image in enumerate(ids)}
    rows = [row[image] for image in seen.images]
    name = f"metadata: {named.name}"
    spec = SlotSpec(
        name,
        (key,),
        (VALUE_VIEW,),
        named.name,
        recorded=made.order,
        recorded_note=made.note,
        interest=named.interest,
    )
    slots = [
        None if (value := made.values[i]) is None else Slot(name, value, float(made.confidence[i]))
        for i in rows
    ]
    views = {VALUE_VIEW: _value_rows([made.values[i] for i in rows])}
    if made.time is not None:
        views[TIME_VIEW] = made.time[rows].astype(np.float32)[:, None]
    return seen.with_slot(spec, slots, views, tuple(made.why[i] for i in rows))


def _value_rows(values: Sequence[str | None]) -> Vectors:
    """Return (n, 16) float32: a random unit vector for each value, the same for the same value everywhere."""
    vectors: dict[str | None, Vectors] = {None: np.full(_WIDTH, np.nan, np.float32)}
    for value in set(values) - {None}:
        digest = hashlib.blake2b((value or "").encode("utf-8", "replace"), digest_size=8).digest()
        vector = np.random.default_rng(int.from_bytes(digest, "big")).standard_normal(_WIDTH)
        vectors[value] = (vector / np.linalg.norm(vector)).astype(np.float32)
    return np.stack([vectors[value] for value in values]) if values else np.empty((0, _WIDTH), np.float32)
