"""Move single images into another group."""

import re

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from assistant.agent import confirmations, wording
from assistant.agent.builtin.lexicon import PILE
from assistant.agent.builtin.replies import single_images
from assistant.agent.calls import Call, Reply, Understood
from assistant.agent.context import Context
from assistant.agent.tools.base import Arguments, Effect, GroupName, ImageName, Result, Slots, Tool
from tools.clustering.clustering import UNSORTED
from tools.errors import RegroupError, UsageError
from tools.names import quoted, spelling_suggestion, visible


class MoveImagesArguments(Arguments):
    """Names the images, and the group that they move to."""

    images: list[ImageName] = Field(min_length=1, max_length=1000)
    to: GroupName = Field(
        description='The group to move them to: name, number or id, a new name, or "unsorted".'
    )
    # Only the built-in brain says it: a model would have to read what that is for with every request.
    out_of: SkipJsonSchema[GroupName | None] = None


_NEW_GROUP = re.compile(
    rf"(?:an?|their|its) (?:(?:own|new|separate|extra) ?)+(?: ?{PILE})?(?: of (?:their|its) own)?"
    r"(?:,? (?:called|named|with the name) (?P<name>.+))?|(?:of )?(?:its|their) own",
    re.IGNORECASE,
)
"""Matches a group that is yet to be made, with its name: "their own group called phone"."""


class MoveImages(Tool[MoveImagesArguments]):
    """Move single images into another group of the current grouping, to a new group, or to "unsorted". No file is
    moved."""

    effect = Effect.EDIT
    arguments = MoveImagesArguments

    def run(self, context: Context, arguments: MoveImagesArguments) -> Result:
        desk = context.desk
        before = desk.clusterings.get()
        if placed := placed_already(context, arguments):
            return placed, {}
        names = [cluster.name for cluster in before.clusters]
        asks = context.confirmations
        if not desk.editing.has_group(arguments.to) and not asks.new and asks.first(self.name, arguments.to):
            images = desk.find_images(arguments.images)  # an error about them comes before the question
            if asks.names_an_image and (group := desk.editing.stood_for(images)) is not None:
                return confirmations.whole_group(
                    arguments.images[0], group.name, before.size(group.id), group.id, arguments.to
                )
            return confirmations.group(
                arguments.to, spelling_suggestion(arguments.to, names), arguments.images, names
            )
        return context.changed(desk.editing.move(arguments.images, arguments.to), before)

    def offer(self, context: Context, arguments: MoveImagesArguments) -> str:
        new = ""
        try:
            if placed_already(context, arguments):
                return ""
            new = "" if context.desk.editing.has_group(arguments.to) else "the new group "
        except RegroupError:
            pass  # an unknown image or group, which is reported if the person agrees
        return (
            f"move {visible(', '.join(arguments.images))} to {new}{quoted(context.group_name(arguments.to))}"
        )

    def read_instead(self, arguments: MoveImagesArguments) -> Call:
        return Call("explain", {"image": arguments.images[0]})

    def understand(self, slots: Slots) -> Understood | None:
        images = slots.values.get("sure_images") or slots.values.get("images")
        to = slots.values.get("to") or slots.values.get("name")
        if not images:
            return None
        if to and (new := _NEW_GROUP.fullmatch(str(to))):
            if not new["name"]:
                return Reply(
                    f'What shall the new group be called? Say it as in "move {visible(images[0])} to a new group '
                    'called beach".',
                    asks=True,
                )
            to = new["name"]
        if slots.form == "out":
            left = slots.values.get("out_of")
            return [
                Call(self.name, {"images": images, "to": "unsorted"} | ({"out_of": left} if left else {}))
            ]
        if slots.form == "made" and not slots.dialogue.has(str(to)):
            return None
        if slots.form == "really":
            to = slots.values.get("word")
        if to and _FOLDER.match(str(to)):
            return single_images(str(to))
        return [Call(self.name, {"images": images, "to": to})] if to else None


_FOLDER = re.compile(r"(?:~|\.{1,2})?[/\\]\S|[A-Za-z]:[\\/]")
"""Matches the beginning of a folder on the disk, which no group is called like."""


def placed_already(context: Context, arguments: MoveImagesArguments) -> str:
    """Return where the images are, if they are already there or not in the group that they are to leave; else ""."""
    desk = context.desk
    clustering = desk.clusterings.get()
    images = desk.find_images(arguments.images)
    places = {image: clustering.label_of(image) for image in images}
    if arguments.out_of is not None:
        left = clustering.index(desk.clusterings.find_cluster(arguments.out_of).id)
        if left in places.values():
            return ""
        because = f"not in {quoted(clustering.clusters[left].name)}"
    else:
        try:
            unsorted = arguments.to.strip().casefold() == "unsorted"
            target = (
                UNSORTED if unsorted else clustering.index(desk.clusterings.find_cluster(arguments.to).id)
            )
        except UsageError:
            return ""  # a new group
        if set(places.values()) != {target}:
            return ""
        because = "so nothing was moved"
    return f"{wording.places(clustering, desk.collection, images)}, {because}."
