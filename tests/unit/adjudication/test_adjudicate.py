"""Outcome, denial and amounts of claim payments: cases worked by hand, and sums that always hold."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.adjudication.adjudicate import Adjudicator
from tests.unit.adjudication.remittances import Record, cas, remit, remit_line

ADJUDICATE = Adjudicator.shipped().adjudicate


@pytest.mark.parametrize(
    ("case", "payment", "outcome"),
    [
        ("in full", remit(remit_line("99213", 15_000, 10_000, "CO 45 50.00")), "paid"),
        (
            "all deductible",
            remit(remit_line("99213", 15_000, 0, "CO 45 50.00", "PR 1 100.00")),
            "patient_responsibility",
        ),
        ("not necessary", remit(remit_line("97110", 15_000, 0, "CO 50 150.00")), "denied"),
        ("the payer says denied", remit(remit_line("97110", 15_000, 0, "CO 45 150.00"), status="4"), "denied"),
        ("capitated", remit(remit_line("99213", 15_000, 0, "CO 24 150.00")), "paid"),
        (
            "the first payer paid it all",
            remit(remit_line("99213", 15_000, 0, "CO 45 50.00", "OA 23 100.00"), status="2"),
            "paid",
        ),
        ("not covered, the patient owes", remit(remit_line("A9270", 15_000, 0, "PR 204 150.00")), "denied"),
        (
            "one line of two",
            remit(remit_line("99213", 15_000, 15_000), remit_line("36415", 1_000, 0, "CO 97 10.00")),
            "partial",
        ),
        (
            "a penny line beside",
            remit(remit_line("99213", 15_000, 15_000), remit_line("0001F", 1, 0, "CO 246 0.01")),
            "paid",
        ),
        ("reversal", remit(remit_line("99213", -15_000, -10_000, "CO 45 -50.00"), status="22"), "reversal"),
        ("forwarded only", remit(remit_line("99213", 15_000, 0), status="23"), "forwarded"),
        ("predetermination", remit(remit_line("D2740", 15_000, 0, "OA 101 150.00"), status="25"), "predetermination"),
        ("no reason given at all", remit(remit_line("99213", 15_000, 0)), "denied"),
    ],
)
def test_the_outcome_follows_the_definitions(case: str, payment: Record, outcome: str) -> None:
    assert ADJUDICATE(payment)["outcome"] == outcome, case


@pytest.mark.parametrize(
    ("status", "counts"),
    [(s, True) for s in ("1", "2", "3", "4", "19", "20", "21")] + [(s, False) for s in ("22", "23", "25")],
)
def test_only_an_adjudication_counts_as_one(status: str, counts: bool) -> None:
    sign = -1 if status == "22" else 1
    assert ADJUDICATE(remit(remit_line("99213", sign * 100, sign * 100), status=status))["is_adjudication"] is counts


def test_nothing_of_a_denied_line_is_contractual() -> None:
    found = ADJUDICATE(remit(remit_line("97110", 15_000, 0, "CO 45 50.00", "CO 50 100.00")))
    assert (found["contractual_cents"], found["denied_cents"]) == (0, 15_000)
    assert [entry["treatment"] for entry in found["adjustments"]] == ["denied", "denied"]
    assert found["primary_carc"] == "50"


def test_the_contractual_part_of_a_paid_line_beside_a_denied_one_stays_contractual() -> None:
    found = ADJUDICATE(
        remit(
            remit_line("99213", 15_000, 10_000, "CO 45 50.00"),
            remit_line("97110", 9_000, 0, "CO 45 30.00", "CO 197 60.00"),
        )
    )
    assert (found["contractual_cents"], found["denied_cents"], found["allowed_cents"]) == (5_000, 9_000, 10_000)
    assert [line["denied"] for line in found["lines"]] == [False, True]
    assert found["root_cause_group"] == "authorization"


def test_a_claim_denied_by_status_has_no_contractual_part_although_its_lines_give_no_denying_reason() -> None:
    found = ADJUDICATE(remit(remit_line("97110", 15_000, 0, "CO 45 150.00"), status="4"))
    assert (found["contractual_cents"], found["denied_cents"]) == (0, 15_000)


def test_sequestration_lowers_the_payment_and_not_the_allowed_amount() -> None:
    found = ADJUDICATE(remit(remit_line("99213", 15_000, 7_840, "CO 45 50.00", "PR 2 20.00", "CO 253 1.60")))
    assert (found["allowed_cents"], found["other_adjustment_cents"]) == (10_000, 160)


def test_a_stated_allowed_amount_wins() -> None:
    found = ADJUDICATE(remit(remit_line("99213", 15_000, 8_000, "CO 45 50.00", "PR 2 20.00", allowed_cents=9_900)))
    assert found["lines"][0]["allowed_cents"] == 9_900


def test_units_cut_from_a_paid_line_are_denied_money_on_a_line_that_is_not_denied() -> None:
    found = ADJUDICATE(remit(remit_line("97110", 30_000, 10_000, "CO 45 100.00", "CO 151 100.00")))
    assert (found["outcome"], found["denied_cents"], found["contractual_cents"]) == ("paid", 10_000, 10_000)


def test_a_claim_without_lines_is_judged_as_one() -> None:
    whole: Record = {"charge_cents": 500_000, "paid_cents": 300_000, "patient_responsibility_cents": 50_000}
    found = ADJUDICATE(remit(**whole, adjustments=cas("CO 45 1500.00", "PR 1 500.00")))
    assert (found["outcome"], found["allowed_cents"], found["contractual_cents"]) == ("paid", 350_000, 150_000)


def test_the_patient_s_part_of_the_claim_counts_where_no_adjustment_explains_it() -> None:
    found = ADJUDICATE(remit(charge_cents=10_000, paid_cents=0, patient_responsibility_cents=10_000))
    assert (found["outcome"], found["patient_responsibility_cents"]) == ("patient_responsibility", 10_000)


def test_a_line_without_adjustments_is_judged_by_those_of_its_claim() -> None:
    capitated = remit(remit_line("99213", 10_000, 0), adjustments=cas("CO 24 100.00"))
    refused = remit(remit_line("99213", 10_000, 0), adjustments=cas("CO 29 100.00"))
    assert [ADJUDICATE(payment)["outcome"] for payment in (capitated, refused)] == ["paid", "denied"]


def test_a_remark_refines_the_cause_of_its_own_line() -> None:
    found = ADJUDICATE(remit(remit_line("99213", 10_000, 0, "CO 16 100.00", remark_codes=["M51"])))
    assert (found["root_cause_group"], found["business_scenario"], found["owner"]) == ("coding", "data", "coding")


def test_an_unknown_reason_is_told_and_never_contractual() -> None:
    found = ADJUDICATE(remit(remit_line("99213", 10_000, 6_000, "CO Z9 40.00")))
    assert found["unmapped_codes"] == ["Z9"]
    assert (found["contractual_cents"], found["denied_cents"]) == (0, 4_000)


def test_money_above_the_charge_is_allowed_money() -> None:
    found = ADJUDICATE(remit(charge_cents=100_000, paid_cents=120_000, adjustments=cas("CO 94 -200.00")))
    assert (found["allowed_cents"], found["outcome"], found["difference_cents"]) == (120_000, "paid", 0)


def test_a_reversal_is_the_takeback_of_what_was_paid() -> None:
    found = ADJUDICATE(remit(remit_line("99213", -15_000, -8_000, "CO 45 -50.00", "PR 2 -20.00"), status="22"))
    assert (found["takeback_cents"], found["paid_cents"], found["allowed_cents"]) == (8_000, -8_000, -10_000)
    assert not any(line["denied"] for line in found["lines"])


CODES = st.sampled_from(["45", "50", "97", "1", "2", "253", "23", "16", "204", "24", "59", "94", "Z9", "246"])
GROUPS = st.sampled_from(["CO", "PR", "OA", "PI"])
MONEY = st.integers(0, 50_000)
BUCKETS = (
    "paid_cents",
    "patient_responsibility_cents",
    "contractual_cents",
    "denied_cents",
    "other_adjustment_cents",
    "difference_cents",
)


@st.composite
def adjustments(draw: st.DrawFn) -> list[Record]:
    entries = draw(st.lists(st.tuples(GROUPS, CODES, st.integers(-5_000, 50_000)), max_size=4))
    return [{"group_code": g, "carc": c, "amount_cents": a, "quantity": None} for g, c, a in entries]


@st.composite
def payments(draw: st.DrawFn) -> Record:
    lines = [
        {**remit_line(code, charge, paid), "adjustments": reasons, "allowed_cents": allowed}
        for code, charge, paid, reasons, allowed in draw(
            st.lists(
                st.tuples(st.sampled_from(["99213", "97110"]), MONEY, MONEY, adjustments(), st.none() | MONEY),
                max_size=4,
            )
        )
    ]
    changed: dict[str, Any] = {"adjustments": draw(adjustments())}
    if not lines:
        changed |= {"charge_cents": draw(MONEY), "paid_cents": draw(MONEY)}
    return remit(*lines, status=draw(st.sampled_from(["1", "2", "4", "19", "23"])), **changed)


def reversed_(payment: Record) -> Record:
    """Return the reversal of a claim payment: every amount turned round."""

    def turned(record: Record) -> Record:
        return {
            key: -value if key.endswith("_cents") and value is not None else value for key, value in record.items()
        } | {"adjustments": [{**entry, "amount_cents": -entry["amount_cents"]} for entry in record["adjustments"]]}

    return turned(payment) | {
        "lines": [turned(line) for line in payment["lines"]],
        "claim_status_code": "22",
        "reversal": True,
    }


@given(payments())
def test_the_amounts_add_up_to_the_charge_to_the_cent(payment: Record) -> None:
    found = ADJUDICATE(payment)
    assert sum(found[name] for name in BUCKETS) == found["charge_cents"]  # type: ignore[literal-required]  # names above
    for line in found["lines"]:
        explained = sum(line[name] for name in BUCKETS[:4])  # type: ignore[literal-required]  # names above
        other = sum(
            entry["amount_cents"]
            for entry in found["adjustments"]
            if entry["line_number"] == line["line_number"] and entry["treatment"] in ("other", "information")
        )
        gap = line["charge_cents"] - explained - other
        raw = payment["lines"][line["line_number"] - 1]
        assert gap == raw["charge_cents"] - raw["paid_cents"] - sum(e["amount_cents"] for e in raw["adjustments"])


@given(payments())
def test_every_adjustment_is_treated_once_and_none_of_a_denied_line_is_contractual(payment: Record) -> None:
    found = ADJUDICATE(payment)
    given_ = sum(e["amount_cents"] for record in (payment, *payment["lines"]) for e in record["adjustments"])
    assert sum(entry["amount_cents"] for entry in found["adjustments"]) == given_
    denied = {line["line_number"] for line in found["lines"] if line["denied"]}
    for entry in found["adjustments"]:
        if entry["line_number"] in denied or found["outcome"] == "denied":
            assert entry["treatment"] != "contractual"


@given(payments().filter(lambda payment: payment["claim_status_code"] in ("1", "2")))
def test_a_reversal_cancels_what_it_reverses_to_the_cent(payment: Record) -> None:
    first, back = ADJUDICATE(payment), ADJUDICATE(reversed_(payment))
    for name in (*BUCKETS, "allowed_cents", "charge_cents"):
        assert first[name] + back[name] == 0, name  # type: ignore[literal-required]  # names above
