"""Notices where another distribution took the name of a package that stands behind this one."""

import sys
from importlib.util import find_spec
from pathlib import Path

BEHIND = ("assistant", "tools", "prompts")
"""The packages behind `regroup`, whose names others use as well."""
MARK = 'PART_OF = "regroup"'
"""The line that each of them has in its first file."""


def foreign_package() -> str:
    """Return a line on what stands in the place of a package of Regroup, and what to do; "" where all are its own.

    There are two ways: the other one is found first, since its folder stands earlier on the path; or it was installed
    into the same folder, and its first file replaced ours. Nothing of it is loaded to find out.
    """
    home = Path(__file__).resolve().parents[1]
    for name in BEHIND:
        first = _first_file(name)
        ours = home / name / "__init__.py"
        if first is None or first.resolve() != ours or MARK not in ours.read_text("utf-8", errors="replace"):
            where = "is missing" if first is None else f"is another one here ({str(first)!r}{_owner(name)})"
            return (
                f'the package "{name}" of Regroup {where}; install Regroup by itself, in a new virtual environment, '
                "with pipx or with uv tool"
            )
    return ""


def _first_file(name: str) -> Path | None:
    """Return the file that is run when a package is loaded; None where there is none."""
    if (loaded := sys.modules.get(name)) is not None:
        file = getattr(loaded, "__file__", None)
        return Path(file) if file else None
    spec = find_spec(name)
    return Path(spec.origin) if spec is not None and spec.has_location and spec.origin else None


def _owner(name: str) -> str:
    """Return the other distributions that have a package of this name, for a line; "" where none is known."""
    from importlib.metadata import packages_distributions

    others = sorted(set(packages_distributions().get(name, ())) - {"regroup"})
    return f", of {' and '.join(others)}" if others else ""
