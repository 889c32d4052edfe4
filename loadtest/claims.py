"""The claims of a measurement: made and encoded before any clock runs, in the shape the profile asks for."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import numpy as np
import polars as pl
import pyarrow as pa

from claimstream.settings import Settings
from claimstream.synthetic import synthetic_batches
from schemas.registry import schema_ids
from streams.publish import ClaimPublisher

DISTINCT = 100_000
"""Claims beyond so many are earlier ones with other ids and patients: making them anew would take minutes."""

LARGE_LINES = 50
HOT_KEY = "hot"
HOT_SHARE = 0.8

_ANEW = ("event_id", "claim_id", "patient_token", "patient_control_token")
_MARK_CHARACTERS = 4


class Shape(StrEnum):
    """What claims look like.

    PLAIN: about two lines a claim, patients spread over all partitions. SKEWED: the claims of four patients of five
    go to one partition. LARGE: fifty lines a claim.
    """

    PLAIN = "plain"
    SKEWED = "skewed"
    LARGE = "large"


def encoded_claims(settings: Settings, claims: int, seed: int, shape: Shape) -> Iterator[tuple[list[bytes], list[str]]]:
    """Yield the values and keys of messages on claims.submitted.

    Args:
        settings: Tenant, keys, broker and registry.
        claims: How many.
        seed: The same seed gives the same claims.
        shape: What they look like.
    """
    publisher = ClaimPublisher(settings.broker, schema_ids(settings.schema_registry_url))
    made = list(synthetic_batches(settings, min(claims, DISTINCT), seed, "seed"))
    if shape is Shape.LARGE:
        made = [with_many_lines(events) for events in made]
    left, lap = claims, 0
    while left > 0:
        for events in made:
            part = (again(events, lap) if lap else events).head(left)
            left -= part.height
            if part.height:
                values, keys = publisher.encode(part)
                yield values, hot_keys(keys) if shape is Shape.SKEWED else keys
        lap += 1


def again(events: pl.DataFrame, lap: int) -> pl.DataFrame:
    """Return claims as those of other patients with ids of their own."""
    # No id of a first lap begins with a g: a mark that an id may begin with would make some claims twice.
    mark = pl.lit(f"g{lap:0{_MARK_CHARACTERS - 1}x}")
    return events.with_columns(
        pl.concat_str(mark, pl.col(name).str.slice(_MARK_CHARACTERS)).alias(name) for name in _ANEW
    )


def hot_keys(keys: list[str]) -> list[str]:
    """Return keys of which four fifths are one and the same; those of a patient stay together."""
    digits = pl.Series(keys, dtype=pl.String).str.slice(-4).str.to_integer(base=16, strict=False).fill_null(0)
    hot = (digits < HOT_SHARE * 16**4).to_list()
    return [HOT_KEY if is_hot else key for key, is_hot in zip(keys, hot, strict=True)]


def with_many_lines(events: pl.DataFrame, lines: int = LARGE_LINES) -> pl.DataFrame:
    """Return claims with so many lines each: their own and those of the claims after them, on their own dates."""
    lists = events["lines"]
    pool = lists.explode(empty_as_null=False, keep_nulls=False)
    counts = lists.list.len().to_numpy().astype(np.int64)
    first = np.cumsum(counts) - counts
    taken = (first[:, None] + np.arange(lines)).ravel() % len(pool)
    owner = np.repeat(np.arange(events.height), lines)
    start = events["service_from"].fill_null(strategy="forward").fill_null(strategy="backward")[owner]
    made = (
        pool[taken]
        .struct.unnest()
        .with_columns(
            line_number=pl.Series(np.tile(np.arange(1, lines + 1, dtype=np.int32), events.height)),
            service_from=start,
            service_to=start,
            diagnosis_pointers=pl.lit([1], dtype=pl.List(pl.Int32)),
        )
    )
    ends = np.arange(0, (events.height + 1) * lines, lines, dtype=np.int64)
    packed = made.to_struct("lines").to_arrow(compat_level=pl.CompatLevel.newest())
    total = made["charge_cents"].to_numpy().reshape(-1, lines).sum(axis=1)
    return events.with_columns(
        pl.Series("lines", pa.LargeListArray.from_arrays(ends, packed)).cast(lists.dtype),
        total_charge_cents=pl.Series(total),
    )
