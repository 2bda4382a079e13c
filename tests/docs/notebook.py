"""Makes docs/tutorial.ipynb from docs/PYTHON.md, so that the two never differ.

Run: python -m tests.docs.notebook
"""

import json
import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "PYTHON.md"
NOTEBOOK = PAGE.with_name("tutorial.ipynb")
_BLOCK = re.compile(r"```python\n(.*?)```\n", re.DOTALL)


def blocks() -> list[str]:
    """The blocks of code of the page."""
    return [code.rstrip("\n") for code in _BLOCK.findall(PAGE.read_text("utf-8"))]


def notebook() -> str:
    """The page as a notebook: its texts as Markdown, its blocks as code."""
    cells = []
    for number, part in enumerate(_BLOCK.split(PAGE.read_text("utf-8"))):
        lines = part.strip("\n").splitlines(keepends=True)
        if not lines:
            continue
        cell: dict[str, object] = {"id": f"cell-{number}", "metadata": {}, "source": lines}
        if number % 2:
            cells.append(cell | {"cell_type": "code", "execution_count": None, "outputs": []})
        else:
            cells.append(cell | {"cell_type": "markdown"})
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    made = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(made, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    NOTEBOOK.write_text(notebook(), "utf-8")
    print(NOTEBOOK)
