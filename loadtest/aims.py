"""What the system is meant to reach, and what the kept results say of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Results = Mapping[str, dict[str, Any]]
"""Kept results by the name of their file."""

STORE_SECONDS, STORE_SECONDS_WITH_CORRELATION = 5.0, 10.0
PEER_SETTING_RATE, WHOLE_SETTING_RATE = 40_000, 25_000
P99_EMBEDDED_MS, P99_KAFKA_MS = 60.0, 100.0
TIMES_FAUST, TIMES_QUIX = 10.0, 5.0
QUERYABLE_P95_MS = 2_000.0
STATE_SHARE = 0.8
STAGE_RSS_MB = 700.0
STATE_KEYS = 10_000_000


@dataclass(frozen=True)
class Aim:
    """An aim and how far it is reached.

    Attributes:
        what: The aim in words.
        measured: What was measured, in words.
        met: Whether it is reached.
    """

    what: str
    measured: str
    met: bool


def aims(results: Results) -> list[Aim]:
    """Return the aims that the results say something of."""
    return [
        *_stored(results),
        *_stage(results),
        *_latency(results),
        *_peers(results),
        *_state(results),
        *_sound(results),
    ]


def _stored(results: Results) -> Iterator[Aim]:
    for name, most, with_what in (
        ("burst", STORE_SECONDS, "without correlation"),
        ("burst-correlation", STORE_SECONDS_WITH_CORRELATION, "with correlation"),
    ):
        if name in results:
            seconds = results[name]["seconds_to_clickhouse"]
            what = f"{results[name]['claims']:,} claims from topic to queryable {with_what} in {most:.0f} s"
            yield Aim(what, f"{seconds:.1f} s", seconds <= most)


def _stage(results: Results) -> Iterator[Aim]:
    if "stage" not in results:
        return
    for cost, least in zip(results["stage"]["settings"], (PEER_SETTING_RATE, WHOLE_SETTING_RATE), strict=True):
        rate = cost["claims_per_second"]
        yield Aim(f"stage alone, {cost['setting']}: {least:,} claims/s on one core", f"{rate:,}", rate >= least)


def _latency(results: Results) -> Iterator[Aim]:
    for name, most in (("sustained", P99_EMBEDDED_MS), ("sustained-kafka", P99_KAFKA_MS)):
        if name in results:
            run = results[name]
            p99 = run["latency_ms"]["p99"]
            what = f"p99 at {run['offered_rate']:,.0f} claims/s, {run['broker']}: {most:.0f} ms"
            yield Aim(what, f"{p99:.0f} ms", p99 <= most)
            if run.get("queryable_ms"):
                p95 = run["queryable_ms"]["p95"]
                what = f"p95 from due to queryable at {run['offered_rate']:,.0f} claims/s, {run['broker']}: 2 s"
                yield Aim(what, f"{p95 / 1000:.1f} s", p95 <= QUERYABLE_P95_MS)


def _peers(results: Results) -> Iterator[Aim]:
    engines = {engine["engine"]: engine for engine in results.get("peers", {}).get("engines", ())}
    for name, label, least in (
        ("faust", "Faust, an event at a time", TIMES_FAUST),
        ("quix", "Quix Streams", TIMES_QUIX),
    ):
        if name in engines:
            times, cpu = engines[name]["times_slower"], engines[name]["times_the_cpu"]
            measured = f"{times:.1f} times; {cpu:.1f} times by processor time"
            yield Aim(f"{least:.0f} times the throughput of {label}", measured, min(times, cpu) >= least)


def _state(results: Results) -> Iterator[Aim]:
    for row in results.get("state", {}).get("sizes", ()):
        if row["keys"] == STATE_KEYS:
            share = row["share_of_empty"]
            what = f"throughput with {STATE_KEYS:,} keys of state: {STATE_SHARE:.0%} of that with none"
            yield Aim(what, f"{share:.0%}", share >= STATE_SHARE)


def _sound(results: Results) -> Iterator[Aim]:
    runs = list(runs_of(results))
    if not runs:
        return
    peak = max(megabytes for run in runs for name, megabytes in run["rss_mb"].items() if name.startswith("claims-"))
    yield Aim(
        f"resident memory of a stage below {STAGE_RSS_MB:.0f} MB in every run", f"{peak:.0f} MB", peak < STAGE_RSS_MB
    )
    bad = sum(run["lost"] + run["duplicated"] for run in runs)
    bad += sum(engine["lost"] + engine["doubled"] for engine in results.get("peers", {}).get("engines", ()))
    yield Aim("no claim lost or doubled in any run", f"{bad} in {len(runs)} runs and the peers'", bad == 0)


def runs_of(results: Results) -> Iterator[dict[str, Any]]:
    """Yield every run of the system: profiles that hold several are taken apart."""
    for result in results.values():
        for run in (result, *result.get("runs", ())):
            if "rss_mb" in run:
                yield run
