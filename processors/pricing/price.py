"""Price every line of a batch under the Medicare physician fee schedule.

Formula (record layout of the Medicare relative value file):
`fee = (work * GPCI work + practice expense * GPCI pe + malpractice * GPCI mp) * conversion factor`,
rounded half up to the cent once; what follows is in `processors/pricing/order.py`. All in integers: units in
hundredths times indices in thousandths times a factor in ten-thousandths give dollars in billionths, far inside
64 bits.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from processors.batch import ClaimBatch
from processors.frames import with_columns
from processors.pricing.arrays import Integers
from processors.pricing.book import PriceBook
from processors.pricing.inputs import of_batch
from processors.pricing.status import BASIS
from processors.pricing.steps import gathered, nullable
from processors.pricing.work_out import Priced, work_out


def price(batch: ClaimBatch, book: PriceBook) -> ClaimBatch:
    """Add the expected allowed amount to every line and to every claim.

    Lines are ranked against other lines of their own claim, day and provider; what other claims of the day hold is
    not seen here.

    Args:
        batch: Claims and lines of the claims.submitted contract.
        book: Tables to look up.

    Returns:
        The batch. Lines gain expected_allowed_cents (null unless priced), rvu_total_e5 (geographically
        adjusted units of the whole line, before modifiers), rvu_work_e5 (work units without adjustment),
        price_status (`processors/pricing/status.py`: `priced` or why there is no price), price_basis
        (fee_schedule or none) and price_steps (type PRICE_STEPS; empty unless priced; the last amount is
        expected_allowed_cents). Claims gain the sums over their priced lines (null when none), price_basis
        and price_version.
    """
    priced = work_out(of_batch(batch, book.tables), book.tables)
    totals = _claim_totals(batch.lines["row"].to_numpy(), priced, batch.size)
    version = pl.Series("price_version", [book.version]).new_from_index(0, batch.size)
    return replace(
        batch,
        lines=with_columns(batch.lines, *priced.columns),
        claims=with_columns(batch.claims, *totals, version),
    )


def _claim_totals(row: Integers, priced: Priced, size: int) -> list[pl.Series]:
    """Return the sums over the priced lines of every claim, null where a claim has none, and price_basis.

    Args:
        row: Row of the claim of every line.
        priced: The lines.
        size: Number of claims.
    """
    missing = np.bincount(row[priced.is_priced], minlength=size) == 0
    # Sums of doubles are exact here: no line has more than 10,000 units, and no claim comes near 2**53.
    totals = {
        name: np.bincount(row, weights=amounts, minlength=size).astype(np.int64)
        for name, amounts in priced.sums.items()
    }
    return [*nullable(missing, **totals), gathered(BASIS, missing).alias("price_basis")]
