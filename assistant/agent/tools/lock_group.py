"""Lock a group, or unlock it."""

from pydantic import Field

from assistant.agent.calls import Call, Understood
from assistant.agent.context import Context
from assistant.agent.tools.base import Arguments, Effect, GroupName, Result, Slots, Tool
from tools.names import quoted


class LockGroupArguments(Arguments):
    """Which group, and whether it is locked or unlocked."""

    cluster: GroupName
    locked: bool = Field(True, description="false to unlock it.")


class LockGroup(Tool[LockGroupArguments]):
    """Lock a group of the current grouping, so that nothing changes its images or its name; or unlock it."""

    effect = Effect.EDIT
    arguments = LockGroupArguments

    def run(self, context: Context, given: LockGroupArguments) -> Result:
        made = context.desk.lock(given.cluster, given.locked)
        name = quoted(context.desk.find_cluster(given.cluster, made.id).name)
        locked = "is locked: nothing changes its images or its name"
        text, ids = context.changed(made)
        return f"{name} {locked if given.locked else 'is open to changes again'}.\n{text}", ids

    def offer(self, context: Context, given: LockGroupArguments) -> str:
        return f"{'lock' if given.locked else 'unlock'} {quoted(given.cluster)}"

    def understand(self, slots: Slots) -> Understood | None:
        locked = {} if slots.values.get("locked", True) else {"locked": False}
        return [
            Call(self.name, {"cluster": name} | locked)
            for name in slots.values.get("several") or slots.values.get("groups") or ()
        ] or None
