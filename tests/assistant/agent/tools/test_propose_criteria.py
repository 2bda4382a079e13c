"""Criteria that a language model infers from general descriptions, with the tiny multimodal model and a scripted
thinker over loopback (MLLM_MC, Eq. 1)."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import ToolCall, ToolMessage
from PIL import Image

from assistant.agent.approvals import CriteriaApproval
from assistant.agent.thinking import opened
from assistant.agent.toolbox import Toolbox
from assistant.desk import Desk
from assistant.models import chat_model, collection_describer
from assistant.settings import Settings
from tests.scripted_server import ScriptedServer, scripted, text_of
from tests.tools.models.hosted.conftest import Server, server
from tests.tools.models.hub.conftest import clip_folder, models, vlm_folder
from tests.tools.models.hub.drawings import COLOURS, draw_many
from tests.tools.models.hub.tiny_vlm import QUESTIONS
from tools.describe.describe import GENERAL
from tools.models.bundled import tier
from tools.models.bundled.colour_expert import ColourExpert
from tools.propose.suggest import CALLS, SAMPLE

__all__ = ["clip_folder", "models", "server", "vlm_folder"]

IN_GENERAL = QUESTIONS[0]

pytestmark = pytest.mark.timeout(1200)  # the first test may have to train the models


def infer(body: dict[str, Any]) -> dict[str, Any]:
    """Answer as a model that reads: a criterion for each property that differs in the descriptions that it is given."""
    lines = [line for line in text_of(body).split("other images:")[-1].splitlines() if line.startswith("{")]
    described = [json.loads(line) for line in lines]
    differ = {key for line in described for key in line if len({d.get(key) for d in described}) > 2}
    words = {"colour": "kind of sticker", "shape": "purpose of the thing"}  # what no expert sees
    named = [words.get(key, key) for key in sorted(differ)]
    return {"content": json.dumps({"criteria": named or ["colour"]})}


@pytest.fixture
def thinking() -> Iterator[ScriptedServer]:
    """The scripted thinker."""
    pytest.importorskip("langchain_openai", reason="the extra openai is not installed")
    with scripted(infer) as made:
        yield made


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    """60 drawings of the kind that the tiny models know."""
    folder = tmp_path / "drawn"
    folder.mkdir()
    for i, drawing in enumerate(draw_many(60, seed=7)):
        Image.fromarray(drawing.pixels).save(folder / f"secret-{i:02}.png")
    return folder


def proposed(desk: Desk) -> ToolMessage:
    with opened(desk, [].append) as thinker:
        return Toolbox(desk, thinker).run(ToolCall(name="propose_criteria", args={}, id="c1"))


def test_a_thinking_model_infers_criteria_from_what_a_describer_says_of_a_sample(
    drawn: Path,
    vlm_folder: Path,
    thinking: ScriptedServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tier, "experts", lambda store: [ColourExpert()])
    # The tiny model was taught to be asked about these two slots; what it says of others hangs on the processor.
    monkeypatch.setattr(collection_describer, "GENERAL", IN_GENERAL)
    settings = Settings(
        workspace=tmp_path / "own", tier="hub", describer=str(vlm_folder), side=64, offline=True,
        model=f"{thinking.url}#scripted",
    )  # fmt: skip
    with Desk.open(drawn, settings) as desk:
        message = proposed(desk)
        approval = message.artifact
        assert isinstance(approval, CriteriaApproval), message.text
        criteria = {option.criterion: option.why for option in approval.options}
        assert "the model that describes would be asked" in criteria["kind of sticker"]
        assert "colour" in criteria  # as measured
        assert desk.models.calls == SAMPLE
        read = re.search(rf"scripted read (\d+) general descriptions by {vlm_folder.name}", message.text)
        assert read is not None and 8 <= int(read[1]) <= SAMPLE, message.text
        again = proposed(desk)
        assert desk.models.calls == SAMPLE and again.text == message.text  # the descriptions are kept
        described = Toolbox(desk).run(ToolCall(name="describe_images", args={}, id="c2"))
        assert f"{vlm_folder.name} says of {read[1]} of them:" in described.text
        assert desk.models.calls == SAMPLE
    assert len(thinking.bodies) == 2 * CALLS
    for body in thinking.bodies:
        told = text_of(body).split("other images:")[-1]
        lines = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
        assert lines and all(set(line) <= set(IN_GENERAL.slots) for line in lines)
        assert {line["colour"] for line in lines if "colour" in line} <= set(COLOURS)
        assert "secret" not in told and not any(image in told for image in desk.collection.ids)


def test_without_a_describer_it_reads_counts(
    drawn: Path, thinking: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tier, "experts", lambda store: [ColourExpert()])
    settings = Settings(
        workspace=tmp_path / "own", tier="bundled", offline=True, model=f"{thinking.url}#scripted"
    )
    with Desk.open(drawn, settings) as desk:
        message = proposed(desk)
        assert isinstance(message.artifact, CriteriaApproval) and message.artifact.basis == ""
        assert message.text.startswith("Proposed criteria:\n") and "sticker" not in message.text
    assert '"colour": {' in text_of(thinking.bodies[0])


@pytest.mark.parametrize("allowed", [False, True])
def test_a_host_describes_only_where_that_was_allowed(
    allowed: bool,
    drawn: Path,
    server: Server,
    thinking: ScriptedServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chat_model, "loopback", lambda address: False)
    monkeypatch.setattr(tier, "experts", lambda store: [ColourExpert()])
    said = {slot: {"value": None, "confidence": 0.9} for slot in GENERAL.slots}
    server.reply = lambda call: call.say(
        json.dumps(said | {"colour": {"value": call.colour, "confidence": 0.9}}), usable=True
    )
    settings = Settings(
        workspace=tmp_path / "own", describer="openai:tiny", base_url=server.url,
        model=f"{thinking.url}#scripted",
    )  # fmt: skip
    with Desk.open(drawn, settings) as desk:
        quote = desk.models.quote("paint")
        assert quote is not None and quote.needed
        if allowed:
            desk.models.allow(quote.sending)
        message = proposed(desk)
        assert isinstance(message.artifact, CriteriaApproval), message.text
        assert server.requests == (SAMPLE if allowed else 0)
        assert ("general descriptions by tiny" in message.text) is allowed


def test_a_describer_that_fails_costs_a_line(
    drawn: Path, server: Server, thinking: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tier, "experts", lambda store: [ColourExpert()])
    server.reply = lambda call: call.error(401, "no such key")
    settings = Settings(
        workspace=tmp_path / "own", describer="openai:tiny", base_url=server.url,
        model=f"{thinking.url}#scripted",
    )  # fmt: skip
    with Desk.open(drawn, settings) as desk:
        message = proposed(desk)
        assert isinstance(message.artifact, CriteriaApproval) and message.artifact.basis == ""
        assert '"colour": {' in text_of(thinking.bodies[0])
        (line,) = [line for line in desk.status().lines if "no general descriptions" in line]
        assert "\n" not in line and "criteria are from what was measured" in line
