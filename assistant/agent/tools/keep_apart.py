"""Keep single images in different groups."""

from assistant.agent.calls import Call, Understood
from assistant.agent.context import Context
from assistant.agent.tools.base import Effect, Result, Slots, Tool
from assistant.agent.tools.keep_together import LinkedImages, linked
from tools.names import visible


class KeepApart(Tool[LinkedImages]):
    """The person says that single images must not be in one group: the first apart from each of the others."""

    effect = Effect.EDIT
    arguments = LinkedImages

    def run(self, context: Context, arguments: LinkedImages) -> Result:
        before = context.desk.clusterings.get()
        return context.changed(context.desk.editing.cut(arguments.images[0], arguments.images[1:]), before)

    def offer(self, context: Context, arguments: LinkedImages) -> str:
        return f"keep {visible(', '.join(arguments.images))} apart from now on"

    def read_instead(self, arguments: LinkedImages) -> Call:
        return Call("explain", {"image": arguments.images[0]})

    def understand(self, slots: Slots) -> Understood | None:
        return linked(self.name, slots)
