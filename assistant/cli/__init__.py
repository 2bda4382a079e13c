"""The `regroup` command. Each subcommand imports what it needs when it runs, so that `--help` answers at once."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.cli.teach_command import answers, log, teach, tune
from tools.errors import RegroupError, UsageError
from tools.names import visible

if TYPE_CHECKING:
    from assistant.settings import Settings


def _folder(context: click.Context, parameter: click.Parameter, given: Any) -> Any:
    """Folders that are there: refused at once, before anything heavy is imported. Raises UsageError."""
    from tools.collection import existing

    for folder in given if isinstance(given, tuple) else (given,):
        existing(folder)
    return given


FOLDER = click.argument("folder", type=click.Path(path_type=Path), callback=_folder)
JSON = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout and nothing else.")
SEED = click.option(
    "--seed", type=click.IntRange(0, 2**31), default=None, help="Seed of every random choice."
)
MODE = click.option(
    "--mode",
    type=click.Choice(["copy", "link", "move"]),
    default="copy",
    show_default=True,
    help="Copy the files, link to them, or move them.",
)


def _models(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options that say which models look at the pictures; the same as the settings of these names."""
    for option in reversed(
        (
            click.option("--tier", type=click.Choice(["auto", "bundled", "hub", "hosted"]),
                         help="Models that look at the pictures; auto: the best that are here."),
            click.option("--describer", metavar="MODEL",
                         help='Model that describes: "openai:NAME", "vlm-small", "owner/name", a folder, ...'),
            click.option("--base-url", metavar="URL", help="Where a hosted describer's server is."),
            click.option("--concurrency", type=click.IntRange(1, 64), help="Requests to it at a time."),
            click.option("--side", type=click.IntRange(32, 4096), help="Longest side of a picture that it sees."),
            click.option("--encoder", metavar="MODEL", help='Encoder of the hub, such as "clip-small".'),
        )
    ):  # fmt: skip
        command = option(command)
    return command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0, 1 for a failure, 2 for a request that cannot be carried out."""
    try:
        result = regroup.main(arguments, prog_name="regroup", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "regroup"
        _complain(f"{error.format_message().rstrip('.')}; see {command} --help")
        return error.exit_code
    except click.ClickException as error:
        _complain(error.format_message())
        return error.exit_code
    except RegroupError as error:
        _complain(str(error))
        return error.exit_code
    except BrokenPipeError:
        # Whoever read our output has enough of it; closing stderr keeps Python from complaining at the end.
        sys.stderr.close()
        return 1
    except (KeyboardInterrupt, click.Abort):
        _complain("stopped; what was finished is kept")
        return 130
    except OSError as error:  # from the disk, where nobody foresaw it
        _complain(str(error))
        return 1


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="regroup", message="regroup %(version)s")
@click.option("--workspace", type=click.Path(path_type=Path), help="Where Regroup keeps what it knows.")
@click.option("--model", help='Chat model to talk to, as "provider:name"; the built-in one if unset.')
@click.option("--offline", is_flag=True, default=None, help="Never fetch anything, not even small weights.")
@click.pass_context
def regroup(context: click.Context, /, **options: Any) -> None:
    """Sort a folder of images the way you say."""
    context.obj = {name: value for name, value in options.items() if value is not None}


@regroup.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--plain", is_flag=True, help="Line by line: no boxes, no colours; works in a pipe.")
@click.option("--no-images", is_flag=True, help="Draw no pictures in the terminal.")
@_models
@click.pass_obj
def chat(options: dict[str, Any], /, folder: Path | None, plain: bool, no_images: bool, **models: Any) -> int:
    """Talk about the pictures in FOLDER and sort them. Without FOLDER, choose one that was open before."""
    settings = _settings(
        options, images=False if no_images else None, plain=True if plain else None, **models
    )
    return _chat(folder, settings)


@regroup.command()
@FOLDER
@click.option("--by", required=True, metavar="CRITERION", help='What to group by, such as "emotion".')
@click.option("--groups", type=click.IntRange(min=1), help="How many groups; found if not given.")
@click.option("--method", help="A method by name; the default one if not given.")
@click.option(
    "--values", metavar="A,B,...", help="What a describer chooses from; its own words if not given."
)
@click.option("--send-to", metavar="HOST", help='Pictures may be sent to HOST; "none" takes that back.')
@click.option("--ask-again", is_flag=True, help="Ask again about pictures that got no usable answer.")
@_models
@SEED
@JSON
@click.pass_obj
def cluster(
    options: dict[str, Any],
    /,
    folder: Path,
    by: str,
    groups: int | None,
    method: str | None,
    values: str | None,
    send_to: str | None,
    ask_again: bool,
    seed: int | None,
    as_json: bool,
    **models: Any,
) -> None:
    """Group the pictures in FOLDER by a criterion."""
    from assistant.cli.progress_bar import bar

    with bar() as progress:
        from assistant.cli import output
        from assistant.cli.ask_consent import obtain
        from assistant.desk import Desk
        from tools.describe import Meter
        from tools.group import check

        opened = Desk.open(folder, _settings(options, seed=seed, **models), progress=progress)
    choices = [value for part in (values or "").split(",") if (value := " ".join(part.split()))]
    with opened as desk:
        check(by, len(desk.collection), method, groups)  # before anybody is asked or anything sent
        # Between two bars, which would draw over a question.
        lines = obtain(desk, by, choices, ask_again, send_to)
        for line in lines:
            click.echo(f"regroup: {visible(line)}", err=True)
        with bar() as progress:
            made = desk.group(by, groups, method, progress=progress, values=choices, again=ask_again)
        status, asked = desk.status(), desk.asked()
        document = output.clustering(
            made, desk.collection, Meter(status.calls), output.since_start(), desk.failures(by), asked
        )
    for line in (*status.missing, *(line for line in status.lines if line not in lines)):
        click.echo(f"regroup: {visible(line)}", err=True)
    output.show(document, as_json, output.clustering_lines)


@regroup.command()
@FOLDER
@_models
@click.option(
    "--own", multiple=True, metavar="CRITERION", help="A criterion of your own to stand among them."
)
@SEED
@JSON
@click.pass_obj
def propose(
    options: dict[str, Any],
    /,
    folder: Path,
    own: tuple[str, ...],
    seed: int | None,
    as_json: bool,
    **models: Any,
) -> None:
    """Say what the pictures in FOLDER could be grouped by."""
    from assistant.cli import output
    from assistant.cli.progress_bar import bar
    from assistant.desk import Desk

    settings = _settings(options, seed=seed, **models)
    with bar() as progress, Desk.open(folder, settings, progress=progress) as desk:
        from assistant.agent.thinking import opened  # once it is known that there are pictures

        lines: list[str] = []
        with opened(desk, lines.append) as thinker:
            proposals = desk.propose(progress, own, thinker)
        status = desk.status()
        document = output.proposals(proposals, desk.meter, output.since_start(), desk.collection)
    for line in (*status.missing, *status.lines, *lines):
        click.echo(f"regroup: {visible(line)}", err=True)
    output.show(document, as_json, output.proposal_lines)


@regroup.command()
@FOLDER
@click.argument("clustering")
@click.option("--to", "target", required=True, type=click.Path(path_type=Path), help="A new or empty folder.")
@MODE
@click.option(
    "--only", multiple=True, metavar="GROUP", help="A group to write alone; may be given several times."
)
@click.option("--plan", "plan_only", is_flag=True, help="Show what would be done and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask at the terminal.")
@click.pass_obj
def export(
    options: dict[str, Any],
    /,
    folder: Path,
    clustering: str,
    target: Path,
    mode: str,
    only: tuple[str, ...],
    plan_only: bool,
    yes: bool,
) -> None:
    """Write the groups of CLUSTERING (as grouped before, such as "emotion") as folders."""
    from assistant.cli import output
    from assistant.cli.progress_bar import bar
    from assistant.desk import Desk

    with bar() as progress, Desk.open(folder, _settings(options), progress=progress) as desk:
        plan = desk.plan_export(target, clustering, mode, only)  # type: ignore[arg-type]
        click.echo("\n".join(output.plan_lines(plan)))
        if plan_only:
            return
        if not yes and sys.stdin.isatty():
            click.confirm("Do this?", abort=True, err=True)
        click.echo(f"done; the manifest is {visible(str(desk.export(plan, progress)))}")


@regroup.command()
@FOLDER
@click.pass_obj
def undo(options: dict[str, Any], /, folder: Path) -> None:
    """Take back what was done last to FOLDER: an edit, a grouping or an export."""
    from assistant.desk import Desk

    with Desk.open(folder, _settings(options)) as desk:
        click.echo(visible(desk.undo()))


@regroup.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path), callback=_folder)
@click.option("--by", multiple=True, metavar="CRITERION", help="Columns of labels.csv; all if not given.")
@click.option("--groups", type=click.Choice(["truth", "auto", "both"]), default="auto", show_default=True)
@click.option("--method", "methods", multiple=True, help="Methods by name; all if not given.")
@click.option("--questions", default="0", show_default=True, help="Numbers of answers, such as 0,16,64.")
@click.option("--wrong", type=click.FloatRange(0, 1), default=0.0, help="Share of answers that are wrong.")
@click.option("--accepted", default="", metavar="CRITERIA", help="Taught and accepted before: pose,identity.")
@click.option("--seeds", type=click.IntRange(min=1), default=3, show_default=True)
@click.option(
    "--speed", is_flag=True, help="How fast the pictures are looked at, beside a naive loop; no labels."
)
@click.option(
    "--report",
    "to",
    type=click.Path(path_type=Path),
    help="Write tables in Markdown to this file, too. Rows are kept in a .jsonl beside it as they come: the same "
    "command goes on where it was stopped, and several may measure other folders at the same time.",
)
@JSON
@click.pass_obj
def bench(
    options: dict[str, Any],
    /,
    folders: tuple[Path, ...],
    by: tuple[str, ...],
    groups: str,
    methods: tuple[str, ...],
    questions: str,
    wrong: float,
    accepted: str,
    seeds: int,
    speed: bool,
    to: Path | None,
    as_json: bool,
) -> None:
    """Measure methods on FOLDERS, each with pictures and a labels.csv (file, then a column per criterion)."""
    from assistant.cli import output
    from assistant.cli.progress_bar import bar

    if speed:
        with bar() as progress:
            from assistant.bench.speed import speed as measure

            rates = [measure(folder, _settings(options), progress) for folder in folders]
        output.show({"rows": rates}, as_json, output.speed_lines)
        return
    try:
        counts = tuple(int(part) for part in questions.split(","))
    except ValueError:
        raise UsageError(f"--questions {questions!r} is no list of numbers; write it like 0,16,64") from None
    if min(counts) < 0:
        raise UsageError(f"--questions {questions!r} has a negative number; write it like 0,16,64")
    settings = _settings(options)
    with bar() as progress:
        from assistant.bench.results import Results
        from assistant.bench.runner import Task
        from assistant.bench.runner import bench as run

        others = tuple(name.strip() for name in accepted.split(",") if name.strip())
        task = Task(folders, by, groups, methods, counts, seeds, wrong=wrong, accepted=others)  # type: ignore[arg-type]
        results = Results(to.with_suffix(".jsonl") if to else None, seeds, settings.tier)
        rows = run(task, settings, progress, results)
    if to is not None:
        from assistant.bench.report import write_report

        write_report(to, results.rows())
    output.show({"rows": rows}, as_json, output.bench_lines)


@regroup.group(invoke_without_command=True)
@_models
@click.option(
    "--all", "whole", is_flag=True, help="Every model with its source and place, and what experts see."
)
@JSON
@click.pass_context
def models(context: click.Context, /, whole: bool, as_json: bool, **models: Any) -> None:
    """Say what each tier can do here, and with which models; fetch, verify or remove them."""
    context.obj = context.obj | {name: value for name, value in models.items() if value is not None}
    if context.invoked_subcommand is None:
        from assistant.cli import output
        from assistant.models.listing import listing

        lines = output.all_model_lines if whole else output.model_lines
        output.show(listing(_settings(context.obj)), as_json, lines)


@models.command()
@click.argument("name")
@JSON
@click.pass_obj
def fetch(options: dict[str, Any], /, name: str, as_json: bool) -> None:
    """Bring NAME: "face", "clip-small", "vlm-small", or any owner/name of the hub. Goes on where it was stopped."""
    from assistant.cli import output
    from assistant.cli.progress_bar import bar
    from assistant.models import listing

    settings = _settings(options)
    if not settings.offline and (line := listing.needs(name, settings)):
        click.echo(f"fetching {visible(line)}", err=True)
    with bar() as progress:
        document = listing.fetch(name, settings, progress)
    output.show(document, as_json, output.fetched_lines)


@models.command()
@click.argument("name", required=False)
@JSON
@click.pass_obj
def verify(options: dict[str, Any], /, name: str | None, as_json: bool) -> int:
    """Read the files of NAME, or of all that is here, and compare their hashes."""
    from assistant.cli import output
    from assistant.cli.progress_bar import bar
    from assistant.models import listing

    with bar() as progress:
        rows = listing.verify(name, _settings(options), progress)
    output.show({"models": rows}, as_json, output.verified_lines)
    return 1 if any(row["ok"] is False for row in rows) else 0


@models.command()
@click.argument("name")
@JSON
@click.pass_obj
def remove(options: dict[str, Any], /, name: str, as_json: bool) -> None:
    """Delete what was fetched of NAME."""
    from assistant.cli import output
    from assistant.models import listing

    output.show(listing.remove(name, _settings(options)), as_json, output.removed_lines)


@regroup.command()
@_models
@JSON
@click.pass_obj
def doctor(options: dict[str, Any], /, as_json: bool, **models: Any) -> int:
    """Try everything that this machine can do, for real, and time it."""
    from assistant.cli import output
    from assistant.cli.doctor import examine
    from assistant.cli.progress_bar import bar

    with bar() as progress:
        checks = examine(_settings(options, **models), progress)
    output.show({"checks": checks}, as_json, output.doctor_lines)
    return 0 if all(check["ok"] or check["optional"] for check in checks) else 1


@regroup.command()
@click.option(
    "--to", "folder", type=click.Path(path_type=Path), default=Path("regroup-demo"), show_default=True
)
@click.option("--script", is_flag=True, help="Play a conversation and print it; no terminal needed.")
@SEED
@click.pass_obj
def demo(options: dict[str, Any], /, folder: Path, script: bool, seed: int | None) -> int:
    """Draw a sample collection and try Regroup on it."""
    if not script and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the demo opens a chat and this is no terminal; play it with: regroup demo --script")
    from assistant.cli.progress_bar import bar

    with bar() as progress:
        from assistant.demo import play

        pictures = play.prepare(folder, progress)
    settings = _settings({"workspace": folder / "workspace"} | options, seed=seed)
    if script:
        with bar(lines=True) as progress:
            return play.script(pictures, folder, settings, progress)
    if not settings.plain and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the demo opens a chat and this is no terminal; play it with: regroup demo --script")
    return _chat(pictures, settings)


def _chat(folder: Path | None, settings: "Settings") -> int:
    """The terminal app; line by line where that was asked for, or where the terminal can draw nothing."""
    from assistant.plain.line_chat import can_draw
    from tools.collection import existing

    if folder is not None:
        existing(folder)  # before the screen is taken over, and before anything else that is wrong
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if not settings.plain and not terminal:
        raise UsageError(
            "a chat needs a terminal and this is none; talk line by line with: regroup chat FOLDER --plain, or group "
            "at once with: regroup cluster FOLDER --by CRITERION"
        )
    if settings.plain or not can_draw(sys.stdout):
        from assistant.plain.line_chat import run as talk

        if folder is None:
            raise UsageError("talking line by line needs a folder: regroup chat FOLDER --plain")
        if not settings.plain:
            _complain("this terminal draws no screens; talking line by line, as with --plain")
        return talk(folder, settings)
    from assistant.tui import run

    return run(folder, settings)


def _complain(text: str) -> None:
    """One line on stderr, whatever is in it."""
    click.echo(f"regroup: {visible(' '.join(text.split()))}", err=True)


def _settings(options: dict[str, Any], **more: Any) -> "Settings":
    """Flags over environment over regroup.toml over defaults. Raises UsageError for what is set wrongly."""
    from assistant.settings import given

    return given(options | {name: value for name, value in more.items() if value is not None})


for command in (teach, tune, answers, log):
    regroup.add_command(command)
