"""Write docs/METHODS.md from the methods and their sources: `python -m tests.docs.methods`."""

from pathlib import Path

from tools.fuse.registry import METHODS
from tools.fuse.sources import method_sources

PAGE = Path(__file__).parents[2] / "docs" / "METHODS.md"
BEFORE = """# Methods

<!-- made by python -m tests.docs.methods -->

You need not choose one: `kmeans` groups, and from your first answer on `taught` learns. To choose, say "group by mood
using the walk", or `--method NAME` ([CLI.md](CLI.md)). `regroup methods NAME` tells all about one, with its options and
what was found when it was measured. [BENCHMARKS.md](BENCHMARKS.md) compares them;
[REPRODUCTION.md](REPRODUCTION.md) puts what the papers printed beside what is reached here.
"""
WORK = {"describer": "a model that describes", "encoder": "a model of pictures and words", "judge": "a judge"}
"""What the models do that a method was made for, in the words of the page."""


def page() -> str:
    """Return the page: each method, what it stands on, and which equations of its paper are computed."""
    parts = [BEFORE]
    for name, method in METHODS.items():
        about = method_sources()[name]
        parts.append(f"## `{name}`\n\n{method.about[0].upper()}{method.about[1:]}.\n")
        made_for = [WORK[each] for each in about.inputs]
        needs = f" It was made for {' and '.join(made_for)}." if made_for else ""
        parts.append(f"Source: {about.source}.{needs}\n")
        if about.equations:
            rows = [f"| {number} | {what} |" for number, what in about.equations.items()]
            parts.append("\n".join(["| equations | what they compute |", "|---|---|", *rows, ""]))
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    print(PAGE)
