"""Measure the papers' tables, and make docs/REPRODUCTION.md: `python -m tests.benchmarks.reproduction --data DIR`.

Without --data the page is made from the rows that are in docs/benchmarks/reproduction.jsonl. Other options are passed
on to `regroup reproduce all`. The words are in docs/benchmarks/reproduction.md; every figure comes from the rows.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from string import Template
from typing import Any

from assistant.bench.results import Results
from assistant.cli import main as regroup
from assistant.reproduce.paper import Paper, papers
from assistant.reproduce.reproduction import MARGIN, NOT_MEASURED, OTHER_INPUTS, compare
from assistant.reproduce.reproduction_lines import MEASURES, heading, shown
from tests.benchmarks.records import DATA, DOCS, figure, markdown

PAGE = DOCS / "REPRODUCTION.md"
ROWS = DATA / "reproduction.jsonl"
Line = dict[str, Any]


def lines() -> list[Line]:
    """A line for each line of the papers' tables, with what was measured."""
    tables = [(paper, table) for paper in papers().values() for table in paper.tables]
    return compare(tables, Results(ROWS).rows())


def page() -> str:
    """The whole page."""
    found = lines()
    words = Template((DATA / "reproduction.md").read_text("utf-8"))
    return words.substitute(
        short=short(found),
        margin=figure(MARGIN, 2),
        looked=looked(found),
        papers="\n\n".join(part for paper in papers().values() for part in about(paper, found)),
        missing=markdown(missing(found)),
        code=code(found),
    )


def short(found: Sequence[Line]) -> str:
    """How many lines were measured and with which verdicts, for each paper."""
    rows = []
    for paper in papers().values():
        own = [line for line in found if line["paper"] == paper.name]
        verdicts = Counter(line["verdict"] for line in own)
        told = ", ".join(
            f"{verdicts[verdict]} {verdict}" for verdict in dict.fromkeys(line["verdict"] for line in own)
        )
        rows.append({"paper": f"`{paper.name}`", "lines": str(len(own)), "of these": told})
    sentence = (
        "None of the papers' models is here, so no line is reproduced or missed: what was measured says how the "
        "methods do on other inputs than they were made for, and nothing about the papers."
        if all(line["verdict"] in (NOT_MEASURED, OTHER_INPUTS) for line in found)
        else "Lines with the paper's set and models have a verdict."
    )
    return f"{sentence}\n\n{markdown(rows)}"


def looked(found: Sequence[Line]) -> str:
    """What looked at the pictures, each choice of models once."""
    choices = dict.fromkeys(
        ", ".join(f"{work} `{name}`" for work, name in line["ours"]["models"].items())
        for line in found
        if line["ours"]
    )
    return "\n".join(f"- {choice}" for choice in choices) or "- nothing yet"


def about(paper: Paper, found: Sequence[Line]) -> Iterator[str]:
    """A heading, where it is from, and its tables."""
    yield f"## {paper.title}"
    models = ", ".join(f"{work} {name}" for work, name in paper.models.items())
    yield f"`{paper.name}`, {paper.authors}, {paper.venue}. Models: {models}. Measured: {paper.protocol}."
    if paper.notes:
        yield "\n".join(f"- {note}" for note in paper.notes)
    for table in paper.tables:
        own = [line for line in found if (line["paper"], line["table"]) == (paper.name, table.number)]
        measured = [line for line in own if line["ours"]]
        yield f"### {heading(table.number)}: {table.title} (`{paper.name}`)"
        if measured:
            yield markdown(map(row, measured))
            reasons = dict.fromkeys(line["reason"] for line in measured if line["reason"])
            yield "\n".join(f"- {reason[0].upper()}{reason[1:]}." for reason in reasons)
        else:
            yield "Nothing of it could be measured here."
    if paper.left_out:
        yield (
            "Not measured at all: "
            + "; ".join(f"{table}: {why}" for table, why in paper.left_out.items())
            + "."
        )


def row(line: Line) -> dict[str, str]:
    """A measured line."""
    ours, test = line["ours"], line["test"]
    printed = ", ".join(
        f"{name} {shown(line['printed'], measure)}"
        for measure, name in MEASURES.items()
        if measure in line["printed"]
    )
    return {
        "set": f"{line['set']} ({ours['images']:,})",
        "criterion": line["criterion"],
        "measured": f"{line['arm']}: `{line['method']}`",
        "printed": printed,
        "ours, NMI": f"**{shown(ours, 'nmi')}**",
        **{name: figure(ours[measure]) for measure, name in MEASURES.items() if measure != "nmi"},
        "default": figure(line["default"]),
        "t-test": f"{test['is']} (p = {test['p']:.2g})" if test else "",
        "runs": str(ours["seeds"]),
        "s": f"{ours['seconds']:g}",
        "calls": f"{ours['model_calls'] + ours['judge_calls']:,}",
        "verdict": line["verdict"],
    }


def missing(found: Sequence[Line]) -> Iterator[dict[str, str]]:
    """What was not measured, by reason."""
    by_reason: dict[str, list[Line]] = {}
    for line in found:
        if line["verdict"] == NOT_MEASURED:
            reason = re.split("; (?:there are|it has) ", line["reason"])[
                0
            ]  # not every view or option that there is
            by_reason.setdefault(reason, []).append(line)
    for reason, those in by_reason.items():
        what = dict.fromkeys(f"{line['paper']} {heading(line['table'])}, {line['arm']}" for line in those)
        on = dict.fromkeys(line["set"] for line in those)
        yield {"why": reason, "what": "; ".join(what), "on": ", ".join(on), "lines": str(len(those))}


def code(found: Sequence[Line]) -> str:
    """What the rows were measured with."""
    digests = Counter(line["ours"]["code"] for line in found if line["ours"])
    versions = ", ".join(dict.fromkeys(line["ours"]["version"] for line in found if line["ours"]))
    several = f"; {len(digests)} states of the code" if len(digests) > 1 else ""
    return f"Measured with regroup {versions}{several}, on processors without a GPU." if digests else ""


def keep_rows() -> None:
    """Leave the rows alone in their file, without the lines on what was begun."""
    rows = sorted(
        Results(ROWS).rows(), key=lambda row: [row[key] for key in ("folder", "criterion", "method", "asked")]
    )
    ROWS.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


def main() -> None:
    """Measure where a folder is given, then write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="the folder with the papers' sets")
    parser.add_argument("--afresh", action="store_true", help="forget the rows that are there")
    given, more = parser.parse_known_args()
    if given.afresh:
        ROWS.unlink(missing_ok=True)
    if given.data is not None:
        if failed := regroup(["reproduce", "all", "--data", given.data, "--out", str(ROWS), *more]):
            sys.exit(failed)
        ROWS.with_name(f"{ROWS.name}.lock").unlink(missing_ok=True)
    keep_rows()
    PAGE.write_text(page(), "utf-8")
    print(PAGE.relative_to(DOCS.parent))


if __name__ == "__main__":
    main()
