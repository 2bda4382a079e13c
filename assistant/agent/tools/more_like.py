"""Find images that are like some, and move them where that is asked for."""

from pydantic import Field

from assistant.agent.calls import Call, Understood
from assistant.agent.context import Context
from assistant.agent.tools.base import Arguments, Effect, GroupName, ImageName, Result, Slots, Tool
from tools.names import quoted, visible


class MoreLikeArguments(Arguments):
    """Names the images to search by, and the group that the similar ones move to."""

    images: list[ImageName] = Field(min_length=1, max_length=100)
    to: GroupName | None = Field(
        None, description="The group to move them to; left out, they are only shown."
    )


class MoreLike(Tool[MoreLikeArguments]):
    """Find the images that are most like some; with a group, move all of them there."""

    effect = Effect.READ
    arguments = MoreLikeArguments

    def run(self, context: Context, arguments: MoreLikeArguments) -> Result:
        desk = context.desk
        images = desk.editing.more_like(arguments.images, arguments.to, progress=context.progress)
        listed = [f"#{desk.collection.number(image)}" for image in images]
        shown = ", ".join(listed) or "none"
        if arguments.to is None:
            return f"Most like {visible(', '.join(arguments.images))}: {shown}.", {
                "images": list(images),
                "listed": listed,
            }
        if not images:
            return "Nothing else is like these; nothing was moved.", {"images": []}
        text, ids = context.changed(desk.clusterings.get())
        return f"Moved with {shown}, which are like it.\n{text}", ids

    def effect_of(self, context: Context, arguments: MoreLikeArguments) -> Effect:
        return Effect.EDIT if arguments.to else Effect.READ

    def offer(self, context: Context, arguments: MoreLikeArguments) -> str:
        to = quoted(context.group_name(arguments.to or ""))
        return f"move all that are like {visible(', '.join(arguments.images))} to {to}"

    def read_instead(self, arguments: MoreLikeArguments) -> Call:
        return Call(self.name, {"images": arguments.images})

    def understand(self, slots: Slots) -> Understood | None:
        last = slots.dialogue.last
        if slots.form == "same":  # as the images that were moved last
            given = last.arguments if last is not None and last.tool == "move_images" else {}
            return [Call(self.name, {"images": given["images"], "to": given["to"]})] if given else None
        images = slots.values.get("sure_images") or slots.values.get("images")
        to = slots.values.get("to")
        return [Call(self.name, {"images": images} | ({"to": to} if to else {}))] if images else None
