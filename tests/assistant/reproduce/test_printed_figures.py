"""The printed figures are those of the papers: a program compared each with the text of its paper, once all were typed.

The text of the papers is not here. What is kept of that comparison is how many figures each table has and their sum, so
that no figure is changed, lost or added by mistake.
"""

import pytest

from assistant.reproduce.paper import papers

COMPARED = {
    ("mfavbs", "2"): (63, 28.865),
    ("mfavbs", "4"): (84, 58.466),
    ("mllm_mc", "2"): (96, 19.515),
    ("mllm_mc", "3"): (36, 12.498),
    ("mllm_mc", "Figure 2"): (0, 0),
    ("multi_sub", "2"): (32, 23.7418),
    ("multi_sub", "3"): (96, 64.3474),
    ("sac", "2"): (60, 46.347),
    ("sac", "3"): (45, 37.964),
    ("sac", "4"): (42, 21.455),
    ("sac", "5"): (24, 17.037),
    ("sac", "6"): (18, 12.627),
    ("sac", "7"): (18, 13.086),
    ("walk", "abstract"): (6, 5.9148),
}
"""The number of figures of each table and their sum, as shares, when it was compared with the paper's text."""


def test_every_table_was_compared() -> None:
    listed = {(name, table.number) for name, paper in papers().items() for table in paper.tables}
    assert listed == set(COMPARED)
    assert sum(count for count, _ in COMPARED.values()) == 620


@pytest.mark.parametrize(("paper", "number"), COMPARED)
def test_its_figures_are_those_that_were_compared(paper: str, number: str) -> None:
    (table,) = (table for table in papers()[paper].tables if table.number == number)
    figures = [figure for line in table.printed for figure in line.figures.values()]
    assert (len(figures), round(sum(figures), 4)) == COMPARED[paper, number]
