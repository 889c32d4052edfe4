"""Read metrics of running processes."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterable, Iterator

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


def total(ports: Iterable[int], name: str) -> float:
    """Return the sum of the samples of this name over several processes."""
    return sum(value for port in ports for _, value in samples(port, name))


def by_step(ports: Iterable[int], name: str, units: float) -> dict[str, float]:
    """Return the samples of a metric by step, over several processes, for one of so many units."""
    found: dict[str, float] = {}
    for port in ports:
        for labels, value in samples(port, name):
            found[labels["step"]] = found.get(labels["step"], 0.0) + value / units
    return {step: round(value, 2) for step, value in found.items()}
