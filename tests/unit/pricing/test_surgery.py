"""Operations of one session: worked by hand at 33.4009 dollars a unit, indices 1.000."""

from __future__ import annotations

from processors.pricing import PriceBook, price
from processors.validation.examples import example_batch
from tests.unit.pricing.build_ups import amounts, build_up, line, priced, status
from tests.unit.pricing.full_book import full_book

HOSPITAL = {"pos": "22"}


def test_both_sides_are_paid_once_and_a_half() -> None:
    # 20610: 2.06 * 33.4009 = 68.81; * 1.5 = 103.22 (103.215 up), however the two sides are billed.
    assert build_up(line("20610", "50")) == [("fee", None, 6881), ("modifier_50", 15000, 10322)]
    assert build_up(line("20610", units=2.0)) == [("fee", None, 6881), ("both_sides", 15000, 10322)]
    assert amounts(line("20610", "LT"), line("20610", "RT")) == [3441, 6881]


def test_one_side_is_one_side() -> None:
    assert amounts(line("20610", "LT")) == [6881]
    # Two operations on the same side are two operations: 68.81 and half of it.
    assert sorted(amounts(line("20610", "LT"), line("20610", "LT"))) == [3441, 6881]  # type: ignore[type-var]  # none is null


def test_both_sides_of_a_service_that_covers_both_are_paid_once() -> None:
    # 92012: 2.71 * 33.4009 = 90.52, bilateral indicator 2.
    assert build_up(line("92012", "50")) == [("fee", None, 9052), ("modifier_50", 10000, 9052)]
    assert amounts(line("92012", units=2.0)) == [9052]
    assert amounts(line("92012", "RT"), line("92012", "LT")) == [9052, 0]


def test_both_sides_of_an_image_are_paid_in_full() -> None:
    # 73560: 1.03 * 33.4009 = 34.40, bilateral indicator 3.
    assert amounts(line("73560", "50")) == [6880]
    assert amounts(line("73560", units=2.0)) == [6880]


def test_a_service_without_sides_cannot_be_billed_on_both() -> None:
    # 11300 has bilateral indicator 9: the concept does not apply.
    assert priced(line("11300", "50"), book=full_book())["price_status"].to_list() == ["modifier_not_applicable"]
    sides = priced(line("11300", "RT"), line("11300", "LT"), book=full_book())["price_steps"]
    assert [step["step"] for steps in sides for step in steps] == ["fee", "fee", "multiple_procedure"]


def test_two_lines_of_an_image_of_both_sides_are_two_images() -> None:
    assert amounts(line("73560", "RT"), line("73560", "LT")) == [3440, 3440]
    assert build_up(line("73560", "RT"), line("73560", "LT")) == [("fee", None, 3440)]


def test_modifier_50_wants_one_unit() -> None:
    assert status(line("20610", "50", units=2.0)) == "units_not_priced"


def test_operations_are_ranked_by_amount_and_paid_in_full_and_half() -> None:
    # 47562 18.92 units = 631.95; 44970 17.31 = 578.17, half 289.09; 49505 15.21 = 508.03, half 254.02.
    lines = [line(code, **HOSPITAL) for code in ("44970", "49505", "47562")]
    assert amounts(*lines) == [28909, 25402, 63195]
    assert build_up(*lines[:2]) == [("fee", None, 50803), ("multiple_procedure", 5000, 25402)]


def test_both_sides_are_ranked_as_one() -> None:
    # 11042 3.97 * 33.4009 = 132.60 is dearer than both sides of 20610 together, 103.22: half of 68.81 and of 34.41.
    assert amounts(line("11042"), line("20610", "RT"), line("20610", "LT")) == [13260, 3441, 1721]
    assert amounts(line("11042"), line("20610", "50")) == [13260, 5161]


def test_the_sixth_operation_is_left_to_report() -> None:
    codes = ("44140", "60240", "19301", "47562", "44970", "49505")
    found = priced(*(line(code, **HOSPITAL) for code in codes))
    assert found["price_status"].to_list() == ["priced"] * 5 + ["by_report"]
    assert found["price_steps"][-1].is_empty()


def test_every_unit_of_an_operation_is_an_operation() -> None:
    # 11102: 2.86 * 33.4009 = 95.53; the first in full, two at half.
    assert build_up(line("11102", units=3.0)) == [
        ("fee", None, 9553),
        ("units", 30000, 28659),
        ("further_units", None, 19106),
        ("multiple_procedure", 5000, 9553),
        ("with_first_unit", None, 19106),
    ]
    assert status(line("11102", units=6.0)) == "by_report"
    assert amounts(line("11042"), line("11102", units=3.0))[1] == 14330  # all three at half, 143.295 up


def test_further_endoscopies_of_a_family_are_paid_what_they_add_to_their_base() -> None:
    # 45385 6.69 * 33.4009 = 223.45; 45380 5.32 = 177.69 less the base 45378 4.93 = 164.67: 13.02.
    both = (line("45385", **HOSPITAL), line("45380", **HOSPITAL))
    assert amounts(*both) == [22345, 1302]
    assert build_up(*both) == [("fee", None, 17769), ("endoscopy_family", None, 1302)]


def test_the_base_of_a_family_is_in_the_others() -> None:
    assert amounts(line("45378", **HOSPITAL), line("45385", **HOSPITAL)) == [0, 22345]
    assert amounts(line("45378", **HOSPITAL)) == [16467]


def test_a_base_endoscopy_adds_nothing_to_itself() -> None:
    # 45378 in a facility: 164.67. The second one adds 164.67 - 164.67 = 0.00.
    assert amounts(line("45378", pos="22"), line("45378", pos="22", charge_cents=20_000)) == [16_467, 0]


def test_a_family_is_ranked_by_its_total() -> None:
    # 49505 508.03 before the family, 236.47: 223.45 * .5 = 111.73 and 13.02 * .5 = 6.51.
    lines = [line(code, **HOSPITAL) for code in ("45380", "49505", "45385")]
    assert amounts(*lines) == [651, 50803, 11173]


def test_a_family_whose_base_is_not_on_the_schedule_has_no_price_for_its_further_members() -> None:
    # The starter schedule has 29881 without 29870; two units of it are two arthroscopies of one family.
    lines = (line("29881", "RT", **HOSPITAL), line("29881", "RT", **HOSPITAL))
    assert sorted(priced(*lines)["price_status"]) == ["priced", "related_code_not_on_schedule"]


def test_two_sides_of_one_endoscopy_are_paid_once_and_a_half_and_not_as_a_family() -> None:
    # 29881-RT 15.44 * 33.4009 = 515.71, 29881-LT half of it (257.855 up).
    sides = (line("29881", "RT", **HOSPITAL), line("29881", "LT", **HOSPITAL))
    assert priced(*sides, book=full_book())["expected_allowed_cents"].to_list() == [51571, 25786]


def test_equal_operations_are_ranked_alike_in_every_order() -> None:
    # The dearer charge is ranked first: 132.60 in full and 1.00, whichever line comes first.
    cheap, dear = line("11042", charge_cents=100), line("11042")
    assert amounts(cheap, dear) == [100, 13260]
    assert amounts(dear, cheap) == [13260, 100]


def test_lines_of_a_claim_are_ranked_by_rendering_provider() -> None:
    def of_providers(*npis: str | None) -> list[int | None]:
        lines = [
            {"procedure_code": code, "charge_cents": 10_000_000, "rendering_npi": npi}
            for code, npi in zip(("47562", "49505"), npis, strict=True)
        ]
        claim = {"place_of_service": "22", "rendering_npi": "1245319599", "lines": lines}
        return price(example_batch([claim]), PriceBook.starter()).lines["expected_allowed_cents"].to_list()

    apart, together = of_providers(None, "1234567893"), of_providers(None, None)
    assert together[0] == apart[0]
    assert together[1] == ((apart[1] or 0) + 1) // 2
    assert of_providers("1245319599", None) == together


def test_ranking_takes_the_charge_into_account_only_at_the_end() -> None:
    lines = (line("47562", charge_cents=100, **HOSPITAL), line("49505", **HOSPITAL))
    assert amounts(*lines) == [100, 25402]
