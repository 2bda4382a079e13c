"""Hold the conversations with one brain and print how it went.

usage: python -m tests.conversations --brain builtin|0.5b|1.5b|FILE.gguf|MODEL [--json] [--only WORD]
           [--part known|held-out|everyday|follow-ups|questions|requests|scenarios|trades|unseen|all]
           [--reveal] [--alone]

Of all but those that are known only the rate is told, so that nobody mends what they are there to measure; --reveal
tells the rest. Of questions it is told, too, how many were answered by a tool that reads what was asked.
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
from assistant.agent.gguf.gguf_brain import GgufBrain
from assistant.settings import Settings
from tests.conversations.contract import FILES, Conversation, Held, conversations, hold
from tests.conversations.models import found


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.conversations")
    parser.add_argument(
        "--brain", default="builtin", help="builtin, 0.5b, 1.5b, a GGUF file, or a model's name"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--only", default="", help="only conversations with this word in what they are about")
    parser.add_argument("--part", choices=(*FILES, "all"), default="all", help="all: known and held-out")
    parser.add_argument("--reveal", action="store_true", help="tell all of those that are held out, too")
    parser.add_argument(
        "--alone", action="store_true", help="ask a GGUF model all that the grammar knows, too"
    )
    options = parser.parse_args()
    parts = () if options.part == "all" else (options.part,)
    chosen = [c for c in conversations(*parts) if options.only in c.about]
    if not chosen:
        sys.exit("there is no such conversation")
    model = _brain(options.brain, grammar=not options.alone)
    report = asyncio.run(_run(options.brain, model, chosen, options.json, options.reveal))
    if isinstance(model, GgufBrain):
        model.close()
    if options.json:
        print(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        print(_summary(report))
    return 0


def _brain(name: str, grammar: bool) -> BaseChatModel:
    if name in ("0.5b", "1.5b"):
        file = found(name)
        if file is None:
            sys.exit(f"the {name} model is not here; set REGROUP_TEST_GGUF to its file")
        return GgufBrain(gguf=file, grammar=grammar)
    if name.endswith(".gguf"):
        return GgufBrain(gguf=Path(name), grammar=grammar)
    return brain(Settings(model=name))


async def _run(
    name: str, model: BaseChatModel, chosen: list[Conversation], quiet: bool, reveal: bool
) -> dict[str, Any]:
    told: list[dict[str, Any]] = []
    seconds: list[float] = []
    speeds: list[dict[str, Any]] = []
    passed: dict[str, list[bool]] = {part: [] for part in FILES}
    answered: list[bool] = []
    for conversation in chosen:
        turns: list[Held] = await hold(conversation, model)
        well = len(turns) == len(conversation.turns) and not turns[-1].wrong
        passed[conversation.part].append(well)
        if wanted := conversation.turns[-1].reads:
            answered.append(well and any(name in wanted for name, _ in turns[-1].called))
        seconds += [turn.seconds for turn in turns]
        if isinstance(model, GgufBrain) and model.timings:
            speeds.append(model.timings)
        if conversation.held_out and not reveal:
            if not quiet:
                print(f"{conversation.part}, {len(passed[conversation.part])} done", flush=True)
            continue
        told.append(
            {"about": conversation.about, "passed": well, "wrong": turns[-1].wrong, "said": turns[-1].said}
        )
        if not quiet:
            where = f"{conversation.turns[len(turns) - 1].say!r}: {turns[-1].wrong} {turns[-1].said[:150]!r}"
            print(
                f"{'ok  ' if well else 'FAIL'} {conversation.about}" + ("" if well else f"  <- {where}"),
                flush=True,
            )
    report: dict[str, Any] = {
        "brain": name,
        **{part.replace("-", "_"): _rate(passed[part]) for part in FILES},
        "turns": len(seconds),
        "seconds_per_turn": {"median": statistics.median(seconds), "mean": statistics.fmean(seconds)},
        "details": told,
    }
    if answered:
        report["answered_by_reading"] = {"questions": len(answered), "answered": sum(answered)}
    if speeds:
        report["tokens_per_second"] = {
            "writing": sum(s["predicted_n"] for s in speeds) / sum(s["predicted_ms"] for s in speeds) * 1000,
            "reading": sum(s["prompt_n"] for s in speeds) / sum(s["prompt_ms"] for s in speeds) * 1000,
        }
    return report


def _rate(passed: list[bool]) -> dict[str, float]:
    return {"conversations": len(passed), "passed": sum(passed), "rate": sum(passed) / max(1, len(passed))}


def _summary(report: dict[str, Any]) -> str:
    turn, speed = report["seconds_per_turn"], report.get("tokens_per_second")
    parts = [
        f"{what.replace('-', ' ')} {part['passed']} of {part['conversations']} ({part['rate']:.0%})"
        for what in FILES
        if (part := report[what.replace("-", "_")])["conversations"]
    ]
    text = (
        f"{report['brain']}: {', '.join(parts)}; {report['turns']} turns, "
        f"{turn['median']:.1f} s each (median; mean {turn['mean']:.1f})"
    )
    if reading := report.get("answered_by_reading"):
        text += f", {reading['answered']} of {reading['questions']} answered by a tool that reads it"
    if speed:
        text += f", writes {speed['writing']:.0f} tokens/s, reads {speed['reading']:.0f} tokens/s"
    return text


if __name__ == "__main__":
    sys.exit(main())
