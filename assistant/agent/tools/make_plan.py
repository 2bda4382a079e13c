"""Plan the long way to a grouping."""

from langchain_core.messages import ToolCall, ToolMessage
from pydantic import Field

from assistant.agent.approvals import Approval, Decision, PlanApproval
from assistant.agent.calls import NOTHING_DONE, Call, Understood
from assistant.agent.context import Context
from assistant.agent.plan_turns import begin, plan_approval, shown
from assistant.agent.tools.base import Arguments, Effect, Name, Result, Slots, Tool
from assistant.agent.wording import NO_CRITERION
from assistant.desk.plan_step import StepName
from tools.progress import Progress, silent


class MakePlanArguments(Arguments):
    """Says what is grouped by, and which steps are wanted."""

    criterion: Name | None = Field(
        None,
        description="A criterion, in the person's words; left out, the current one or the best proposed.",
    )
    steps: list[StepName] = Field(
        default_factory=list,
        max_length=8,
        description="The steps that you plan; left out, all that are of use here.",
    )
    without: list[StepName] = Field(
        default_factory=list, max_length=8, description="Steps that the person does not want."
    )


class MakePlan(Tool[MakePlanArguments]):
    """Plan the long way to a grouping, as a checklist with calls, time and cost: describe, propose, tune the embedding,
    build the graph, walk or fuse, settle. Use it when the person wants it done properly or thoroughly, or asks for a
    plan. The person approves it once; its steps are then carried out one by one without you."""

    effect = Effect.READ
    arguments = MakePlanArguments
    needs_groups = False

    def run(self, context: Context, arguments: MakePlanArguments) -> Result:
        desk, proposed = context.desk, list[str]()
        criterion = arguments.criterion
        if criterion is None and (current := desk.clusterings.current) is not None:
            criterion = current.criterion
        if criterion is None:
            proposals = desk.criteria.propose(context.progress, thinker=context.thinker)
            if not proposals:
                return (
                    NO_CRITERION,
                    {NOTHING_DONE: True},
                )
            proposed = [proposal.criterion for proposal in proposals]
            criterion = proposed[0]
        steps = desk.planning.steps(criterion, arguments.steps, arguments.without)
        approval = plan_approval(context, criterion, steps, proposed)
        return shown(approval), approval

    def approved(
        self,
        context: Context,
        call: ToolCall,
        approval: Approval,
        decision: Decision,
        progress: Progress = silent,
    ) -> ToolMessage:
        assert isinstance(approval, PlanApproval)
        return begin(context, call, approval)

    def understand(self, slots: Slots) -> Understood | None:
        names = {"criterion": "criterion", "steps": "without"}
        return [
            Call(self.name, {names[slot]: value for slot, value in slots.values.items() if slot in names})
        ]
