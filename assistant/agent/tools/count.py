"""Count the groups, or the images in one."""

from pydantic import Field

from assistant.agent import wording
from assistant.agent.context import Context
from assistant.agent.tools.base import Arguments, Effect, GroupName, Result, Tool
from tools.names import quoted


class CountArguments(Arguments):
    """The group whose images are counted."""

    cluster: GroupName | None = Field(None, description='A group, or "unsorted"; left out, all groups.')


class Count(Tool[CountArguments]):
    """Say how many groups there are, or how many images are in one of them."""

    effect = Effect.READ
    arguments = CountArguments

    def run(self, context: Context, arguments: CountArguments) -> Result:
        clustering = context.desk.clusterings.get()
        if arguments.cluster is None:
            return wording.counted(clustering), {"clustering": clustering.id}
        if arguments.cluster.casefold() == "unsorted":
            return wording.counted_in(clustering, "the unsorted pile", len(clustering.unsorted())), {
                "clustering": clustering.id
            }
        cluster = context.desk.clusterings.find_cluster(arguments.cluster)
        text = wording.counted_in(clustering, quoted(cluster.name), clustering.size(cluster.id))
        return text, {"clustering": clustering.id}
