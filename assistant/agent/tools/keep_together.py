"""Keep single images in one group."""

from pydantic import Field

from assistant.agent.calls import Call, Understood
from assistant.agent.context import Context
from assistant.agent.tools.base import Arguments, Effect, ImageName, Result, Slots, Tool
from tools.names import visible


class LinkedImages(Arguments):
    """Names the images that belong together, or apart."""

    images: list[ImageName] = Field(min_length=2, max_length=100)


class KeepTogether(Tool[LinkedImages]):
    """The person says that single images belong together, whatever their group is called: it holds in every later
    grouping."""

    effect = Effect.EDIT
    arguments = LinkedImages

    def run(self, context: Context, arguments: LinkedImages) -> Result:
        before = context.desk.clusterings.get()
        return context.changed(context.desk.editing.link(arguments.images), before)

    def offer(self, context: Context, arguments: LinkedImages) -> str:
        return f"keep {visible(', '.join(arguments.images))} together from now on"

    def read_instead(self, arguments: LinkedImages) -> Call:
        return Call("explain", {"image": arguments.images[0]})

    def understand(self, slots: Slots) -> Understood | None:
        return linked(self.name, slots)


def linked(tool: str, slots: Slots) -> Understood | None:
    """Return a call with all images of a sentence that links them; None where it names fewer than two."""
    first = slots.values.get("sure_images") or slots.values.get("images") or []
    images = list(dict.fromkeys([*first, *(slots.values.get("others") or [])]))
    return [Call(tool, {"images": images})] if len(images) > 1 else None
