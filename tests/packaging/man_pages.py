"""Write the manual pages of the command: `python -m tests.packaging.man_pages DIR`, with click-man installed."""

import argparse
import tomllib
from pathlib import Path

from assistant.cli import regroup

PROJECT = Path(__file__).parents[2] / "pyproject.toml"


def write(to: Path) -> list[Path]:
    """Write a page for the command and one for each of its subcommands; return them."""
    from click_man.core import write_man_pages

    to.mkdir(parents=True, exist_ok=True)
    version = tomllib.loads(PROJECT.read_text("utf-8"))["project"]["version"]
    write_man_pages("regroup", regroup, version=version, target_dir=str(to))
    return sorted(to.glob("*.1"))


def main() -> None:
    """Write the pages into the folder that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    made = write(parser.parse_args().folder)
    print(f"{len(made)} pages in {made[0].parent}; read one: man {made[0]}")


if __name__ == "__main__":
    main()
