"""Propose criteria that fit the collection."""

from langchain_core.messages import ToolCall, ToolMessage

from assistant.agent import wording
from assistant.agent.approvals import Approval, CriteriaApproval, CriterionOption, Decision, SendApproval
from assistant.agent.calls import NOTHING_DONE
from assistant.agent.context import Context
from assistant.agent.group_with_consent import group_each, send
from assistant.agent.tools.base import Effect, NoArguments, Result, Tool, answer
from tools.errors import UsageError
from tools.names import quoted
from tools.progress import Progress, silent


class ProposeCriteria(Tool[NoArguments]):
    """Look at all images and propose criteria that would sort them well: from what is measured, and from general
    descriptions of a sample where a model describes. Use it when the person asks what there is to see or does not say
    what to group by. The person then chooses, and what they choose is grouped; the answer holds the groups."""

    effect = Effect.READ
    arguments = NoArguments
    needs_groups = False

    def run(self, context: Context, arguments: NoArguments) -> Result:
        proposals = context.desk.criteria.propose(context.progress, thinker=context.thinker)
        if not proposals:
            desk = context.desk
            told = wording.no_proposal(len(desk.collection), desk.criteria.seen())
            return told, {NOTHING_DONE: True}
        approval = CriteriaApproval(
            basis=context.desk.criteria.basis,
            options=[
                CriterionOption(
                    criterion=p.criterion, why=p.why, quality=float(p.quality),
                    groups=[(str(name), int(count)) for name, count in p.groups],
                )
                for p in proposals
            ]
        )  # fmt: skip
        return wording.proposals(approval), approval

    def approved(
        self,
        context: Context,
        call: ToolCall,
        approval: Approval,
        decision: Decision,
        progress: Progress = silent,
    ) -> ToolMessage:
        if isinstance(approval, SendApproval):
            return send(context, call, approval, decision.accept, progress)
        assert isinstance(approval, CriteriaApproval)
        chosen = decision.criteria or [option.criterion for option in approval.options]
        chosen = list(dict.fromkeys(c.strip() for c in chosen if c.strip()))
        if not chosen:
            raise UsageError("no criterion was chosen; name at least one")
        context.desk.criteria.accept(chosen)
        if sending := context.to_send(chosen, None):
            return answer(call, wording.sending(sending), sending)
        accepted = f"Accepted {', '.join(quoted(c) for c in chosen)}."
        return group_each(context, call, chosen, None, accepted, progress)
