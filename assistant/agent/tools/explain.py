"""Say why an image is where it is."""

from assistant.agent.calls import Call, Reply, Understood
from assistant.agent.context import Context
from assistant.agent.stays_here import FROM_FILES
from assistant.agent.tools.base import Arguments, DialogueContext, Effect, ImageName, Result, Slots, Tool
from tools.settle.by_value import is_from_files
from tools.singular import in_singular


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
        if slots.form == "bare":
            return _of_what(slots.dialogue)
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
