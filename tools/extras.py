"""Says how what an extra adds is installed."""

import re
import sys
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path


def how_to_add(extra: str) -> str:
    """Return the command that installs what an extra of pyproject.toml adds into the environment that runs this.

    It names the packages and not "regroup": Regroup is not on PyPI, and the package of that name there is another
    project's.
    """
    try:
        lines = requires("regroup") or []
    except PackageNotFoundError:  # it runs from its folder, without having been installed
        return f'pip install -e ".[{extra}]"'
    needed = (re.fullmatch(rf'(.+?)\s*;\s*extra == "{re.escape(extra)}"', line) for line in lines)
    packages = " ".join(f'"{match[1]}"' for match in needed if match)
    if (Path(sys.prefix) / "pipx_metadata.json").is_file():
        return f"pipx inject regroup {packages}"
    if (Path(sys.prefix) / "uv-receipt.toml").is_file():  # a tool's environment of uv's has no pip
        return f'uv pip install --python "{sys.executable}" {packages}'
    return f"pip install {packages}"
