"""Lock a group, or unlock it."""

from pydantic import Field

from assistant.agent.calls import NOTHING_DONE, Call, Understood
from assistant.agent.context import Context
from assistant.agent.tools.base import Arguments, Effect, GroupName, Result, Slots, Tool
from tools.names import quoted


class LockGroupArguments(Arguments):
    """Names the group, and says whether to lock or to unlock it."""

    cluster: GroupName
    locked: bool = Field(True, description="false to unlock it.")


class LockGroup(Tool[LockGroupArguments]):
    """Lock a group of the current grouping, so that nothing changes its images or its name; or unlock it."""

    effect = Effect.EDIT
    arguments = LockGroupArguments

    def run(self, context: Context, arguments: LockGroupArguments) -> Result:
        chosen = context.desk.clusterings.find_cluster(arguments.cluster)
        if chosen.locked == arguments.locked:  # "unlock everything" goes on
            return f"{quoted(chosen.name)} is {'already' if chosen.locked else 'not'} locked.", {
                NOTHING_DONE: True
            }
        clustering = context.desk.editing.lock(arguments.cluster, arguments.locked)
        name = quoted(context.desk.clusterings.find_cluster(arguments.cluster, clustering.id).name)
        locked = "is locked: nothing changes its images or its name"
        text, ids = context.changed(clustering)
        return f"{name} {locked if arguments.locked else 'is open to changes again'}.\n{text}", ids

    def offer(self, context: Context, arguments: LockGroupArguments) -> str:
        return f"{'lock' if arguments.locked else 'unlock'} {quoted(context.group_name(arguments.cluster))}"

    def understand(self, slots: Slots) -> Understood | None:
        locked = {} if slots.values.get("locked", True) else {"locked": False}
        if slots.form == "all":
            here = slots.dialogue.names[: slots.dialogue.current]
            return [Call(self.name, {"cluster": name} | locked) for name in here] or None
        return [
            Call(self.name, {"cluster": name} | locked)
            for name in slots.values.get("several") or slots.values.get("groups") or ()
        ] or None
