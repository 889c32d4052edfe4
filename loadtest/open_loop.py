"""Offer claims at a fixed rate, whatever the system does: late sends keep their intended time."""

from __future__ import annotations

import time
from collections.abc import Sequence

from streams.publish import ClaimPublisher

TICK_SECONDS = 0.01


def offer(publisher: ClaimPublisher, values: Sequence[bytes], keys: Sequence[str], rate: float) -> list[float]:
    """Publish encoded claims at a rate and return the Unix time at which each was due.

    Latency counts from there, so a stall of the generator or of the broker is latency of the claims behind it
    (no coordinated omission).

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
            publisher.publish_encoded(values[sent:due], keys[sent:due])
            sent = due
        time.sleep(TICK_SECONDS)
    publisher.flush()
    return [started + position / rate for position in range(len(values))]
