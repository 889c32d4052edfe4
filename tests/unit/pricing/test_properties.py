"""What holds for every price: build-ups that can be checked by hand, and prices that depend on the claim alone."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.pricing import PriceBook, price
from processors.pricing.modifiers import bits
from processors.pricing.order import ORDER, STEPS, TOGETHER
from processors.pricing.status import STATUSES
from processors.pricing.work_out import LINE_STAGES, PART_STAGES
from processors.validation.examples import example_batch
from tests.unit.pricing.build_ups import amounts, line

_CODES = (
    *("99213", "20610", "11042", "11102", "31231", "45378", "45380", "45385", "43239", "29881", "27447", "47562"),
    *("49505", "70450", "72125", "74177", "72191", "71046", "73560", "97110", "97140", "97530", "93306", "93000"),
    *("93005", "93015", "93880", "92083", "92133", "80053", "99199", "00100", "nonsense", ""),
)
_MODIFIERS = (
    *("26", "TC", "50", "51", "52", "53", "54", "55", "56", "59", "62", "66", "73", "78", "80", "82", "AS", "AA", "QK"),
    *("AD", "FX", "FY", "CT", "RT", "LT", "XE", "22", "76", "ZZ"),
)

lines = st.fixed_dictionaries(
    {
        "procedure_code": st.sampled_from(_CODES),
        "modifiers": st.lists(st.sampled_from(_MODIFIERS), max_size=3),
        "units": st.sampled_from([1.0, 1.0, 1.0, 2.0, 3.0, 7.0, 1.5, 0.0, 90.0, float("nan")]),
        "unit_basis": st.sampled_from(["UN", "UN", "UN", "MJ"]),
        "place_of_service": st.sampled_from([None, "11", "22", "77"]),
        "charge_cents": st.sampled_from([10_000_000, 10_000, 1, 0, -5]),
        "service_from": st.sampled_from([None, date(2026, 6, 1), date(2025, 6, 1), date(2019, 1, 1)]),
        "rendering_npi": st.sampled_from([None, None, "1245319599", "1234567893"]),
    }
)
claims = st.fixed_dictionaries(
    {
        "lines": st.lists(lines, max_size=7),
        "provider_participating": st.sampled_from([None, True, False]),
        "provider_in_apm": st.sampled_from([None, True, False]),
        "rendering_taxonomy": st.sampled_from([None, "363L00000X", "207Q00000X"]),
        "place_of_service": st.sampled_from(["11", "22"]),
        "billing_state": st.sampled_from(["SC", "CA", None]),
    }
)


def priced(*changes: dict[str, Any]) -> pl.DataFrame:
    return price(example_batch(changes), PriceBook.starter()).lines


def half_up(amount: int, factor_e4: int) -> int:
    return (amount * factor_e4 * 2 + 10_000) // 20_000


@settings(max_examples=80, deadline=None)
@given(st.lists(claims, min_size=1, max_size=4))
def test_a_build_up_can_be_checked_step_by_step_and_ends_at_the_price(batch: list[dict[str, Any]]) -> None:
    result = price(example_batch(batch), PriceBook.starter())
    columns = (
        "row",
        "price_status",
        "price_basis",
        "expected_allowed_cents",
        "rvu_total_e5",
        "charge_cents",
        "price_steps",
    )
    totals: dict[int, int] = {}
    for row, status, basis, cents, units, charge, steps in result.lines.select(columns).iter_rows():
        assert status in STATUSES
        assert basis == ("fee_schedule" if status == "priced" else "none")
        assert (status == "priced") == (cents is not None) == (units is not None) == bool(steps)
        before: int | None = None
        for step in steps:
            assert step["step"] in STEPS
            if step["factor_e4"] is not None:
                assert before is not None
                assert step["amount_cents"] == half_up(before, step["factor_e4"])
            before = step["amount_cents"]
        assert before == cents
        if cents is not None:
            assert 0 <= cents <= max(charge, 0)
            totals[row] = totals.get(row, 0) + cents
    assert dict(enumerate(result.claims["expected_allowed_cents"])) == {
        row: totals.get(row) for row in range(len(batch))
    }


@settings(max_examples=60, deadline=None)
@given(claims, st.randoms(use_true_random=False))
def test_the_order_of_lines_does_not_change_what_a_claim_is_worth(claim: dict[str, Any], random: Any) -> None:
    shuffled = list(claim["lines"])
    random.shuffle(shuffled)
    one, other = (
        priced({**claim, "lines": order}).select("procedure_code", "price_status", "expected_allowed_cents")
        for order in (claim["lines"], shuffled)
    )
    assert sorted(map(repr, one.rows())) == sorted(map(repr, other.rows()))


@settings(max_examples=60, deadline=None)
@given(st.lists(claims, min_size=2, max_size=5))
def test_a_claim_is_priced_alike_whatever_else_is_in_the_batch(batch: list[dict[str, Any]]) -> None:
    together = priced(*batch).drop("row")
    alone = pl.concat([priced(claim).drop("row") for claim in batch])
    assert together.equals(alone)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(_CODES), st.sampled_from(["11", "22"]), st.integers(1, 8))
def test_more_units_are_never_worth_less(code: str, pos: str, units: int) -> None:
    fewer, more = (amounts(line(code, units=float(count), pos=pos))[0] for count in (units, units + 1))
    if fewer is not None and more is not None:
        assert more >= fewer


def test_every_stage_of_the_order_is_there_and_on_its_side_of_the_sum() -> None:
    place = ORDER.index(TOGETHER)
    assert set(ORDER[:place]) == set(PART_STAGES)
    assert set(ORDER[place + 1 :]) == set(LINE_STAGES)
    assert len(ORDER) == len(set(ORDER))


def test_every_modifier_has_a_bit_of_its_own() -> None:
    codes = [code for code in _MODIFIERS if code not in ("51", "22", "76", "ZZ")]
    assert len({bits(code) for code in codes}) == len(codes)
    assert bits(*codes).bit_count() == len(codes)


_OPERATIONS = ("11042", "11102", "20610", "44970", "47562", "49505", "19301", "44140")


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(_OPERATIONS), st.sampled_from([1, 1, 1, 3])), min_size=1, max_size=6))
def test_operations_are_paid_as_if_every_unit_were_ranked_by_hand(operations: list[tuple[str, int]]) -> None:
    fees = {code: amounts(line(code, pos="22"))[0] or 0 for code in _OPERATIONS}
    by_fee = sorted(range(len(operations)), key=lambda place: (-fees[operations[place][0]], -operations[place][1]))
    expected: dict[int, int | None] = {}
    ranked = 0
    for place in by_fee:
        code, units = operations[place]
        full = 1 if ranked == 0 else 0
        ranked += units
        half = half_up(fees[code] * (units - full), 5_000)
        expected[place] = fees[code] * full + half if ranked <= 5 else None
    found = amounts(*(line(code, units=float(units), pos="22") for code, units in operations))
    assert sorted(map(str, found)) == sorted(map(str, expected.values()))
