"""Modifiers and providers that leave a share of the fee: worked by hand at 33.4009 dollars a unit, indices 1.000."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from processors.pricing import PriceBook, price
from processors.validation.examples import example_batch
from reference.library import ReferenceLibrary
from tests.unit.pricing.build_ups import Step, amounts, build_up, line, priced, status

KNEE: dict[str, Any] = {"pos": "21"}
"""27447: 34.71 * 33.4009 = 1159.35 (1159.3452), package .10 .69 .21, 90 days."""


@pytest.mark.parametrize(
    ("modifier", "factor", "cents"),
    [
        ("54", 7900, 91589),  # 1159.35 * .79 = 915.8865
        ("56", 1000, 11594),  # 115.935 up
        ("78", 6900, 79995),  # 799.9515
        ("62", 6250, 72459),  # 724.59375
        ("80", 1600, 18550),  # 185.496
        ("81", 1600, 18550),
        ("82", 1600, 18550),
        ("AS", 1360, 15767),  # 157.6716
        ("52", 5000, 57968),  # 579.675 up
        ("53", 5000, 57968),
    ],
)
def test_a_modifier_leaves_its_share(modifier: str, factor: int, cents: int) -> None:
    assert build_up(line("27447", modifier, **KNEE)) == [("fee", None, 115935), (f"modifier_{modifier}", factor, cents)]


def test_aftercare_is_paid_by_the_day() -> None:
    # 1159.35 * .21 = 243.46; 60 of 90 days 162.31.
    assert build_up(line("27447", "55", postoperative_days=60, **KNEE)) == [
        ("fee", None, 115935),
        ("modifier_55", 2100, 24346),
        ("postoperative_days", None, 16231),
    ]
    assert amounts(line("27447", "55", **KNEE)) == [24346]


@pytest.mark.parametrize("modifier", ["22", "58", "76", "77", "79", "51", "25", "GT"])
def test_other_modifiers_leave_the_whole_fee(modifier: str) -> None:
    assert build_up(line("27447", modifier, **KNEE)) == [("fee", None, 115935)]


def test_a_stopped_procedure_with_a_row_of_its_own_is_paid_that_row() -> None:
    # 45378-53: (1.59 + 0.67 + 0.21) * 33.4009 = 82.50
    assert build_up(line("45378", "53", pos="22")) == [("fee", None, 8250)]


def test_a_practitioner_is_paid_a_share() -> None:
    # 99213 2.85 * 33.4009 = 95.19 * .85 = 80.91; 90834 3.41 * 33.4009 = 113.90 * .75 = 85.43 (85.425 up)
    assert build_up(line("99213", taxonomy="363L00000X")) == [("fee", None, 9519), ("practitioner_share", 8500, 8091)]
    assert amounts(line("90834", taxonomy="1041C0700X")) == [8543]
    assert amounts(line("99213", taxonomy="207Q00000X")) == [9519]
    assert amounts(line("99213", taxonomy="000000000X")) == [9519]


def test_a_social_worker_may_be_named_by_a_modifier() -> None:
    # 90834 113.90 * .75 = 85.43 (85.425 up), and once only
    assert amounts(line("90834", "AJ"), line("90834", "AJ", taxonomy="1041C0700X", claim="two")) == [8543, 8543]


def test_the_rendering_provider_goes_before_the_billing_one() -> None:
    def of_taxonomies(rendering: str | None, billing: str | None) -> int:
        claim = {"rendering_taxonomy": rendering, "billing_taxonomy": billing}
        cents: int = price(example_batch([claim]), PriceBook.starter()).lines["expected_allowed_cents"].item()
        return cents

    physician, nurse = "207Q00000X", "363L00000X"
    assert of_taxonomies(physician, nurse) == of_taxonomies(None, None) == 9104
    # 91.04 * .85 = 77.38 (77.384)
    assert of_taxonomies(nurse, physician) == of_taxonomies(None, nurse) == 7738


def test_an_assistant_who_is_no_physician_has_the_share_once() -> None:
    assert amounts(line("27447", "AS", taxonomy="363A00000X", **KNEE)) == [15767]
    assert amounts(line("27447", "80", "AS", **KNEE)) == [15767]
    # Without AS the share of the practitioner comes on top: 185.50 * .85 = 157.68 (157.675 up).
    assert amounts(line("27447", "80", taxonomy="363A00000X", **KNEE)) == [15768]


def test_shares_are_taken_in_the_documented_order() -> None:
    # 103.22 for both sides, * .85 = 87.74 (87.737), * .95 = 83.35 (83.353), and the charge.
    assert build_up(line("20610", "50", taxonomy="363L00000X", participating=False, charge_cents=8000)) == [
        ("fee", None, 6881),
        ("modifier_50", 15000, 10322),
        ("practitioner_share", 8500, 8774),
        ("non_participating", 9500, 8335),
        ("lesser_of_charge", None, 8000),
    ]


def test_a_provider_in_a_payment_model_has_the_higher_factor_of_2026() -> None:
    # 2.85 * 33.5675 = 95.67
    assert amounts(line("99213", in_apm=True)) == [9567]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (line("27447", "73", **KNEE), "modifier_not_applicable"),
        (line("27447", "74", **KNEE), "modifier_not_applicable"),
        (line("99213", "54"), "modifier_not_applicable"),
        (line("99213", "55"), "modifier_not_applicable"),
        (line("99213", "AA"), "modifier_not_applicable"),
        (line("90834", "50"), "priced"),
        (line("74177", "80"), "modifier_not_applicable"),  # assistant indicator 9
        (line("27447", "66", **KNEE), "modifier_not_applicable"),  # team indicator 0
        (line("19301", "62", pos="22"), "cosurgeon_not_paid"),
        (line("45378", "80", pos="22"), "assistant_not_paid"),
        (line("27447", "54", "55", **KNEE), "modifier_conflict"),
        (line("27447", "54", "78", **KNEE), "modifier_conflict"),
        (line("27447", "62", "80", **KNEE), "modifier_conflict"),
        (line("27447", "52", "53", **KNEE), "modifier_conflict"),
        (line("71046", "26", "TC"), "modifier_conflict"),
        (line("99213", "GY"), "billed_for_denial"),
        (line("99213", "25", "GZ"), "billed_for_denial"),
        (line("99213", "GA"), "priced"),  # a notice is on file: paid if it is necessary
        (line("99213", "ZQ"), "unknown_modifier"),
        (line("99213", "QQQ"), "unknown_modifier"),
        (line("99213", "", "25"), "priced"),
        (line("99213", state="CA", locality="99"), "no_locality"),
        (line("99213", state="ZZ"), "no_locality"),
        (line("99213", date=None), "no_date"),
    ],
)
def test_what_cannot_be_priced_says_why(changed: dict[str, Any], reason: str) -> None:
    assert status(changed) == reason


def anesthesia(*lines: dict[str, Any]) -> list[list[Step]]:
    library = ReferenceLibrary.starter()
    rows = library.frame("fee_schedule").filter((pl.col("hcpcs") == "00100") & (pl.col("year") == 2026))
    book = PriceBook.build(
        fee_schedule=pl.concat([rows, rows.with_columns(hcpcs=pl.lit("01402"))]),
        gpci=library.frame("gpci"),
        conversion_factors=library.frame("conversion_factors"),
        pos_codes=library.frame("pos_codes"),
        anesthesia_factors=pl.DataFrame(
            {
                "effective_from": ["2026-01-01"],
                "effective_to": ["2026-12-31"],
                "state": "AL",
                "locality": "00",
                "conversion_factor": "19.77",
            }
        ).with_columns(pl.col("effective_from", "effective_to").str.to_date()),
        anesthesia_base_units=pl.DataFrame({"hcpcs": ["00100", "01402"], "base_units": [5, 7]}),
        taxonomy=library.frame("taxonomy"),
    )
    found = priced(*({**each, "state": "AL", "pos": "22"} for each in lines), book=book)
    assert found["price_status"].unique().to_list() == ["priced"]
    return [
        [(step["step"], step["factor_e4"], step["amount_cents"]) for step in steps] for steps in found["price_steps"]
    ]


def test_anesthesia_is_base_and_time_at_the_factor_of_the_locality() -> None:
    # 7 + 129 / 15 = 15.6 units at 19.77: 308.41 (308.412)
    unit: list[Step] = [("anesthesia_unit", None, 1977), ("units", 156000, 30841)]
    for modifier in ("AA", "QZ"):
        assert anesthesia(line("01402", modifier, minutes=129.0)) == [unit]
    for modifier in ("QK", "QX", "QY"):  # 154.205 up
        assert anesthesia(line("01402", modifier, minutes=129.0)) == [[*unit, (f"modifier_{modifier}", 5000, 15421)]]


def test_a_factor_that_is_not_published_is_named_so() -> None:
    # Three units of a supervisor at the derived factor of Alabama, 19.49.
    assert build_up(line("00100", "AD", state="AL")) == [
        ("anesthesia_unit_derived", None, 1949),
        ("units", 30000, 5847),
    ]


@pytest.mark.parametrize(("minutes", "units_e4"), [(95.0, 133000), (117.0, 148000), (1.0, 71000), (15.0, 80000)])
def test_anesthesia_time_has_one_decimal(minutes: float, units_e4: int) -> None:
    assert anesthesia(line("01402", "AA", minutes=minutes))[0][1][:2] == ("units", units_e4)


def test_supervision_of_many_is_three_units_and_one_more_at_induction() -> None:
    assert anesthesia(line("01402", "AD"))[0][-1] == ("units", 30000, 5931)
    assert anesthesia(line("01402", "AD", present_at_induction=True))[0][-1] == ("units", 40000, 7908)


def test_of_several_anesthesias_the_highest_base_is_paid_for_all_the_time() -> None:
    # 7 + (60 + 30) / 15 = 13 units: 257.01
    first, second = anesthesia(line("00100", "AA", minutes=60.0), line("01402", "AA", minutes=30.0))
    assert (first[-1][2], second[-1][2]) == (0, 25701)


def test_anesthesia_knows_no_practitioner_share() -> None:
    assert anesthesia(line("01402", "QZ", minutes=129.0, taxonomy="363L00000X"))[0][-1][2] == 30841


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (line("00100"), "anesthesia_modifier_missing"),
        (line("00100", "AA", minutes=60.0), "anesthesia_factor_unknown"),  # the nation is no locality
        (line("00100", "AA", minutes=60.0, state="AL"), "anesthesia_base_units_unknown"),
        (line("00100", "AD", state="AL"), "priced"),
        (line("00100", "AA", "QK", minutes=60.0, state="AL"), "modifier_conflict"),
        (line("00100", "AA", "50", minutes=60.0, state="AL"), "modifier_not_applicable"),
    ],
)
def test_anesthesia_without_what_it_needs_says_so(changed: dict[str, Any], reason: str) -> None:
    assert status(changed) == reason
