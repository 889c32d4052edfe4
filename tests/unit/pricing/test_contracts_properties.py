"""Payer contracts on claims of every kind: what must hold whatever the claim and the contract say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.pricing import PriceBook, price
from processors.pricing.contracts import ContractSet, apply_contracts
from processors.validation.examples import example_batch
from tests.unit.pricing.contract_files import applied, contract, load

TABLE = "procedure_code,modifier,rate\n99213,,101.33\n71046,26,20.00\n80053,,9.99\n"


@cache
def every_method(lesser_of_charge: bool = True) -> ContractSet:
    """Return one contract that uses every method, for institutional and other claims."""
    stay = {"claim_types": ["institutional"]}
    terms: list[dict[str, Any]] = [
        {"when": {"revenue_codes": ["0278"]}, "method": "percent_of_charge", "percent": "33.33"},
        {"when": {"codes": ["36415"]}, "method": "no_payment"},
        {
            "when": stay,
            "method": "case_rate",
            "by": "drg",
            "rates": {"470": "12345.67"},
            "stop_loss": {"threshold": "400.00", "percent_of_charge_above": "7.77"},
        },
        {"when": stay, "method": "per_diem", "rates": [{"revenue_codes": ["0100-0219"], "rate": "777.77"}]},
        {"when": {"codes": ["80053", "99213"], "modifiers": ["25"]}, "method": "fee_table", "file": "fees.csv"},
        {"when": {"codes": ["20610"]}, "method": "percent_of_medicare", "percent": "111.11", "year": 2025},
        {"method": "percent_of_medicare", "percent": "117.5"},
    ]
    return load(contract(*terms, lesser_of_charge=lesser_of_charge), tables={"fees.csv": TABLE})


@st.composite
def lines(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "procedure_code": draw(st.sampled_from(["99213", "71046", "80053", "20610", "36415", "nonsense", None])),
        "revenue_code": draw(st.sampled_from(["0120", "0200", "0250", "0278", None])),
        "modifiers": draw(st.lists(st.sampled_from(["25", "26", "50", "59", "XX"]), max_size=3)),
        "units": draw(st.sampled_from([0.0, 0.5, 1.0, 3.0, float("nan"), 1e300])),
        "unit_basis": draw(st.sampled_from(["UN", "DA", "MJ"])),
        "charge_cents": draw(st.one_of(st.integers(0, 100_000), st.integers(-(2**62), 2**62))),
        "service_from": draw(st.sampled_from([None, date(2025, 12, 31), date(2026, 1, 1), date(2026, 6, 1)])),
    }


@st.composite
def claims(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "claim_type": draw(st.sampled_from(["professional", "institutional", "dental"])),
        "payer_id": draw(st.sampled_from(["CSCOM01", "CSCOM02", None])),
        "drg_code": draw(st.sampled_from(["470", "471", None])),
        "lines": draw(st.lists(lines(), max_size=5)),
    }


@settings(max_examples=60, deadline=None)
@given(st.lists(claims(), min_size=1, max_size=6))
def test_the_result_adds_up_and_explains_itself(stated: list[dict[str, Any]]) -> None:
    batch = applied(every_method(), stated)
    before = price(example_batch(stated), PriceBook.starter())
    assert batch.lines.drop(_PRICED).equals(before.lines.drop(_PRICED))
    sums = batch.lines.group_by("row").agg(
        pl.col("expected_allowed_cents").sum(), priced=pl.col("expected_allowed_cents").is_not_null().any()
    )
    totals = batch.claims.select("row", "expected_allowed_cents", "price_basis").join(sums, on="row", how="left")
    for row in totals.iter_rows(named=True):
        assert row["expected_allowed_cents"] == (row["expected_allowed_cents_right"] if row["priced"] else None)
        bases = set(batch.lines.filter(pl.col("row") == row["row"])["price_basis"])
        assert row["price_basis"] == next((b for b in ("contract", "fee_schedule") if b in bases), "none")
    for line in batch.lines.iter_rows(named=True):
        amount = line["expected_allowed_cents"]
        assert (amount is not None) == (line["price_status"] == "priced") == (line["price_basis"] != "none")
        assert [step["amount_cents"] for step in line["price_steps"]][-1:] == ([] if amount is None else [amount])


_PRICED = ["expected_allowed_cents", "price_status", "price_basis", "price_steps"]


@settings(max_examples=40, deadline=None)
@given(st.lists(claims(), min_size=1, max_size=4))
def test_lesser_of_charge_never_pays_more_than_the_charge(stated: list[dict[str, Any]]) -> None:
    batch = applied(every_method(), stated)
    by_contract = batch.lines.filter(pl.col("price_basis") == "contract")
    caps = by_contract["charge_cents"].clip(lower_bound=0)
    largest = max((abs(charge) for charge in batch.lines["charge_cents"]), default=0)
    if largest < 2**27:  # far larger charges of a claim are weighed coarsely
        assert (by_contract["expected_allowed_cents"] <= caps).all()
    assert (by_contract["expected_allowed_cents"] >= 0).all()


@settings(max_examples=40, deadline=None)
@given(st.lists(claims(), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_lines_in_the_batch_does_not_matter(stated: list[dict[str, Any]], random: Any) -> None:
    batch = price(example_batch(stated), PriceBook.starter())
    order = list(range(batch.lines.height))
    random.shuffle(order)
    shuffled = replace(batch, lines=batch.lines[order])
    one, other = (apply_contracts(b, PriceBook.starter(), every_method(False)) for b in (batch, shuffled))
    assert one.claims.equals(other.claims)
    key = ["row", "line_number"]
    assert one.lines.select(key + _PRICED).equals(other.lines.sort(key).select(key + _PRICED))


def test_odd_cents_of_a_case_go_by_line_number() -> None:
    term = {"method": "case_rate", "by": "drg", "rates": {"470": "100.00"}}
    claim = {"claim_type": "institutional", "drg_code": "470", "lines": [{}] * 3}
    batch = price(example_batch([claim]), PriceBook.starter())
    reverse = replace(batch, lines=batch.lines.reverse())
    paid = apply_contracts(reverse, PriceBook.starter(), load(contract(term))).lines
    assert paid["line_number"].to_list() == [3, 2, 1]
    assert paid["expected_allowed_cents"].to_list() == [3_334, 3_333, 3_333]


@settings(max_examples=60, deadline=None)
@given(
    charges=st.lists(st.integers(0, 10**7), min_size=1, max_size=12),
    rate=st.integers(0, 10**8),
    threshold=st.integers(0, 10**7),
)
def test_the_lines_of_a_case_add_up_to_the_case(charges: list[int], rate: int, threshold: int) -> None:
    term = {
        "method": "case_rate",
        "by": "drg",
        "rates": {"470": f"{rate / 100:.2f}"},
        "stop_loss": {"threshold": f"{threshold / 100:.2f}", "percent_of_charge_above": 50},
    }
    claim = {"claim_type": "institutional", "drg_code": "470", "lines": [{"charge_cents": c} for c in charges]}
    batch = applied(load(contract(term, lesser_of_charge=False)), [claim, claim])
    above = max(sum(charges) - threshold, 0)
    assert batch.claims["expected_allowed_cents"].to_list() == [rate + (above + 1) // 2] * 2
    amounts = batch.lines["expected_allowed_cents"].to_list()[: len(charges)]
    total, due = sum(charges), rate + (above + 1) // 2
    if total:
        assert all(abs(amount - due * charge / total) < 1 for amount, charge in zip(amounts, charges, strict=True))


@settings(max_examples=40, deadline=None)
@given(first=st.integers(0, 300), length=st.integers(0, 60), day=st.integers(0, 364))
def test_the_service_date_picks_the_contract_in_force(first: int, length: int, day: int) -> None:
    start, served = date(2026, 1, 1) + timedelta(first), date(2026, 1, 1) + timedelta(day)
    end = start + timedelta(length)
    ten, twenty = ({"method": "percent_of_charge", "percent": percent} for percent in (10, 20))
    contracts = load(
        contract(ten, id="old", effective_from=str(start), effective_to=str(end)),
        contract(twenty, id="new", effective_from=str(end + timedelta(1))),
    )
    amount = applied(contracts, [{"lines": [{"service_from": served}]}]).lines["expected_allowed_cents"].item()
    without = price(example_batch([{"lines": [{"service_from": served}]}]), PriceBook.starter())
    fee = without.lines["expected_allowed_cents"].item()
    assert amount == (fee if served < start else 1_500 if served <= end else 3_000)


def test_lines_of_one_professional_claim_may_fall_under_two_contracts_and_a_stay_under_one() -> None:
    ten, twenty = ({"method": "percent_of_charge", "percent": percent} for percent in (10, 20))
    contracts = load(
        contract(ten, id="old", effective_from="2026-01-01", effective_to="2026-05-31"),
        contract(twenty, id="new", effective_from="2026-06-01"),
    )
    both = [{"service_from": date(2026, 5, 31)}, {"service_from": date(2026, 6, 1)}]
    stay = {"claim_type": "institutional", "statement_from": date(2026, 5, 30)}
    batch = applied(contracts, [{"lines": both}, {**stay, "lines": both}])
    assert batch.lines["expected_allowed_cents"].to_list() == [1_500, 3_000, 1_500, 1_500]


def test_scopes_limit_a_contract_to_plans_providers_and_specialties() -> None:
    ten = {"method": "percent_of_charge", "percent": 10}
    claims_of: list[dict[str, Any]] = [
        {},
        {"plan_type": "hmo"},
        {"plan_type": None},
        {"billing_npi": "1245319599"},
        {"rendering_taxonomy": None, "billing_taxonomy": "363LF0000X"},
    ]
    expected = {
        "plan_types": (["ppo"], [True, False, False, True, True]),
        "billing_npis": (["1234567893"], [True, True, True, False, True]),
        "taxonomies": (["207Q00000X"], [True, True, True, True, False]),
    }
    for scope, (values, covered) in expected.items():
        batch = applied(load(contract(ten, **{scope: values})), claims_of)
        assert (batch.claims["price_basis"] == "contract").to_list() == covered
