"""Draw the plots of docs/BENCHMARKS.md from the rows in docs/benchmarks: `python -m tests.benchmarks.plots`.

Needs matplotlib (`pip install -e ".[dev]"`). The drawings carry the digest of their data, which a test compares.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.benchmarks.certainty import bins_of
from tests.benchmarks.records import (
    COUNTS,
    DATA,
    Answers,
    digest,
    folders,
    published,
    rows,
)
from tests.benchmarks.records import quality as measured

BLUE, ORANGE, GREY, INK = "#1f5fa8", "#d9730d", "#8a8f98", "#24292f"
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "regroup",
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": "#c9ced6",
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
}
LEARNERS = {
    "taught": ("Regroup chooses the questions", BLUE, "o"),
    "random": ("Regroup learns, questions drawn at random", "#4f9d69", "s"),
    "nearest": ("nearest answered picture, Regroup's questions", ORANGE, "^"),
    "nearest random": ("nearest answered picture, random questions", GREY, "v"),
}
"""How a learner of `regroup bench` is called in the plot, its colour and its mark."""


def quality(axes: Any) -> None:
    """One line per criterion: the default with k given and with k found, and the best published figure."""
    found, best = measured(), published()
    y, ticks, names = 0.0, [], []
    for folder, about in folders().items():
        cases = [case for case in found.cases if case[0] == folder]
        axes.text(-0.02, y, about["title"], ha="right", va="center", weight="bold")
        for case in cases:
            y += 1
            ticks.append(y)
            names.append(case[1])
            ours, alone = found.nmi(case), found.nmi(case, groups="auto")
            mark = best.get(case, (None, ""))[0]
            reach = [value for value in (ours, alone, mark) if value is not None]
            axes.plot([min(reach), max(reach)], [y, y], color="#d5dae1", linewidth=2.5, zorder=1)
            axes.scatter(alone, y, s=44, facecolor="white", edgecolor=BLUE, linewidth=1.4, zorder=2)
            axes.scatter(ours, y, s=44, color=BLUE, zorder=3)
            if mark is not None:
                axes.scatter(mark, y, s=42, marker="D", color=ORANGE, zorder=4, alpha=0.95)
        y += 1.4
    axes.set_yticks(ticks, names)
    axes.set_ylim(y - 0.8, -1)
    axes.set_xlim(-0.015, 1.02)
    axes.set_xlabel("NMI with the true labels (1 = the same groups), no answers, mean of three seeds")
    axes.grid(axis="x", color="#eceff3")
    axes.tick_params(length=0)
    from matplotlib.lines import Line2D

    def key(label: str, **more: Any) -> Any:
        return Line2D([], [], linestyle="", label=label, **more)

    axes.legend(
        handles=[
            key("Regroup, number of groups given", marker="o", color=BLUE),
            key("Regroup, number found", marker="o", markerfacecolor="white", markeredgecolor=BLUE),
            key("best published (other pictures of the set)", marker="D", color=ORANGE),
        ],
        loc="lower center", bbox_to_anchor=(0.36, 1.0), ncols=3, frameon=False, columnspacing=1.2,
        handletextpad=0.2,
    )  # fmt: skip


def answers(axes: Any) -> None:
    """The mean over the criteria by number of answers, for each way of asking and learning."""
    found = Answers(rows("answers.jsonl"))
    places = range(len(COUNTS))
    for case in found.cases:
        line = [found.nmi(case, "taught", count) for count in COUNTS]
        axes.plot(places, line, color=BLUE, alpha=0.13, linewidth=1, zorder=1)
    for learner, (label, colour, mark) in LEARNERS.items():
        means = {i: mean for i, n in enumerate(COUNTS) if (mean := found.mean(learner, n)) is not None}
        axes.plot(list(means), list(means.values()), color=colour, marker=mark, linewidth=2, label=label)
    axes.set_xticks(list(places), [str(count) for count in COUNTS])
    axes.set_xlabel("answers")
    axes.set_ylabel(f"NMI, mean of {len(found.cases)} criteria, number of groups found")
    axes.set_ylim(0, 1.02)
    axes.grid(axis="y", color="#eceff3")
    axes.tick_params(length=0)
    axes.legend(loc="lower right", frameon=False)


def certainty(axes: Any) -> None:
    """How many of the images of which so much was said were right, in bins; the diagonal is what it should be."""
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--", zorder=1)
    axes.text(0.06, 0.1, "as often right as said", color=GREY, rotation=38, fontsize=9)
    for groups, colour, mark in (("found", BLUE, "o"), ("given", ORANGE, "s")):
        bins = bins_of(groups)
        said, right = ([float(row[part]) for row in bins] for part in ("said", "right"))
        sizes = [12 + 160 * (int(row["images"]) / sum(int(r["images"]) for r in bins)) ** 0.5 for row in bins]
        many = [i for i, row in enumerate(bins) if int(row["images"]) >= 30]  # a few images are no share
        axes.plot([said[i] for i in many], [right[i] for i in many], color=colour, linewidth=1.6, zorder=2)
        axes.scatter(
            said, right, s=sizes, color=colour, marker=mark, zorder=3, label=f"number of groups {groups}"
        )
    axes.set_xlabel("said: how likely the picture is in the right group")
    axes.set_ylabel("share of such pictures that are")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    axes.grid(color="#eceff3")
    axes.tick_params(length=0)
    axes.legend(loc="lower right", frameon=False)


PLOTS: dict[str, tuple[Callable[[Any], None], tuple[float, float], tuple[str, ...]]] = {
    "quality.svg": (quality, (9.0, 14.2), ("quality.jsonl", "photographs.jsonl")),
    "answers.svg": (answers, (9.0, 4.6), ("answers.jsonl",)),
    "certainty.svg": (certainty, (6.4, 4.8), ("certainty.csv",)),
}
"""File name to what draws it, its size in inches and the rows that it is drawn from."""


def data_of(name: str) -> str:
    """The mark of the data that a plot has to be drawn from, as it stands in the drawing."""
    return f"data {digest(*PLOTS[name][2], 'folders.toml')}"


def draw() -> list[Path]:
    """Write the plots; the same data give the same bytes with one version of matplotlib."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    made = []
    with matplotlib.rc_context(STYLE):
        for name, (plot, size, _) in PLOTS.items():
            drawing, axes = pyplot.subplots(figsize=size, layout="constrained")
            plot(axes)
            drawing.savefig(DATA / name, metadata={"Date": None, "Description": data_of(name)})
            pyplot.close(drawing)
            made.append(DATA / name)
    return made


def main() -> None:
    """Draw, and say what was written."""
    for path in draw():
        print(path.relative_to(DATA.parents[1]))


if __name__ == "__main__":
    main()
