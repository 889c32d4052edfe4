"""The balance of a lineage: denial and recovery, reversal and correction, takebacks, posting."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from processors.adjudication.adjudicate import Adjudicator
from processors.adjudication.ledger import Balance, Change, opening_balance, post
from processors.adjudication.posting import posting_verdict
from processors.adjudication.takebacks import assignment, claims_named, provider_rows
from tests.unit.adjudication.remittances import Record, claim, priced_line, remit, remit_line
from tests.unit.adjudication.test_adjudicate import payments, reversed_

ADJUDICATE = Adjudicator.shipped().adjudicate
DENIED = remit(remit_line("97110", 15_000, 0, "CO 50 150.00"))
PAID = remit(remit_line("97110", 15_000, 8_000, "CO 45 50.00", "PR 2 20.00"))


def fold(*payments_: Record) -> tuple[Balance, list[Change]]:
    balance, changes = opening_balance(), []
    for payment in payments_:
        balance, change = post(balance, ADJUDICATE(payment))
        changes.append(change)
    return balance, changes


def test_a_denial_that_is_paid_later_is_recovered_and_no_longer_denied() -> None:
    balance, (denial, recovery) = fold(DENIED, PAID)
    assert (denial["first_adjudication"], denial["initial_denial"], denial["denied_change_cents"]) == (
        True,
        True,
        15_000,
    )
    assert (recovery["recovered"], recovery["recovered_cents"], recovery["denied_change_cents"]) == (
        True,
        10_000,
        -15_000,
    )
    assert (balance["paid_cents"], balance["denied_cents"], balance["contractual_cents"]) == (8_000, 0, 5_000)


def test_a_second_denial_neither_recovers_nor_doubles_what_is_denied() -> None:
    balance, (_, again) = fold(DENIED, DENIED)
    assert (again["recovered"], again["first_adjudication"], balance["denied_cents"]) == (False, False, 15_000)


def test_a_reversal_with_its_correction_leaves_the_correction() -> None:
    better = remit(remit_line("97110", 15_000, 9_000, "CO 45 40.00", "PR 2 20.00"))
    balance, changes = fold(PAID, reversed_(PAID), better)
    assert (balance["paid_cents"], balance["allowed_cents"], balance["contractual_cents"]) == (9_000, 11_000, 4_000)
    assert [change["adjudication_number"] for change in changes] == [1, 0, 2]


def test_a_recovery_that_is_reversed_is_no_longer_recovered() -> None:
    balance, changes = fold(DENIED, PAID, reversed_(PAID))
    assert sum(change["recovered_cents"] for change in changes) == balance["recovered_cents"] == 0


ONE_LINE_REFUSED = remit(
    remit_line("99213", 15_000, 10_000, "CO 45 50.00"), remit_line("97110", 9_000, 0, "CO 197 90.00")
)
BOTH_PAID = remit(remit_line("99213", 15_000, 10_000, "CO 45 50.00"), remit_line("97110", 9_000, 6_000, "CO 45 30.00"))


def of_whole_claim(*payments_: Record, charge: int = 24_000) -> Balance:
    balance = opening_balance()
    for payment in payments_:
        balance, _ = post(balance, ADJUDICATE(payment), charge)
    return balance


def decided(balance: Balance) -> tuple[int, int, int, int]:
    return (
        balance["allowed_cents"],
        balance["contractual_cents"],
        balance["patient_responsibility_cents"],
        balance["denied_cents"],
    )


def test_a_partly_denied_claim_that_is_decided_anew_as_a_whole_counts_its_charge_once() -> None:
    balance = of_whole_claim(ONE_LINE_REFUSED, BOTH_PAID)
    assert decided(balance) == (16_000, 8_000, 0, 0)
    assert balance["charge_cents"] == 24_000
    assert balance["paid_cents"] == 26_000, "the first payment came too, until the payer takes it back"


def test_a_claim_that_was_paid_and_is_then_denied_as_a_whole_stays_paid() -> None:
    duplicate = remit(remit_line("99213", 15_000, 0, "CO 18 150.00"), remit_line("97110", 9_000, 0, "CO 18 90.00"))
    assert decided(of_whole_claim(BOTH_PAID, duplicate)) == (16_000, 8_000, 0, 0)
    assert decided(of_whole_claim(ONE_LINE_REFUSED, duplicate)) == (10_000, 5_000, 0, 9_000)


def test_a_new_decision_on_the_denied_line_alone_adds_to_the_others() -> None:
    only_that = remit(remit_line("97110", 9_000, 6_000, "CO 45 30.00"))
    assert decided(of_whole_claim(ONE_LINE_REFUSED, only_that)) == (16_000, 8_000, 0, 0)


def test_a_claim_that_the_payer_splits_in_two_adds_up() -> None:
    halves = [remit(remit_line(code, 12_000, 9_000, "CO 45 30.00")) for code in ("99213", "97110")]
    assert decided(of_whole_claim(*halves)) == (18_000, 6_000, 0, 0)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=6))
def test_however_often_a_claim_is_decided_as_a_whole_its_charge_counts_once(refused: list[tuple[bool, bool]]) -> None:
    lines = {
        False: lambda code, charge: remit_line(code, charge, charge - 5_000, "CO 45 50.00"),
        True: lambda code, charge: remit_line(code, charge, 0, f"CO 197 {charge / 100}"),
    }
    decisions = [remit(lines[one]("99213", 15_000), lines[two]("97110", 9_000)) for one, two in refused]
    balance = of_whole_claim(*decisions)
    assert sum(decided(balance)) == balance["charge_cents"] == 24_000


def test_a_reversal_before_any_adjudication_is_not_the_first_one() -> None:
    _, changes = fold(reversed_(PAID), PAID)
    assert [change["first_adjudication"] for change in changes] == [False, True]


def test_a_predetermination_changes_nothing() -> None:
    balance, _ = fold(remit(remit_line("D2740", 15_000, 0, "OA 101 150.00"), status="25"))
    assert balance == opening_balance()


def test_an_underpayment_that_is_made_good_is_recovered_once() -> None:
    low = remit(remit_line("97110", 15_000, 6_000, "CO 45 90.00"))
    priced = claim(priced_line(1, "97110", 15_000, 10_000))
    balance, first = post(opening_balance(), ADJUDICATE(low, priced))
    balance, _ = post(balance, ADJUDICATE(reversed_(low), priced))
    balance, made_good = post(balance, ADJUDICATE(PAID, priced))
    assert (first["underpayment_recovered_cents"], made_good["underpayment_recovered_cents"]) == (0, 4_000)


@given(st.lists(payments(), max_size=5))
def test_the_changes_of_all_remittances_add_up_to_the_balance(payments_: list[Record]) -> None:
    balance, changes = fold(*payments_)
    for name in ("paid", "allowed", "patient_responsibility", "contractual", "denied"):
        total = sum(change[f"{name}_change_cents"] for change in changes)  # type: ignore[literal-required]  # names above
        assert total == balance[f"{name}_cents"]  # type: ignore[literal-required]  # names above
        if changes:
            assert changes[-1][f"lineage_{name}_cents"] == total  # type: ignore[literal-required]  # names above
    assert sum(change["recovered_cents"] for change in changes) == balance["recovered_cents"]
    assert sum(change["first_adjudication"] for change in changes) == bool(balance["adjudications"])


def plb(reason: str, cents: int, token: str | None = None) -> Record:
    return {"reason_code": reason, "amount_cents": cents, "reference_token": token}


def test_every_cent_of_a_provider_adjustment_is_in_one_row_assigned_or_not() -> None:
    event: Record = {
        "provider_adjustments": [plb("WO", 8_000, "t1"), plb("FB", -3_000), plb("L6", -120), plb("AM", 500)]
    }
    rows = provider_rows(event)
    assert [row.outcome for row in rows] == ["takeback", "takeback", "interest", "adjustment"]
    assert sum(row.amount_cents for row in rows) == 5_380
    parts = [assignment(row, known=row.position == 1) for row in rows]
    assert [tuple(part) for part in parts] == [(8_000, 0), (0, -3_000), (0, 0), (0, 0)]
    assert rows[2].interest_cents == 120


def test_a_reversal_that_is_collected_later_counts_once() -> None:
    reversal = ADJUDICATE(reversed_(PAID))
    put_back, taken = provider_rows({"provider_adjustments": [plb("FB", -8_000), plb("WO", 8_000)]})
    assert reversal["takeback_cents"] + put_back.takeback_cents + taken.takeback_cents == 8_000


def test_a_claim_names_the_adjustments_that_name_it() -> None:
    assert claims_named({"provider_adjustments": [plb("WO", 1, "t1"), plb("WO", 1)]}) == {"t1"}


def verdict(payment: Record, *, matched: bool = True, **options: Any) -> tuple[str, tuple[str, ...]]:
    found = ADJUDICATE(payment, options.pop("priced", claim()))
    _, change = post(options.pop("balance", opening_balance()), found)
    result = posting_verdict(payment, found, change, matched=matched, **options)
    assert result.auto_posted is (not result.exceptions)
    return result.verdict, result.exceptions


def test_a_balanced_matched_payment_at_the_promised_price_posts_by_itself() -> None:
    assert verdict(PAID, priced=claim(priced_line(1, "97110", 15_000, 10_000))) == ("post", ())


def test_the_advice_tells_a_corrected_claim_from_a_challenge_and_from_a_missing_price() -> None:
    coding = remit(remit_line("97110", 15_000, 0, "CO 4 150.00"))
    assert verdict(coding)[0] == "resubmit"
    assert verdict(DENIED)[0] == "challenge"
    assert verdict(PAID, priced=claim(priced_line(1, "97110", 15_000, 14_000)))[0] == "challenge"
    assert verdict(PAID)[0] == "no_threshold"


def test_each_exception_keeps_a_payment_from_posting_by_itself() -> None:
    assert verdict({**PAID, "claim_balanced": False})[1] == ("unbalanced",)
    assert verdict({**PAID, "transaction_balanced": False})[1] == ("unbalanced",)
    assert verdict(PAID, matched=False)[1] == ("unmatched",)
    assert verdict(PAID, further_payer=True)[1] == ("secondary_due",)
    assert verdict({**PAID, "crossover_payer_id": "X"}, further_payer=True)[1] == ()
    assert verdict(remit(remit_line("97110", 15_000, 8_000, "CO Z9 70.00")))[1] == ("unmapped_code",)
    before, _ = post(opening_balance(), ADJUDICATE(PAID))
    assert verdict(reversed_(PAID), balance=before)[1] == ("takeback",)
    overpaid = remit(remit_line("97110", 15_000, 15_000, allowed_cents=9_000))
    assert verdict(overpaid)[1] == ("credit_balance",)
