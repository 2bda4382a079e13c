"""Count the groups, or the images in one of them."""

from pydantic import Field

from assistant.agent.context import Context
from assistant.agent.meeting_conditions import meets
from assistant.agent.tools.base import Conditions, Effect, GroupName, Result, Tool
from tools.names import amount, quoted


class CountArguments(Conditions):
    """Names the group whose images are counted, and what else must hold for them."""

    cluster: GroupName | None = Field(None, description='A group, or "unsorted"; left out, all groups.')


class Count(Tool[CountArguments]):
    """Say how many groups there are, or how many images are in one of them."""

    effect = Effect.READ
    arguments = CountArguments

    def run(self, context: Context, arguments: CountArguments) -> Result:
        if (met := meets(context, arguments.cluster, arguments)) is not None:
            verb = "is" if len(met.images) == 1 else "are"
            text = f"{amount(len(met.images), 'image')} of {len(context.desk.collection)} {verb} {met.words}."
            return text, met.ids
        clustering = context.desk.clusterings.get()
        ids = {"clustering": clustering.id}
        if arguments.cluster is None:
            groups = f"{amount(len(clustering.clusters), 'group')} by {quoted(clustering.criterion)}"
            unsorted = len(clustering.unsorted())
            left = f", and {amount(unsorted, 'image')} unsorted" if unsorted else ""
            return f"{groups}{left}.", ids
        if arguments.cluster.casefold() == "unsorted":
            place, images = "the unsorted pile", len(clustering.unsorted())
        else:
            cluster = context.desk.clusterings.find_cluster(arguments.cluster)
            place, images = quoted(cluster.name), clustering.size(cluster.id)
        verb = "is" if images == 1 else "are"
        return f"{amount(images, 'image')} of {len(clustering.images)} {verb} in {place}.", ids
