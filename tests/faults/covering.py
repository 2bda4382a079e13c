"""Fuzzes one thing with Atheris, which looks for input that covers more: `python -m tests.faults.covering WHAT`.

WHAT is of `tests.faults.fuzz.FUZZED`, and may be followed by the seconds that it takes. The process ends at what is
wrong. Atheris is no dependency: pip install atheris.
"""

import sys
from typing import Any


def main(what: str, seconds: str = "600") -> None:
    """Try what Atheris chooses, for so many seconds."""
    import atheris
    import hypothesis

    with atheris.instrument_imports(include=["assistant", "tools"]):
        from tests.faults.fuzz import FUZZED, problem

    strategy, check = FUZZED[what]

    def one(drawn: Any) -> None:
        if told := problem(check, drawn):
            raise AssertionError(told)

    run = hypothesis.settings(database=None, deadline=None)(hypothesis.given(strategy)(one))
    options = ["covering", f"-max_total_time={seconds}", "-max_len=4096", "-timeout=60"]
    atheris.Setup(options, run.hypothesis.fuzz_one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
