"""What the site's payer list says of the payer of a claim."""

from __future__ import annotations

import polars as pl

from processors.validation.columns.definition import Derived, LookedUp
from processors.validation.columns.lookups import is_in, value_of

CLAIM_PAYERS: tuple[LookedUp, ...] = (
    LookedUp(
        "payer_known",
        "the payer is on the payer list; null when there is no payer id",
        "payers",
        is_in("payers", "payer_id", "payer_id"),
        whole=True,
    ),
    LookedUp(
        "listed_payer_type",
        "kind of the payer on the payer list; null for an unknown payer",
        "payers",
        value_of("payers", "payer_id", "payer_id", "payer_type"),
    ),
)

PAYER_KINDS: tuple[Derived, ...] = (
    Derived(
        "is_private",
        "the payer is a commercial or an exchange plan",
        pl.col("payer_type").is_in(["commercial", "exchange"]),
    ),
)
