"""Measure which tool a local model calls first: `python -m tests.docs.local_brain DIR`, DIR with a GGUF file.

The sentences were written before the first run and are not reworded after one: whoever changes them throws the figures
away. Each is said in a conversation of its own, on the drawn demo grouped by emotion, once to the model alone, without
the grammar in front of it. What the grammar makes of a sentence by itself is noted beside it: in use it goes first, and
only what it does not understand reaches the model. The rows are in docs/benchmarks/local_brain.csv, and
docs/TRANSCRIPT.md sums them up.
"""

import argparse
import asyncio
import csv
import tempfile
import time
from pathlib import Path

from assistant.agent.builtin.parse import parse
from assistant.agent.events import ApprovalRequested, MessageText, ToolStarted
from assistant.agent.gguf.gguf_brain import GgufBrain
from assistant.agent.tools.base import DialogueContext
from assistant.chat.session import Session
from assistant.demo.play import prepare
from assistant.desk import Desk
from assistant.settings import Settings

ROWS = Path(__file__).parents[2] / "docs" / "benchmarks" / "local_brain.csv"
SENTENCES = {
    "describe_images": (
        "put into words what you can make out in each of these",
        "I'd like a short caption for every single image",
        "have a look at all of them and jot down what each one depicts",
        "what's in these pictures, in a sentence each?",
    ),
    "propose_criteria": (
        "I have no clue how to organise this lot, any ideas?",
        "which characteristics would make sensible categories here?",
        "come up with some ways in which these could be arranged",
        "on what basis might one sort these?",
    ),
    "build_graph": (
        "link every portrait to the ones it resembles by emotion and tell me how the network falls apart",
        "how connected are these faces by emotion? make me a similarity graph",
        "construct a nearest-neighbour graph for emotion",
        "set up the web of lookalikes by emotion",
    ),
    "traverse": (
        "let your agents wander over the similarity graph for emotion and cluster as they go",
        "send the walkers out by emotion and report what they merged",
        "do a random-walk style clustering by emotion with the agents",
        "traverse the emotion graph",
    ),
    "tune_embedding": (
        "adapt the representation so it fits the descriptions better",
        "fine-tune the embedding with LoRA, taking the words as supervision",
        "can you train the features a bit using what the describer said?",
        "learn a better feature space from the words",
    ),
    "fuse": (
        "combine the visual features and the descriptions into one clustering by emotion",
        "use both image and text evidence to group by emotion",
        "merge the two modalities by emotion",
        "cluster by emotion with multimodal fusion",
    ),
}
"""What is said for each tool; written before the first run."""


def grammar(sentence: str, desk: Desk) -> str:
    """The tool that the grammar takes a sentence for; "" where it does not understand it."""
    names = tuple(cluster.name for cluster in desk.clusterings.get().clusters)
    understood = parse(
        sentence, DialogueContext(criteria=("emotion",), names=names, current=len(names), informed=True)
    )
    return understood[0].tool if isinstance(understood, list) and understood else ""


async def first(desk: Desk, brain: GgufBrain, sentence: str) -> str:
    """The tool that is called first in a conversation of its own; else what is said in its place."""
    said = ""
    async with Session.open(desk, model=brain) as session:
        async for event in session.say(sentence):
            if isinstance(event, ToolStarted):
                return event.name
            if isinstance(event, MessageText) and event.done:
                said = " ".join(event.text.split())[:80]
            if isinstance(event, ApprovalRequested):
                break
    return f"said: {said}"


def main() -> None:
    """Say every sentence, and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gguf", type=Path, help="a folder with a GGUF file")
    given = parser.parse_args()
    file = next(iter(sorted(given.gguf.glob("*.gguf"))))
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        pictures = prepare(Path(scratch) / "demo", lambda *progress: None)
        settings = Settings(workspace=Path(scratch) / "own", tier="bundled", offline=True, model="builtin")
        brain = GgufBrain(gguf=file, grammar=False)
        try:
            with Desk.open(pictures, settings) as desk:
                desk.grouping.group("emotion")
                for tool, sentences in SENTENCES.items():
                    for sentence in sentences:
                        start = time.monotonic()
                        called = asyncio.run(first(desk, brain, sentence))
                        seconds = round(time.monotonic() - start, 1)
                        rows.append([file.stem, sentence, tool, called, grammar(sentence, desk), seconds])
                        print(*rows[-1], sep=" | ", flush=True)
        finally:
            brain.close()
    with ROWS.open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened).writerows(
            [["model", "sentence", "meant", "model_called", "grammar_called", "seconds"], *rows]
        )


if __name__ == "__main__":
    main()
