"""Say what the file of an image says: when, where and with what it was taken."""

from typing import ClassVar, Literal

from pydantic import Field

from assistant.agent.calls import Call, Understood
from assistant.agent.context import Context
from assistant.agent.stays_here import FROM_FILES
from assistant.agent.tools.base import Arguments, Effect, GroupName, ImageName, Name, Result, Slots, Tool
from assistant.desk.conditions import Condition
from tools.names import amount, quoted, visible

MOST_IMAGES = 12
"""The most images of which it is said."""


class ShowMetadataArguments(Arguments):
    """Names the images, and what is asked of them."""

    ASKS_FILES: ClassVar[tuple[str, ...]] = ("asked",)

    images: list[ImageName] = Field(
        [],
        max_length=500,
        description="Numbers or file names of images; left out, all of the group or of the folder.",
    )
    cluster: GroupName | None = Field(None, description="A group, in place of single images.")
    about: Literal["when", "where", "camera"] | None = Field(
        None, description="What is asked; left out, all that the file says."
    )
    asked: Name | None = Field(
        None, description='What it is asked whether the file says it: "Tokyo", "June 2023", "Canon".'
    )
    counted: Name | None = Field(
        None,
        description='What is counted over all images, the most frequent first: "camera", "month", "city".',
    )


class ShowMetadata(Tool[ShowMetadataArguments]):
    """Say when, where and with what camera images were taken, as their files say it (EXIF, XMP, Google Takeout, the
    file name). It reads; it sorts nothing."""

    effect = Effect.READ
    arguments = ShowMetadataArguments
    needs_groups = False

    def run(self, context: Context, arguments: ShowMetadataArguments) -> Result:
        if arguments.counted is not None:
            counts = context.desk.metadata.counts(arguments.counted, context.progress)
            return visible(counts), {FROM_FILES: True}
        if not arguments.images:
            return _of_all(context, arguments)
        images = context.desk.find_images(arguments.images)
        condition = (
            context.desk.conditions.in_files(arguments.asked, context.progress) if arguments.asked else None
        )
        about = arguments.about
        if arguments.asked is not None:
            about = _ABOUT.get(condition.criterion) if condition is not None else None
        lines = [
            context.desk.seeing.whether(image, arguments.asked, context.progress)
            if arguments.asked and condition is None and not context.desk.metadata.caption(image)
            else _whether(image, condition, arguments.asked) + context.desk.metadata.told(image, about)
            for image in images[:MOST_IMAGES]
        ]
        more = [f"and {len(images) - MOST_IMAGES} more"] if len(images) > MOST_IMAGES else []
        found = {"image": images[0]} if len(images) == 1 else {"images": list(images)}
        return "\n".join([*lines, *more]), {**found, FROM_FILES: True}

    def understand(self, slots: Slots) -> Understood | None:
        images = slots.values.get("images") or [
            image for name in ("picture", "image") if (image := slots.values.get(name))
        ]
        if slots.form == "asked":
            given = {"asked": str(slots.values["asked"])}
        else:
            given = {"about": slots.form.partition("_")[0]} if slots.form else {}
        if slots.form.endswith("_these") and slots.dialogue.images:
            return [Call(self.name, {"images": list(slots.dialogue.images), **given})]
        if slots.form.endswith(("_all", "_these")):
            spoken = slots.dialogue.spoken[-1:] if slots.form.endswith("_these") else ()
            cluster = slots.values.get("cluster") or next(iter(spoken), None)
            return [Call(self.name, given | ({"cluster": cluster} if cluster else {}))]
        return [Call(self.name, {"images": list(images), **given})] if images else None


_ABOUT: dict[str, Literal["when", "where", "camera"]] = {
    **dict.fromkeys(("year", "month", "day", "season", "weekday", "time of day"), "when"),
    **dict.fromkeys(("country", "city", "place"), "where"),
    **dict.fromkeys(("camera", "lens", "phone or camera"), "camera"),
}
"""What a value is about, by its criterion."""


def _whether(image: str, condition: Condition | None, asked: str | None) -> str:
    """Return whether a file says what is asked, before what it says of it; "" where nothing was asked."""
    if asked is None:
        return ""
    return "Yes: " if condition is not None and image in condition.images else "No: "


def _of_all(context: Context, arguments: ShowMetadataArguments) -> Result:
    """Return what the files of a group, or of all images, say together."""
    desk = context.desk
    images = desk.collection.ids
    title = "All"
    if arguments.cluster is not None:
        met = desk.conditions.met([arguments.cluster], (), context.progress)
        images, title = met.images, quoted(met.name)
    told = desk.metadata.summary(images, arguments.about, context.progress)
    return f"{title}, {amount(len(images), 'picture')}: {visible(told)}", {FROM_FILES: True}
