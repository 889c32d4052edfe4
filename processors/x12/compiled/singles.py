"""Batches of either kind, as a frame of their contract or one by one."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from processors.x12.compiled.batch import ClaimBatch
from processors.x12.compiled.frame import claims_frame, single_claims
from processors.x12.compiled.remits.batch import RemitBatch
from processors.x12.compiled.remits.frame import remits_frame, single_remits
from processors.x12.results import ParsedClaim, ParsedRemit


def batch_frame(batch: ClaimBatch | RemitBatch) -> pl.DataFrame:
    """Return a batch as a frame with the columns of its contract."""
    return claims_frame(batch) if isinstance(batch, ClaimBatch) else remits_frame(batch)


def single_results(batch: ClaimBatch | RemitBatch) -> Iterator[ParsedClaim | ParsedRemit]:
    """Yield what is in a batch one by one."""
    if isinstance(batch, ClaimBatch):
        yield from single_claims(batch)
    else:
        yield from single_remits(batch)
