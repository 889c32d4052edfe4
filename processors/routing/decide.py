"""Decide what happens to each claim: ready, review or rejected; its queue; its place in the queue.

Deterministic: the same claim, score and policy give the same decision, whatever batch the claim is in.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from processors.batch import ClaimBatch
from processors.routing.policy import Policy

_INT32_MAX = 2**31 - 1
_SAMPLE_SIZE = 10_000
_NEEDED = (
    "row",
    "_hash",
    "error_count",
    "warning_count",
    "approval_probability",
    "reasons",
    "expected_allowed_cents",
    "total_charge_cents",
)


def decide(batch: ClaimBatch, policy: Policy) -> ClaimBatch:
    """Add disposition, queue and priority to the claims.

    Args:
        batch: Claims with error_count, warning_count, approval_probability, reasons, expected_allowed_cents and
            total_charge_cents, and their findings.
        policy: Thresholds and queues.

    Returns:
        The batch. `disposition` is rejected with any error; review with any warning, with an approval
        probability below the threshold, or when drawn for quality assurance; else ready. `queue` is null when
        ready. `priority` (Int32) is the expected number of cents saved per minute of work, 0 when ready:
        (1 - approval probability) * expected allowed cents * success of the queue / minutes of the queue. A
        rejected claim pays nothing as it is: its approval probability counts as 0.
    """
    decided = (
        batch.claims.lazy()
        .select(_NEEDED)
        .join(_queue_of_findings(batch.findings, policy), on="row", how="left", maintain_order="left")
        .with_columns(disposition=_disposition(policy), _drawn=_drawn(policy))
        .with_columns(queue=_queue(policy))
        .with_columns(
            disposition=pl.when(pl.col("_drawn") & (pl.col("disposition") == "ready"))
            .then(pl.lit("review"))
            .otherwise("disposition"),
            priority=_priority(policy),
        )
        .select("disposition", "queue", "priority")
        .collect()
    )
    return replace(batch, claims=batch.claims.with_columns(decided))


def _queue_of_findings(findings: pl.DataFrame, policy: Policy) -> pl.LazyFrame:
    """Return by row the rank of the queue that the gravest findings ask for.

    Errors go before warnings: a rejected claim waits where its errors are repaired.
    """
    ranks = {name: rank for rank, name in enumerate(policy.queues)}
    default = ranks[policy.default_queue]
    rank = pl.col("queue").replace_strict(ranks, default=default, return_dtype=pl.Int32)
    graveness = pl.col("severity").replace_strict(
        {"error": 0, "warning": len(ranks)}, default=None, return_dtype=pl.Int32
    )
    return (
        findings.lazy()
        .filter(pl.col("severity").is_in(["error", "warning"]))
        .select("row", _queue_rank=graveness + rank)
        .group_by("row")
        .agg(pl.col("_queue_rank").min() % len(ranks))
    )


def _disposition(policy: Policy) -> pl.Expr:
    """Return the disposition before the quality sample."""
    risky = _approval() < policy.review_below_probability
    return (
        pl.when(pl.col("error_count") > 0)
        .then(pl.lit("rejected"))
        .when((pl.col("warning_count") > 0) | risky)
        .then(pl.lit("review"))
        .otherwise(pl.lit("ready"))
    )


def _approval() -> pl.Expr:
    """Return the approval probability; a claim without a usable score counts as risky, never as safe."""
    score = pl.col("approval_probability")
    return pl.when(score.is_finite()).then(score.clip(0, 1)).otherwise(0.0)


def _drawn(policy: Policy) -> pl.Expr:
    """Return whether the claim is drawn for quality assurance, by its lineage hash alone.

    The lineage hash is stable across releases and processes, unlike the hash functions of a library.
    """
    number = pl.col("_hash").str.slice(0, 8).str.to_integer(base=16, dtype=pl.Int64, strict=False)
    return (number % _SAMPLE_SIZE < policy.qa_sample_per_10000).fill_null(value=False)


def _queue(policy: Policy) -> pl.Expr:
    """Return the queue: of the findings, else of the likeliest reason, else of the quality sample."""
    names = list(policy.queues)
    by_finding = pl.col("_queue_rank").replace_strict(dict(enumerate(names)), default=None, return_dtype=pl.String)
    top_reason = pl.col("reasons").list.first().struct.field("reason")
    by_reason = top_reason.replace_strict(
        policy.queue_of_reason, default=policy.default_queue, return_dtype=pl.String
    ).fill_null(policy.default_queue)
    return (
        pl.when(pl.col("disposition") != "ready")
        .then(pl.coalesce(by_finding, by_reason))
        .when("_drawn")
        .then(pl.lit(policy.qa_queue))
    )


def _priority(policy: Policy) -> pl.Expr:
    """Return expected cents saved per minute of work, rounded down, within 32 bits."""
    value = {name: queue.success / queue.minutes for name, queue in policy.queues.items()}
    per_minute = pl.col("queue").replace_strict(value, default=0.0, return_dtype=pl.Float64)
    assumed_cents = pl.col("total_charge_cents") * policy.allowed_percent_of_charge // 100
    expected_cents = pl.coalesce("expected_allowed_cents", assumed_cents)
    denial = pl.when(pl.col("disposition") == "rejected").then(1.0).otherwise(1.0 - _approval())
    saved = denial * expected_cents * per_minute
    return saved.clip(0, _INT32_MAX).floor().cast(pl.Int32)
