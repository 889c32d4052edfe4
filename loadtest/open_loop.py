"""Offer claims at a fixed rate, whatever the system does: late sends keep their intended time."""

from __future__ import annotations

import time
from collections.abc import Sequence

from streams.publish import ClaimPublisher

TICK_SECONDS = 0.01


def offer(publisher: ClaimPublisher, values: Sequence[bytes], keys: Sequence[str], rate: float) -> float:
    """Publish encoded claims at a rate and return the seconds it took.

    Each record's timestamp is the instant it was due, so a stall of the generator or of the broker counts as
    latency of the claims behind it (no coordinated omission).

    Args:
        publisher: Where to.
        values: Encoded claims.
        keys: Their keys.
        rate: Claims a second.
    """
    started = time.time()
    sent = 0
    while sent < len(values):
        due = min(int((time.time() - started) * rate) + 1, len(values))
        if due > sent:
            intended_ms = int((started + sent / rate) * 1000)
            publisher.publish_encoded(values[sent:due], keys[sent:due], intended_ms)
            sent = due
        time.sleep(TICK_SECONDS)
    publisher.flush()
    return time.time() - started
