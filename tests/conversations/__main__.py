"""Hold the conversations with one brain and print how it went.

usage: python -m tests.conversations --brain builtin|0.5b|1.5b|FILE.gguf|MODEL [--json] [--only WORD]
"""

import argparse
import asyncio
import json
import statistics
import sys
from pathlib import Path
from typing import Any

import assistant.agent  # noqa: F401 - before anything of langchain

# isort: split
from langchain_core.language_models import BaseChatModel

from assistant.agent.brain import brain
from assistant.agent.local import LocalBrain
from assistant.settings import Settings
from tests.conversations.contract import Held, conversations, hold
from tests.conversations.models import found


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.conversations")
    parser.add_argument(
        "--brain", default="builtin", help="builtin, 0.5b, 1.5b, a GGUF file, or a model's name"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--only", default="", help="only conversations with this word in what they are about")
    options = parser.parse_args()
    model = _brain(options.brain)
    report = asyncio.run(_run(options.brain, model, options.only, quiet=options.json))
    if isinstance(model, LocalBrain):
        model.close()
    if options.json:
        print(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        print(_summary(report))
    return 0


def _brain(name: str) -> BaseChatModel:
    if name in ("0.5b", "1.5b"):
        file = found(name)
        if file is None:
            sys.exit(f"the {name} model is not here; set REGROUP_TEST_GGUF to its file")
        return LocalBrain(gguf=file)
    if name.endswith(".gguf"):
        return LocalBrain(gguf=Path(name))
    return brain(Settings(model=name))


async def _run(name: str, model: BaseChatModel, only: str, quiet: bool) -> dict[str, Any]:
    chosen = [c for c in conversations() if only in c.about]
    told: list[dict[str, Any]] = []
    seconds: list[float] = []
    speeds: list[dict[str, Any]] = []
    for conversation in chosen:
        turns: list[Held] = await hold(conversation, model)
        passed = len(turns) == len(conversation.turns) and not turns[-1].wrong
        seconds += [turn.seconds for turn in turns]
        if isinstance(model, LocalBrain) and model.timings:
            speeds.append(model.timings)
        told.append(
            {"about": conversation.about, "passed": passed, "wrong": turns[-1].wrong, "said": turns[-1].said}
        )
        if not quiet:
            where = f"{conversation.turns[len(turns) - 1].say!r}: {turns[-1].wrong} {turns[-1].said[:150]!r}"
            print(
                f"{'ok  ' if passed else 'FAIL'} {conversation.about}" + ("" if passed else f"  <- {where}"),
                flush=True,
            )
    report: dict[str, Any] = {
        "brain": name,
        "conversations": len(told),
        "passed": sum(t["passed"] for t in told),
        "rate": sum(t["passed"] for t in told) / max(1, len(told)),
        "seconds_per_turn": {"median": statistics.median(seconds), "mean": statistics.fmean(seconds)},
        "details": told,
    }
    if speeds:
        report["tokens_per_second"] = {
            "writing": sum(s["predicted_n"] for s in speeds) / sum(s["predicted_ms"] for s in speeds) * 1000,
            "reading": sum(s["prompt_n"] for s in speeds) / sum(s["prompt_ms"] for s in speeds) * 1000,
        }
    return report


def _summary(report: dict[str, Any]) -> str:
    turn, speed = report["seconds_per_turn"], report.get("tokens_per_second")
    text = (
        f"{report['brain']}: {report['passed']} of {report['conversations']} conversations ({report['rate']:.0%}), "
        f"{turn['median']:.1f} s a turn (median; mean {turn['mean']:.1f})"
    )
    return text + (f", {speed['writing']:.0f} tokens/s" if speed else "")


if __name__ == "__main__":
    sys.exit(main())
