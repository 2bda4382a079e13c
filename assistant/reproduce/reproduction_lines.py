"""Tells a reproduction in lines: each table with the printed figures and ours."""

from collections.abc import Iterator, Mapping
from typing import Any

from tools.names import visible

MEASURES = {"nmi": "NMI", "acc": "ACC", "ari": "ARI", "rand": "Rand", "ji": "JI"}
"""The measures that are shown, as they are called."""


def reproduction_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield a document with rows of `assistant.reproduce.reproduction.compare` in lines."""
    table = None
    for row in document["rows"]:
        if (row["paper"], row["table"]) != table:
            yield from ([""] if table else [])
            table = (row["paper"], row["table"])
            yield f"{row['paper']}, {heading(row['table'])}"
            names = " ".join(f"{name:>13}" for name in MEASURES.values())
            yield f"  {'set':<18} {'criterion':<11} {'measured':<18} {names}"
        about = f"  {row['set']:<18} {row['criterion']:<11}"
        if row["printed"]:
            figures = " ".join(f"{shown(row['printed'], name):>13}" for name in MEASURES)
            yield f"{about} {row['arm']:<18} {figures}  printed"
        if (ours := row["ours"]) is None:
            yield f"{about} {visible(row['method'] or row['arm']):<18} {row['verdict']}: {visible(row['reason'])}"
            continue
        figures = " ".join(f"{shown(ours, name):>13}" for name in MEASURES)
        more = [row["verdict"] + (f": {visible(row['reason'])}" if row["reason"] else "")]
        if test := row["test"]:
            more.append(f"{test['is']} than {test['against']} (p = {test['p']:.3g})")
        calls = ours["model_calls"] + ours["judge_calls"]
        more.append(
            f"{ours['seeds']} runs of {ours['seconds']} s, {calls:,} calls, looked at by {looked(ours)}"
        )
        yield f"{about} {visible(row['method']):<18} {figures}  {'; '.join(more)}"


def heading(number: str) -> str:
    """Return what a table is called: "Table 2", "Figure 2", "Abstract"."""
    return f"Table {number}" if number.isdigit() else number.capitalize()


def shown(figures: Mapping[str, Any], measure: str) -> str:
    """Return a measure with its deviation, where there is one: ".660 ± .008"; "" where it was not measured."""
    value, deviation = figures.get(measure), figures.get(f"{measure}_sd")
    if value is None:
        return ""
    return _share(value) + (f" ± {_share(deviation)}" if deviation is not None else "")


def looked(ours: Mapping[str, Any]) -> str:
    """Return the models that looked at the pictures of a measured row, with their versions or revisions."""
    return ", ".join(f"{work} {visible(name)}" for work, name in ours["models"].items())


def _share(value: float) -> str:
    text = f"{value:.3f}"
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text
