"""Describe images in words."""

from pydantic import Field

from assistant.agent.builtin.lexicon import ATTRIBUTES
from assistant.agent.calls import Call, Understood
from assistant.agent.context import Context
from assistant.agent.stays_here import FROM_FILES
from assistant.agent.tools.base import Arguments, Effect, GroupName, ImageName, Name, Result, Slots, Tool

MOST_LINES = 12
"""The most lines of a description."""


class DescribeImagesArguments(Arguments):
    """Says which images are described, and what about them."""

    images: list[ImageName] = Field(
        default_factory=list, max_length=500, description="Numbers or file names; left out, all of them."
    )
    cluster: GroupName | None = Field(None, description="Only the images of this group.")
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
        lines = context.desk.explaining.described(
            arguments.images, arguments.cluster, arguments.question, context.progress
        )
        more = [f"and {len(lines) - MOST_LINES} more lines"] if len(lines) > MOST_LINES else []
        told = bool(arguments.question and context.desk.metadata.sees(arguments.question))
        return "\n".join([*lines[:MOST_LINES], *more]), {FROM_FILES: told}

    def understand(self, slots: Slots) -> Understood | None:
        if slots.form == "of_image" and str(slots.values["criterion"]).split()[-1].lower() not in ATTRIBUTES:
            return None
        names = {"images": "images", "criterion": "question"}
        return [
            Call(self.name, {names[slot]: value for slot, value in slots.values.items() if slot in names})
        ]
