"""Say why an image is where it is."""

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from assistant.agent import wording
from assistant.agent.builtin.lexicon import is_quoted
from assistant.agent.builtin.which_is_not import is_thing, which_is_not
from assistant.agent.calls import Call, Reply, Understood
from assistant.agent.context import Context
from assistant.agent.stays_here import FROM_FILES
from assistant.agent.tools.base import (
    Arguments,
    DialogueContext,
    Effect,
    GroupName,
    ImageName,
    Result,
    Slots,
    Tool,
)
from tools.names import quoted, visible
from tools.settle.by_value import is_from_files
from tools.singular import in_singular

MOST_OFFERED = 7
"""The most groups that are offered for an image that is in a wrong one."""


class ExplainArguments(Arguments):
    """Names the image to explain, and a group in which it does not belong, with more images that do not."""

    image: ImageName
    # Only the built-in brain says these: a model would have to read what they are for with every request.
    not_in: SkipJsonSchema[GroupName | None] = None
    more: SkipJsonSchema[list[ImageName]] = Field([], max_length=100)


class Explain(Tool[ExplainArguments]):
    """Say why one image is in the group where it is: what was seen in it, and how sure that is."""

    effect = Effect.READ
    arguments = ExplainArguments

    def run(self, context: Context, arguments: ExplainArguments) -> Result:
        if arguments.not_in is not None:
            return _misplaced(context, [arguments.image, *arguments.more], arguments.not_in)
        (image,) = context.desk.find_images([arguments.image])
        said = context.desk.explaining.image(image, progress=context.progress)
        return said, {"image": image, FROM_FILES: is_from_files(context.desk.clusterings.get())}

    def groups_named(self, arguments: ExplainArguments) -> list[str]:
        return [arguments.not_in] if arguments.not_in else []

    def understand(self, slots: Slots) -> Understood | None:
        if slots.form == "bare":
            return _of_what(slots.dialogue)
        if slots.form == "denied_one":
            return which_is_not(str(slots.values["group"]), slots.dialogue)
        if slots.form in ("denied", "denied_thing", "denied_seen"):
            return self._denied(slots)
        asked = str(slots.values.get("group", ""))
        if slots.form in ("whether", "doubted") and not slots.dialogue.has(asked):
            return None
        image = slots.values.get("picture") or slots.values.get("image")
        if image and slots.form in ("whether", "doubted") and _is_elsewhere(asked, slots.dialogue):
            return [Call("describe_images", {"images": [image], "asked": asked})]
        if image and slots.form == "doubted":
            # Where it is is told instead, as it is a question, and the move is offered.
            return [Call("move_images", {"images": [image], "to": slots.values["group"]})]
        return [Call(self.name, {"image": image})] if image else None

    def _denied(self, slots: Slots) -> Understood | None:
        """Return the call that tells where images are and asks where they belong: "#2 isn't a shoe"."""
        images = slots.values.get("images") or slots.values.get("sure_images") or []
        name = str(slots.values.get("group") or slots.values["things"])
        if not images or not slots.dialogue.informed or not slots.dialogue.names:
            return None
        behind_article = slots.form != "denied"
        if not (slots.dialogue.has(name) or is_quoted(name) or (behind_article and is_thing(name))):
            return None
        more = {"more": images[1:]} if images[1:] else {}
        return [Call(self.name, {"image": images[0], "not_in": slots.dialogue.named(name), **more})]


def _misplaced(context: Context, images: list[str], not_in: str) -> Result:
    """Return where images are and the question where they belong, with the sentences that move them; with the call that
    a yes makes where there is only one other group and what was said is a group's name. Nothing is moved."""
    desk = context.desk
    clustering, found = desk.clusterings.get(), desk.find_images(images)
    inside, missing = [*found], ""
    if desk.editing.has_group(not_in):
        left = desk.clusterings.find_cluster(not_in)
        inside = [image for image in found if clustering.label_of(image) == clustering.index(left.id)]
        if not inside:
            return f"{wording.places(clustering, desk.collection, found)}, not in {quoted(left.name)}.", {}
    else:
        missing = f"There is no group {quoted(not_in)}. "
    numbers = [f"#{desk.collection.number(image)}" for image in inside]
    said = f"{', '.join(numbers[:-1])} and {numbers[-1]}" if numbers[1:] else numbers[0]
    told = f"{missing}{wording.places(clustering, desk.collection, inside)}"
    held = {clustering.label_of(image) for image in inside}
    others = [cluster.name for label, cluster in enumerate(clustering.clusters) if {label} != held]
    if len(others) == 1 and not missing:
        text = f"{told}. Shall I move {said} to {quoted(others[0])}? Nothing was changed. Say yes."
        return text, {"yes": {"tool": "move_images", "arguments": {"images": numbers, "to": others[0]}}}
    choices = [f"move {said} to {visible(name)}" for name in (*others[:MOST_OFFERED], "unsorted")]
    listed = [f"{number} {quoted(choice)}" for number, choice in enumerate(choices, 1)]
    belong = "do they belong" if numbers[1:] else "does it belong"
    where = f"{', '.join(listed[:-1])} or {listed[-1]}" if others else listed[0]
    return f"{told}. Where {belong}? {where}? Say a number or a name; nothing was changed.", {
        "choices": choices
    }


def _of_what(dialogue: DialogueContext) -> Understood:
    """Return what a bare "why?" asks about: the image or the group that was spoken of last; else ask which."""
    if dialogue.images:
        return [Call(Explain.name, {"image": dialogue.images[-1]})]
    if dialogue.spoken:
        return [Call("describe_group", {"cluster": dialogue.spoken[-1]})]
    group = dialogue.names[0] if dialogue.names else ""
    of_group = f', or of a group: "what do the {group} ones have in common?"' if group else ""
    return Reply(f'Which image? For example "why is #12 there?"{of_group}.', asks=True)


def _is_elsewhere(group: str, dialogue: DialogueContext) -> bool:
    """Return whether a group is of another grouping than the one that is shown, where it is not explained."""
    here = dialogue.names[: dialogue.current]
    named = in_singular(dialogue.named(group))
    return bool(here) and named not in {in_singular(name) for name in here}
