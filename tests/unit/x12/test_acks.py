"""Acknowledgements: 999, 997, 277CA and TA1 into events, and damage."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.x12 import ParsedAck, X12Problem
from schemas.codec.records import decode_record, encode_record
from schemas.contracts import ACKS_RECEIVED
from schemas.registry import CheckedInIds
from tests.unit.x12.reading import (
    ISA,
    PROVIDER,
    acks_of,
    claim,
    envelope,
    opened_remit,
    problems_of,
    read,
    results,
    subscriber,
    x12,
)

STATUS_HEAD = [
    "BHT*0085*08*1*20260901*0930*TH", "HL*1**20*1", "NM1*PR*2*PAYER*****PI*CSCOM01", "TRN*1*1",
    "DTP*050*D8*20260901", "DTP*009*D8*20260902",
    "HL*2*1*21*1", "NM1*41*2*CLINIC*****46*S", "TRN*2*BATCH7", "STC*A1:20*20260902*WQ*300", "QTY*90*1", "QTY*AA*2",
    "AMT*YU*100", "AMT*YY*200",
    "HL*3*2*19*1", "NM1*85*2*CLINIC*****XX*1999000015", "TRN*1*0",
]  # fmt: skip


def status(number: int, account: str, composite: str, action: str = "WQ", *more: str) -> list[str]:
    """Return the level of one claim."""
    return [
        f"HL*{number}*3*PT",
        "NM1*QC*1*ZZCANARY*ANN****MI*ZZMEM1",
        f"TRN*2*{account}",
        f"STC*{composite}*20260902*{action}*100",
        *more,
    ]


CLAIM_ACK = envelope(
    "277", "005010X214", "HN", *STATUS_HEAD,
    *status(4, "ZZACCT1", "A2:20", "WQ", "REF*1K*ICN1", "REF*D9*TRACE9", "DTP*472*RD8*20260910-20260911"),
    *status(5, "ZZACCT2", "A7:562:85", "U", "REF*BLT*131"),
    *status(6, "ZZACCT3", "A3:21", "U", "SVC*HC:99213:25*100", "STC*A7:454**U", "REF*FJ*ZZLINE1",
        "DTP*472*D8*20260910"),
    in_set=True,
)  # fmt: skip
SET_ACK = envelope(
    "999", "005010X231A1", "FA", "AK1*HC*7*005010X222A1", "AK2*837*0001*005010X222A1", "IK5*A", "AK2*837*0002",
    "IK3*CLM*22**8", "CTX*SITUATIONAL TRIGGER*CLM*43**5:3", "CTX*CLM01:ZZACCT1", "IK4*2:1*782*1*ZZBAD", "IK3*HI*23**3",
    "IK5*R*5", "AK9*P*2*2*1", in_set=True,
)  # fmt: skip


@pytest.mark.parametrize("raw", [CLAIM_ACK, SET_ACK])
def test_an_event_has_exactly_the_fields_of_the_contract_and_survives_its_codec(raw: bytes) -> None:
    ids = CheckedInIds()
    for found in acks_of(raw):
        assert set(found.event) == set(ACKS_RECEIVED.field_names)
        assert decode_record(ACKS_RECEIVED, ids, encode_record(ACKS_RECEIVED, ids, found.event)) == found.event
        assert "ZZ" not in repr({**found.event, "phi": None})


def test_the_999_of_a_set_joins_its_claims_and_no_others() -> None:
    for submitted in (x12(*PROVIDER, *subscriber(2), *claim()), batched_claims()):
        claims, _ = read(submitted)
        tokens = {one.event["set_token"] for one in claims}
        group_ack, sets = acks_of(SET_ACK)[-1], [one.event for one in acks_of(SET_ACK) if one.event["level"] == "set"]
        assert tokens == {sets[0]["subject_token"]}
        assert not tokens & {sets[1]["subject_token"], group_ack.event["subject_token"]}


def test_a_claim_of_a_set_without_a_control_number_has_no_set_to_join() -> None:
    raw = x12(*PROVIDER, *subscriber(2), *claim()).replace(b"ST*837*0001*", b"ST*837**")
    [found], _ = read(raw)
    assert found.event["set_token"] is None


def batched_claims() -> bytes:
    """Return a set large enough that its claims are read together."""
    levels = [segment for at in range(40) for segment in (*subscriber(at + 2), *claim(f"ZZACCT{at}"))]
    return x12(*PROVIDER, *levels)


def test_a_claim_status_joins_its_claim_and_says_what_is_wrong() -> None:
    [billed], _ = read(x12(*PROVIDER, *subscriber(2), *claim("ZZACCT1")))
    sender, accepted, rejected, lines = (one.event for one in acks_of(CLAIM_ACK))
    assert (sender["level"], sender["accepted_count"], sender["rejected_count"]) == ("receiver", 1, 2)
    assert (sender["accepted_cents"], sender["rejected_cents"], sender["batch_reference"]) == (10000, 20000, "BATCH7")
    assert accepted["subject_token"] == accepted["patient_control_token"] == billed.event["patient_control_token"]
    assert (accepted["accepted"], accepted["payer_claim_control_number"]) == (True, "ICN1")
    assert (accepted["clearinghouse_trace"], accepted["service_to"]) == ("TRACE9", date(2026, 9, 11))
    assert (accepted["payer_id"], accepted["provider_npi"]) == ("CSCOM01", "1999000015")
    assert (accepted["received_on"], accepted["processed_on"]) == (date(2026, 9, 1), date(2026, 9, 2))
    assert (rejected["accepted"], rejected["decision"], rejected["type_of_bill"]) == (False, "U", "131")
    [reason] = rejected["statuses"]
    assert (reason["category_code"], reason["status_code"], reason["entity_code"]) == ("A7", "562", "85")
    [line] = lines["lines"]
    assert (line["procedure_code"], line["modifiers"], line["charge_cents"]) == ("99213", ["25"], 10000)
    assert [one["status_code"] for one in line["statuses"]] == ["454"]
    assert [one["status_code"] for one in lines["statuses"]] == ["21"]


def test_names_of_a_claim_status_are_sealed() -> None:
    claims = [one for one in acks_of(CLAIM_ACK) if one.event["level"] == "claim"]
    assert opened_remit(claims[0], "acks.received")["name"]["last"] == "ZZCANARY"
    assert opened_remit(claims[2], "acks.received")["line_controls"] == [[1, "ZZLINE1"]]


def test_a_999_speaks_of_group_set_and_segment() -> None:
    found = [one.event for one in acks_of(SET_ACK)]
    assert [one["level"] for one in found] == ["set", "set", "segment", "segment", "group"]
    assert [one["accepted"] for one in found] == [True, False, False, False, None]
    assert [one["acknowledged_set"] for one in found] == ["0001", "0002", "0002", "0002", None]
    segment = found[2]
    assert (segment["segment_id"], segment["segment_position"], segment["error_codes"]) == ("CLM", 22, ["8"])
    [element] = segment["elements"]
    assert (element["element"], element["component"], element["error_code"]) == (2, 1, "1")
    assert [one["name"] for one in segment["contexts"]] == ["SITUATIONAL TRIGGER", "CLM01"]
    assert segment["contexts"][0]["element"] == 5
    group = found[-1]
    assert (group["decision"], group["sets_received"], group["sets_accepted"]) == ("P", 2, 1)


def test_the_account_number_in_a_999_joins_the_claim_and_is_sealed() -> None:
    [billed], _ = read(x12(*PROVIDER, *subscriber(2), *claim("ZZACCT1")))
    segment = next(one for one in acks_of(SET_ACK) if one.event["segment_id"] == "CLM")
    assert segment.event["patient_control_token"] == billed.event["patient_control_token"]
    assert opened_remit(segment, "acks.received") == {"account_number": "ZZACCT1", "bad_values": ["ZZBAD"]}


def test_a_997_of_4010_is_read_like_a_999() -> None:
    raw = SET_ACK.replace(b"IK", b"AK").replace(b"ST*999*", b"ST*997*").replace(b"CTX*", b"AK4*1**7~\nAK4*")
    found = [one.event for one in acks_of(raw)]
    assert {one["ack_type"] for one in found} <= {"997", "999"}
    assert [one["accepted"] for one in found if one["level"] == "set"] == [True, False]


def test_a_ta1_between_isa_and_gs_is_a_verdict_on_an_interchange() -> None:
    raw = (ISA + "~\nTA1*000000905*260901*0930*R*021~\nIEA*0*000000001~\n").encode()
    [found] = acks_of(raw)
    event = found.event
    assert (event["ack_type"], event["level"], event["accepted"]) == ("TA1", "interchange", False)
    assert (event["acknowledged_interchange"], event["error_codes"]) == ("000000905", ["021"])
    assert event["acknowledged_on"] == date(2026, 9, 1)
    assert raw[found.byte_start : found.byte_end] == b"TA1*000000905*260901*0930*R*021~"


def test_a_status_answer_of_another_guide_is_not_taken_for_a_claim_acknowledgement() -> None:
    raw = CLAIM_ACK.replace(b"005010X214", b"005010X212")
    assert acks_of(raw) == []
    assert [one.code for one in problems_of(raw)] == ["unsupported_guide"]


def test_a_lost_level_never_gives_its_status_to_another_claim() -> None:
    raw = CLAIM_ACK.replace(b"HL*5*3*PT~\n", b"")
    found = [one for one in acks_of(raw) if one.event["level"] == "claim"]
    assert [opened_remit(one, "acks.received")["account_number"] for one in found] == ["ZZACCT3"]
    assert "hl_lost" in [one.code for one in problems_of(raw)]


@pytest.mark.parametrize("file", [CLAIM_ACK, SET_ACK])
@settings(max_examples=150, deadline=None)
@given(st.data())
def test_random_byte_damage_is_always_answered(file: bytes, data: st.DataObject) -> None:
    raw = bytearray(file)
    for _ in range(data.draw(st.integers(1, 5))):
        raw[data.draw(st.integers(0, len(file) - 1))] = data.draw(st.integers(0, 255))
    found = results(bytes(raw))
    problems = [one for one in found if isinstance(one, X12Problem)]
    assert "ZZ" not in repr(problems)
    acks = [one for one in found if isinstance(one, ParsedAck)]
    assert len(acks) >= len(acks_of(file)) or any(one.severity != "warning" for one in problems)
