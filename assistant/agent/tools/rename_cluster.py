"""Give a group another name."""

from pydantic import Field

from assistant.agent.calls import Call, Understood
from assistant.agent.context import Context
from assistant.agent.tools.base import Arguments, Effect, GroupName, Name, Result, Slots, Tool
from tools.names import quoted


class RenameClusterArguments(Arguments):
    """Names the group, and gives its new name."""

    cluster: GroupName
    name: Name = Field(description="The new name.")


class RenameCluster(Tool[RenameClusterArguments]):
    """Give one group of the current grouping another name."""

    effect = Effect.EDIT
    arguments = RenameClusterArguments

    def run(self, context: Context, arguments: RenameClusterArguments) -> Result:
        return context.changed(context.desk.editing.rename(arguments.cluster, arguments.name))

    def offer(self, context: Context, arguments: RenameClusterArguments) -> str:
        return f"rename {quoted(context.group_name(arguments.cluster))} to {quoted(arguments.name)}"

    def read_instead(self, arguments: RenameClusterArguments) -> Call:
        return Call("describe_group", {"cluster": arguments.cluster})

    def understand(self, slots: Slots) -> Understood | None:
        cluster, name = slots.values.get("naming") or (slots.values.get("group"), slots.values.get("name"))
        if not cluster or not name or cluster.casefold() == name.casefold():  # "call it that" names nothing
            return None
        return [Call(self.name, {"cluster": cluster, "name": name})]
