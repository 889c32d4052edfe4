"""Decide what happens to each claim: ready, review or rejected; its queue; its place in the queue.

Deterministic: the same claim, score and policy give the same decision, whatever batch the claim is in.
Dispositions and queues are numbers in numpy arrays until the end: joins and dictionaries of replacements would
cost a small batch several times more than the decisions.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import polars as pl

from processors.batch import ClaimBatch
from processors.routing.policy import DISPOSITIONS, Policy

_INT32_MAX = 2**31 - 1
_SAMPLE_SIZE = 10_000
_DISPOSITIONS = pl.Series(DISPOSITIONS)
_REJECTED, _REVIEW, _READY = range(len(DISPOSITIONS))

_Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
_Integers = np.ndarray[tuple[int], np.dtype[np.int64]]
_Floats = np.ndarray[tuple[int], np.dtype[np.float64]]


def decide(batch: ClaimBatch, policy: Policy) -> ClaimBatch:
    """Add disposition, queue and priority to the claims.

    Args:
        batch: Claims with error_count, warning_count, approval_probability, reasons, expected_allowed_cents and
            total_charge_cents, and their findings.
        policy: Thresholds and queues.

    Returns:
        The batch. `disposition` is what the policy makes of the gravest finding (as shipped: rejected with any
        error, review with any warning); review at least with an approval probability below the threshold, or
        when drawn for quality assurance; else ready. `queue` is null when ready. `priority` (Int32) is the
        expected number of cents saved per minute of work, 0 when ready: (1 - approval probability) * expected
        allowed cents * success of the queue / minutes of the queue. A rejected claim pays nothing as it is: its
        approval probability counts as 0.
    """
    read = batch.claims.select(_read(policy))
    errors, warned, approval, drawn, reason, expected_cents = (column.to_numpy() for column in read.iter_columns())
    disposition = _of_findings(errors, warned, batch.findings, policy)
    disposition[(disposition == _READY) & (approval < policy.review_below_probability)] = _REVIEW
    rejected = disposition == _REJECTED
    queue = _queue(disposition, drawn, _queue_of_findings(batch, policy), _queue_of_reason(policy)[reason], policy)
    disposition[(disposition == _READY) & drawn] = _REVIEW
    denial = np.where(rejected, 1.0, 1.0 - approval)
    claims = batch.claims.with_columns(
        _DISPOSITIONS[disposition].alias("disposition"),
        pl.Series([*policy.queues, None], dtype=pl.String)[queue].alias("queue"),
        _priority(denial * expected_cents * _value_per_minute(policy)[queue]),
    )
    return replace(batch, claims=claims)


def _read(policy: Policy) -> tuple[pl.Expr, ...]:
    """Return what decisions are made of: errors, warned, approval, drawn, reason, expected cents; no nulls."""
    score = pl.col("approval_probability")
    # A claim without a usable score counts as risky, never as safe.
    approval = pl.when(score.is_finite()).then(score.clip(0, 1)).otherwise(0.0)
    # The lineage hash is stable across releases and processes, unlike the hash functions of a library.
    number = pl.col("_hash").str.slice(0, 8).str.to_integer(base=16, dtype=pl.Int64, strict=False)
    drawn = (number % _SAMPLE_SIZE < policy.qa_sample_per_10000).fill_null(value=False)
    top_reason = pl.col("reasons").list.first().struct.field("reason")
    assumed_cents = pl.col("total_charge_cents") * policy.allowed_percent_of_charge // 100
    expected_cents = pl.coalesce("expected_allowed_cents", assumed_cents).cast(pl.Float64)
    return (
        (pl.col("error_count") > 0).fill_null(value=False).alias("errors"),
        (pl.col("warning_count") > 0).fill_null(value=False).alias("warned"),
        approval.alias("approval"),
        drawn.alias("drawn"),
        _place(top_reason, tuple(policy.queue_of_reason)).fill_null(len(policy.queue_of_reason)).alias("reason"),
        expected_cents.fill_null(float("nan")).alias("expected_cents"),
    )


def _of_findings(errors: _Flags, warned: _Flags, findings: pl.DataFrame, policy: Policy) -> _Integers:
    """Return what the gravest finding makes of every claim."""
    on_error, on_warning, on_info = (
        DISPOSITIONS.index(policy.disposition_of[severity]) for severity in ("error", "warning", "info")
    )
    disposition = np.where(errors, on_error, np.where(warned, on_warning, _READY))
    if on_info != _READY:
        noted = np.zeros(len(errors), dtype=np.bool_)
        noted[findings["row"].to_numpy()] = True
        disposition[noted & ~errors & ~warned] = on_info
    return disposition


def _place(names: pl.Expr, known: tuple[str, ...]) -> pl.Expr:
    """Return the place of each name among the known ones; null for any other."""
    return names.cast(_enum(known), strict=False).to_physical().cast(pl.Int64)


@lru_cache(maxsize=16)
def _enum(names: tuple[str, ...]) -> pl.Enum:
    return pl.Enum(names)


def _queue_of_findings(batch: ClaimBatch, policy: Policy) -> _Integers:
    """Return by claim the place of the queue that its gravest findings ask for, -1 where none asks.

    Errors go before warnings: a rejected claim waits where its errors are repaired.
    """
    queues = tuple(policy.queues)
    queue = _place(pl.col("queue"), queues).fill_null(queues.index(policy.default_queue))
    grave = pl.col("severity")
    offset = pl.when(grave == "error").then(0).when(grave == "warning").then(len(queues))
    nothing = 2 * len(queues)
    row, rank = batch.findings.select("row", rank=(queue + offset).fill_null(nothing)).iter_columns()
    best = np.full(batch.size, nothing, dtype=np.int64)
    np.minimum.at(best, row.to_numpy(), rank.to_numpy())
    return np.where(best == nothing, -1, best % len(queues))


def _queue_of_reason(policy: Policy) -> _Integers:
    """Return the place of the queue of every reason, then that of any other reason or none."""
    queues = list(policy.queues)
    return np.array([queues.index(queue) for queue in (*policy.queue_of_reason.values(), policy.default_queue)])


def _queue(
    disposition: _Integers,
    drawn: _Flags,
    by_finding: _Integers,
    by_reason: _Integers,
    policy: Policy,
) -> _Integers:
    """Return the queue: of the findings, else of the likeliest reason, else of the quality sample, else none."""
    queues = list(policy.queues)
    if_ready = np.where(drawn, queues.index(policy.qa_queue), len(queues))
    return np.where(disposition == _READY, if_ready, np.where(by_finding < 0, by_reason, by_finding))


def _value_per_minute(policy: Policy) -> _Floats:
    """Return the share of the denied cents that a minute of work saves in every queue; 0 in none."""
    return np.array([*(queue.success / queue.minutes for queue in policy.queues.values()), 0.0])


def _priority(saved_cents: _Floats) -> pl.Series:
    """Return expected cents saved per minute of work, rounded down, within 32 bits; null where unknown."""
    whole = np.floor(saved_cents.clip(0, _INT32_MAX))
    return pl.Series("priority", whole, nan_to_null=True).cast(pl.Int32)
