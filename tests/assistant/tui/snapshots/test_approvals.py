"""What is approved, exactly as it will happen; hidden characters are made visible."""

from typing import Any

from assistant.agent.approvals import PlanApproval
from assistant.agent.wording import over_budget, plan_lines
from assistant.desk.effort import Over
from assistant.desk.plan_step import PlanStep
from assistant.tui.screens.criteria_screen import CriteriaScreen, Option
from assistant.tui.screens.export_screen import ExportFacts, ExportScreen
from assistant.tui.screens.plan_screen import PlanScreen
from assistant.tui.screens.sending_screen import SendingFacts, SendingScreen

Size = tuple[int, int]
PLAN = PlanApproval(
    criterion="mood \u202e",
    steps=[
        PlanStep(
            "describe",
            "tiny says of each image what it is about the criterion",
            "describe_images",
            {},
            240,
            0,
            96.0,
        ),
        PlanStep("embed", "", left_out="it takes 24 answers, a judge or a model that describes"),
        PlanStep("graph", "the images and how alike they are", "build_graph"),
        PlanStep("walk", "agents group, and ask tiny where they are not sure", "traverse", {}, 0, 36, None),
        PlanStep("settle", "the groups with names, how sure they are, and what stays unsorted", "show"),
    ],
    seconds=300.0,
)


def test_criteria(snapshot_of: Any, size: Size) -> None:
    async def ask(stage: Any) -> None:
        options = [
            Option("emotion", "faces in 20 of 24 images", 0.82, (("happy", 12), ("[b]sad[/b]", 3))),
            Option("colour", "two values in all images", 0.64, (("red", 12), ("blue", 12))),
            Option("style\u202e", "", 0.31),
        ]
        await stage.answerable(CriteriaScreen(options))

    assert snapshot_of(size, ask)


def test_export(snapshot_of: Any, size: Size) -> None:
    async def ask(stage: Any) -> None:
        left = (("notes.txt", "not an image"), ("again.png", "a duplicate of IMG_000.png"))
        folders = (("happy", 12), ("sad\u202e", 7), ("_unsorted", 5))
        taken = (("happy/IMG_1 (2).png", "IMG_1.png"), ("happy/IMG_2 (2).png", "img_2.png"))
        facts = ExportFacts("/out/by emotion", "move", folders, 24, 3_400_000, 2, left, taken)
        await stage.answerable(ExportScreen(facts))

    assert snapshot_of(size, ask)


def test_send(snapshot_of: Any, size: Size) -> None:
    async def ask(stage: Any) -> None:
        facts = SendingFacts(
            "api.example.org", "openai:some-model", False, 24, 1_200_000, 1105, "$0.04", ("emotion", "style")
        )
        await stage.answerable(SendingScreen(facts))

    assert snapshot_of(size, ask)


def test_plan(snapshot_of: Any, size: Size) -> None:
    async def ask(stage: Any) -> None:
        await stage.answerable(PlanScreen(plan_lines(PLAN)))

    assert snapshot_of(size, ask)


def test_rest_of_a_plan(snapshot_of: Any, size: Size) -> None:
    async def ask(stage: Any) -> None:
        over = over_budget("walk", Over("judge", 36, 36, 1))
        rest = PLAN.model_copy(update={"steps": PLAN.steps[-2:], "over": over})
        await stage.answerable(PlanScreen(plan_lines(rest)))

    assert snapshot_of(size, ask)
