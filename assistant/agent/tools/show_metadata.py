"""Say what the file of an image says: when, where and with what it was taken."""

from typing import Literal

from pydantic import Field

from assistant.agent.calls import Call, Understood
from assistant.agent.context import Context
from assistant.agent.stays_here import FROM_FILES
from assistant.agent.tools.base import Arguments, Effect, ImageName, Result, Slots, Tool

MOST_IMAGES = 12
"""The most images of which it is said."""


class ShowMetadataArguments(Arguments):
    """Names the images, and what is asked of them."""

    images: list[ImageName] = Field(
        min_length=1, max_length=500, description="Numbers or file names of images."
    )
    about: Literal["when", "where", "camera"] | None = Field(
        None, description="What is asked; left out, all that the file says."
    )


class ShowMetadata(Tool[ShowMetadataArguments]):
    """Say when, where and with what camera images were taken, as their files say it (EXIF, XMP, Google Takeout, the
    file name). It reads; it sorts nothing."""

    effect = Effect.READ
    arguments = ShowMetadataArguments
    needs_groups = False

    def run(self, context: Context, arguments: ShowMetadataArguments) -> Result:
        images = context.desk.find_images(arguments.images)
        lines = [context.desk.metadata.told(image, arguments.about) for image in images[:MOST_IMAGES]]
        more = [f"and {len(images) - MOST_IMAGES} more"] if len(images) > MOST_IMAGES else []
        found = {"image": images[0]} if len(images) == 1 else {"images": list(images)}
        return "\n".join([*lines, *more]), {**found, FROM_FILES: True}

    def understand(self, slots: Slots) -> Understood | None:
        images = slots.values.get("images") or [
            image for name in ("picture", "image") if (image := slots.values.get(name))
        ]
        given = {"about": slots.form} if slots.form else {}
        return [Call(self.name, {"images": list(images), **given})] if images else None
