"""Pricing against worked cases computed elsewhere from the published files."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest

from processors.pricing import PriceBook
from processors.pricing.lines import LINE_SCHEMA, price_lines
from processors.pricing.payment import limiting_charge_cents, with_payment
from tests.shared_data import shared
from tests.unit.pricing.full_book import full_book

_TAXONOMIES = {"NP/PA 85%": "363L00000X", "LCSW 75%": "1041C0700X"}
"""The rules name a kind of provider: a taxonomy of that kind."""


def golden_cases() -> list[dict[str, str]]:
    with shared("reference/pricing_golden.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def as_lines(case: dict[str, str]) -> list[dict[str, Any]]:
    """Return the lines of a case: `code-modifiers x units [charge dollars]` or `code-modifiers [minutes min]`."""
    found = []
    for text in case["lines"].split(" | "):
        match = re.fullmatch(
            r"(?P<code>\w{5})(?P<modifiers>(-\w\w)*)( x(?P<units>\d+))?( (?P<minutes>\d+) min)?"
            r"( charge (?P<charge>[\d.]+))?",
            text,
        )
        assert match, case["case_id"]
        days = re.search(r"(\d+) of \d+ days", case["rule"])
        found.append(
            {
                "code": match["code"],
                "modifiers": [modifier for modifier in match["modifiers"].split("-") if modifier],
                "pos": case["pos"],
                "date": date.fromisoformat(case["date_of_service"]),
                "state": case["state"],
                "locality": case["locality"] or None,
                "units": float(match["units"] or 1),
                "minutes": float(match["minutes"]) if match["minutes"] else None,
                "charge_cents": round(float(match["charge"]) * 100) if match["charge"] else None,
                "taxonomy": _TAXONOMIES.get(case["rule"]),
                "participating": not case["rule"].startswith("non-participating"),
                "in_apm": case["rule"].startswith("APM"),
                "claim": case["case_id"],
                "postoperative_days": int(days[1]) if days else None,
                "present_at_induction": "present at induction" in case["rule"],
            }
        )
    return found


def cents(dollars: str) -> int:
    return round(float(dollars) * 100)


ELSEWHERE = ("G080", "G081", "G082", "G092")
"""Not what is allowed, but what is paid or charged: tested below."""


def test_every_golden_case_is_allowed_to_the_cent_line_by_line() -> None:
    cases = [case for case in golden_cases() if case["case_id"] not in ELSEWHERE]
    assert len(cases) == 99
    lines = pl.DataFrame([line for case in cases for line in as_lines(case)], schema=LINE_SCHEMA)
    expected = [cents(amount) for case in cases for amount in case["line_amounts"].split(" | ")]
    priced = price_lines(lines, full_book())
    wrong = [
        (claim, code, want, got)
        for claim, code, want, got in zip(
            lines["claim"], lines["code"], expected, priced["expected_allowed_cents"].fill_null(0), strict=True
        )
        if want != got
    ]
    assert wrong == []


def test_golden_cases_of_payment_and_limiting_charge_are_exact() -> None:
    cases = {case["case_id"]: case for case in golden_cases()}
    lines = pl.DataFrame([as_lines({**cases["G080"]})[0], as_lines(cases["G092"])[0]], schema=LINE_SCHEMA)
    visit, therapy = price_lines(lines, full_book())["expected_allowed_cents"]
    paid = with_payment(
        pl.DataFrame(
            {
                "expected_allowed_cents": [visit, 10_000, therapy],
                "deductible_cents": [0, 5_000, 0],
                "therapy_assistant": [False, False, True],
            }
        )
    )
    # The case of CQ stops before sequestration.
    before_sequestration = paid["payment_cents"][2] + paid["sequestration_cents"][2]
    assert [paid["payment_cents"][0], paid["payment_cents"][1], before_sequestration] == [
        cents(cases[case_id]["total"]) for case_id in ("G081", "G082", "G092")
    ]
    assert paid["patient_cents"].to_list()[:2] == [1904, 6000]
    assert pl.select(limiting_charge_cents(pl.lit(visit))).item() == cents(cases["G080"]["total"])


def test_lines_of_the_golden_cases_without_a_price_say_why() -> None:
    cases = golden_cases()
    lines = pl.DataFrame(
        [line for case in cases if case["case_id"] != "G082" for line in as_lines(case)], schema=LINE_SCHEMA
    )
    priced = price_lines(lines, full_book()).filter(pl.col("price_status") != "priced")
    assert dict(priced.select("claim", "price_status").iter_rows()) == {
        "G056": "by_report",
        "G074": "assistant_not_paid",
        "G075": "modifier_not_applicable",
        "G095": "bundled",
        "G096": "carrier_priced",
        "G097": "not_on_schedule",
        "G098": "not_valid",
        "G099": "anesthesia_modifier_missing",
        "G100": "reporting_only",
        "G101": "not_covered",
        "G102": "bundled",
        "G103": "not_on_schedule",
    }


def published_caps() -> pl.DataFrame:
    """Return the prices published as paid, with the state that a contractor's locality lies in."""
    localities = pl.read_csv(shared("reference/gpci.csv"), infer_schema=False).filter(pl.col("year") == "2024")
    caps = pl.read_csv(shared("reference/opps_cap_2024.csv"), infer_schema=False).filter(pl.col("status_code") == "A")
    # The file lists some localities of California under the other contractor of the state.
    contractor = pl.col("mac").replace("01182", "01112")
    return caps.with_columns(contractor).join(
        localities.select(contractor, "locality", "state"), on=["mac", "locality"], how="left", maintain_order="left"
    )


def priced_caps(caps: pl.DataFrame, pos: str, book: PriceBook) -> pl.DataFrame:
    lines = caps.select(
        code="hcpcs",
        modifiers=pl.concat_list(pl.col("modifier").fill_null("")),
        pos=pl.lit(pos),
        date=date(2024, 6, 3),
        state="state",
        locality="locality",
    )
    return price_lines(lines, book)


def dollars_as_cents(dollars: pl.Series) -> list[int]:
    return (dollars.cast(pl.Decimal(12, 2)) * 100).cast(pl.Int64).to_list()


def test_every_published_price_after_the_outpatient_cap_is_matched() -> None:
    caps = published_caps()
    assert caps.height == 8_510
    assert caps["state"].null_count() == 0
    priced = priced_caps(caps, "11", full_book())
    assert priced["expected_allowed_cents"].to_list() == dollars_as_cents(caps["non_facility_price"])


def test_in_a_facility_the_published_figures_are_right_and_not_paid() -> None:
    caps = published_caps()
    assert set(priced_caps(caps, "22", full_book())["price_status"]) == {"not_priced_in_setting"}
    paid_anyway = replace(full_book(), rates=full_book().rates.with_columns(fac_has_price=pl.lit(value=True)))
    priced = priced_caps(caps, "22", paid_anyway)
    assert priced["expected_allowed_cents"].to_list() == dollars_as_cents(caps["facility_price"])


@pytest.mark.parametrize("setting", ["nonfac", "fac"])
def test_the_starter_schedule_carries_the_figures_of_the_published_file(setting: str) -> None:
    published = pl.read_csv(shared("reference/rvu_2026.csv"), infer_schema=False).select(
        "hcpcs", pl.col("modifier").fill_null(""), "nonfac_total", "fac_total"
    )
    starter = PriceBook.starter().rates.filter((pl.col("year") == 2026) & pl.col("asked"))
    both = starter.join(published, left_on=["hcpcs", "component"], right_on=["hcpcs", "modifier"], how="left")
    total = pl.col("work_rvu_e2") + pl.col(f"{setting}_pe_rvu_e2") + pl.col("mp_rvu_e2")
    printed = (pl.col(f"{setting}_total").cast(pl.Float64) * 100).round().cast(pl.Int64)
    payable = both.filter(pl.col("status_code").is_in(["A", "R", "T"]))
    assert payable.height > 100
    assert payable.filter(total != printed).is_empty()
