"""Lock a group, or unlock it."""

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from assistant.agent.calls import NOTHING_DONE, Call, Understood
from assistant.agent.context import Context
from assistant.agent.tools.base import Arguments, Effect, GroupName, Result, Slots, Tool
from assistant.agent.wording import enumerated
from tools.names import quoted


class LockGroupArguments(Arguments):
    """Names the group, or all of them, and says whether to lock or to unlock."""

    cluster: GroupName
    locked: bool = Field(True, description="false to unlock it.")
    # Only the built-in brain says it: a model would have to read what that is for with every request.
    every: SkipJsonSchema[bool] = False


class LockGroup(Tool[LockGroupArguments]):
    """Lock a group of the current grouping, so that nothing changes its images or its name; or unlock it."""

    effect = Effect.EDIT
    arguments = LockGroupArguments

    def run(self, context: Context, arguments: LockGroupArguments) -> Result:
        if arguments.every:
            return _all(context, arguments.locked)
        chosen = context.desk.clusterings.find_cluster(arguments.cluster)
        if chosen.locked == arguments.locked:
            return f"{quoted(chosen.name)} is {'already' if chosen.locked else 'not'} locked.", {
                NOTHING_DONE: True
            }
        clustering = context.desk.editing.lock(arguments.cluster, arguments.locked)
        name = quoted(context.desk.clusterings.find_cluster(arguments.cluster, clustering.id).name)
        locked = "is locked: nothing changes its images or its name"
        text, ids = context.changed(clustering)
        return f"{name} {locked if arguments.locked else 'is open to changes again'}.\n{text}", ids

    def offer(self, context: Context, arguments: LockGroupArguments) -> str:
        if arguments.every:
            return f"{'lock' if arguments.locked else 'unlock'} all groups"
        return f"{'lock' if arguments.locked else 'unlock'} {quoted(context.group_name(arguments.cluster))}"

    def understand(self, slots: Slots) -> Understood | None:
        locked = {} if slots.values.get("locked", True) else {"locked": False}
        if slots.form == "all":
            here = slots.dialogue.names[: slots.dialogue.current]
            return [Call(self.name, {"cluster": here[0], "every": True} | locked)] if here else None
        return [
            Call(self.name, {"cluster": name} | locked)
            for name in slots.values.get("several") or slots.values.get("groups") or ()
        ] or None


def _all(context: Context, locked: bool) -> Result:
    """Lock or unlock all groups in one step, which one undo takes back."""
    names = context.desk.editing.lock_all(locked)
    if not names:
        return f"{'Every' if locked else 'No'} group is locked{' already' if locked else ''}.", {
            NOTHING_DONE: True
        }
    text, ids = context.changed(context.desk.clusterings.get())
    be = "is" if len(names) == 1 else "are"
    state = "locked" if locked else "open to changes again"
    return f"{enumerated(list(names))} {be} {state}.\n{text}", ids
