"""Undoes an export by its manifest alone, as the desk does by its records."""

from pathlib import Path

from tools.export.manifest import MANIFEST, read_manifest
from tools.export.undo_export import Reversal, take_back


def undo_export(manifest: Path) -> Reversal:
    """Undo an export, also one that a crash interrupted.

    A copy is removed only if both it and its original are unchanged; a moved file returns only to a free path. Files
    that are kept are named with a reason. Folders are removed only if the export made them and they are empty. Undoing
    twice does no harm: where there is no manifest, nothing is done.

    Args:
        manifest: The manifest.json in the exported folder, or that folder.

    Raises:
        UsageError: The file is not the manifest of an export.
    """
    manifest = manifest.absolute()
    if manifest.is_dir():
        manifest = manifest / MANIFEST
    if not manifest.exists():
        return Reversal(0, 0, ())
    return take_back(read_manifest(manifest), manifest.parent)
