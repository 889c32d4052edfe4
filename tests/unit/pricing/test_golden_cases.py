"""Pricing against worked cases computed elsewhere from the published files."""

from __future__ import annotations

import csv
import re
from datetime import date
from functools import cache
from typing import Any

import polars as pl
import pytest

from processors.pricing import PriceBook, price
from processors.validation.examples import example_batch
from reference.loader import read_table
from tests.shared_data import shared

COVERED = (
    "base",
    "national",
    "units",
    "26/TC",
    "OPPS cap",
    "modifier 53",
    "50:",
    "54:",
    "55: post %, all",
    "56:",
    "78:",
    "62:",
    "80",
    "81",
    "82",
    "AS",
    "52",
    "73",
    "lesser of charge",
    "status",
)
"""Beginnings of the rules that this version claims to price."""
NOT_COVERED = ("80% + sequestration",)
"""What the payer pays of an allowed amount is not priced."""


@cache
def full_book() -> PriceBook:
    """A book of the full published files, every locality reachable by an invented ZIP code."""
    schedule = pl.concat(
        pl.read_csv(shared(f"reference/rvu_{year}.csv"), infer_schema=False).select(
            pl.lit(str(year)).alias("year"), *_columns()
        )
        for year in (2024, 2025, 2026)
    )
    gpci = pl.read_csv(shared("reference/gpci.csv"), infer_schema=False).with_columns(
        pl.col("year").cast(pl.Int32), state_default=pl.lit(0)
    )
    national = pl.DataFrame(
        {
            "year": pl.Series([2024, 2025, 2026], dtype=pl.Int32),
            "state": "US",
            "locality": "",
            "work_gpci": "1.000",
            "pe_gpci": "1.000",
            "mp_gpci": "1.000",
            "state_default": 1,
        }
    )
    columns = national.columns
    localities = gpci.select("state", "locality").unique().sort("state", "locality")
    return PriceBook.build(
        fee_schedule=schedule.with_columns(pl.col("year").cast(pl.Int32), pl.col("modifier").fill_null("")),
        gpci=pl.concat([gpci.select(columns), national], how="vertical_relaxed"),
        conversion_factors=read_table("conversion_factors", shared("reference/conversion_factors.csv")),
        pos_codes=pl.read_csv(shared("reference/pos_codes.csv"), infer_schema=False).with_columns(
            pl.col("medicare_adjudicated").cast(pl.Int32)
        ),
        zip_localities=localities.with_columns(zip=pl.concat_str("state", "locality", pl.lit("0"))),
    )


def _columns() -> list[str]:
    wanted = "hcpcs modifier status_code work_rvu nonfac_pe_rvu nonfac_na fac_pe_rvu fac_na mp_rvu pre_op_pct"
    more = "intra_op_pct post_op_pct bilat_surg asst_surg co_surg opps_nonfac_pe opps_fac_pe opps_mp"
    return f"{wanted} {more}".split()


def golden_cases() -> list[dict[str, str]]:
    with shared("reference/pricing_golden.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [row for row in rows if row["rule"].startswith(COVERED) and not row["rule"].startswith(NOT_COVERED)]


def as_claim(case: dict[str, str]) -> dict[str, Any]:
    found = re.fullmatch(
        r"(?P<code>\w{5})(?P<modifiers>(-\w\w)*) x(?P<units>\d+)( charge (?P<charge>[\d.]+))?", case["lines"]
    )
    assert found, case["case_id"]
    charge = found["charge"]
    on = date.fromisoformat(case["date_of_service"])
    return {
        "place_of_service": case["pos"],
        "billing_state": case["state"],
        "billing_zip": f"{case['state']}{case['locality']}0",
        "lines": [
            {
                "procedure_code": found["code"],
                "modifiers": [m for m in found["modifiers"].split("-") if m],
                "units": float(found["units"]),
                "charge_cents": round(float(charge) * 100) if charge else 10_000_000,
                "service_from": on,
            }
        ],
    }


def test_the_covered_golden_cases_are_priced_to_the_cent() -> None:
    cases = golden_cases()
    assert len(cases) == 75, "the covered share of the golden cases changed: say so here"
    priced = price(example_batch([as_claim(case) for case in cases]), full_book())
    expected = [round(float(case["total"]) * 100) for case in cases]
    wrong = [
        (case["case_id"], case["rule"], want, got)
        for case, want, got in zip(cases, expected, priced.claims["expected_allowed_cents"].fill_null(0), strict=True)
        if want != got
    ]
    assert wrong == []


def test_a_zip_code_of_los_angeles_is_priced_at_its_own_locality() -> None:
    claim = {"billing_state": "CA", "billing_zip": "CA180", "place_of_service": "11"}
    priced = price(example_batch([claim]), full_book())
    assert priced.lines["expected_allowed_cents"].to_list() == [10_489]


def test_published_locality_prices_of_the_outpatient_cap_file_are_matched() -> None:
    published = (
        pl.read_csv(shared("reference/opps_cap_2024.csv"), infer_schema=False)
        .filter(pl.col("status_code") == "A")
        .with_columns(state=pl.col("mac").replace_strict(_mac_states(), default=None))
        .filter(pl.col("state").is_not_null())
        .gather_every(7)
    )
    claims = [
        {
            "place_of_service": "11",
            "billing_state": row["state"],
            "billing_zip": f"{row['state']}{row['locality']}0",
            "lines": [
                {
                    "procedure_code": row["hcpcs"],
                    "modifiers": [row["modifier"]] if row["modifier"] else [],
                    "charge_cents": 10_000_000,
                    "service_from": date(2024, 6, 3),
                }
            ],
        }
        for row in published.to_dicts()
    ]
    priced = price(example_batch(claims), full_book()).lines["expected_allowed_cents"]
    expected = pl.Series([round(float(price) * 100) for price in published["non_facility_price"]])
    assert len(claims) > 500
    assert (priced == expected).all()


def _mac_states() -> dict[str, str]:
    """Contractors that serve one state, so that (contractor, locality) names a locality."""
    gpci = pl.read_csv(shared("reference/gpci.csv"), infer_schema=False).filter(pl.col("year") == "2024")
    single = gpci.group_by("mac").agg(pl.col("state").unique()).filter(pl.col("state").list.len() == 1)
    return {mac: states[0] for mac, states in single.iter_rows()}


@pytest.mark.parametrize("setting", ["nonfac", "fac"])
def test_the_starter_schedule_carries_the_figures_of_the_published_file(setting: str) -> None:
    published = read_table_2026()
    starter = PriceBook.starter().rates.filter((pl.col("year") == 2026) & (pl.col("asked") == pl.col("component")))
    both = starter.join(published, left_on=["hcpcs", "component"], right_on=["hcpcs", "modifier"], how="left")
    total = pl.col("work_rvu_e2") + pl.col(f"{setting}_pe_rvu_e2") + pl.col("mp_rvu_e2")
    printed = (pl.col(f"{setting}_total").cast(pl.Float64) * 100).round().cast(pl.Int64)
    payable = both.filter(pl.col("status_code").is_in(["A", "R", "T"]))
    assert payable.height > 100
    assert payable.filter(total != printed).is_empty()


def read_table_2026() -> pl.DataFrame:
    frame = pl.read_csv(shared("reference/rvu_2026.csv"), infer_schema=False)
    return frame.select("hcpcs", pl.col("modifier").fill_null(""), "nonfac_total", "fac_total")
