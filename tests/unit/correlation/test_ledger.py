"""The ledger tells one story of an account, whatever order its facts come in and however often."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.adjudication.adjudicate import Adjudicator
from processors.correlation import CorrelationPolicy, Ledger
from processors.correlation import facts as facts_of
from processors.correlation.facts import Fact
from processors.correlation.ledger import Account
from processors.correlation.statements import Statement, standing
from schemas.contracts import ALL_CONTRACTS
from tests.unit.correlation.events import (
    CONTROL,
    DAY,
    HOUR,
    NPI,
    START,
    Event,
    ack_277ca,
    ack_999,
    action,
    claim,
    denied_line,
    paid_line,
    provider,
    remit,
)

LEDGER = Ledger(CorrelationPolicy.shipped(), Adjudicator.shipped())
LINEAGE = f"{NPI}:{CONTROL}:P"
NEVER = 0
DENIED = [denied_line(1, "99213"), denied_line(2, "93000")]
PAID = [paid_line(1, "99213"), paid_line(2, "93000")]


def facts(*events: Event) -> list[Fact]:
    makers = {"kind": facts_of.of_remit, "ack_type": facts_of.of_ack, "acted_at": facts_of.of_action}
    made = []
    for event in events:
        maker = next((maker for name, maker in makers.items() if name in event), facts_of.of_claim)
        made += list(maker(event))
    return made


def fold(some: list[Fact], now: int = NEVER) -> tuple[Account, list[Statement]]:
    account: Account | None = None
    said: list[Statement] = []
    for fact in some:
        outcome = LEDGER.apply(account, [fact], now)
        account = outcome.account
        said += outcome.statements
    assert account is not None
    return account, said


def holding(said: list[Statement], contract: str = "claims.adjudicated") -> dict[str, dict[str, Any]]:
    """Return the rows that were stated and not taken back, by subject."""
    name = "subject_id" if contract == "claims.adjudicated" else "lineage_id"
    rows: dict[tuple[str, int], dict[str, Any]] = {}
    for one in (s.row for s in said if s.contract == contract):
        key = (one[name], one["revision"])
        if one["sign"] > 0:
            rows[key] = one
        else:
            stated = rows.pop(key)
            assert {**stated, "sign": 0, "as_of": 0, "event_id": ""} == {**one, "sign": 0, "as_of": 0, "event_id": ""}
    return {subject: row for (subject, _), row in rows.items()}


def lineage(*events: Event) -> dict[str, Any]:
    return holding(fold(facts(*events))[1], "claims.lineage")[LINEAGE]


STORY = facts(
    claim(1),
    ack_277ca("a", START + HOUR, "A1"),
    ack_277ca("b", START + 2 * HOUR, "A2", payer="P1"),
    remit("1", START + 20 * DAY, DENIED, status="4"),
    action("1", START + 21 * DAY, "claim"),
    action("2", START + 22 * DAY, outcome="appealed"),
    action("3", START + 22 * DAY, "undo", undoes_event_id="action-2"),
    claim(2, START + 25 * DAY, frequency_code="7"),
    ack_277ca("c", START + 25 * DAY + HOUR, "A2", payer="P1"),
    remit("2", START + 40 * DAY, PAID),
    remit("3", START + 60 * DAY, PAID, status="22"),
    remit("4", START + 60 * DAY, [paid_line(1, "99213", 7_000), denied_line(2, "93000", "50")]),
    provider("5", START + 70 * DAY, ("WO", CONTROL, 500), ("L6", CONTROL, -100)),
)


def stripped(account: Account) -> dict[str, Any]:
    """Return what must not depend on order: everything but the numbers of statements."""
    kept = {name: account[name] for name in ("facts", "said", "at", "tenant_id", "key", "due")}
    return {**kept, "rows": standing(account["rows"], "claims.adjudicated"),
            "lineages": standing(account["lineages"], "claims.lineage")}  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(order=st.permutations(range(len(STORY))), repeats=st.lists(st.integers(0, len(STORY) - 1), max_size=6))
def test_any_order_with_repeats_gives_the_same_account_and_the_same_rows(order: list[int], repeats: list[int]) -> None:
    account, said = fold(STORY)
    mixed = [STORY[i] for i in [*order[:7], *repeats, *order[7:], *repeats]]
    other, said_otherwise = fold(mixed)
    assert stripped(other) == stripped(account)
    for contract in ("claims.adjudicated", "claims.lineage"):
        rows, others = holding(said, contract), holding(said_otherwise, contract)
        assert rows.keys() == others.keys()
        for subject in rows:
            skip = {"revision", "as_of", "event_id"}
            assert {k: v for k, v in rows[subject].items() if k not in skip} == {
                k: v for k, v in others[subject].items() if k not in skip
            }


def test_event_ids_are_the_same_on_every_replay_and_never_repeat() -> None:
    said = fold(STORY)[1]
    assert [s.row["event_id"] for s in said] == [s.row["event_id"] for s in fold(STORY)[1]]
    assert max(Counter(s.row["event_id"] for s in said).values()) == 1


def test_a_repeated_fact_says_nothing() -> None:
    account, _ = fold(STORY)
    for fact in STORY:
        outcome = LEDGER.apply(account, [fact], NEVER)
        assert not outcome.statements
        assert outcome.account == account


def test_changes_of_all_rows_add_up_to_the_balance_of_the_lineage() -> None:
    _, said = fold(STORY)
    row = holding(said, "claims.lineage")[LINEAGE]
    for name in ("paid", "allowed", "patient_responsibility", "contractual", "denied"):
        changes = [s.row["sign"] * s.row[f"{name}_change_cents"] for s in said if s.contract == "claims.adjudicated"]
        assert sum(changes) == row[f"{name}_cents"], name
    assert row["paid_cents"] == 7_000
    assert row["net_paid_cents"] == 6_500


def test_a_denied_claim_has_no_contractual_amount_and_names_its_cause() -> None:
    row = holding(fold(facts(claim(), remit("1", START + 9 * DAY, DENIED, status="4")))[1])["remit-1"]
    assert (row["contractual_cents"], row["denied_cents"]) == (0, 20_000)
    assert (row["initial_denial"], row["root_cause_group"], row["primary_carc"]) == (True, "authorization", "197")
    assert row["payer_lag_days"] == 9


def test_a_remittance_before_its_claim_waits_and_is_told_anew_when_it_comes() -> None:
    early = facts(remit("1", START + 9 * DAY, PAID))
    account, said = fold(early)
    assert holding(said)["remit-1"]["matched"] is False
    outcome = LEDGER.apply(account, facts(claim())[:1], NEVER)
    rows = holding(said + outcome.statements)
    assert rows["remit-1"]["matched"] is True
    assert rows["remit-1"]["lineage_paid_cents"] == 16_000


def test_a_later_payment_recovers_a_denial_and_the_dates_are_kept() -> None:
    row = lineage(
        claim(),
        remit("1", START + 20 * DAY, DENIED, status="4"),
        claim(2, START + 25 * DAY, frequency_code="7"),
        remit("2", START + 40 * DAY, PAID),
    )
    assert (row["recovered_cents"], row["resolution"]) == (16_000, "recovered")
    assert row["resolved_on"] == (START + 40 * DAY) // DAY
    assert row["appeal_sent_at"] == START + 25 * DAY
    assert (row["state"], row["closed"], row["attempts"], row["first_pass_resolved"]) == ("paid", True, 2, False)


def test_a_write_off_closes_a_denial_and_undo_opens_it_again() -> None:
    story = [claim(), remit("1", START + 20 * DAY, DENIED, status="4"),
             action("w", START + 30 * DAY, outcome="written_off")]  # fmt: skip
    row = lineage(*story)
    assert (row["state"], row["written_off_cents"], row["open_balance_cents"]) == ("written_off", 20_000, 0)
    row = lineage(*story, action("u", START + 31 * DAY, "undo", undoes_event_id="action-w"))
    assert (row["state"], row["written_off_cents"], row["open_balance_cents"]) == ("denied", 0, 20_000)


def test_a_void_removes_the_lineage_from_every_rate() -> None:
    row = lineage(claim(), claim(2, START + DAY, frequency_code="8"))
    assert (row["voided"], row["state"], row["closed"], row["open_balance_cents"]) == (True, "voided", True, 0)


def test_a_front_end_rejection_spoils_the_first_pass() -> None:
    row = lineage(claim(), ack_277ca("a", START + HOUR, "A7"))
    assert (row["state"], row["front_end_rejections"], row["first_pass_clean"]) == ("rejected_277ca", 1, False)
    assert row["attempt_list"][0]["ack_277ca_category"] == "A7"


@pytest.mark.parametrize("category", ["A4", "P1"])
def test_pending_categories_neither_accept_nor_reject(category: str) -> None:
    attempt = lineage(claim(), ack_277ca("a", START + HOUR, category))["attempt_list"][0]
    assert (attempt["accepted_277ca"], attempt["any_277ca"]) == (None, True)


def test_primary_and_secondary_are_two_lineages_of_one_account() -> None:
    said = fold(
        facts(
            claim(),
            claim(2, START + 30 * DAY, payer_sequence="S", payer_id="P2"),
            remit("1", START + 20 * DAY, PAID),
            remit("2", START + 50 * DAY, PAID, status="2", payer_id="P2"),
        )
    )[1]
    rows = holding(said)
    assert rows["remit-1"]["lineage_id"] == LINEAGE
    assert rows["remit-2"]["payer_level"] == "S"


def test_a_takeback_that_names_no_claim_stays_visible_as_unassigned() -> None:
    rows = holding(fold(facts(provider("5", START, ("WO", None, 500), ("72", None, 200))))[1])
    assert sorted(row["takeback_unassigned_cents"] for row in rows.values()) == [200, 500]
    assert all(row["takeback_cents"] == row["takeback_unassigned_cents"] for row in rows.values())


def test_an_adjustment_under_the_payers_number_moves_to_the_claim_that_it_names() -> None:
    named = [{"provider_id": None, "fiscal_period_end": None, "reason_code": "WO", "reference_token": "icn",
              "amount_cents": 500}]  # fmt: skip
    payment = START + 20 * DAY
    all_facts = facts(claim(), remit("1", payment, PAID, provider_adjustments=named),
                      provider("5", payment, ("WO", "icn", 500)))  # fmt: skip
    here = [fact for fact in all_facts if fact["key"].endswith(CONTROL)]
    waiting = [fact for fact in all_facts if fact["key"].endswith("icn")]
    assert lineage_of(here)["takeback_cents"] == 500
    for order in (waiting, waiting[::-1]):
        assert holding(fold(order)[1]) == {}


def lineage_of(some: list[Fact]) -> dict[str, Any]:
    return holding(fold(some)[1], "claims.lineage")[LINEAGE]


def open_alerts(account: Account) -> list[str]:
    return sorted(row["kind"] for _, row in account["alerts"].values() if row["state"] == "opened")


def test_each_missing_answer_alerts_once_at_its_due_time_and_is_resolved_when_it_comes() -> None:
    account, _ = fold(facts(claim()))
    assert account["due"] == START + HOUR
    kinds = []
    for now in (
        START + HOUR - 1,
        START + HOUR,
        START + 3 * HOUR,
        START + 24 * HOUR,
        START + 49 * HOUR,
        START + 40 * DAY,
    ):
        outcome = LEDGER.look(account, now)
        assert outcome.account is not None
        account = outcome.account
        alerts = [s.row for s in outcome.statements if s.contract == "alerts"]
        assert all(row["opened_at"] == row["due_at"] <= now for row in alerts)
        kinds += [row["kind"] for row in alerts]
    assert kinds == ["missing_999", "missing_277ca", "missing_277ca", "missing_835"]
    outcome = LEDGER.apply(account, facts(ack_277ca("b", START + 41 * DAY, "A2", payer="P1"))[:1], START + 41 * DAY)
    assert outcome.account is not None
    assert open_alerts(outcome.account) == ["missing_835"]
    outcome = LEDGER.apply(outcome.account, facts(remit("1", START + 42 * DAY, PAID))[:1], START + 42 * DAY)
    assert outcome.account is not None
    assert open_alerts(outcome.account) == []
    [resolved] = [s.row for s in outcome.statements if s.contract == "alerts"]
    assert (resolved["state"], resolved["revision"], resolved["resolved_at"]) == ("resolved", 2, START + 42 * DAY)


def test_nothing_further_is_awaited_of_a_set_that_its_999_rejects() -> None:
    [ack] = facts(ack_999("s", START + HOUR // 2, accepted=False))
    told = {"key": facts(claim())[0]["key"]}
    account, _ = fold([facts({**claim(), "set_token": "set-1"})[0], {**ack, **told}])
    for day in (2, 40):
        outcome = LEDGER.look(account, START + day * DAY)
        assert outcome.account is not None
        assert open_alerts(outcome.account) == []
    # One that comes too late to keep an alert from opening ends it.
    late, _ = fold([facts({**claim(), "set_token": "set-1"})[0]], START + 50 * HOUR)
    assert open_alerts(late) == ["missing_277ca", "missing_277ca", "missing_999"]
    outcome = LEDGER.apply(late, [{**ack, **told, "at": START + 51 * HOUR}], START + 51 * HOUR)
    assert outcome.account is not None
    assert open_alerts(outcome.account) == []


def test_a_claim_that_waits_for_review_is_not_due_until_it_is_released() -> None:
    account, _ = fold(facts(claim(disposition="review")))
    assert account["due"] is None
    released, _ = fold(facts(claim(disposition="review"), action("r", START + 5 * HOUR, "release")))
    assert released["due"] == START + 6 * HOUR


def test_an_orphan_surfaces_after_its_time_and_its_alert_ends_when_the_claim_comes() -> None:
    account, said = fold(facts(remit("1", START, PAID)))
    assert not [s for s in said if s.contract == "alerts"]
    outcome = LEDGER.look(account, START + 48 * HOUR)
    assert [s.row["kind"] for s in outcome.statements if s.contract == "alerts"] == ["orphan_remit"]
    assert outcome.account is not None
    found = LEDGER.apply(outcome.account, facts(claim(1, START - DAY))[:1], START + 50 * HOUR)
    assert [s.row["state"] for s in found.statements if s.contract == "alerts"] == ["resolved"]


def test_a_999_reaches_the_claims_of_its_set() -> None:
    one = {**claim(), "set_token": "set-1"}
    made = facts(one)
    assert [fact["type"] for fact in made] == ["claim", "member"]
    [ack] = facts(ack_999("s", START + HOUR // 2))
    assert ack["key"] == made[1]["key"]
    row = lineage_of([made[0], {**ack, "key": made[0]["key"]}])
    assert (row["first_999_accepted"], row["state"]) == (True, "accepted_999")


def test_an_account_ends_long_after_everything_about_it_is_closed() -> None:
    account, _ = fold(facts(claim(), remit("1", START + 20 * DAY, PAID)))
    assert account["due"] == START + 750 * DAY
    assert LEDGER.look(account, START + 749 * DAY).account is not None
    assert LEDGER.look(account, START + 750 * DAY).account is None


def test_revisions_of_a_subject_are_consecutive() -> None:
    _, said = fold(STORY[::-1])
    by_subject: dict[str, list[tuple[int, int]]] = {}
    for one in (s.row for s in said if s.contract == "claims.adjudicated"):
        by_subject.setdefault(one["subject_id"], []).append((one["revision"], one["sign"]))
    for steps in by_subject.values():
        for (before, sign), (after, next_sign) in pairwise(steps):
            assert (sign, next_sign, after) in {(1, -1, before), (-1, 1, before + 1)}


def test_every_statement_has_exactly_the_fields_of_its_contract() -> None:
    _, said = fold(STORY + facts(provider("9", START, ("CS", None, 5)), remit("8", START, PAID)))
    said += LEDGER.look(fold(facts(claim(), ack_277ca("a", START, "A2")))[0], START + 90 * DAY).statements
    contracts = {contract.name: set(contract.field_names) for contract in ALL_CONTRACTS}
    assert {s.contract for s in said} >= {"claims.adjudicated", "claims.lineage", "alerts"}
    for one in said:
        assert set(one.row) == contracts[one.contract], one.contract


def test_a_reversal_stands_before_the_payment_that_corrects_it_whatever_their_ids_and_places() -> None:
    day = START + 60 * DAY
    rows = holding(
        fold(
            facts(
                claim(),
                remit("1", START + 20 * DAY, PAID),
                remit("z", day, PAID, status="22", source_byte_start=900),
                remit("a", day, [paid_line(1, "99213", 7_000), denied_line(2, "93000", "50")], source_byte_start=100),
            )
        )[1]
    )
    assert rows["remit-z"]["lineage_paid_cents"] == 0
    assert rows["remit-a"]["lineage_paid_cents"] == 7_000


def test_what_a_denial_put_on_the_patient_ends_with_the_payment_that_answers_it() -> None:
    on_patient = [
        {**line, "adjustments": [{**line["adjustments"][0], "group_code": "PR", "carc": "200"}]} for line in DENIED
    ]
    story = [claim(), remit("1", START + 20 * DAY, on_patient, status="4")]
    assert lineage(*story)["patient_responsibility_cents"] == 20_000
    row = lineage(*story, remit("2", START + 40 * DAY, PAID))
    assert (row["patient_responsibility_cents"], row["paid_cents"], row["contractual_cents"]) == (0, 16_000, 4_000)


@settings(max_examples=40, deadline=None)
@given(cuts=st.lists(st.integers(1, len(STORY) - 1), max_size=5))
def test_facts_folded_together_leave_what_they_leave_one_by_one(cuts: list[int]) -> None:
    account, said = fold(STORY)
    ends = [*sorted(set(cuts)), len(STORY)]
    together: Account | None = None
    stated: list[Statement] = []
    for start, end in zip([0, *ends], ends, strict=False):
        outcome = LEDGER.apply(together, [*STORY[start:end], STORY[0]], NEVER)
        together = outcome.account
        stated += outcome.statements
    assert together is not None
    assert stripped(together) == stripped(account)
    assert len(stated) <= len(said)
    for contract in ("claims.adjudicated", "claims.lineage"):
        rows, others = holding(said, contract), holding(stated, contract)
        skip = {"revision", "as_of", "event_id"}
        assert rows.keys() == others.keys()
        for subject, row in rows.items():
            assert {k: v for k, v in row.items() if k not in skip} == {
                k: v for k, v in others[subject].items() if k not in skip
            }
