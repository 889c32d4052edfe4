"""Expected against allowed: golden lines, and no false variance on what payers do legitimately."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from processors.adjudication.adjudicate import Adjudicator, PricedClaim
from processors.adjudication.result import Adjudication
from tests.unit.adjudication.remittances import Record, cas, claim, priced_line, remit, remit_line, step

ADJUDICATE = Adjudicator.shipped().adjudicate


def paid(code: str, charge: int, allowed: int, *more: str, **changed: object) -> Record:
    """Return a line that is paid at an allowed amount."""
    return remit_line(code, charge, allowed, f"CO 45 {(charge - allowed) / 100}", *more, **changed)


def reasons(found: Adjudication) -> list[str]:
    return [line["variance_reason"] for line in found["lines"]]


def test_a_line_below_its_contract_by_more_than_both_floors_is_underpaid() -> None:
    found = ADJUDICATE(remit(paid("99213", 15_000, 9_000)), claim(priced_line(1, "99213", 15_000, 10_000)))
    assert (found["variance_reason"], found["underpaid_cents"], found["variance_cents"]) == ("underpaid", 1_000, -1_000)
    assert found["lines"][0]["claim_line_number"] == 1


def test_a_shortfall_within_either_floor_is_within() -> None:
    few_cents = ADJUDICATE(remit(paid("99213", 9_000, 4_500)), claim(priced_line(1, "99213", 9_000, 5_000)))
    small_share = ADJUDICATE(remit(paid("27447", 900_000, 490_000)), claim(priced_line(1, "27447", 900_000, 500_000)))
    assert [found["variance_reason"] for found in (few_cents, small_share)] == ["within", "within"]
    assert few_cents["underpaid_cents"] == small_share["underpaid_cents"] == 0


def test_an_allowed_amount_above_the_contract_is_overpaid() -> None:
    found = ADJUDICATE(remit(paid("99213", 15_000, 12_000)), claim(priced_line(1, "99213", 15_000, 10_000)))
    assert (found["variance_reason"], found["underpaid_cents"]) == ("overpaid", 0)


def test_a_charge_below_the_contract_that_is_allowed_in_full_is_no_underpayment() -> None:
    found = ADJUDICATE(remit(remit_line("99213", 8_000, 8_000)), claim(priced_line(1, "99213", 8_000, 10_000)))
    assert (found["variance_reason"], found["underpaid_cents"]) == ("within", 0)


def test_a_denied_line_is_no_underpayment() -> None:
    found = ADJUDICATE(
        remit(paid("99213", 15_000, 10_000), remit_line("97110", 9_000, 0, "CO 50 90.00")),
        claim(priced_line(1, "99213", 15_000, 10_000), priced_line(2, "97110", 9_000, 6_000)),
    )
    assert reasons(found) == ["within", "denied"]
    assert (found["priced_expected_cents"], found["priced_lines"]) == (10_000, 1)


def test_the_part_of_a_line_that_the_payer_denied_is_no_underpayment() -> None:
    units_cut = remit_line("97110", 30_000, 10_000, "CO 45 100.00", "CO 151 100.00")
    found = ADJUDICATE(remit(units_cut), claim(priced_line(1, "97110", 30_000, 15_000)))
    assert (found["variance_reason"], found["underpaid_cents"]) == ("denied", 0)


def test_a_recoded_line_is_reported_apart_whether_the_payer_says_so_or_not() -> None:
    said = paid("99213", 25_000, 9_000, submitted_procedure_code="99215")
    unsaid = paid("99213", 25_000, 9_000)
    for line in (said, unsaid):
        found = ADJUDICATE(remit(line), claim(priced_line(1, "99215", 25_000, 18_000)))
        assert (found["variance_reason"], found["underpaid_cents"]) == ("recode", 0)
        assert found["lines"][0]["claim_line_number"] == 1


def test_lines_in_another_order_and_with_equal_codes_find_their_own() -> None:
    found = ADJUDICATE(
        remit(paid("97110", 6_000, 3_000), paid("99213", 15_000, 10_000), paid("97110", 9_000, 4_500)),
        claim(
            priced_line(1, "99213", 15_000, 10_000),
            priced_line(2, "97110", 9_000, 4_500),
            priced_line(3, "97110", 6_000, 3_000),
        ),
    )
    assert [line["claim_line_number"] for line in found["lines"]] == [3, 1, 2]
    assert found["variance_cents"] == 0


def test_a_bilateral_line_that_is_paid_in_two_parts_is_compared_as_one() -> None:
    parts = (paid("20610", 10_000, 6_000, modifiers=["RT"]), paid("20610", 10_000, 3_000, modifiers=["LT"]))
    found = ADJUDICATE(remit(*parts), claim(priced_line(1, "20610", 20_000, 9_000, modifiers=["50"])))
    assert found["variance_reason"] == "within"
    assert sum(line["expected_allowed_cents"] or 0 for line in found["lines"]) == 9_000


def test_lines_joined_to_a_panel_are_a_recode_of_all_of_them() -> None:
    found = ADJUDICATE(
        remit(paid("80053", 9_000, 2_000)),
        claim(priced_line(1, "82040", 4_000, 900), priced_line(2, "82247", 5_000, 800)),
    )
    assert (found["variance_reason"], found["lines"][0]["expected_allowed_cents"]) == ("recode", 1_700)


def test_further_procedures_ranked_otherwise_by_the_payer_are_no_variance() -> None:
    found = ADJUDICATE(
        remit(paid("11402", 40_000, 10_000, "CO 59 0.00"), paid("11403", 40_001, 22_000)),
        claim(
            priced_line(1, "11402", 40_000, 20_000),
            priced_line(2, "11403", 40_001, 12_000, price_steps=[step("multiple_procedure")]),
        ),
    )
    assert reasons(found) == ["within", "within"]
    assert (found["variance_cents"], found["underpaid_cents"]) == (0, 0)


def test_a_reduction_for_further_procedures_that_no_price_of_ours_holds_is_disputed() -> None:
    found = ADJUDICATE(
        remit(remit_line("11402", 40_000, 10_000, "CO 45 200.00", "CO 59 100.00")),
        claim(priced_line(1, "11402", 40_000, 20_000)),
    )
    assert (found["variance_reason"], found["underpaid_cents"]) == ("multiple_procedure", 10_000)


def test_sequestration_is_no_underpayment() -> None:
    line = remit_line("99213", 15_000, 9_800, "CO 45 50.00", "CO 253 2.00")
    found = ADJUDICATE(remit(line), claim(priced_line(1, "99213", 15_000, 10_000)))
    assert found["variance_cents"] == 0


def test_an_estimate_is_not_held_against_a_payer_that_it_does_not_bind() -> None:
    priced = priced_line(1, "99213", 15_000, 10_000, price_basis="fee_schedule")
    payment = remit(paid("99213", 15_000, 5_000))
    assert ADJUDICATE(payment, claim(priced, payer_type="commercial"))["variance_reason"] == "unpriced"
    assert ADJUDICATE(payment, claim(priced, payer_type="medicare"))["variance_reason"] == "underpaid"


def test_a_line_without_a_price_and_a_second_payer_are_not_compared() -> None:
    payment = paid("99213", 15_000, 5_000)
    assert ADJUDICATE(remit(payment), claim(priced_line(1, "99213", 15_000, None)))["variance_reason"] == "unpriced"
    second = ADJUDICATE(remit(payment, status="2"), claim(priced_line(1, "99213", 15_000, 10_000)))
    assert (second["variance_reason"], second["priced_lines"]) == ("unpriced", 0)


def test_a_stay_is_compared_as_a_whole() -> None:
    found = ADJUDICATE(
        remit(paid("A", 50_000, 40_000, procedure_code=None, revenue_code="0120"), paid("99285", 20_000, 0)),
        claim(
            priced_line(1, "", 50_000, 30_000, procedure_code=None, revenue_code="0120"),
            priced_line(2, "99285", 20_000, 10_000),
            claim_type="institutional",
        ),
    )
    assert (found["variance_cents"], found["underpaid_cents"]) == (0, 0)


def test_a_stay_without_lines_in_the_remittance_answers_the_whole_claim() -> None:
    payment = remit(charge_cents=70_000, paid_cents=30_000, adjustments=cas("CO 45 400.00"))
    priced = claim(priced_line(1, "", 50_000, 30_000), priced_line(2, "99285", 20_000, 10_000))
    found = ADJUDICATE(payment, priced)
    assert (found["variance_reason"], found["underpaid_cents"], found["variance_cents"]) == (
        "underpaid",
        10_000,
        -10_000,
    )


@st.composite
def priced_and_paid(draw: st.DrawFn) -> tuple[Record, PricedClaim]:
    count = draw(st.integers(1, 5))
    billed = [
        priced_line(
            number,
            draw(st.sampled_from(["11402", "99213", "97110"])),
            draw(st.integers(100, 40_000)),
            draw(st.none() | st.integers(1, 40_000)),
            price_steps=[step("multiple_procedure")] if draw(st.booleans()) else [],
        )
        for number in range(1, count + 1)
    ]
    lines = [
        paid(line["procedure_code"], line["charge_cents"], draw(st.integers(0, line["charge_cents"])))
        for line in billed
    ]
    return remit(*draw(st.permutations(lines))), claim(*billed)


@given(priced_and_paid())
def test_expected_amounts_are_shared_out_to_the_cent_and_no_shortfall_exceeds_the_variance(
    case: tuple[Record, PricedClaim],
) -> None:
    payment, priced = case
    found = ADJUDICATE(payment, priced)
    matched = [line["claim_line_number"] for line in found["lines"] if line["claim_line_number"] is not None]
    assert len(set(matched)) == len(matched), "a claim line is answered once"
    compared = [line for line in found["lines"] if line["variance_reason"] in ("within", "underpaid", "overpaid")]
    assert found["priced_expected_cents"] == sum(line["expected_allowed_cents"] or 0 for line in compared)
    short = sum(max(0, (line["expected_allowed_cents"] or 0) - line["allowed_cents"]) for line in compared)
    assert 0 <= found["underpaid_cents"] <= short
