"""Libraries that a worker does without, so that no other library loads them for it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

FORGONE = frozenset({"pandas"})
"""pyarrow looks for pandas with the first array it makes, in case it is given a series: 33 MB and half a second in each
process where it happens to be installed, as it is with chDB."""


def forgo_unused() -> None:
    """Let imports of libraries that no worker uses fail as if they were not installed; those loaded before stay."""
    sys.meta_path.insert(0, _Absent())


class _Absent(MetaPathFinder, Loader):
    """Finds the libraries before anybody else does, and does not load them."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        return ModuleSpec(fullname, self) if fullname in FORGONE else None

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        msg = f"{spec.name} is not loaded: this process does without it"
        raise ModuleNotFoundError(msg, name=spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing to execute."""
