"""Rule files named on the command line, read as if they lay beside the rules in force."""

from __future__ import annotations

from pathlib import Path

from processors.validation import CatalogueError, RuleCatalogue
from processors.validation.catalogue import CATALOGUE_FOLDER
from processors.validation.compiled import CompiledRule
from processors.validation.overlays.overlay import is_overlay, overlay_files
from processors.validation.yaml_file import document_of, text_of
from reference.library import ReferenceLibrary


def names_a_file(argument: str) -> bool:
    """Say whether an argument names a file or folder rather than a rule."""
    return argument.endswith((".yaml", ".yml")) or "/" in argument or Path(argument).is_dir()


def examine_files(
    files: list[Path], local: Path | None, library: ReferenceLibrary | None = None
) -> tuple[RuleCatalogue, list[CatalogueError], list[str]]:
    """Read the rules in force with some files added to them.

    A file takes the place of the one in force that has the same name, so that a draft can be tried beside it.
    What has no `for` is a pack.

    Args:
        files: Packs, overlays, or folders of overlays.
        local: Folder of the overlays in force; None for none.
        library: Reference tables; None for the starter set.

    Returns:
        The catalogue of all that can be used, what cannot, and the names of the given files as rules know them.

    Raises:
        CatalogueError: The folder of the overlays does not exist.
    """
    overlays = {} if local is None else overlay_files(local)
    packs = {file.name: file for file in sorted(CATALOGUE_FOLDER.glob("*.yaml"))}
    by_path = {path.resolve(): name for name, path in overlays.items()}
    by_name = {path.name: name for name, path in overlays.items()}
    given = []
    for file in _single_files(files):
        if _is_pack(file):
            packs[file.name] = file
            given.append(file.name)
        else:
            name = by_path.get(file.resolve()) or by_name.get(file.name) or str(file)
            overlays[name] = file
            given.append(name)
    return *RuleCatalogue.examine(list(packs.values()), library, overlays), given


def rules_of_files(files: list[Path], local: Path | None, library: ReferenceLibrary) -> list[CompiledRule]:
    """Return the rules that stand in some files.

    Raises:
        CatalogueError: One of them cannot be used.
    """
    catalogue, problems, given = examine_files(files, local, library)
    if problems:
        raise problems[0]
    return [rule for rule in catalogue.rules if rule.origin.file in given]


def _single_files(files: list[Path]) -> list[Path]:
    return [single for file in files for single in (overlay_files(file).values() if file.is_dir() else [file])]


def _is_pack(file: Path) -> bool:
    try:
        return not is_overlay(document_of(file.name, text_of(file)))
    except CatalogueError:
        return False  # it is told when it is read again, under the path that was given
