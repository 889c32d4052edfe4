"""The fee schedule as columns of exact integers, one row for every component that a code can be paid for."""

from __future__ import annotations

import polars as pl

from reference.loader import scaled

COMPONENTS = ("", "26", "TC", "53")
"""The fee schedule rows a line can ask for, by number: whole, professional, technical, stopped."""

_FIGURES = {
    "work_rvu": 2,
    "nonfac_pe_rvu": 2,
    "fac_pe_rvu": 2,
    "mp_rvu": 2,
    "opps_nonfac_pe": 2,
    "opps_fac_pe": 2,
    "opps_mp": 2,
    "pre_op_pct": 4,
    "intra_op_pct": 4,
    "post_op_pct": 4,
}
"""Figures of the schedule with the decimal places that are kept."""

_INDICATORS = ("mult_proc", "bilat_surg", "asst_surg", "co_surg", "team_surg", "pctc_ind")
_OTHER = ("endo_base", "global_days")
_NOT_APPLICABLE = 9

WHOLE_TESTS = {
    "93000": ("93005",),
    "93015": ("93017",),
    "93040": ("93041",),
    "93224": ("93225", "93226"),
    "93241": ("93242", "93243"),
    "93245": ("93246", "93247"),
    "93268": ("93270", "93271"),
    "93784": ("93786", "93788"),
}
"""Cardiovascular tests whose technical part has codes of its own (component indicator 4), and those codes."""

_RVUS = ("work_rvu", "nonfac_pe_rvu", "fac_pe_rvu", "mp_rvu")


def rates_of(fee_schedule: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of a fee schedule as integers.

    Args:
        fee_schedule: Columns of the reference table `fee_schedule`.

    Returns:
        year, hcpcs, component, status_code, figures in hundredths (`_e2`) or ten-thousandths (`_e4`), indicators
        as numbers (9 where there is none), endo_base, global_days, nonfac_has_price, fac_has_price, and
        `asked`: whether a line can ask for the row. Not asked for are the parts of whole tests, which are
        made from the codes of WHOLE_TESTS. A code with component rows only gets a whole row that is not on the
        schedule.
    """
    rows = fee_schedule.select(
        "year",
        "hcpcs",
        pl.col("modifier").fill_null("").alias("component"),
        "status_code",
        *(scaled(column, places).fill_null(0).alias(f"{column}_e{places}") for column, places in _FIGURES.items()),
        *(pl.col(column).cast(pl.Int64, strict=False).fill_null(_NOT_APPLICABLE) for column in _INDICATORS),
        *_OTHER,
        nonfac_has_price=pl.col("nonfac_na").ne_missing("NA"),
        fac_has_price=pl.col("fac_na").ne_missing("NA"),
        asked=pl.lit(value=True),
    ).filter(pl.col("component").is_in(COMPONENTS))
    whole = rows.filter(pl.col("component") == "")
    lonely = (
        rows.filter(pl.col("component") != "")
        .join(whole, on=["year", "hcpcs"], how="anti")
        .unique(["year", "hcpcs"], maintain_order=True)
        .with_columns(component=pl.lit(""), status_code=pl.lit("X"))
    )
    return pl.concat([rows, lonely, *_parts_of_whole_tests(whole)])


def _parts_of_whole_tests(whole: pl.DataFrame) -> list[pl.DataFrame]:
    """Return technical and professional rows of the whole tests whose technical codes are all on the schedule."""
    pairs = pl.DataFrame(
        [(test, code, len(codes)) for test, codes in WHOLE_TESTS.items() for code in codes],
        schema={"test": pl.String, "hcpcs": pl.String, "parts": pl.UInt32},
        orient="row",
    )
    units = [f"{column}_e2" for column in _RVUS]
    payable = whole.filter(pl.col("status_code").is_in(["A", "R", "T"]))
    sums = (
        payable.join(pairs, on="hcpcs")
        .group_by("year", "test", "parts", maintain_order=True)
        .agg(pl.len().alias("found"), *(pl.col(column).sum().alias(f"{column}_part") for column in units))
        .filter(pl.col("found") == pl.col("parts"))
    )
    both = payable.join(sums, left_on=["year", "hcpcs"], right_on=["year", "test"])
    technical = both.with_columns(
        *(pl.col(f"{column}_part").alias(column) for column in units), component=pl.lit("TC"), asked=pl.lit(value=False)
    )
    professional = both.with_columns(
        *(pl.col(column) - pl.col(f"{column}_part") for column in units),
        component=pl.lit("26"),
        asked=pl.lit(value=False),
    )
    return [part.select(whole.columns) for part in (professional, technical)]
