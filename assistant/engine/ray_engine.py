"""Looks at batches by Ray Data: actors hold the experts, and each writes what it found where a shard is written.

Nothing but names of files goes through Ray, and what is lost with a process is done again under the same name. Ray
shows no dashboard, sends no statistics of use, and listens on the loopback alone where it is started here.
"""

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from assistant.engine.look_at_files import Job, look_at_files
from assistant.engine.look_at_shard import Engine
from tools.errors import RegroupError, UsageError
from tools.extras import how_to_add
from tools.models.ports import Expert
from tools.names import visible
from tools.progress import Progress
from tools.scan.file_list import ListedFile

_STORE_BYTES = 100 * 2**20
"""The memory that Ray takes for what goes from process to process, which is next to nothing."""


def ray_engine(address: str | None, workers: int, offline: bool) -> Engine:
    """Return the engine that has processes of Ray look.

    Args:
        address: The address of a cluster that runs already, all of whose machines see the same folders and have the
            same version of Regroup; None for processes of this machine.
        workers: The number of processes.
        offline: Whether they never fetch anything.

    Raises:
        tools.errors.UsageError: Ray is not installed.
    """
    # These have to be set before Ray is imported.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    if address is None:  # else Ray takes the machine's address in the network for its own, and listens on all
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
        import ray.data
    except ImportError:
        raise UsageError(f"Ray is an extra that is not installed; run: {how_to_add('ray')}") from None

    def look(
        job: Job, batches: Sequence[Sequence[ListedFile]], experts: Sequence[Expert], progress: Progress
    ) -> Iterator[int]:
        if not batches:
            return
        progress("starting Ray", 0, 0)
        # Ray's threads print on stdout that a process died, where nothing but the result belongs.
        with (
            TemporaryDirectory(prefix="regroup-ray-", ignore_cleanup_errors=True) as logs,
            _stdout_on_stderr(),
        ):
            try:
                _start(ray, address, workers, logs)
                yield from _counts(ray, job, batches, min(workers, len(batches)), offline)
            except ray.exceptions.RayError as error:
                raise RegroupError(_cause(error)) from error
            finally:
                ray.shutdown()

    return look


@contextmanager
def _stdout_on_stderr() -> Iterator[None]:
    """Have everything that is printed on stdout go to stderr; Ray exchanges Python's own streams, so by the number."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def _start(ray: Any, address: str | None, workers: int, logs: str) -> None:
    quiet = {"logging_level": "error", "log_to_driver": False}
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    try:
        if address is not None:
            ray.init(address=address, **quiet)
            return
        ray.init(
            address="local",
            num_cpus=workers,
            object_store_memory=_STORE_BYTES,
            include_dashboard=False,
            _node_ip_address="127.0.0.1",
            _temp_dir=logs,
            **quiet,
        )
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        where = f" at {visible(address)}" if address else ""
        why = visible(" ".join(str(error).split())[:200])
        raise RegroupError(f"Ray{where} does not start: {why}") from error


def _counts(
    ray: Any, job: Job, batches: Sequence[Sequence[ListedFile]], workers: int, offline: bool
) -> Iterator[int]:
    """Yield the number of files of each batch as it is written."""
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    items = [{"files": [_packed(file) for file in files]} for files in batches]
    rows = ray.data.from_items(items, override_num_blocks=len(items)).map_batches(
        Looker,
        batch_size=1,
        compute=ray.data.ActorPoolStrategy(size=workers, max_tasks_in_flight_per_actor=2),
        fn_constructor_args=(os.fsencode(job.source), os.fsencode(job.place), job.keys, offline),
        num_cpus=1,  # what is lost with a process is given to another one: Ray Data's own default
    )
    for row in rows.iter_rows():
        yield int(row["looked"])


class Looker:
    """Is an actor of Ray: it holds the experts and looks at the batches that it is given.

    Args:
        source: The folder of pictures.
        place: The folder of batches.
        keys: The key by each expert that is to look.
        offline: Whether it never fetches anything.
    """

    def __init__(self, source: bytes, place: bytes, keys: dict[str, str], offline: bool) -> None:
        from tools.models.bundled import tier
        from tools.models.weight_store import WeightStore

        self._job = Job(Path(os.fsdecode(source)), Path(os.fsdecode(place)), keys)
        self._experts = tier.experts(WeightStore(offline=offline))

    def __call__(self, rows: dict[str, Any]) -> dict[str, list[int]]:
        """Look at the files of some rows and write a batch for each. Returns the number of files of each row."""
        looked = []
        for packed in rows["files"]:
            files = [_unpacked(file) for file in packed]
            look_at_files(self._job, files, self._experts)
            looked.append(len(files))
        return {"looked": looked}


def _packed(file: ListedFile) -> bytes:
    return b"%d %d %s" % (file.bytes, file.mtime_ns, os.fsencode(file.path))


def _unpacked(packed: bytes) -> ListedFile:
    size, mtime_ns, path = bytes(packed).split(b" ", 2)
    return ListedFile(Path(os.fsdecode(path)), int(size), int(mtime_ns))


def _cause(error: BaseException) -> str:
    """Return the line of the error that a process met, or that of Ray."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, RegroupError):
            return str(cause)
        cause = getattr(cause, "cause", None) or cause.__cause__
    lines = [line for line in str(error).splitlines() if line.strip()]
    return f"Ray failed: {visible(lines[-1][:200] if lines else type(error).__name__)}"
