"""Describe images in words."""

from typing import ClassVar

from pydantic import Field

from assistant.agent.builtin.lexicon import ATTRIBUTES
from assistant.agent.calls import Call, Understood
from assistant.agent.context import Context
from assistant.agent.stays_here import FROM_FILES
from assistant.agent.tools.base import Arguments, Effect, GroupName, ImageName, Name, Result, Slots, Tool
from assistant.desk.seeing import WHO
from tools.settle.by_value import is_from_files
from tools.singular import in_singular

MOST_LINES = 12
"""The most lines of a description."""


class DescribeImagesArguments(Arguments):
    """Says which images are described, and what about them."""

    ASKS_FILES: ClassVar[tuple[str, ...]] = ("asked",)

    images: list[ImageName] = Field(
        default_factory=list, max_length=500, description="Numbers or file names; left out, all of them."
    )
    cluster: GroupName | None = Field(None, description="Only the images of this group.")
    asked: Name | None = Field(
        None,
        description='Whether something is so in these images, such as "outdoors" or "glasses": yes or no is told.',
    )
    question: Name | None = Field(
        None, description='What to say of them, such as "hair colour"; left out, all that is seen.'
    )


class DescribeImages(Tool[DescribeImagesArguments]):
    """Describe images in words and count the words: all that is seen in them, or the answer to one question, for which
    a model that describes is asked where there is one."""

    effect = Effect.READ
    arguments = DescribeImagesArguments
    needs_groups = False

    def run(self, context: Context, arguments: DescribeImagesArguments) -> Result:
        if arguments.question and (approval := context.to_send([arguments.question], None)):
            return (
                f"To describe them, pictures would have to be sent to {approval.host}; group by it to be asked.",
                {},
            )
        if arguments.images and len(arguments.images) <= MOST_LINES:
            of_each = self._of_each(context, arguments)
            if of_each:
                return "\n".join(of_each), {FROM_FILES: _may_be_of_files(context, arguments)}
        lines = context.desk.explaining.described(
            arguments.images, arguments.cluster, arguments.question, context.progress
        )
        more = [f"and {len(lines) - MOST_LINES} more lines"] if len(lines) > MOST_LINES else []
        told = bool(arguments.question and context.desk.metadata.sees(arguments.question))
        return "\n".join([*lines[:MOST_LINES], *more]), {FROM_FILES: told}

    def _of_each(self, context: Context, arguments: DescribeImagesArguments) -> list[str]:
        """Return a line for each image that answers the question about it; none where nothing is asked."""
        seeing, progress = context.desk.seeing, context.progress
        if arguments.asked:
            return [seeing.whether(image, arguments.asked, progress) for image in arguments.images]
        if arguments.question:
            return [seeing.told(image, arguments.question, progress) for image in arguments.images]
        return []

    def understand(self, slots: Slots) -> Understood | None:
        if slots.form in ("whether", "whether_still"):
            return _whether(slots)
        if slots.form == "who":
            return [Call(self.name, {"images": slots.values["images"], "question": WHO})]
        if slots.form == "people":
            return [Call(self.name, {"images": slots.values["images"], "question": "number of people"})]
        if slots.form == "of_image" and str(slots.values["criterion"]).split()[-1].lower() not in ATTRIBUTES:
            return None
        if "state" in slots.values:
            return [
                Call(self.name, {"images": slots.values["state"][0], "question": slots.values["criterion"]})
            ]
        names = {"images": "images", "criterion": "question"}
        return [
            Call(self.name, {names[slot]: value for slot, value in slots.values.items() if slot in names})
        ]


def _whether(slots: Slots) -> Understood | None:
    """Return the call that says whether something is so in images.

    Of a group of the grouping that is shown other tools tell more: where an image is, as "isn't #3 sad" and "was #3 sad
    before" ask, or with the offer to move it there, as "is #3 sad" does (None).
    """
    named, asked = slots.values.get("state") or (slots.values["images"], slots.values["trait"])
    here = slots.dialogue.names[: slots.dialogue.current]
    if in_singular(asked) in {in_singular(name) for name in here}:
        return (
            [Call("explain", {"image": image}) for image in named] if slots.form == "whether_still" else None
        )
    return [Call(DescribeImages.name, {"images": named, "asked": asked})]


def _may_be_of_files(context: Context, arguments: DescribeImagesArguments) -> bool:
    """Return whether what is told of single images may be what their files say, or groups that were made of that."""
    desk = context.desk
    if any(is_from_files(clustering) for clustering in desk.clusterings.all()):
        return True
    if arguments.asked:
        return desk.conditions.in_files(arguments.asked, context.progress) is not None
    return bool(arguments.question and desk.metadata.sees(arguments.question, context.progress))
