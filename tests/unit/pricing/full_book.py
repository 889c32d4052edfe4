"""A price book of the full published files, for tests; they skip where the shared data is absent."""

from __future__ import annotations

from functools import cache

import polars as pl

from processors.pricing import PriceBook
from reference.loader import read_table
from tests.shared_data import shared


@cache
def full_book() -> PriceBook:
    """Return the book of 2024 to 2026, every locality, and the one anesthesia code whose base units are known."""
    schedule = pl.concat(
        pl.read_csv(shared(f"reference/rvu_{year}.csv"), infer_schema=False).with_columns(
            year=pl.lit(year, dtype=pl.Int32)
        )
        for year in (2024, 2025, 2026)
    )
    gpci = pl.read_csv(shared("reference/gpci.csv"), infer_schema=False).with_columns(pl.col("year").cast(pl.Int32))
    # Alone in its state, or the rest of it.
    rest = (pl.len().over("year", "state") == 1) | pl.col("locality_name").str.contains("REST OF")
    anesthesia = pl.read_csv(shared("reference/anesthesia_cf_2024.csv"), infer_schema=False).join(
        gpci.filter(pl.col("year") == 2024).select("mac", "locality", "state"), on=["mac", "locality"]
    )
    return PriceBook.build(
        fee_schedule=schedule,
        gpci=gpci.with_columns(state_default=rest.cast(pl.Int32)),
        conversion_factors=read_table("conversion_factors", shared("reference/conversion_factors.csv")),
        pos_codes=pl.read_csv(shared("reference/pos_codes.csv"), infer_schema=False).with_columns(
            pl.col("medicare_adjudicated").cast(pl.Int32)
        ),
        zip_localities=pl.read_csv(shared("reference/zip_locality.csv"), infer_schema=False),
        anesthesia_factors=anesthesia.select(
            pl.col("effective_from", "effective_to").str.to_date(),
            "state",
            "locality",
            conversion_factor="anesthesia_cf",
        ),
        anesthesia_base_units=pl.DataFrame(
            {"hcpcs": ["01402"], "base_units": [7]}, schema_overrides={"base_units": pl.Int32}
        ),
        taxonomy=pl.read_csv(shared("reference/taxonomy.csv"), infer_schema=False),
        modifiers=pl.read_csv(shared("reference/modifiers.csv"), infer_schema=False),
    )
