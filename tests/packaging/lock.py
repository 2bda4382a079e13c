"""Write locks/base.txt and locks/dev.txt anew: `python -m tests.packaging.lock`, with uv installed.

Each pins every package that is installed, with the hashes of all its files, for every system and Python: base.txt what
Regroup stands on, dev.txt what `.ci/run` installs. What is pinned already stays unless `--upgrade` is given.
"""

import argparse
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCKS = {"base.txt": (), "dev.txt": ("dev", "llm", "ocr")}
"""Each lock, and the extras that it holds."""
REGISTRY = "https://pypi.org/simple"


def command(name: str, upgrade: bool = False) -> list[str]:
    """Return what writes one of the locks."""
    extras = [word for extra in LOCKS[name] for word in ("--extra", extra)]
    return [
        "uv", "pip", "compile", "pyproject.toml", *extras, "--universal", "--python-version", "3.11",
        "--constraint", "locks/constraints.in", "--generate-hashes",
        "--no-annotate", "--quiet", "--no-config", "--default-index", REGISTRY,
        "--custom-compile-command", "python -m tests.packaging.lock", "--output-file", f"locks/{name}",
        *(["--upgrade"] if upgrade else []),
    ]  # fmt: skip


def main() -> None:
    """Write both locks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    upgrade = parser.parse_args().upgrade
    (ROOT / "locks").mkdir(exist_ok=True)
    for name in LOCKS:
        subprocess.run(command(name, upgrade), cwd=ROOT, check=True)
        print(f"locks/{name}")


if __name__ == "__main__":
    main()
