"""From what the session or the desk wants approved to the screen that asks, and back."""

from typing import TYPE_CHECKING, Any

from textual.app import App

from assistant.tui.screens.approval import Answer, ApprovalScreen
from assistant.tui.screens.approve_criteria import CriteriaScreen, Option
from assistant.tui.screens.approve_export import ExportFacts, ExportScreen
from assistant.tui.screens.approve_send import SendFacts, SendScreen

if TYPE_CHECKING:
    from assistant.chat.session import Approval, Decision
    from tools.export.plan import Plan


def approval_screen(approval: "Approval") -> ApprovalScreen:
    """The screen that shows this approval."""
    from assistant.agent.approvals import CriteriaApproval, SendApproval

    if isinstance(approval, CriteriaApproval):
        return CriteriaScreen(
            [
                Option(o.criterion, o.why, o.quality, tuple((g[0], g[1]) for g in o.groups))
                for o in approval.options
            ],
        )
    if isinstance(approval, SendApproval):
        return SendScreen(
            SendFacts(
                host=approval.host,
                model=approval.model,
                encrypted=approval.encrypted,
                images=approval.images,
                bytes=approval.bytes,
                tokens=approval.tokens,
                cost=approval.cost,
                criteria=tuple(approval.criteria),
            )
        )
    return ExportScreen(
        ExportFacts(
            target=str(approval.target),
            mode=approval.mode,
            folders=tuple((str(name), int(count)) for name, count in approval.folders),
            files=approval.files,
            bytes=approval.bytes,
            renamed=approval.renamed,
            left=tuple((str(path), str(why)) for path, why in approval.left),
            numbered=tuple((str(new), str(old)) for new, old in approval.numbered),
            part=bool(approval.only),
        ),
    )


def plan_screen(plan: "Plan") -> ExportScreen:
    """The screen that shows an export planned by key."""
    from assistant.agent.approvals import numbered

    return ExportScreen(
        ExportFacts(
            target=str(plan.target),
            mode=plan.mode,
            folders=plan.folders,
            files=len(plan.entries),
            bytes=plan.bytes,
            renamed=plan.renamed,
            left=tuple((str(path), why) for path, why in plan.left),
            numbered=tuple(numbered(plan)),
        ),
    )


async def ask(app: App[Any], screen: ApprovalScreen) -> Answer | None:
    """Show the screen and wait. Only inside a worker. None: decided later."""
    return await app.push_screen_wait(screen)


def decision(answer: Answer) -> "Decision":
    """The answer as the session takes it."""
    from assistant.chat.session import Decision

    return Decision(accept=answer.accept, criteria=list(answer.criteria), reason=answer.reason)
