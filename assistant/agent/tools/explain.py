"""Say why an image is where it is."""

from assistant.agent.calls import Call, Understood
from assistant.agent.context import Context
from assistant.agent.stays_here import FROM_FILES
from assistant.agent.tools.base import Arguments, Effect, ImageName, Result, Slots, Tool
from tools.settle.by_value import is_from_files


class ExplainArguments(Arguments):
    """Names the image to explain."""

    image: ImageName


class Explain(Tool[ExplainArguments]):
    """Say why one image is in the group where it is: what was seen in it, and how sure that is."""

    effect = Effect.READ
    arguments = ExplainArguments

    def run(self, context: Context, arguments: ExplainArguments) -> Result:
        (image,) = context.desk.find_images([arguments.image])
        said = context.desk.explaining.image(image, progress=context.progress)
        return said, {"image": image, FROM_FILES: is_from_files(context.desk.clusterings.get())}

    def understand(self, slots: Slots) -> Understood | None:
        image = slots.values.get("picture") or slots.values.get("image")
        return [Call(self.name, {"image": image})] if image else None
