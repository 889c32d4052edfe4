"""Writers: claims round trip, and the answers a received file gets."""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.x12 import ParsedClaim, X12Problem
from processors.x12.verdicts import judge_file
from processors.x12.writers.claim_acks import write_claim_acks
from processors.x12.writers.claims837 import write_claims
from processors.x12.writers.formats import money
from processors.x12.writers.interchange import Address
from processors.x12.writers.set_acks import write_set_acks
from schemas.errors import BadInputError
from tests.shared_data import shared
from tests.unit.x12.reading import (
    EXAMPLE,
    NOW,
    PROVIDER,
    SEALER,
    acks_of,
    claim,
    opened,
    opened_remit,
    results,
    subscriber,
    x12,
)
from tests.unit.x12.test_sample_table import TABLE

ADDRESS = Address("ME", "YOU")
LINEAGE = ("event_id", "_hash", "phi", "source_byte_start", "source_byte_end", "set_token", "clearinghouse_id")
SAMPLES = [name for name, counts in TABLE.items() if counts[0] and "bad_segment" not in name and "predeter" not in name]


def claims_of(raw: bytes) -> list[ParsedClaim]:
    return [one for one in results(raw) if isinstance(one, ParsedClaim)]


def written(claims: Iterable[ParsedClaim], *, names_only: bool = False) -> bytes:
    """Write claims; with names_only, without the segments that no field holds."""
    pairs = []
    for one in claims:
        phi = {k: v for k, v in opened(one).items() if not names_only or not k.endswith("segments")}
        pairs.append((one.event, phi))
    return b"".join(write_claims(pairs, ADDRESS, NOW))


def held(one: ParsedClaim) -> dict[str, Any]:
    return {name: value for name, value in one.event.items() if name not in LINEAGE}


def assert_same(first: list[ParsedClaim], second: list[ParsedClaim], *, sealed: bool = True) -> None:
    assert [held(one) for one in second] == [held(one) for one in first]
    if sealed:
        assert [opened(one) for one in second] == [opened(one) for one in first]
        assert [sorted(one.unmapped) for one in second] == [sorted(one.unmapped) for one in first]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_written_and_read_again_is_the_same_open_and_sealed(name: str) -> None:
    claims = claims_of(shared(f"x12/{name}").read_bytes())
    again = results(written(claims))
    assert_same(claims, [one for one in again if isinstance(one, ParsedClaim)])
    assert not [one for one in again if isinstance(one, X12Problem) and one.severity != "warning"]


@pytest.mark.parametrize("name", SAMPLES)
def test_the_contract_alone_holds_what_it_has_fields_for(name: str) -> None:
    claims = claims_of(shared(f"x12/{name}").read_bytes())
    assert_same(claims, claims_of(written(claims, names_only=True)), sealed=False)


def test_the_example_round_trips() -> None:
    claims = claims_of(EXAMPLE.read_bytes())
    assert len(claims) == 12
    assert_same(claims, claims_of(written(claims)))


def test_a_changed_field_is_written_although_the_old_segment_was_kept() -> None:
    body = claim("A")
    body[1:1] = ["NM1*82*1*ZZDOC*JO****XX*1999000023", "PRV*PE*PXC*207Q00000X"]
    [found] = claims_of(x12(*PROVIDER, *subscriber(2), *body))
    found.event.update(rendering_npi="1999000031", frequency_code="7", original_reference="ICN1", payer_id="NEW01")
    [again] = claims_of(written([found]))
    assert (again.event["rendering_npi"], again.event["frequency_code"]) == ("1999000031", "7")
    assert (again.event["original_reference"], again.event["payer_id"]) == ("ICN1", "NEW01")


def test_values_that_hold_separators_come_through_whole() -> None:
    raw = x12(*PROVIDER, *subscriber(2), *claim("A*1~B:2"), guide="005010X222A1")
    raw = x12(*PROVIDER, *subscriber(2), *claim("ACCT")).translate(bytes.maketrans(b"*~:^", b"|\n>!"))
    raw = raw.replace(b"\n\n", b"\n").replace(b"ACCT", b"A*1~B:2^")
    [found] = claims_of(raw)
    assert opened(found)["account_number"] == "A*1~B:2^"
    assert_same([found], claims_of(written([found])))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 10**9), st.integers(0, 3), st.sampled_from(["UN", "MJ"])), min_size=1, max_size=8
    ),
    st.lists(st.sampled_from(["E119", "I10", "J020", "Z0000"]), min_size=1, max_size=12),
)
def test_lines_and_diagnoses_of_any_number_round_trip(lines: list[tuple[int, int, str]], codes: list[str]) -> None:
    body = [f"CLM*A*{money(sum(cents for cents, _, _ in lines))}***11:B:1*Y*A*Y*Y"]
    body.append("*".join(["HI", f"ABK:{codes[0]}", *(f"ABF:{code}" for code in codes[1:])]))
    for number, (cents, modifiers, basis) in enumerate(lines, 1):
        composite = ":".join(["HC", "99213", *["25", "59", "76"][:modifiers]])
        body += [f"LX*{number}", f"SV1*{composite}*{money(cents)}*{basis}*{number / 2}***{min(number, len(codes))}"]
        body.append(f"DTP*472*D8*202609{number:02d}")
    claims = claims_of(x12(*PROVIDER, *subscriber(2), *body))
    assert len(claims) == 1
    assert_same(claims, claims_of(written(claims)))


def test_a_claim_without_identifying_data_is_not_written() -> None:
    [found] = claims_of(x12(*PROVIDER, *subscriber(2), *claim("A")))
    with pytest.raises(BadInputError):
        list(write_claims([(found.event, {})], ADDRESS, NOW))


GOOD = x12(*PROVIDER, *subscriber(2), *claim("ZZACCT1"), *subscriber(3), *claim("ZZACCT2"))
MIXED = x12(*PROVIDER, *subscriber(2), *claim("ZZACCT1"), *claim("ZZBAD", "x"), *claim("ZZACCT2"))


def answers(raw: bytes, findings: dict[str, list[str]] | None = None) -> tuple[bytes, bytes]:
    [verdict] = judge_file(results(raw), SEALER, "acme", findings)
    return write_set_acks(verdict, NOW, 1), write_claim_acks(verdict, NOW, 2)


def test_a_good_file_is_accepted_at_both_levels() -> None:
    set_ack, claim_ack = answers(GOOD)
    assert [(one.event["level"], one.event["decision"]) for one in acks_of(set_ack)] == [("set", "A"), ("group", "A")]
    found = acks_of(claim_ack)
    assert [one.event["accepted"] for one in found] == [True] * 4
    assert [one.event["level"] for one in found] == ["receiver", "provider", "claim", "claim"]
    assert found[0].event["accepted_cents"] == 20000
    assert found[0].event["batch_reference"] == "1"
    tokens = [one.event["patient_control_token"] for one in claims_of(GOOD)]
    assert [one.event["subject_token"] for one in found[2:]] == tokens
    assert opened_remit(found[2], "acks.received")["name"]["last"] == "ZZCANARY"
    for answer in (set_ack, claim_ack):
        assert not [one for one in results(answer) if isinstance(one, X12Problem)]


def test_a_bad_claim_is_rejected_alone_and_named_in_both_answers() -> None:
    set_ack, claim_ack = answers(MIXED)
    one_set, segment, group = (one.event for one in acks_of(set_ack))
    assert (one_set["decision"], group["decision"], group["sets_accepted"]) == ("E", "E", 1)
    assert (segment["segment_id"], segment["error_codes"]) == ("CLM", ["8"])
    assert segment["elements"][0] | {"reference_number": None} == {
        "element": 2, "component": None, "repetition": None, "reference_number": None, "error_code": "6",
    }  # fmt: skip
    assert segment["patient_control_token"] is not None
    claims = [one.event for one in acks_of(claim_ack) if one.event["level"] == "claim"]
    assert [one["accepted"] for one in claims] == [True, False, True]
    assert (claims[1]["decision"], claims[1]["statuses"][0]["category_code"]) == ("U", "A7")
    assert claims[1]["patient_control_token"] == segment["patient_control_token"]


@pytest.mark.parametrize(
    ("right", "wrong", "set_code", "group_decision"),
    [
        (b"SE*", b"SE*9", "4", "R"),
        (b"*0001~\nGE", b"*0002~\nGE", "3", "R"),
        (b"005010X222A1", b"005010X298", "1", "R"),
        (b"ST*837", b"ST*276", "1", "R"),
    ],
)
def test_errors_of_the_set_reject_it_and_its_claims_get_no_277(
    right: bytes, wrong: bytes, set_code: str, group_decision: str
) -> None:
    set_ack, claim_ack = answers(GOOD.replace(right, wrong))
    events = [one.event for one in acks_of(set_ack)]
    assert (events[0]["decision"], events[0]["error_codes"]) == ("R", [set_code])
    assert (events[-1]["decision"], events[-1]["sets_accepted"]) == (group_decision, 0)
    assert claim_ack == b""


def test_findings_of_validation_reject_their_claim() -> None:
    first = claims_of(GOOD)[0].event["claim_id"]
    _, claim_ack = answers(GOOD, {first: ["A7:562:85", "A6:125:QC"]})
    claims = [one.event for one in acks_of(claim_ack) if one.event["level"] == "claim"]
    assert [one["accepted"] for one in claims] == [False, True]
    statuses = [(one["category_code"], one["status_code"], one["entity_code"]) for one in claims[0]["statuses"]]
    assert statuses == [("A7", "562", "85"), ("A6", "125", "QC")]


@pytest.mark.parametrize(
    ("right", "wrong", "decision", "code"),
    [
        (b"*0*T*:", b"*1*T*:", "A", "000"),
        (b"IEA*1*000000001", b"IEA*1*000000002", "E", "001"),
        (b"IEA*1*", b"IEA*3*", "E", "021"),
        (b"IEA*1*000000001~\n", b"", "E", "023"),
        (b"ISA*00*          *", b"ISA*00*         *", "E", "022"),
    ],
)
def test_a_ta1_says_what_is_wrong_with_the_interchange(right: bytes, wrong: bytes, decision: str, code: str) -> None:
    set_ack, _ = answers(GOOD.replace(right, wrong, 1))
    [first, *_] = acks_of(set_ack)
    assert (first.event["ack_type"], first.event["decision"], first.event["error_codes"]) == ("TA1", decision, [code])
    assert set_ack.split(b"~\n")[1].startswith(b"TA1*")


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (b"IEA*1*000000001~\n", b""),
        (b"IEA*1*", b"IEA*4*"),
        (b"GE*1*7~\n", b""),
        (b"GE*1*7", b"GE*3*7"),
        (b"GE*1*7", b"GE*1*8"),
        (b"GE*1*7~\nIEA*1*000000001~\n", b""),
    ],
)
def test_a_damaged_envelope_never_rejects_the_sets_that_were_taken(right: bytes, wrong: bytes) -> None:
    raw = GOOD.replace(right, wrong)
    set_ack, claim_ack = answers(raw)
    events = [one.event for one in acks_of(set_ack)]
    assert {one["decision"] for one in events} <= {"A", "E"}
    assert all(one["accepted"] for one in events)
    assert [code for one in events for code in one["error_codes"]]
    assert events[-1]["sets_accepted"] == 1
    assert [one.event["accepted"] for one in acks_of(claim_ack) if one.event["level"] == "claim"] == [True, True]


def test_an_interchange_none_of_whose_sets_was_taken_is_rejected() -> None:
    set_ack, claim_ack = answers(GOOD.replace(b"SE*", b"SE*9").replace(b"IEA*1*", b"IEA*2*"))
    assert [(one.event["ack_type"], one.event["decision"]) for one in acks_of(set_ack)] == [
        ("TA1", "R"), ("999", "R"), ("999", "R"),
    ]  # fmt: skip
    assert claim_ack == b""


def test_acknowledgements_are_never_acknowledged() -> None:
    set_ack, claim_ack = answers(GOOD)
    assert answers(set_ack) == (b"", b"")
    assert answers(claim_ack)[1] == b""


@settings(max_examples=120, deadline=None)
@given(st.sampled_from([GOOD, MIXED]), st.data())
def test_whatever_is_read_of_a_damaged_file_can_be_answered_and_written(file: bytes, data: st.DataObject) -> None:
    raw = bytearray(file)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 6))] = data.draw(
            st.sampled_from([b"", b"*", b"~", b":", b"0", b"~REF~"])
        )
    found = results(bytes(raw))
    for verdict in judge_file(found, SEALER, "acme"):
        for answer in (write_set_acks(verdict, NOW, 1), write_claim_acks(verdict, NOW, 2)):
            assert not [one for one in results(answer) if isinstance(one, X12Problem)] or not answer
    claims = [one for one in found if isinstance(one, ParsedClaim)]
    assert len(claims_of(written(claims))) == len(claims)
