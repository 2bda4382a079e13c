"""Adds `regroup doctor`, which tries everything that this machine can do."""

from typing import Any

import click

from assistant.cli import output
from assistant.cli.options import JSON, model_options, settings_from
from assistant.cli.progress_bar import bar


@click.command()
@model_options
@JSON
@click.pass_obj
def doctor(options: dict[str, Any], /, as_json: bool, **models: Any) -> int:
    """Try everything that this machine can do, for real, and time it."""
    with bar() as progress:
        from assistant.cli.doctor import examine

        checks = examine(settings_from(options, **models), progress)
    output.show({"checks": checks}, as_json, output.doctor_lines)
    return 0 if all(check["ok"] or check["optional"] for check in checks) else 1
