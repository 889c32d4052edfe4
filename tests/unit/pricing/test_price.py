"""Pricing line by line: amounts computed by hand and the reasons why a line has no price."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.pricing import PriceBook, price
from processors.validation.examples import example_batch


def priced_lines(changes: dict[str, Any]) -> pl.DataFrame:
    return price(example_batch([changes]), PriceBook.starter()).lines


def line(**changes: Any) -> dict[str, Any]:
    return {"lines": [{"charge_cents": 10_000_000, **changes}]}


def amount(changes: dict[str, Any]) -> int | None:
    cents: int | None = priced_lines(changes)["expected_allowed_cents"].item()
    return cents


def status(changes: dict[str, Any]) -> str:
    found: str = priced_lines(changes)["price_status"].item()
    return found


def test_an_office_visit_in_south_carolina_has_the_price_computed_by_hand() -> None:
    # (1.30 * 1.000 + 1.46 * 0.924 + 0.09 * 0.850) * 33.4009 = 91.0349... -> 91.04 after one half-up rounding
    lines = priced_lines({})
    assert lines["expected_allowed_cents"].item() == 9104
    assert lines["rvu_total_e5"].item() == 130 * 1000 + 146 * 924 + 9 * 850
    assert lines["rvu_work_e5"].item() == 130_000


def test_a_hospital_visit_is_priced_at_the_facility_rate() -> None:
    # (1.30 + 0.33 * 0.924 + 0.09 * 0.850) * 33.4009 = 56.1610... with the practice expense of the facility
    assert amount({"place_of_service": "22"}) == 5616


def test_the_place_of_service_of_the_line_goes_before_that_of_the_claim() -> None:
    assert amount(line(place_of_service="22")) == amount({"place_of_service": "22"})


def test_the_year_of_service_picks_schedule_and_conversion_factor() -> None:
    assert amount(line(service_from=date(2025, 6, 1))) != amount(line(service_from=date(2026, 6, 1)))
    assert status(line(service_from=date(2019, 6, 1))) == "no_year"


def test_units_multiply_the_rounded_fee() -> None:
    assert amount(line(procedure_code="96127", units=3.0)) == 3 * (amount(line(procedure_code="96127")) or 0)


def test_the_charge_caps_the_expected_amount() -> None:
    assert amount({"lines": [{"charge_cents": 5_000}]}) == 5_000


def test_the_components_of_an_image_add_up_to_the_whole() -> None:
    whole, professional, technical = (
        priced_lines(line(procedure_code="71046", modifiers=modifiers))["rvu_total_e5"].item()
        for modifiers in ([], ["26"], ["TC"])
    )
    assert professional + technical == whole
    assert professional > 0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"claim_type": "institutional"}, "institutional"),
        ({"claim_type": "dental"}, "dental"),
        ({"service_from": None, "lines": [{"service_from": None}]}, "no_date"),
        (line(procedure_code="99999"), "unknown_code"),
        (line(procedure_code=None), "unknown_code"),
        (line(procedure_code="99199"), "carrier_priced"),
        (line(procedure_code="36416"), "bundled"),
        (line(procedure_code="92015"), "not_covered"),
        (line(procedure_code="0001F"), "not_valid"),
        (line(procedure_code="80053"), "not_on_schedule"),
        (line(procedure_code="0500F"), "reporting_only"),
        (line(procedure_code="00100"), "anesthesia_modifier_missing"),
        (line(procedure_code="99213", modifiers=["26"]), "component_not_applicable"),
        ({"place_of_service": "77"}, "unknown_pos"),
        ({"place_of_service": None}, "unknown_pos"),
        ({"place_of_service": "05"}, "unknown_pos"),
        (line(procedure_code="27447"), "not_priced_in_setting"),
        ({"billing_state": None}, "no_locality"),
        ({"billing_state": "ZZ"}, "no_locality"),
        (line(procedure_code="45378", modifiers=["80"]), "assistant_not_paid"),
        (line(modifiers=["66"]), "modifier_not_applicable"),
        (line(units=0.0), "units_not_priced"),
        (line(units=float("nan")), "units_not_priced"),
        (line(units=1e300), "units_not_priced"),
        (line(unit_basis="MJ"), "units_not_priced"),
    ],
)
def test_a_line_without_a_price_says_why(changes: dict[str, Any], reason: str) -> None:
    lines = priced_lines(changes)
    assert lines["price_status"].item() == reason
    assert lines.select("expected_allowed_cents", "rvu_total_e5", "rvu_work_e5").row(0) == (None, None, None)


def test_a_state_with_several_localities_is_priced_at_its_rest_of_state_locality() -> None:
    # REST OF CALIFORNIA 2026: 1.017, 1.096, 0.536
    assert amount({"billing_state": "CA"}) == ((130 * 1017 + 146 * 1096 + 9 * 536) * 334009 + 5_000_000) // 10_000_000


def test_the_claim_carries_the_sum_of_its_priced_lines() -> None:
    changes = {"lines": [{}, {"procedure_code": "80053"}, {"procedure_code": "99212"}]}
    priced = price(example_batch([changes, {"lines": []}]), PriceBook.starter())
    first, second = priced.claims.select("expected_allowed_cents", "price_basis").iter_rows()
    assert first == (priced.lines["expected_allowed_cents"].sum(), "fee_schedule")
    assert second == (None, "none")
    assert priced.claims["price_version"].unique().to_list() == [PriceBook.starter().version]


def test_an_empty_batch_is_priced_to_an_empty_batch_with_the_same_columns() -> None:
    full = price(example_batch(), PriceBook.starter())
    empty = price(example_batch().take([]), PriceBook.starter())
    assert empty.claims.schema == full.claims.schema
    assert empty.lines.schema == full.lines.schema
    assert empty.size == 0


@settings(max_examples=40, deadline=None)
@given(
    codes=st.lists(st.sampled_from(["99213", "71046", "20610", "nonsense", "80053", None]), max_size=4),
    modifier=st.sampled_from([None, "26", "TC", "50", "53", "80", "XX"]),
    units=st.floats(allow_nan=True, allow_infinity=True),
    charge=st.integers(min_value=-(2**40), max_value=2**40),
)
def test_an_amount_is_never_negative_and_never_above_the_charge(
    codes: list[str | None], modifier: str | None, units: float, charge: int
) -> None:
    lines = [
        {
            "procedure_code": code,
            "modifiers": [modifier] if modifier else [],
            "units": units,
            "charge_cents": charge,
        }
        for code in codes
    ]
    priced = priced_lines({"lines": lines})
    amounts = priced["expected_allowed_cents"].drop_nulls()
    assert priced.height == len(lines)
    assert ((amounts >= 0) & (amounts <= max(charge, 0))).all()
    assert (priced["expected_allowed_cents"].is_not_null() == (priced["price_status"] == "priced")).all()
