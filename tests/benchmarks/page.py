"""Make docs/BENCHMARKS.md from docs/benchmarks, and its plots: `python -m tests.benchmarks.page`.

The words are in docs/benchmarks/page.md; every figure in them and every table comes from the data.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from string import Template

from tests.benchmarks import fusion, plots
from tests.benchmarks.certainty import bins_of, calibration_error
from tests.benchmarks.curves import of_page
from tests.benchmarks.records import (
    APART,
    BOUND,
    COUNTS,
    DATA,
    DEFAULT,
    DOCS,
    Answers,
    Case,
    Quality,
    figure,
    folders,
    markdown,
    published,
    rows,
    table,
)
from tests.benchmarks.records import quality as measured

PAGE = DOCS / "BENCHMARKS.md"
MARGIN = 0.01
"""A difference in NMI below this is called none."""
WHOLE = "concatenated"
"""k-means on all views at once, which takes no notice of the criterion."""
METHODS = {
    DEFAULT: "k-means on the views that the criterion is routed to, then groups of one shape; the default",
    "walk": "agents that walk a relational graph, after agent-centric clustering (arXiv 2503.22241)",
    "tac": "image features beside their words (TAC, Li et al., ICML 2024)",
    "orthogonalise": "what remains when other structures are taken out (Cui, Fern and Dy, ICDM 2007)",
    "sac": "an image head and a text head that teach each other (SAC)",
    "mllm_mc": "images drawn towards the tags of the criterion (MLLM_MC)",
    "gated": "pixels and words through a gate, after Multi-DProxy (arXiv 2511.07274)",
    WHOLE: "k-means on every view at once, blind to the criterion",
    BOUND: "k-means on the single view that fits the labels best: a bound, not a method",
}
LEARNERS = {
    "taught": "Regroup chooses the questions",
    "random": "Regroup learns, random questions",
    "nearest": "nearest neighbour, Regroup's questions",
    "nearest random": "nearest neighbour, random questions",
}


def page() -> str:
    """The whole page."""
    quality, answers = measured(), Answers(rows("answers.jsonl"))
    words = Template((DATA / "page.md").read_text("utf-8"))
    drawn = [table(name) for name in ("drawn.csv", "walk.csv", "mfavbs.csv")]
    zero_shot = table("multi_sub.csv")
    return words.substitute(
        summary(quality)
        | gains(answers)
        | photographs(quality)
        | of_page(table("unasked.csv"))
        | named_groups()
        | talks()
        | names()
        | {
            "methods": markdown(methods(quality, quality.main)),
            "elsewhere": markdown(elsewhere(quality, quality.main)),
            "apart": apart(quality),
            "by_folder": "\n\n".join(by_folder(quality, quality.main)),
            "apart_folder": "\n\n".join(by_folder(quality, [c for c in quality.cases if c[0] == APART])),
            "photo_folders": "\n\n".join(by_folder(quality, quality.photographs)),
            "learners": markdown(learners(answers)),
            "answers_by_folder": "\n\n".join(answers_by_folder(answers)),
            "accepted": accepted(answers),
            "refused": markdown(refused(quality)),
            "drawn": markdown(merged(map(plain, drawn[0]))),
            "walk": markdown(merged(map(plain, drawn[1]))),
            "mfavbs": markdown(beside(map(plain, drawn[2]), "criterion", ("epochs", "ACC", "NMI"))),
            "multi_sub": markdown(
                beside(map(plain, zero_shot), "words", ("NMI colour", "NMI shape", "NMI mean"))
            ),
            "frames_rows": str(len(table("frames.csv"))),
            "fusion": "\n".join(fusion.lines()),
            "fusion_rows": str(len(rows(fusion.ROWS.name))),
            "exemplar_rows": str(len(table("exemplars.csv"))),
            "error_found": figure(calibration_error(bins_of("found")), 2),
            "error_given": figure(calibration_error(bins_of("given")), 2),
            "quality_rows": str(len(rows("quality.jsonl"))),
            "answers_rows": str(len(answers.rows)),
            "drawn_rows": str(sum(map(len, (*drawn, zero_shot)))),
        }
    )


def summary(quality: Quality) -> dict[str, str]:
    """The figures of the conclusion about quality without answers."""
    best = {case: nmi for case, (nmi, _) in published().items() if case in quality.main}
    below = [case for case in quality.main if case in best and quality.nmi(case) < best[case]]
    behind = [case for case in quality.main if quality.nmi(case, BOUND) >= quality.nmi(case) + MARGIN]
    blind = [case for case in quality.main if quality.nmi(case, WHOLE) >= quality.nmi(case) + MARGIN]
    faint = {
        folder: (quality.row((folder, "emotion")) or {})["ami"] for folder in ("comicgen", "emoji_faces")
    }
    alone = [row for case in quality.main if (row := quality.row(case, groups="auto"))]
    near = sum(abs(row["k"] - row["k_true"]) <= row["k_true"] / 4 for row in alone)
    return {
        "given": figure(quality.mean(quality.main), 2),
        "found": figure(quality.mean(quality.main, groups="auto"), 2),
        "criteria": str(len(quality.main)),
        "folders": NUMBERS[len({folder for folder, _ in quality.main})],
        "compared": str(len(best)),
        "above": str(len(best) - len(below)),
        "below": str(len(below)),
        "below_list": listed(below, {case: against(quality.nmi(case), best[case]) for case in below}),
        "margin": figure(MARGIN, 2),
        "view_list": listed(
            behind, {case: against(quality.nmi(case), quality.nmi(case, BOUND)) for case in behind}
        ),
        "plain": f" All views together, blind to the criterion, are better on {listed(blind)}."
        if blind
        else "",
        "near": str(near),
        "ami_comic": figure(faint["comicgen"], 2),
        "ami_emoji": figure(faint["emoji_faces"], 2),
    }


NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def against(ours: float, theirs: float) -> str:
    """Two figures in brackets."""
    return f" ({figure(ours, 2)} against {figure(theirs, 2)})"


def listed(cases: Sequence[Case], notes: Mapping[Case, str] | None = None) -> str:
    """Criteria in a sentence: "pose of `comicgen` (.06 against .20) and face of `emoji_faces` (.50 against 1.00)"."""
    notes = notes or {}
    texts = [f"{criterion} of `{folder}`{notes.get((folder, criterion), '')}" for folder, criterion in cases]
    return " and ".join(part for part in (", ".join(texts[:-1]), *texts[-1:]) if part)


def methods(quality: Quality, cases: Sequence[Case]) -> Iterator[dict[str, str]]:
    """The means of each method that had the inputs that it was made for, beside the default's on the same criteria, the
    best first."""
    names = [name for name in quality.methods(cases) if not quality.lacking(name, cases)]
    yield from means(
        quality, cases, sorted(names, key=lambda name: (name == BOUND, -(quality.mean(cases, name) or 0)))
    )


def elsewhere(quality: Quality, cases: Sequence[Case]) -> Iterator[dict[str, str]]:
    """The means of the methods that lacked a model that they were made for, by name: this is no order of merit."""
    for name in sorted(quality.methods(cases)):
        if lacking := quality.lacking(name, cases):
            (row,) = means(quality, cases, [name])
            yield (
                {"method": row.pop("method"), "what it is": row.pop("what it is")}
                | {"without": " and ".join(lacking)}
                | row
            )


def means(quality: Quality, cases: Sequence[Case], names: Iterable[str]) -> Iterator[dict[str, str]]:
    """The means of methods beside the default's on the same criteria."""
    for name in names:
        row = {"method": f"`{name}`" if name != BOUND else name, "what it is": METHODS.get(name, "")}
        row["criteria"] = str(sum(quality.row(case, name) is not None for case in cases))
        for groups, title in (("truth", "given"), ("auto", "found")):
            there = [case for case in cases if quality.row(case, name, groups)]
            row[f"NMI, {title}"] = figure(quality.mean(there, name, groups))
            row["default there" if groups == "truth" else "default there, found"] = figure(
                quality.mean(there, groups=groups)
            )
        yield row


def apart(quality: Quality) -> str:
    """What the methods reach on the folder that repeats another one in full."""
    cases = [case for case in quality.cases if case[0] == APART]
    names = sorted(name for name in quality.methods(cases) if name != BOUND)
    found = {name: quality.mean(cases, name) or 0.0 for name in names}
    whole = sorted(
        (name for name in names if not quality.lacking(name, cases)), key=lambda name: -found[name]
    )
    less = [name for name in names if quality.lacking(name, cases)]

    def told(chosen: Sequence[str]) -> str:
        return ", ".join(f"`{name}` {figure(found[name])}" for name in chosen)

    others = f" Without the models that they were made for, by name: {told(less)}." if less else ""
    return f"The methods, number of groups given: {told(whole)}.{others}"


def by_folder(quality: Quality, shown: Sequence[Case]) -> Iterator[str]:
    """A heading, what the folder is, and a line per criterion."""
    best = published()
    for folder, about in folders().items():
        cases = [case for case in shown if case[0] == folder]
        if not cases:
            continue
        lines = []
        for case in cases:
            given, found = quality.row(case), quality.row(case, groups="auto")
            other, bound = quality.best_other(case), quality.row(case, BOUND)
            assert given and found and other and bound
            mark = best.get(case)
            lines.append(
                {
                    "criterion": case[1],
                    "groups": str(given["k_true"]),
                    "**NMI**": f"**{figure(given['nmi'])}** ± {figure(given['nmi_sd'])}",
                    "AMI": figure(given["ami"]),
                    "ACC": figure(given["acc"]),
                    "NMI, found": f"{figure(found['nmi'])} (k = {found['k']:g})",
                    "best other": f"{figure(other['nmi'])} {other['method']}",
                    "best view": f"{figure(bound['nmi'])} {bound['view']}",
                    "all views": figure(quality.nmi(case, WHOLE)),
                    "published": f"{figure(mark[0])} ({source(mark[1])})" if mark else "",
                }
            )
        images = max(row["images"] for row in quality.rows if row["folder"] == folder)
        yield f"### {about['title']} (`{folder}`, {images:,} images)"
        yield sentence(about["what"])
        yield markdown(lines)


def source(text: str) -> str:
    """Where a published figure is from, without the name of the set: "agent-centric clustering, tuned"."""
    return text.split(",")[0].replace(" (", ", ").replace(")", "")


def sentence(text: str) -> str:
    """A text from the data as a sentence."""
    return f"{text[0].upper()}{text[1:]}."


def gains(answers: Answers) -> dict[str, str]:
    """The figures of the conclusion about answers."""
    last = COUNTS[-1]
    taught = {f"taught_{count}": figure(answers.mean("taught", count), 2) for count in COUNTS}
    best = answers.mean("taught", last) or 0.0
    apart = [(count, answers.mean("taught", count, without=("emoji_faces",))) for count in COUNTS]
    return taught | {
        "choosing": figure(best - (answers.mean("random", last) or 0.0), 2),
        "learning": figure(best - (answers.mean("nearest", last) or 0.0), 2),
        "without_emoji": ", ".join(f"{figure(mean)} ({count})" for count, mean in apart),
    }


def learners(answers: Answers) -> Iterator[dict[str, str]]:
    """The mean of each learner by number of answers."""
    for learner, title in LEARNERS.items():
        yield {"": title} | {str(count): figure(answers.mean(learner, count)) for count in COUNTS}
    wrong = {str(count): figure(answers.mean("taught", count, wrong=0.1)) for count in COUNTS}
    yield {"": "Regroup chooses, 10 % of the answers wrong"} | wrong


def answers_by_folder(answers: Answers) -> Iterator[str]:
    """One table: folder, criterion, and the NMI by number of answers."""
    last = COUNTS[-1]
    yield markdown(
        {
            "folder": folder,
            "criterion": criterion,
            **{str(count): figure(answers.nmi((folder, criterion), "taught", count)) for count in COUNTS},
            "random": figure(answers.nmi((folder, criterion), "random", last)),
            "neighbour": figure(answers.nmi((folder, criterion), "nearest", last)),
            "10 % wrong": figure(answers.nmi((folder, criterion), "taught", 32, wrong=0.1)),
        }
        for folder, criterion in answers.cases
    )


def accepted(answers: Answers) -> str:
    """What groupings that were accepted before are worth, after the most answers."""
    last, parts = COUNTS[-1], []
    for row in answers.rows:
        if row.get("accepted") and row["questions"] == last:
            case = row["folder"], row["criterion"]
            alone = figure(answers.nmi(case, row["method"], last))
            before = row["accepted"].replace(", ", " and ")
            parts.append(
                f"{case[1]} of `{case[0]}` after {before} {figure(row['nmi'])} instead of {alone} at {last} answers"
            )
    return ", but ".join(parts)


def refused(quality: Quality) -> Iterator[dict[str, str]]:
    """Each method that refused, why, and on how many criteria; times are drawn together."""
    whys: dict[tuple[str, str], list[str]] = {}
    cases: dict[tuple[str, str], dict[Case, None]] = {}
    for row in quality.refused:
        why = re.sub(r"about \d+ (min|h)\b", "about TIME", row["reason"], count=1)
        why = re.sub(
            r"\d+ groups need at least \d+ images, and there are \d+", "K groups need more images", why
        )
        key = row["method"], why
        whys.setdefault(key, []).extend(re.findall(r"about (\d+ (?:min|h))\b", row["reason"])[:1])
        cases.setdefault(key, {})[row["folder"], row["criterion"]] = None
    for (method, why), on in cases.items():
        times = sorted(whys[method, why], key=lambda time: int(time.split()[0]) * (60 if "h" in time else 1))
        why = why.replace("about TIME", f"{times[0]} to {times[-1]}" if times else "")
        yield {"method": f"`{method}`", "what it says": why, "criteria": str(len(on))}


def named_groups() -> dict[str, str]:
    """The means of pictures in the right group where the class names are given: of eight criteria of photographs, and
    of the others."""
    measured = table("values.csv")
    ends = [place for place, row in enumerate(measured) if not row["criterion"]]
    photographs, others = (measured[end] for end in ends)
    return {
        **{
            f"{part}_{name}": figure(float(row[name]), 2)
            for part, row in (("values", photographs), ("values_others", others))
            for name in ("at_once", "confirmed", "unasked")
        },
        "values_criteria": NUMBERS[ends[0]],
        "values_others": str(ends[1] - ends[0] - 1),
        "values_rows": str(len(measured) - len(ends)),
        "values_answers": figure(float(photographs["answers"]), 0),
    }


def talks() -> dict[str, str]:
    """How far a simulated owner came by talking: the mean share of pictures in the folder of their label, and more."""
    held = table("talk.csv")
    turns = [int(row["turns"]) for row in held]
    return {
        "talk_rows": str(len(held)),
        "talk_turns": f"{min(turns)} to {max(turns)}",
        "talk_answers": figure(sum(float(row["answers"]) for row in held) / len(held), 0),
        **{
            f"talk_{name}": figure(sum(float(row[name]) for row in held) / len(held), 2)
            for name in ("right_exported", "nmi_grouped", "nmi_exported")
        },
    }


def names() -> dict[str, str]:
    """How many pictures are in a group with a name, and how many of these names are right, wrong or beside: means over
    the criteria, with the number of groups found."""
    found = [row for row in table("names.csv") if row["groups"] == "found"]
    named = [row for row in found if float(row["named"])]
    return {
        "names_criteria": str(len(found)),
        "names_with": str(len(named)),
        "names_named": figure(sum(float(row["named"]) for row in found) / len(found), 2),
        **{
            f"names_{part}": figure(sum(float(row[part]) for row in named) / len(named), 2)
            for part in ("right", "wrong", "beside", "likeness")
        },
        "names_rows": str(len(table("names.csv"))),
    }


def photographs(quality: Quality) -> dict[str, str]:
    """What the methods reach on photographs: here, and on folders that were kept aside."""
    here, (default, blind) = quality.photographs, table("kept_aside.csv")
    means = {name: figure(quality.mean(here, method), 2) for name, method in PHOTO_METHODS.items()}
    return means | {
        "photo_criteria": str(len(here)),
        "photo_folder_count": NUMBERS[len({folder for folder, _ in here})],
        "photo_found": figure(quality.mean(here, groups="auto"), 2),
        "aside_criteria": default["criteria"],
        "aside_default": default["nmi"],
        "aside_blind": blind["nmi"],
        "photo_rows": str(sum((row["folder"], row["criterion"]) in here for row in quality.rows)),
        "aside_rows": "2",
    }


PHOTO_METHODS = {"photo_default": DEFAULT, "photo_blind": WHOLE, "photo_bound": BOUND}
"""The methods whose means on photographs the conclusion names."""


def plain(record: Mapping[str, str]) -> dict[str, str]:
    """A row of a CSV file for the page: shares as elsewhere, names with spaces."""
    return {
        name.replace("_", " ").replace("nmi", "NMI").replace("acc", "ACC"): figure(float(cell))
        if re.fullmatch(r"-?\d\.\d{3}", cell)
        else cell
        for name, cell in record.items()
    }


def merged(records: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """Rows of which those in a row that differ by no more than their title and their seconds are one."""
    lines: list[list[dict[str, str]]] = []
    for record in records:
        if lines and list(record.values())[1:-1] == list(lines[-1][0].values())[1:-1]:
            lines[-1].append(record)
        else:
            lines.append([record])
    found = []
    for same in lines:
        title, *_, seconds = same[0]
        times = sorted({row[seconds] for row in same}, key=float)
        first = {title: "; ".join(row[title] for row in same)}
        found.append(same[0] | first | {seconds: " to ".join(dict.fromkeys((times[0], times[-1])))})
    return found


def beside(records: Iterable[dict[str, str]], by: str, figures: Sequence[str]) -> list[dict[str, str]]:
    """One row for each title, with the figures of each kind beside each other; what else there is told is left out."""
    rows_of: dict[str, dict[str, dict[str, str]]] = {}
    for record in records:
        rows_of.setdefault(record["method"], {})[record[by]] = record
    kinds = list(dict.fromkeys(kind for found in rows_of.values() for kind in found))
    return [
        {"method": title}
        | {f"{kind}: {name}": found.get(kind, {}).get(name, "") for kind in kinds for name in figures}
        for title, found in rows_of.items()
    ]


def main() -> None:
    """Write the page and draw the plots."""
    PAGE.write_text(page(), "utf-8")
    print(PAGE.relative_to(DOCS.parent))
    plots.main()


if __name__ == "__main__":
    main()
