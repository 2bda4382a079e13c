"""What a typed answer to an approval comes to."""

import pytest
from pydantic import ValidationError

from assistant.agent.approvals import (
    CriteriaApproval,
    CriterionOption,
    Decision,
    ExportApproval,
    PlanApproval,
    UndoApproval,
    approval_from_json,
    typed,
)  # fmt: skip
from assistant.agent.changed_export import ExportChange

CRITERIA = CriteriaApproval(
    options=[
        CriterionOption(criterion=c) for c in ("emotion", "hair colour", "number of people", "hair length")
    ]
)
EXPORT = ExportApproval(
    clustering="emotion", target="/out", mode="copy", folders=[("happy", 3)], files=3, bytes=9, renamed=0
)


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "Yes!",
        "ok",
        "OK.",
        "accept",
        "sure",
        "yes please",
        "go ahead",
        "Do it",
        "y",
    ],
)
@pytest.mark.parametrize("asked", [CRITERIA, EXPORT], ids=["criteria", "export"])
def test_yes(text: str, asked: CriteriaApproval | ExportApproval) -> None:
    assert typed(text, asked) == Decision(accept=True, utterance=text)


@pytest.mark.parametrize("text", ["all", "all of them", "both", "everything"])
def test_all_of_them_are_criteria_and_never_files(text: str) -> None:
    assert typed(text, CRITERIA) == Decision(accept=True, utterance=text)
    assert not typed(text, EXPORT).accept


@pytest.mark.parametrize(
    "text", ["yes?", "ok?", "all of them?", "sure?", "why not?", "no, all of them", "nope, all"]
)
@pytest.mark.parametrize("asked", [CRITERIA, EXPORT], ids=["criteria", "export"])
def test_a_question_and_a_no_with_more_accept_nothing(
    text: str, asked: CriteriaApproval | ExportApproval
) -> None:
    assert not typed(text, asked).accept


@pytest.mark.parametrize(
    "text", ["no", "No.", "nope", "no thanks", "none of them", "cancel", "don't", "reject", "not now"]
)
@pytest.mark.parametrize("asked", [CRITERIA, EXPORT], ids=["criteria", "export"])
def test_no(text: str, asked: CriteriaApproval | ExportApproval) -> None:
    assert typed(text, asked) == Decision(accept=False, reason=text, utterance=text)


@pytest.mark.parametrize(
    ("text", "criteria"),
    [
        ("emotion", ["emotion"]),
        ("emotion, hair colour", ["emotion", "hair colour"]),
        ("only emotion and hair colour", ["emotion", "hair colour"]),
        ("just Emotion please", ["emotion"]),
        ("1 and 3", ["emotion", "number of people"]),
        ("#2", ["hair colour"]),
        ("the first one and the third", ["emotion", "number of people"]),
        ("number of people", ["number of people"]),
        ("emo", ["emotion"]),
        ("yes, but only emotion", ["emotion"]),
        ("all but emotion", ["hair colour", "number of people", "hair length"]),
        ("everything except 1 and 2", ["number of people", "hair length"]),
        ("take hair length", ["hair length"]),
        ("only the kind of hat and emotion", ["kind of hat", "emotion"]),
        ('only "black and white"', ["black and white"]),
        ("emotion and emotion", ["emotion"]),
    ],
)
def test_a_choice(text: str, criteria: list[str]) -> None:
    assert typed(text, CRITERIA) == Decision(accept=True, criteria=criteria, utterance=text)


@pytest.mark.parametrize(
    "text",
    [
        "group by hats",
        "hair",
        "7",
        "emotion and hats",
        "take hats",
        "could you group by hats?",
        "all but hats",
        "",
    ],
)
def test_anything_else_is_a_request_of_its_own(text: str) -> None:
    assert typed(text, CRITERIA) == Decision(accept=False, reason=text, utterance=text, goes_on=True)


@pytest.mark.parametrize("asked", [CRITERIA, EXPORT], ids=["criteria", "export"])
@pytest.mark.parametrize(
    "text", ["what does emotion mean?", "how many are in the first one", "why?", "what happens if I say yes?"]
)
def test_a_question_decides_nothing(text: str, asked: CriteriaApproval | ExportApproval) -> None:
    assert typed(text, asked) == Decision(accept=False, reason=text, utterance=text, aside=True)


@pytest.mark.parametrize(
    "text", ["emotion", "only emotion", "1", "export to /elsewhere", "yes and delete the originals"]
)
def test_an_export_is_never_accepted_by_half(text: str) -> None:
    assert typed(text, EXPORT).accept is False


@pytest.mark.parametrize("asked", [CRITERIA, EXPORT], ids=["criteria", "export"])
def test_goes_to_json_and_back(asked: CriteriaApproval | ExportApproval) -> None:
    assert approval_from_json(asked.model_dump(mode="json")) == asked


def test_what_is_no_approval_is_refused() -> None:
    with pytest.raises(ValidationError):
        approval_from_json({"kind": "delete", "files": 3})


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("only the happy ones", ExportChange(only=["happy"])),
        ("just 1 and 3", ExportChange(only=["1", "3"])),
        ("only happy, sad and angry", ExportChange(only=["happy", "sad", "angry"])),
        ('but only "black and white"', ExportChange(only=["black and white"])),
        ("without the sad ones", ExportChange(but=["sad"])),
        ("no, all but sad and angry", ExportChange(but=["sad", "angry"])),
        ("to ~/other instead", ExportChange(to="~/other")),
        ("no, to ~/My Pictures", ExportChange(to="~/My Pictures")),
        ('into "/a b"', ExportChange(to="/a b")),
        ("as links", ExportChange(mode="link")),
        ("as moves", ExportChange(mode="move")),
        ("no, as json lines", ExportChange(form="jsonl")),
        ("as a csv", ExportChange(form="csv")),
        ("as folders", ExportChange(form="folders")),
        (
            "no, as json lines to ~/other, only the sad ones",
            ExportChange(form="jsonl", to="~/other", only=["sad"]),
        ),
        ("yes, but to ~/other as links", ExportChange(to="~/other", mode="link")),
        ("with all groups", ExportChange(every=True)),
    ],
)
def test_a_plan_is_changed_by_what_is_said_instead(text: str, change: ExportChange) -> None:
    assert typed(text, EXPORT) == Decision(accept=False, reason=text, utterance=text, change=change)


@pytest.mark.parametrize(
    "text",
    [
        "group by colour",
        "only by camera",
        "only this photo",
        "as links as copies",
        "as a film",
        "to happy",
        "to ~/other and delete the originals",
        "without asking me, everything",
        "only",
    ],
)
def test_what_changes_no_plan_is_a_request_of_its_own(text: str) -> None:
    assert typed(text, EXPORT) == Decision(accept=False, reason=text, utterance=text, goes_on=True)


UNDO = UndoApproval(event=3, text="moved 3 files", mode="move", files=3, target="/out", folder="/in")


@pytest.mark.parametrize(
    "text", ["yes", "yes, take it back", "undo it", "ok, put them all back", "move the files back"]
)
def test_undoing_an_export_is_approved_by_a_yes_and_by_saying_it_again(text: str) -> None:
    assert typed(text, UNDO) == Decision(accept=True, utterance=text)
    assert not typed(text, EXPORT).accept or text == "yes"


@pytest.mark.parametrize(
    "text", ["take", "back", "move them to ~/other", "undo the merge", "don't take it back"]
)
def test_anything_else_takes_no_export_back(text: str) -> None:
    assert not typed(text, UNDO).accept


def test_a_plan_that_waited_in_an_older_conversation_is_still_one() -> None:
    step = {"name": "walk", "about": "agents group", "tool": "traverse", "judge_calls": 3, "seconds": None}
    kept = approval_from_json({"kind": "plan", "criterion": "mood", "steps": [step], "sends": []})
    assert isinstance(kept, PlanApproval) and kept.steps[0].judge_calls == 3 and kept.seconds == 300
    assert approval_from_json(kept.model_dump(mode="json")) == kept
