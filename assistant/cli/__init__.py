"""Defines the `regroup` command. Each subcommand imports its needs when it runs, so that `--help` answers at once."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from assistant.cli import (
    bench_command,
    chat_command,
    cluster_command,
    completion_command,
    demo_command,
    doctor_command,
    export_command,
    forget_command,
    history_command,
    look_command,
    mcp_command,
    methods_command,
    models_command,
    moved_command,
    report_command,
    reproduce_command,
    teach_command,
    watch_command,
)
from assistant.cli.output import complain
from assistant.cli.progress_bar import current_work
from tools.errors import RegroupError
from tools.names import quoted


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="regroup", message="regroup %(version)s")
@click.option("--workspace", type=click.Path(path_type=Path), help="Where Regroup keeps what it knows.")
@click.option("--model", help='Chat model to talk to, as "provider:name"; the built-in one if unset.')
@click.option("--offline", is_flag=True, default=None, help="Never fetch anything, not even small weights.")
@click.option(
    "--include-skipped/--no-include-skipped",
    default=None,
    help="Take in folders of other programs and what git ignores; kept for the folder.",
)
@click.pass_context
def regroup(context: click.Context, /, **options: Any) -> None:
    """Sort a folder of images the way you say."""
    context.obj = {name: value for name, value in options.items() if value is not None}


for command in (
    chat_command.chat,
    cluster_command.cluster,
    methods_command.methods,
    cluster_command.propose,
    look_command.look,
    look_command.merge,
    teach_command.teach,
    teach_command.tune,
    teach_command.answers,
    export_command.export,
    report_command.report,
    watch_command.watch,
    history_command.undo,
    history_command.log,
    moved_command.moved,
    mcp_command.mcp,
    forget_command.forget,
    bench_command.bench,
    reproduce_command.reproduce,
    models_command.models,
    doctor_command.doctor,
    demo_command.demo,
    completion_command.completion,
):
    regroup.add_command(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    The code is 0 for success, 1 for a failure, 2 for a request that cannot be carried out, 130 for a command that was
    stopped. Every error is one line on stderr.

    Args:
        arguments: The arguments after `regroup`; by default those of this process.
    """
    if arguments is not None:
        return _run(arguments)
    _read_names_as_utf8()
    _open_closed_streams()
    from assistant.chat.stopping import STOPPED, answered, leave_within

    with answered(current_work, complain):
        code = _run(None)
    if code == STOPPED:
        leave_within(code=code)
    return code


def _read_names_as_utf8() -> None:
    """Start the process again in Python's UTF-8 mode, where the locale would have file names read in another way.

    The journal and the manifests hold names as text, which has to mean the same bytes in every run.
    """
    if sys.getfilesystemencoding().lower() == "utf-8" or not sys.executable:
        return
    environment = dict(os.environ)
    if sys.stdout is not None:  # the terminal still reads what the locale says
        environment.setdefault("PYTHONIOENCODING", f"{sys.stdout.encoding}:{sys.stdout.errors}")
    os.execve(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]], environment)


def _open_closed_streams() -> None:
    """Open on nothing what was closed by who started the process (`<&-`), whose number a file of ours would get else.

    Libraries write their complaints to number 2, whatever that is by then.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, os.O_RDWR)
            os.set_inheritable(descriptor, True)
            setattr(sys, name, os.fdopen(descriptor, mode, encoding="utf-8"))


def _run(arguments: Sequence[str] | None) -> int:
    try:
        result = regroup.main(arguments, prog_name="regroup", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "regroup"
        complain(f"{error.format_message().rstrip('.')}; see {command} --help")
        return error.exit_code
    except click.ClickException as error:
        complain(error.format_message())
        return error.exit_code
    except RegroupError as error:
        complain(str(error))
        return error.exit_code
    except BrokenPipeError:
        # The reader of our output has closed it; closing stderr keeps Python from complaining at the end.
        sys.stderr.close()
        return 1
    except (KeyboardInterrupt, click.Abort):
        complain("stopped; what was finished is kept")
        return 130
    except OSError as error:  # an error of the disk that no other code handles
        complain(_disk_failed(error))
        return 1
    except MemoryError:
        complain("there is not enough memory; close other programs, or open a smaller folder")
        return 1
    except ImportError as error:
        complain(f"a library cannot be loaded ({error}); free some memory, or install Regroup again")
        return 1


def _disk_failed(error: OSError) -> str:
    """Return one line about an error of the disk: where, and why. One that names no file may be of the output, or of a
    file that was open already."""
    why = error.strerror or str(error)
    if error.filename is None:
        return f"the output, or a file, could not be written: {why}; make room, or send the output somewhere else"
    return f"{quoted(str(error.filename))}: {why}; fix that and try again"
