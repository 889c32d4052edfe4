"""Read one YAML file of rules: as text, and as a document that names every key once."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path

import yaml

from processors.validation.errors import CatalogueError

# The loader in C reads the packs eight times faster; both build plain values only.
_SafeLoader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _KeysOnceLoader(_SafeLoader):  # type: ignore[misc, valid-type]  # the base is chosen above
    """A safe loader that refuses a key given twice: YAML would silently keep the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:
        """Build a mapping after looking for repeated keys."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                problem = f"the key {key.value} stands twice in one place, line {key.start_mark.line + 1}"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(str(key.value))
        mapping: dict[Hashable, object] = super().construct_mapping(node, deep=deep)
        return mapping


def text_of(file: Path) -> str:
    """Return the text of a file.

    Raises:
        CatalogueError: It cannot be read.
    """
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(file.name, "-", f"cannot be read ({type(error).__name__})") from error


def document_of(name: str, text: str) -> object:
    """Return the document that a text holds.

    Args:
        name: Name of the file, for errors.
        text: YAML.

    Raises:
        CatalogueError: The text is not YAML, or a key stands twice.
    """
    try:
        return yaml.load(text, Loader=_KeysOnceLoader)  # noqa: S506 - a safe loader
    except yaml.constructor.ConstructorError as error:
        raise CatalogueError(name, "-", error.problem or "is not plain YAML") from error
    except yaml.YAMLError as error:
        raise CatalogueError(name, "-", f"is not YAML ({first_line(error)})") from error


def first_line(error: Exception) -> str:
    """Return the first line of an error's text."""
    return str(error).strip().splitlines()[0]
