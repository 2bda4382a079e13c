"""Runs the command `regroup`, once it is known that the packages behind it are its own."""

import sys


def main() -> int:
    """Run the command, and return its exit code; 1 where a package of its own is another distribution's."""
    from regroup.foreign_packages import foreign_package

    if line := foreign_package():
        print(f"regroup: {line}", file=sys.stderr)
        return 1
    from assistant.cli import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
