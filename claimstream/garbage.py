"""The garbage collector of a process that works in batches."""

from __future__ import annotations

import gc


def calm_garbage_collector() -> None:
    """Leave what is loaded once out of collections, and collect after batches rather than within them."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
