"""The brain is really asked, where it is on this machine, and a failure is one line."""

import json
import os
import time
from pathlib import Path

import pytest

from assistant.agent import trial as trials
from assistant.agent.gguf import worker as workers
from assistant.agent.trial import trial
from assistant.cli import doctor
from assistant.settings import Settings
from tests.conversations.models import found
from tests.tools.models.hosted.conftest import Server, server
from tools.errors import RegroupError

__all__ = ["server"]

# Stands where server.py does; answers with what the model's file holds after its first four bytes.
PUPPET = """
import json, os, sys, time
from pathlib import Path
said = Path(sys.argv[1]).read_text()[4:]
Path(sys.argv[1] + ".pid").write_text(str(os.getpid()))
print('{"ready": true}', flush=True)
number = json.loads(sys.stdin.readline())["id"]
if said == "sleep":
    time.sleep(60)
print(json.dumps({"id": number, "text": said}), flush=True)
print(json.dumps({"id": number, "done": True, "timings": {"predicted_per_second": 12.4}}), flush=True)
"""


def checked(settings: Settings) -> dict[str, object]:
    return doctor.run_check("brain", False, lambda: doctor.try_brain(settings))


def puppet(folder: Path, said: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    pytest.importorskip("xllamacpp", reason="the extra llm is not installed")
    script, file = folder / "puppet.py", folder / "small.gguf"
    script.write_text(PUPPET)
    file.write_text(f"GGUF{said}")
    monkeypatch.setattr(workers, "_SERVER", script)
    return Settings(model="local", gguf=file)


def gone(settings: Settings) -> bool:
    process = int(Path(f"{settings.gguf}.pid").read_text())
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


def test_the_built_in_brain_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(model="builtin")
    assert trial(settings) == 'built-in: it takes "group these by colour" as group_by, colour'
    monkeypatch.setattr(trials, "_SENTENCE", "qwertz")
    row = checked(settings)
    assert not row["ok"] and "does not understand" in str(row["text"])


def test_a_local_model_is_asked_and_timed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = puppet(tmp_path, json.dumps({"criterion": "colour"}), monkeypatch)
    said = trial(settings)
    assert said.startswith("local small: ") and 'by "colour"' in said and said.endswith(" s, 12 tokens/s")
    assert gone(settings)


@pytest.mark.parametrize("said", ["no JSON", "[1]", '{"criterion": 3}'])
def test_a_local_model_that_answers_anything_else_is_a_failed_check(
    said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = puppet(tmp_path, said, monkeypatch)
    row = checked(settings)
    assert not row["ok"] and str(row["text"]).startswith("local small: ") and gone(settings)


def test_a_local_model_that_is_too_slow_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = puppet(tmp_path, "sleep", monkeypatch)
    start = time.monotonic()
    with pytest.raises(RegroupError, match="local small did not answer within 2 s"):
        trial(settings, seconds=2.0)
    assert time.monotonic() - start < 8 and gone(settings)


def test_a_damaged_file_is_a_failed_check(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp", reason="the extra llm is not installed")
    (tmp_path / "broken.gguf").write_bytes(b"GGUF" + bytes(100))
    row = checked(Settings(model="local", gguf=tmp_path / "broken.gguf"))
    assert not row["ok"] and "local broken" in str(row["text"]) and "\n" not in str(row["text"])


def test_a_server_on_this_machine_is_asked(server: Server) -> None:
    server.reply = lambda call: call.say('{"criterion": "colour"}')
    assert 'by "colour"' in trial(Settings(model=f"{server.url}#tiny")) and server.requests == 1
    server.reply = lambda call: call.error(400, "no such model")
    row = checked(Settings(model=f"{server.url}#tiny"))
    assert not row["ok"] and "no such model" in str(row["text"])


def test_a_host_elsewhere_is_not_asked(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("langchain_openai", reason="the extra openai is not installed")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    # A request to the provider would come here.
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    for model in ("openai:tiny", "http://198.51.100.7:9/v1#tiny", f"{server.url}#big:cloud"):
        row = checked(Settings(model=model))
        assert row["ok"] and "was not asked" in str(row["text"])
    assert server.requests == 0


def test_ollama_is_on_this_machine_unless_it_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OLLAMA_HOST", raising=False)
    monkeypatch.setattr(trials.urllib.request, "getproxies", dict)
    assert trials.stays_here("ollama:tiny") and not trials.stays_here("ollama:big-cloud")
    monkeypatch.setenv("OLLAMA_HOST", "http://198.51.100.7:11434")
    assert not trials.stays_here("ollama:tiny")
    monkeypatch.delenv("OLLAMA_HOST")
    monkeypatch.setattr(trials.urllib.request, "getproxies", lambda: {"http": "http://198.51.100.7:3128"})
    assert not trials.stays_here("ollama:tiny")


def test_a_real_small_model_answers() -> None:
    file = found("0.5b")
    if file is None:
        pytest.skip("there is no 0.5B model; set REGROUP_TEST_GGUF to the GGUF file, or to its folder")
    said = trial(Settings(model="local", gguf=file))
    assert "tokens/s" in said and "as by" in said
