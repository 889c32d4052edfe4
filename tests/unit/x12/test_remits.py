"""Remittances: fields, balances, reversals, provider adjustments, sealing, and damage."""

import hashlib
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimstream.x12.report import FileReport
from processors.x12 import ParsedRemit, TransactionSeen, X12Problem
from schemas.codec.records import decode_record, encode_record
from schemas.contracts import REMITS_RECEIVED
from schemas.registry import CheckedInIds
from tests.unit.x12.reading import (
    PROVIDER,
    TOKENS,
    claim,
    claim_payment,
    opened_remit,
    payment,
    problems_of,
    read,
    remits_of,
    results,
    subscriber,
    x12,
)

FILE = payment("240", "LX*1", *[part for n in range(3) for part in claim_payment(f"ZZACCT{n}", icn=f"ICN{n}")])


def test_an_event_has_exactly_the_fields_of_the_contract_and_survives_its_codec() -> None:
    for found in remits_of(payment("70", "LX*1", *claim_payment(), "PLB*1999000015*20261231*WO:ICN1*10")):
        assert set(found.event) == set(REMITS_RECEIVED.field_names)
        ids = CheckedInIds()
        assert decode_record(REMITS_RECEIVED, ids, encode_record(REMITS_RECEIVED, ids, found.event)) == found.event


def test_a_claim_payment_joins_the_claim_it_pays() -> None:
    [billed], _ = read(x12(*PROVIDER, *subscriber(2), *claim("ZZ Acct/01 ")))
    [paid] = remits_of(payment("80", "LX*1", *claim_payment("ZZ Acct/01 ")))
    assert paid.event["patient_control_token"] == billed.event["patient_control_token"]
    assert paid.key == f"acme|{billed.event['patient_control_token']}"


def test_payment_claim_and_line_are_read() -> None:
    event = remits_of(FILE)[0].event
    assert (event["payment_cents"], event["payment_method"], event["paid_on"]) == (24000, "ACH", date(2026, 9, 15))
    assert (event["trace_number"], event["trace_origin"], event["payer_id"]) == ("TRACE77", "1512345678", "CSCOM01")
    assert (event["payee_npi"], event["payee_tax_id"]) == ("1999000015", "990000001")
    assert (event["charge_cents"], event["paid_cents"], event["payer_claim_control_number"]) == (10000, 8000, "ICN0")
    [line] = event["lines"]
    assert (line["procedure_code"], line["modifiers"], line["service_from"]) == ("99213", ["25"], date(2026, 9, 10))
    assert line["adjustments"] == [{"group_code": "CO", "carc": "45", "amount_cents": 2000, "quantity": None}]
    assert line["remark_codes"] == ["N130"]
    assert line["line_control_token"] == TOKENS.token("acme", "line_control", "ZZLINE1")


def test_lineage_is_the_hash_of_the_claim_payments_own_bytes() -> None:
    found = remits_of(FILE)
    assert len({one.event["event_id"] for one in found}) == 3
    for one in found:
        own = FILE[one.byte_start : one.byte_end]
        assert own.startswith(b"CLP*")
        assert one.event["_hash"] == hashlib.sha256(own).hexdigest()


def test_no_private_value_is_in_clear_and_all_of_it_is_sealed() -> None:
    for found in remits_of(payment("70", "LX*1", *claim_payment(), "PLB*1999000015*20261231*WO:ZZACCT1*10")):
        assert "ZZ" not in repr({**found.event, "phi": None})
        assert "ZZACCT1" in repr(opened_remit(found))
    assert "ZZ" not in repr(problems_of(payment("x", "LX*1", *claim_payment("ZZACCT1", "7"))))


@pytest.mark.parametrize(
    ("paid", "adjusted", "line_paid", "verdicts"),
    [
        ("80", "20", "80", (True, True, True)),
        ("80", "20", "79", (True, True, False)),
        ("80", "19", "80", (True, False, False)),
        ("81", "19", "81", (False, True, True)),
    ],
)
def test_each_level_is_balanced_for_itself(
    paid: str, adjusted: str, line_paid: str, verdicts: tuple[bool, bool, bool]
) -> None:
    body = ["LX*1", f"CLP*A*1*100*{paid}**12*I", "NM1*QC*1*X*Y", f"SVC*HC:99213*100*{line_paid}**1"]
    [found] = remits_of(payment("80", *body, f"CAS*CO*45*{adjusted}"))
    event = found.event
    assert (event["transaction_balanced"], event["claim_balanced"], event["lines_balanced"]) == verdicts


def test_quantities_in_the_middle_of_a_cas_shift_nothing() -> None:
    [found] = remits_of(payment("58", "LX*1", "CLP*A*1*100*58*37*12*I", "NM1*QC*1*X*Y", "CAS*PR*1*21.89**2*15.11*3",
        "CAS*CO*45*5"))  # fmt: skip
    assert [(one["carc"], one["amount_cents"], one["quantity"]) for one in found.event["adjustments"]] == [
        ("1", 2189, None),
        ("2", 1511, 3.0),
        ("45", 500, None),
    ]
    assert found.event["claim_balanced"]


def test_a_reversal_balances_and_marks_the_correction_behind_it() -> None:
    reversal = ["CLP*A*22*-100*-80**12*ICN1", "NM1*QC*1*X*Y", "SVC*HC:99213*-100*-80**-1", "CAS*CO*45*-20"]
    raw = payment("90", "LX*1", *claim_payment("B"), *reversal, *claim_payment("A", "100", "90"))
    events = [one.event for one in remits_of(raw)]
    assert [(one["reversal"], one["correction"]) for one in events] == [(False, False), (True, False), (False, True)]
    assert all(one["claim_balanced"] and one["lines_balanced"] and one["transaction_balanced"] for one in events)


def test_provider_adjustments_change_the_payment_and_name_their_claims() -> None:
    plb = ["PLB*1999000015*20261231*WO:ICN1*30*L6*-5.5", "PLB*1999000015*20261231*CS:ZZOTHER*1"]
    [paid, provider] = remits_of(payment("54.50", "LX*1", *claim_payment(), *plb))
    assert paid.event["transaction_balanced"]
    assert paid.event["provider_adjustment_cents"] == 2550
    assert [one["amount_cents"] for one in paid.event["provider_adjustments"]] == [3000]
    assert provider.event["kind"] == "provider"
    assert [(one["reason_code"], one["amount_cents"]) for one in provider.event["provider_adjustments"]] == [
        ("WO", 3000),
        ("L6", -550),
        ("CS", 100),
    ]
    assert opened_remit(provider)["references"] == ["ICN1", "", "ZZOTHER"]
    assert provider.key == f"acme|{paid.event['payment_id']}"


def test_an_835_without_claims_is_an_event_too() -> None:
    [recovered] = remits_of(payment("-30", "PLB*1999000015*20261231*WO:X*30"))
    assert (recovered.event["kind"], recovered.event["transaction_balanced"]) == ("provider", True)
    [notice] = remits_of(payment("0"))
    assert (notice.event["kind"], notice.event["transaction_claims"]) == ("provider", 0)


def test_an_adjustment_that_cannot_be_read_leaves_the_verdict_open_and_is_reported() -> None:
    raw = payment("80", "LX*1", *claim_payment(), "PLB*1999000015*20261231*WO:X*ten")
    assert remits_of(raw)[0].event["transaction_balanced"] is None
    assert [one.code for one in problems_of(raw)] == ["provider_adjustment"]


def test_a_claim_payment_with_an_amount_that_is_none_is_rejected_alone() -> None:
    bad = ["CLP*Q*1*1OO*80**12*I", "NM1*QC*1*X*Y"]
    raw = payment("160", "LX*1", *claim_payment("A"), *bad, *claim_payment("B"))
    assert [opened_remit(one)["account_number"] for one in remits_of(raw)] == ["A", "B"]
    [problem] = problems_of(raw)
    assert (problem.code, problem.claim_ordinal, problem.claims_affected, problem.element) == ("amount", 2, 1, 3)


@pytest.mark.parametrize("lost", range(FILE.count(b"CLP*")))
def test_a_lost_clp_never_gives_its_payment_to_another_claim(lost: int) -> None:
    parts = FILE.split(b"CLP*")
    for damaged in (b"QLP*", b"CLP", b"XXX"):
        raw = b"CLP*".join(parts[: lost + 1]) + damaged + b"CLP*".join(parts[lost + 1 :])
        found = results(raw)
        for one in found:
            if isinstance(one, ParsedRemit) and one.event["kind"] == "claim":
                assert len(one.event["lines"]) == 1
        assert any(isinstance(one, X12Problem) and one.severity == "error" for one in found)


def test_unknown_segments_are_kept_and_counted() -> None:
    [found] = remits_of(payment("80", "LX*1", *claim_payment(), "ZZZ*1*A:B", "REF*LU*1"))
    assert found.event["unmapped"] == ["ZZZ", "REF"]
    assert opened_remit(found)["segments"] == [[1, ["ZZZ", "1", ["A", "B"]]], [1, ["REF", "LU", "1"]]]


def test_several_payments_and_payers_of_one_file_have_verdicts_of_their_own() -> None:
    raw = FILE + payment("1", "LX*1", *claim_payment("B")).replace(b"CSCOM01", b"CSMCR01")
    verdicts = [one.balanced for one in results(raw) if isinstance(one, TransactionSeen)]
    assert verdicts == [True, False]
    assert [one.event["payer_id"] for one in remits_of(raw)] == ["CSCOM01"] * 3 + ["CSMCR01"]
    assert [one.ordinal for one in remits_of(raw)] == [1, 2, 3, 4]


def test_an_835_of_4010_is_read_and_said_to_be_old() -> None:
    raw = FILE.replace(b"005010X221A1", b"004010X091A1")
    assert len(remits_of(raw)) == 3
    assert [one.code for one in problems_of(raw)] == ["old_version"]


def _answered(raw: bytes) -> None:
    found = results(raw)
    good = [one for one in found if isinstance(one, ParsedRemit) and one.event["kind"] == "claim"]
    problems = [one for one in found if isinstance(one, X12Problem)]
    told = any(one.severity != "warning" for one in problems)
    assert len(good) == 3 or told
    assert "ZZ" not in repr(problems)
    assert "ZZCANARY" not in repr([{**one.event, "phi": None} for one in good])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(FILE) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_random_byte_damage_is_always_answered(damage: list[tuple[int, int]]) -> None:
    raw = bytearray(FILE)
    for at, value in damage:
        raw[at] = value
    _answered(bytes(raw))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(FILE)), st.integers(1, 200))
def test_random_cuts_are_always_answered(at: int, gone: int) -> None:
    found = results(FILE[:at] + FILE[at + gone :])
    assert found
    assert "ZZ" not in repr([one for one in found if isinstance(one, X12Problem)])


@pytest.mark.parametrize("cut", range(0, len(FILE), 17))
def test_a_file_cut_anywhere_yields_what_was_complete_and_reports_the_rest(cut: int) -> None:
    found = results(FILE[:cut])
    good = [one for one in found if isinstance(one, ParsedRemit) and one.event["kind"] == "claim"]
    reported = [one for one in found if isinstance(one, X12Problem) and one.code == "claim_cut_off"]
    begun = sum(segment.strip().startswith(b"CLP*") for segment in FILE[:cut].split(b"~")[:-1])
    assert begun == len(good) + len(reported)
    assert any(isinstance(one, X12Problem) and one.severity != "warning" for one in found)


def test_a_claim_payment_that_cannot_be_read_leaves_its_file_unbalanced() -> None:
    report = FileReport()
    for result in results(payment("80", "LX*1", *claim_payment(), "CLP*ZZACCT2*1*abc*0**12*ICN2")):
        report.add(result)
    assert (report.remit_claims, report.remits_rejected, report.balanced) == (1, 1, False)
