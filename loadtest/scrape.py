"""Read one metric of a running process."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator

from prometheus_client.parser import text_string_to_metric_families


def samples(port: int, name: str) -> Iterator[tuple[dict[str, str], float]]:
    """Yield labels and value of every sample of this name that the process on this port exposes."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == name:
                yield sample.labels, sample.value


def metric(port: int, name: str) -> float:
    """Return the first sample of this name; 0 when there is none."""
    return next((value for _, value in samples(port, name)), 0.0)
