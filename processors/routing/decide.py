"""Decide what happens to each claim: ready, review or rejected; its queue; its place in the queue.

Deterministic: the same claim, score and policy give the same decision, whatever batch the claim is in.
Dispositions and queues are numbers in numpy arrays until the end: joins and dictionaries of replacements would
cost a small batch several times more than the decisions.
"""

from __future__ import annotations

from string import hexdigits

import numpy as np
import polars as pl

from processors.batch import ClaimBatch
from processors.lent import NumberedTexts, first_bytes, first_texts, number_texts, read_numbers
from processors.routing.policy import DISPOSITIONS, Policy

_INT32_MAX = 2**31 - 1
_SAMPLE_SIZE = 10_000
_DRAWN_BY_DIGITS = 8
_DISPOSITIONS = pl.Series(DISPOSITIONS)
_COUNTS_AND_CENTS = ["error_count", "warning_count", "approval_probability", "total_charge_cents"]
_PRICE = "expected_allowed_cents"
_REJECTED, _REVIEW, _READY = range(len(DISPOSITIONS))
_GRAVE = ("error", "warning")

_NO_TEXT, _NO_DIGIT = -1, -2
_HEX_DIGITS = np.array(
    [_NO_TEXT, *(int(chr(byte), 16) if chr(byte) in hexdigits else _NO_DIGIT for byte in range(1, 256))]
)
"""What a byte of a hash says; bytes behind its end are zero."""

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
    claims = batch.claims
    numbers = read_numbers(claims[[*_COUNTS_AND_CENTS, _PRICE]])
    errors, warned = numbers["error_count"] > 0, numbers["warning_count"] > 0
    approval, drawn = _approval(numbers["approval_probability"]), _drawn(claims["_hash"], policy)
    disposition = _of_findings(errors, warned, batch.findings, policy)
    disposition[(disposition == _READY) & (approval < policy.review_below_probability)] = _REVIEW
    rejected = disposition == _REJECTED
    by_finding, by_reason = _queue_of_findings(batch, policy), _queue_of_reason(claims["reasons"], policy)
    queue = _queue(disposition, drawn, by_finding, by_reason, policy)
    disposition[(disposition == _READY) & drawn] = _REVIEW
    denial = np.where(rejected, 1.0, 1.0 - approval)
    expected_cents = _expected_cents(numbers["total_charge_cents"], numbers[_PRICE], policy)
    return batch.with_claim_series(
        _named(_DISPOSITIONS, disposition).alias("disposition"),
        _named(pl.Series([*policy.queues, None], dtype=pl.String), queue).alias("queue"),
        _priority(denial * expected_cents * _value_per_minute(policy)[queue]),
    )


def _approval(score: _Floats) -> _Floats:
    """Return the approval probability; a claim without a usable score counts as risky, never as safe."""
    return np.where(np.isfinite(score), np.clip(score, 0, 1), 0.0)


def _expected_cents(charge_cents: _Floats, allowed_cents: _Floats, policy: Policy) -> _Floats:
    """Return what a claim is expected to be allowed, a share of its charge where no price is known; else NaN."""
    assumed = np.floor_divide(charge_cents * policy.allowed_percent_of_charge, 100)
    return np.where(np.isnan(allowed_cents), assumed, allowed_cents)


def _drawn(hashes: pl.Series, policy: Policy) -> _Flags:
    """Tell which claims are drawn for quality assurance.

    The lineage hash is stable across releases and processes, unlike the hash functions of a library.
    """
    digits = _HEX_DIGITS[first_bytes(hashes, _DRAWN_BY_DIGITS)]
    number = np.zeros(len(digits), dtype=np.int64)
    for place in range(_DRAWN_BY_DIGITS):
        number = np.where(digits[:, place] == _NO_TEXT, number, number * 16 + digits[:, place])
    readable = (digits[:, 0] != _NO_TEXT) & (digits != _NO_DIGIT).all(axis=1)
    drawn: _Flags = readable & (number % _SAMPLE_SIZE < policy.qa_sample_per_10000)
    return drawn


def _named(names: pl.Series, places: _Integers) -> pl.Series:
    return names[pl.Series(places.astype(np.uint32))]


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


def _places(texts: NumberedTexts, known: tuple[str, ...], other: int) -> _Integers:
    """Return the place of each text among the known ones; another number for any other text and for null."""
    place = {name: number for number, name in enumerate(known)}
    return np.array([*(place.get(value, other) for value in texts.values), other], dtype=np.int64)[texts.index]


def _queue_of_findings(batch: ClaimBatch, policy: Policy) -> _Integers:
    """Return by claim the place of the queue that its gravest findings ask for, -1 where none asks.

    Errors go before warnings: a rejected claim waits where its errors are repaired.
    """
    queues = tuple(policy.queues)
    nothing = 2 * len(queues)
    texts = number_texts(batch.findings[["queue", "severity"]])
    queue = _places(texts["queue"], queues, queues.index(policy.default_queue))
    grave = _places(texts["severity"], _GRAVE, len(_GRAVE))
    rank = np.where(grave < len(_GRAVE), grave * len(queues) + queue, nothing)
    best = np.full(batch.size, nothing, dtype=np.int64)
    np.minimum.at(best, batch.findings["row"].to_numpy(), rank)
    return np.where(best == nothing, -1, best % len(queues))


def _queue_of_reason(reasons: pl.Series, policy: Policy) -> _Integers:
    """Return by claim the place of the queue of its likeliest reason; the default one for any other reason or none."""
    queues = list(policy.queues)
    of_reason = np.array([queues.index(queue) for queue in (*policy.queue_of_reason.values(), policy.default_queue)])
    return of_reason[_places(first_texts(reasons, "reason"), tuple(policy.queue_of_reason), len(of_reason) - 1)]


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
