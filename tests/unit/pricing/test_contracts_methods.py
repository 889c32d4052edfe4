"""Payer contracts, method by method: amounts computed by hand.

The example claim is 99213 in an office in South Carolina on 2026-06-01, charge 150.00. Medicare pays
(1.30 * 1.000 + 1.46 * 0.924 + 0.09 * 0.850) * 33.4009 = 91.03... -> 91.04 for it (see test_price).
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from processors.pricing import PriceBook, price
from processors.pricing.contracts import ContractSet, apply_contracts
from processors.validation.examples import example_batch
from tests.unit.pricing.contract_files import applied, cents, contract, load, steps

MEDICARE_120 = {"method": "percent_of_medicare", "percent": "120"}
CHARGE_60 = {"method": "percent_of_charge", "percent": "60"}
HIGH_CHARGE = {"charge_cents": 10_000_000}


def test_a_share_of_medicare_is_the_fee_times_the_share() -> None:
    # 91.04 * 1.2 = 109.248 -> 109.25
    batch = applied(load(contract(MEDICARE_120)), [{}])
    assert cents(batch) == [10_925]
    assert steps(batch) == [[("fee", None, 9_104), ("contract:harbor/t1 percent_of_medicare", 12_000, 10_925)]]
    assert batch.lines.select("price_status", "price_basis").row(0) == ("priced", "contract")


@pytest.mark.parametrize(("rounding", "expected"), [("half_up", 10_925), ("up", 10_925), ("down", 10_924)])
def test_part_of_a_cent_is_rounded_as_the_contract_says(rounding: str, expected: int) -> None:
    # 109.248
    assert cents(applied(load(contract(MEDICARE_120, rounding=rounding)), [{}])) == [expected]


def test_exactly_half_a_cent_goes_up_or_down_as_agreed() -> None:
    # 150.00 * 0.3333 = 49.995
    half = {"method": "percent_of_charge", "percent": "33.33"}
    amounts = [cents(applied(load(contract(half, rounding=how)), [{}]))[0] for how in ("half_up", "up", "down")]
    assert amounts == [5_000, 5_000, 4_999]


def test_the_charge_caps_a_contract_amount_and_not_its_medicare_base() -> None:
    # Charge 80.00 is below the fee 91.04: half of Medicare is half of 91.04 = 45.52, not half of 80.00.
    half = {"method": "percent_of_medicare", "percent": 50}
    assert cents(applied(load(contract(half)), [{"lines": [{"charge_cents": 8_000}]}])) == [4_552]
    capped = applied(load(contract(MEDICARE_120)), [{"lines": [{"charge_cents": 10_000}]}])
    assert steps(capped)[0][-2:] == [
        ("contract:harbor/t1 percent_of_medicare", 12_000, 10_925),
        ("lesser_of_charge", None, 10_000),
    ]


@pytest.mark.parametrize(
    ("charge", "expected"), [(10_924, 10_924), (10_925, 10_925), (10_926, 10_925), (0, 0), (-5, 0)]
)
def test_a_cent_decides_whether_the_charge_is_less(charge: int, expected: int) -> None:
    assert cents(applied(load(contract(MEDICARE_120)), [{"lines": [{"charge_cents": charge}]}])) == [expected]


def test_a_contract_may_pay_more_than_the_charge() -> None:
    low = [{"lines": [{"charge_cents": 8_000}]}]
    assert cents(applied(load(contract(MEDICARE_120, lesser_of_charge=False)), low)) == [10_925]
    assert cents(applied(load(contract({**MEDICARE_120, "lesser_of_charge": False})), low)) == [10_925]
    assert cents(applied(load(contract({**MEDICARE_120, "lesser_of_charge": True}, lesser_of_charge=False)), low)) == [
        8_000
    ]


def test_a_share_of_medicare_is_not_cut_for_a_provider_outside_medicare() -> None:
    assert cents(applied(load(contract(MEDICARE_120)), [{"provider_participating": False}])) == [10_925]


def test_a_share_of_medicare_keeps_the_ranking_of_procedures() -> None:
    # POS 22, SC: only the lower of two surgeries is halved; the contract pays 120 percent of each Medicare amount.
    surgery = {"place_of_service": "22", "lines": [{"procedure_code": code, **HIGH_CHARGE} for code in _SURGERIES]}
    medicare = price(example_batch([surgery]), PriceBook.starter()).lines
    batch = applied(load(contract(MEDICARE_120)), [surgery])
    assert "multiple_procedure" in {name for of_line in steps(batch) for name, _, _ in of_line}
    assert cents(batch) == [
        (amount * 12_000 + 5_000) // 10_000 for amount in medicare["expected_allowed_cents"].to_list()
    ]


_SURGERIES = ("20610", "11042")


def test_a_fixed_year_pays_by_the_last_schedule_of_that_year() -> None:
    # 2025, SC: (1.30 * w + 1.35 * p + 0.10 * m) * 32.3465; the price of 31 December 2025 without a contract.
    of_2025 = {"lines": [{"service_from": date(2025, 12, 31)}]}
    medicare = price(example_batch([of_2025]), PriceBook.starter()).lines["expected_allowed_cents"].item()
    batch = applied(load(contract({"method": "percent_of_medicare", "percent": 100, "year": 2025})), [{}])
    assert medicare != 9_104
    assert cents(batch) == [medicare]
    assert steps(batch) == [[("fee", None, medicare), ("contract:harbor/t1 percent_of_medicare", 10_000, medicare)]]


def test_days_stay_apart_under_a_fixed_year() -> None:
    term = {"method": "percent_of_medicare", "percent": 100, "year": 2025, "lesser_of_charge": False}
    lines = [
        {"procedure_code": code, "service_from": date(2026, 6, day)}
        for code, day in zip(_SURGERIES, (1, 2), strict=True)
    ]
    apart = applied(load(contract(term)), [{"place_of_service": "22", "lines": lines}])
    together = applied(
        load(contract(term)),
        [{"place_of_service": "22", "lines": [{**line, "service_from": date(2026, 6, 1)} for line in lines]}],
    )
    assert "multiple_procedure" not in {name for of_line in steps(apart) for name, _, _ in of_line}
    assert "multiple_procedure" in {name for of_line in steps(together) for name, _, _ in of_line}


def test_fixed_and_current_years_stand_side_by_side() -> None:
    old = {"when": {"codes": ["99212"]}, "method": "percent_of_medicare", "percent": 100, "year": 2025}
    claims: list[dict[str, Any]] = [{"payer_id": "other"}, {"lines": [{}, {"procedure_code": "99212"}, {}]}, {}]
    batch = applied(load(contract(old, MEDICARE_120)), claims)
    medicare = price(
        example_batch([{"lines": [{"procedure_code": "99212", "service_from": date(2025, 12, 31)}]}]),
        PriceBook.starter(),
    )
    assert cents(batch) == [9_104, 10_925, medicare.lines["expected_allowed_cents"].item(), 10_925, 10_925]
    assert all(of_line[-1][2] == amount for of_line, amount in zip(steps(batch), cents(batch), strict=True))


def test_what_medicare_has_no_rate_for_goes_on_to_the_next_term() -> None:
    # 80053 is a laboratory code, not on the physician fee schedule: 60 percent of 150.00
    batch = applied(load(contract(MEDICARE_120, CHARGE_60)), [{"lines": [{"procedure_code": "80053"}]}])
    assert steps(batch) == [[("charge", None, 15_000), ("contract:harbor/t2 percent_of_charge", 6_000, 9_000)]]


def test_what_medicare_bundles_is_not_paid_by_the_next_term() -> None:
    batch = applied(load(contract(MEDICARE_120, CHARGE_60)), [{"lines": [{"procedure_code": "36416"}]}])
    assert batch.lines.select("expected_allowed_cents", "price_status", "price_basis").row(0) == (
        None,
        "bundled",
        "none",
    )
    assert steps(batch) == [[]]


def test_a_line_that_no_term_pays_keeps_the_fee_schedule() -> None:
    only_laboratory = {"when": {"codes": ["80000-89999"]}, **CHARGE_60}
    batch = applied(load(contract(only_laboratory)), [{}])
    assert cents(batch) == [9_104]
    assert batch.lines["price_basis"].item() == "fee_schedule"


TABLE = "procedure_code,modifier,rate\n99213,,101.33\n99213,95,80.00\n71046,,60.00\n71046,26,20.00\n"
FEES = {"method": "fee_table", "file": "fees.csv"}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ({}, 10_133),
        ({"modifiers": ["25"]}, 10_133),  # 25 says something about the visit, not about its price
        ({"modifiers": ["25", "95"]}, 8_000),
        ({"procedure_code": "71046", "modifiers": ["26"]}, 2_000),
        ({"units": 3.0}, 3 * 10_133),
        ({"units": 1.5}, 15_200),  # 151.995, half up
    ],
)
def test_a_fee_table_pays_its_rate_times_units(line: dict[str, Any], expected: int) -> None:
    contracts = load(contract(FEES, lesser_of_charge=False), tables={"fees.csv": TABLE})
    batch = applied(contracts, [{"lines": [line]}])
    assert cents(batch) == [expected]
    assert steps(batch)[0][-1][2] == expected


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ({"modifiers": ["52"]}, "modifier_not_in_contract"),
        ({"procedure_code": "71046", "modifiers": ["TC"]}, "modifier_not_in_contract"),
        ({"procedure_code": "71046", "modifiers": ["26", "52"]}, "modifier_not_in_contract"),
        ({"units": 0.0}, "units_not_priced"),
        ({"unit_basis": "MJ"}, "units_not_priced"),
    ],
)
def test_a_fee_table_guesses_no_price(line: dict[str, Any], status: str) -> None:
    batch = applied(load(contract(FEES, CHARGE_60), tables={"fees.csv": TABLE}), [{"lines": [line]}])
    assert batch.lines.select("expected_allowed_cents", "price_status", "price_basis").row(0) == (None, status, "none")
    assert steps(batch) == [[]]
    assert batch.claims.select("expected_allowed_cents", "price_basis").row(0) == (None, "none")


def test_a_fee_table_term_may_name_the_share_of_a_modifier() -> None:
    # 101.33 * 1.5 = 151.995 -> 152.00, twice 304.00
    term = {**FEES, "modifier_percent": {"50": "150"}}
    contracts = load(contract(term, lesser_of_charge=False), tables={"fees.csv": TABLE})
    assert steps(applied(contracts, [{"lines": [{"modifiers": ["50"], "units": 2.0}]}])) == [
        [
            ("contract:harbor/t1 fee_table", None, 10_133),
            ("modifier_50", 15_000, 15_200),
            ("units", 20_000, 30_400),
        ]
    ]


def test_a_code_that_is_not_in_the_table_goes_on_to_the_next_term() -> None:
    contracts = load(contract(FEES, CHARGE_60), tables={"fees.csv": TABLE})
    assert cents(applied(contracts, [{"lines": [{"procedure_code": "80053"}]}])) == [9_000]


def test_no_payment_is_an_amount_of_nothing() -> None:
    batch = applied(load(contract({"method": "no_payment"})), [{}])
    assert cents(batch) == [0]
    assert batch.claims.select("expected_allowed_cents", "price_basis").row(0) == (0, "contract")


DENTAL = {"claim_type": "dental", "lines": [{"procedure_code": "D0120"}]}


@pytest.mark.parametrize(
    ("when", "line", "fits"),
    [
        ({"codes": ["99202-99215"]}, {}, True),
        ({"codes": ["99214"]}, {}, False),
        ({"codes": ["00100-01999"]}, {"procedure_code": "0042T"}, False),
        ({"codes": ["0001T-0999T"]}, {"procedure_code": "0042T"}, True),
        ({"codes": ["A0021-V5364"]}, {"procedure_code": None}, False),
        ({"families": ["office_visit"]}, {}, True),
        ({"families": ["office_visit"]}, {"procedure_code": "71046"}, False),
        ({"modifiers": ["59", "25"]}, {"modifiers": ["76", "25"]}, True),
        ({"modifiers": ["59"]}, {"modifiers": ["76", "25"]}, False),
        ({"modifiers": ["59"]}, {"modifiers": []}, False),
        ({"places_of_service": ["11"]}, {}, True),
        ({"places_of_service": ["11"]}, {"place_of_service": "22"}, False),
        ({"places_of_service": ["22"]}, {"place_of_service": "22"}, True),
        ({"claim_types": ["institutional"]}, {}, False),
        ({"claim_types": ["professional"]}, {}, True),
        ({"revenue_codes": ["0250-0259"]}, {"revenue_code": "0250"}, True),
        ({"revenue_codes": ["0250-0259"]}, {}, False),
        ({"codes": ["99213"], "modifiers": ["25"]}, {}, False),
        ({"codes": ["99213"], "modifiers": ["25"]}, {"modifiers": ["25"]}, True),
    ],
)
def test_a_term_is_about_the_lines_that_its_conditions_fit(
    when: dict[str, Any], line: dict[str, Any], fits: bool
) -> None:
    batch = applied(load(contract({"when": when, **CHARGE_60}, {"method": "no_payment"})), [{"lines": [line]}])
    assert cents(batch) == [9_000 if fits else 0]


def test_the_first_term_that_fits_holds() -> None:
    ten, twenty = (
        {"method": "percent_of_charge", "percent": percent, "when": {"codes": ["99213"]}} for percent in (10, 20)
    )
    assert cents(applied(load(contract(ten, twenty)), [{}])) == [1_500]
    assert cents(applied(load(contract(twenty, ten)), [{}])) == [3_000]


def test_dental_claims_are_paid_by_contract_too() -> None:
    contracts = load(contract(FEES), tables={"fees.csv": "procedure_code,rate\nD0120,45.00\n"})
    assert cents(applied(contracts, [DENTAL])) == [4_500]


STAY: dict[str, Any] = {
    "claim_type": "institutional",
    "type_of_bill": "0111",
    "drg_code": "470",
    "lines": [
        {"revenue_code": "0120", "procedure_code": None, "units": 3.0, "unit_basis": "DA", "charge_cents": 900_000},
        {"revenue_code": "0250", "procedure_code": None, "charge_cents": 100_000},
        {"revenue_code": "0278", "procedure_code": None, "charge_cents": 2_000_000},
    ],
}
IMPLANTS = {"when": {"revenue_codes": ["0275-0278"]}, "method": "percent_of_charge", "percent": 45}
DAYS = {
    "method": "per_diem",
    "rates": [
        {"revenue_codes": ["0200-0209"], "rate": "2500.00"},
        {"revenue_codes": ["0110-0169"], "rate": "1200.00"},
    ],
}


def test_days_are_paid_for_all_lines_that_are_not_carved_out() -> None:
    # Three days at 1,200.00 = 3,600.00 on charges of 9,000.00 and 1,000.00: 3,240.00 and 360.00.
    # The implant is carved out: 45 percent of 20,000.00 = 9,000.00.
    batch = applied(load(contract(IMPLANTS, DAYS)), [STAY])
    assert cents(batch) == [324_000, 36_000, 900_000]
    assert steps(batch)[1] == [("contract:harbor/t2 per_diem", None, 360_000), ("share_of_claim", None, 36_000)]
    assert batch.claims["expected_allowed_cents"].item() == 1_260_000


def test_days_of_several_kinds_add_up() -> None:
    # One day of intensive care at 2,500.00 and two at 1,200.00 = 4,900.00
    lines = [
        {"revenue_code": "0200", "units": 1.0, "unit_basis": "DA", "charge_cents": 500_000},
        {"revenue_code": "0120", "units": 2.0, "unit_basis": "UN", "charge_cents": 500_000},
    ]
    assert cents(applied(load(contract(DAYS)), [{**STAY, "lines": lines}])) == [245_000, 245_000]


def test_a_stay_whose_days_cannot_be_counted_has_no_price() -> None:
    lines = [{"revenue_code": "0120", "units": 3.0, "unit_basis": "MJ"}, {"revenue_code": "0250"}]
    batch = applied(load(contract(DAYS, CHARGE_60)), [{**STAY, "lines": lines}])
    assert batch.lines["price_status"].to_list() == ["units_not_priced"] * 2


def test_a_claim_without_a_stay_goes_on_to_the_next_term() -> None:
    batch = applied(load(contract(DAYS, CHARGE_60)), [{**STAY, "lines": [{"revenue_code": "0250"}]}])
    assert cents(batch) == [9_000]


def test_a_case_rate_by_group_is_split_by_charges_to_the_cent() -> None:
    # 10,000.00 on charges 1 : 1 : 1 -> 3,333.33 + 3,333.33 + 3,333.34
    rate = {"method": "case_rate", "by": "drg", "rates": {"470": "10000.00"}, "lesser_of_charge": False}
    lines = [{"revenue_code": "0250", "charge_cents": 700_000}] * 3
    batch = applied(
        load(contract(rate, CHARGE_60)), [{**STAY, "lines": lines}, {**STAY, "drg_code": "471", "lines": lines}]
    )
    assert cents(batch) == [333_333, 333_333, 333_334, 420_000, 420_000, 420_000]
    assert batch.claims["expected_allowed_cents"].to_list() == [1_000_000, 1_260_000]


@pytest.mark.parametrize(("type_of_bill", "expected"), [("0131", 20_000), ("0137", 30_000), ("0111", 9_000)])
def test_a_case_rate_by_type_of_bill_prefers_the_whole_type(type_of_bill: str, expected: int) -> None:
    rates = {"013": "200.00", "0137": "300.00"}
    rate = {"method": "case_rate", "by": "type_of_bill", "rates": rates, "lesser_of_charge": False}
    claim = {**STAY, "type_of_bill": type_of_bill, "lines": [{"revenue_code": "0450"}]}
    assert cents(applied(load(contract(rate, CHARGE_60)), [claim])) == [expected]


def test_a_case_without_charges_is_put_on_its_first_line() -> None:
    rate = {"method": "case_rate", "by": "drg", "rates": {"470": "10000.00"}, "lesser_of_charge": False}
    lines = [{"revenue_code": "0250", "charge_cents": 0}] * 2
    assert cents(applied(load(contract(rate)), [{**STAY, "lines": lines}])) == [1_000_000, 0]


def test_a_charge_below_the_case_rate_is_paid_line_by_line() -> None:
    rate = {"method": "case_rate", "by": "drg", "rates": {"470": "50000.00"}}
    batch = applied(load(contract(rate)), [STAY])
    assert cents(batch) == [900_000, 100_000, 2_000_000]
    assert steps(batch)[0][1:] == [("lesser_of_charge", None, 3_000_000), ("share_of_claim", None, 900_000)]


def test_stop_loss_adds_a_share_of_the_charge_above_its_threshold() -> None:
    # Charges 30,000.00, threshold 25,000.00: 10,000.00 + 30 percent of 5,000.00 = 11,500.00
    rate = {
        "method": "case_rate",
        "by": "drg",
        "rates": {"470": "10000.00"},
        "stop_loss": {"threshold": "25000.00", "percent_of_charge_above": "30"},
    }
    batch = applied(load(contract(rate)), [STAY, {**STAY, "lines": STAY["lines"][:2]}])
    assert batch.claims["expected_allowed_cents"].to_list() == [1_150_000, 1_000_000]
    assert ("stop_loss", None, 1_150_000) in steps(batch)[0]
    assert "stop_loss" not in {name for name, _, _ in steps(batch)[3]}


def test_a_contract_does_not_touch_other_tenants_payers_and_relative_values() -> None:
    claims: list[dict[str, Any]] = [{}, {"tenant_id": "another"}, {"payer_id": "CSCOM02"}, {"payer_id": None}]
    without = price(example_batch(claims), PriceBook.starter())
    batch = applied(load(contract(MEDICARE_120)), claims)
    assert cents(batch) == [10_925, 9_104, 9_104, 9_104]
    assert batch.claims["price_basis"].to_list() == ["contract", *["fee_schedule"] * 3]
    unchanged = ("rvu_total_e5", "rvu_work_e5")
    assert batch.claims.select(unchanged).equals(without.claims.select(unchanged))
    assert batch.lines.select(unchanged).equals(without.lines.select(unchanged))


def test_one_line_by_contract_makes_the_claim_one_by_contract() -> None:
    only_99212 = {"when": {"codes": ["99212"]}, **CHARGE_60}
    batch = applied(load(contract(only_99212)), [{"lines": [{}, {"procedure_code": "99212"}]}])
    assert batch.lines["price_basis"].to_list() == ["fee_schedule", "contract"]
    assert batch.claims.select("expected_allowed_cents", "price_basis").row(0) == (9_104 + 9_000, "contract")


def test_the_version_names_the_book_and_the_contracts() -> None:
    contracts = load(contract(MEDICARE_120))
    batch = applied(contracts, [{}, {"payer_id": None}])
    assert batch.claims["price_version"].unique().to_list() == [f"{PriceBook.starter().version}+{contracts.version}"]
    assert load(contract(CHARGE_60)).version != contracts.version
    assert load(contract(MEDICARE_120)).version == contracts.version


def test_a_rate_in_a_table_changes_the_version() -> None:
    one, other = (
        load(contract(FEES), tables={"fees.csv": f"procedure_code,rate\n99213,{rate}\n"}) for rate in (10, 11)
    )
    assert one.version != other.version


def test_without_contracts_the_batch_is_the_same_object() -> None:
    batch = price(example_batch([{}]), PriceBook.starter())
    assert apply_contracts(batch, PriceBook.starter(), ContractSet.empty()) is batch
    assert apply_contracts(batch, PriceBook.starter(), ContractSet.load(None)) is batch


def test_an_empty_batch_keeps_its_columns() -> None:
    book, contracts = PriceBook.starter(), load(contract(MEDICARE_120))
    full = applied(contracts, [{}])
    empty = apply_contracts(price(example_batch([{}]).take([]), book), book, contracts)
    assert empty.claims.schema == full.claims.schema
    assert empty.lines.schema == full.lines.schema
