"""The cyclic garbage collector while files are read: events hold no cycles, so it need not look at them often."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

ALLOCATIONS = 50_000
"""Containers allocated between two looks at the youngest; Python's own default is 700 (2,000 from 3.13 on)."""


@contextmanager
def rare_collection() -> Iterator[None]:
    """Look for cycles seldom, and not among what was there before.

    Thousands of mappings and lists come and go with every block of a file. Counting references frees them; each
    full search for cycles among them, and among all modules of the process, costs more than reading the block.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
