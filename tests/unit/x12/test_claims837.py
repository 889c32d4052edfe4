"""One claim after another: fields, identities, sealing and rejections."""

import hashlib
import json
from datetime import date

import pytest

from schemas.codec.records import decode_record, encode_record
from schemas.contracts import CLAIMS_SUBMITTED
from schemas.edges import Claim
from schemas.registry import CheckedInIds
from tests.unit.x12.both_ways import same
from tests.unit.x12.reading import EXAMPLE, PROVIDER, claim, opened, read, subscriber, x12

FILE = x12(*PROVIDER, *subscriber(2), *claim())


def test_an_event_has_exactly_the_fields_of_the_contract_and_survives_its_codec() -> None:
    [found], problems = read(FILE)
    assert problems == []
    assert set(found.event) == set(CLAIMS_SUBMITTED.field_names)
    ids = CheckedInIds()
    wire = encode_record(CLAIMS_SUBMITTED, ids, found.event)
    assert decode_record(CLAIMS_SUBMITTED, ids, wire) == found.event


def test_events_of_the_example_pass_the_strict_model_of_the_edges() -> None:
    claims, problems = read(EXAMPLE.read_bytes())
    assert problems == []
    assert len(claims) == 12
    for found in claims:
        fields = {name: value for name, value in found.event.items() if name != "phi"}
        assert Claim.parse(fields).to_event() == {**found.event, "phi": None}


def test_no_private_value_is_in_clear_anywhere() -> None:
    claims, _ = read(EXAMPLE.read_bytes())
    for found in claims:
        clear = repr(
            {**found.event, "phi": None, "original_reference": None, "clearinghouse_id": None}
        )  # numbers of payer and receiver
        assert "ZZACCT" in repr(opened(found))
        for canary in ("ZZ", "CANARY", "LANE", "19750412", "1975, 4, 12", "336020001", "1931"):
            assert canary not in clear, canary
        assert b"CANARY" not in found.event["phi"]


@pytest.mark.parametrize(
    ("receiver", "expected"),
    [("NM1*40*2*HOUSE*****46*CH01", "CH01"), ("NM1*40*1*ZZCANARY*ANN****46*ZZ1", None), ("NM1*40*2*HOUSE", None)],
)
def test_a_claim_names_the_organisation_that_its_file_is_sent_to(receiver: str, expected: str | None) -> None:
    levels = [segment for at in range(6) for segment in (*subscriber(at + 2), *claim(f"ZZACCT{at}"))]
    raw = x12("NM1*41*2*S*****46*ZZS", receiver, *PROVIDER, *levels)
    assert {found.event["clearinghouse_id"] for found in read(raw)[0]} == {expected}
    assert same(raw) == (6, 6)


def test_sealed_fields_hold_what_was_sent() -> None:
    [found], _ = read(x12(*PROVIDER, *subscriber(2), *claim("ZZ acct/1", "100", "NTE*ADD*ZZCANARY: A NOTE")))
    sealed = opened(found)
    assert sealed["account_number"] == "ZZ acct/1"
    assert sealed["group_number"] == "ZZGROUP"
    assert sealed["subscriber"]["id"] == "ZZMEM1"
    assert sealed["subscriber"]["address"] == ["1 ZZCANARY LANE"]
    assert sealed["line_notes"] == [[1, "ADD", "ZZCANARY: A NOTE"]]
    assert found.event["lines"][0]["note_present"] is True


def test_a_file_read_twice_gives_the_same_events_and_ids_hold_the_tenant_apart() -> None:
    def ids(tenant: str) -> list[tuple[str, str, str]]:
        return [(c.event["event_id"], c.event["claim_id"], c.event["patient_token"]) for c in read(FILE, tenant)[0]]

    assert ids("acme") == ids("acme")
    assert not set(ids("acme")[0]) & set(ids("globex")[0])


def test_lineage_is_the_hash_of_the_claims_own_bytes() -> None:
    claims, _ = read(EXAMPLE.read_bytes())
    raw = EXAMPLE.read_bytes()
    for found in claims:
        own = raw[found.event["source_byte_start"] : found.event["source_byte_end"]]
        assert own.startswith(b"CLM*")
        assert found.event["_hash"] == hashlib.sha256(own).hexdigest()
    assert len({found.event["event_id"] for found in claims}) == 12


def test_chunks_of_any_size_give_the_same_claims() -> None:
    raw = EXAMPLE.read_bytes()
    whole = [one.event["event_id"] for one in read(raw)[0]]
    for size in (1, 7, 105, 106, 107, 1000):
        chunks = (raw[at : at + size] for at in range(0, len(raw), size))
        assert [one.event["event_id"] for one in read(chunks)[0]] == whole


AMOUNTS = {
    "100": 10000, "0.1": 10, ".29": 29, "19.990": 1999, "4.35": 435, "-5.5": -550,
    "90071992547409.93": 9007199254740993, "1.005000": None, "1e3": None, "": None, "NaN": None,
    "1,000": None, "\u0661": None, ".": None, "-": None,
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), AMOUNTS.items())
def test_money_is_exact_cents_or_the_claim_is_rejected(text: str, expected: int | None) -> None:
    claims, problems = read(x12(*PROVIDER, *subscriber(2), *claim("A", text), *subscriber(3), *claim("B")))
    if expected is None:
        assert [problem.code for problem in problems] == ["amount"]
        assert (problems[0].segment_id, problems[0].element, problems[0].claim_ordinal) == ("CLM", 2, 1)
        assert len(claims) == 1
    else:
        assert claims[0].event["total_charge_cents"] == expected
        assert claims[0].event["lines"][0]["charge_cents"] == expected


def test_a_dependent_is_the_patient_and_state_resets_with_the_next_subscriber() -> None:
    dependent = ["HL*3*2*23*0", "PAT*19", "NM1*QC*1*ZZCANARY*KID", "N4*MIAMI*GA*30301", "DMG*D8*20200910*M"]
    body = [*subscriber(2, relationship=""), *dependent, *claim("A"), *subscriber(4, "ZZMEM2"), *claim("B")]
    (kid, other), problems = read(x12(*PROVIDER, *body))
    assert problems == []
    assert (kid.event["patient_age_years"], kid.event["patient_sex"], kid.event["patient_state"]) == (
        6,
        "M",
        "GA",
    )
    assert kid.event["patient_relationship"] == "19"
    assert opened(kid)["patient"]["first"] == "KID"
    assert (other.event["patient_age_years"], other.event["patient_relationship"]) == (46, "18")
    assert "patient" not in opened(other)
    assert kid.event["patient_token"] != other.event["patient_token"]


def test_one_patient_has_one_token_and_unknown_patients_have_one_each() -> None:
    unknown = ["HL*9*1*22*0", "SBR*P*18", "NM1*PR*2*PAYER*****PI*CSCOM01"]
    body = [*subscriber(2), *claim("A"), *claim("B"), *unknown, *claim("C"), *unknown, *claim("D")]
    claims, _ = read(x12(*PROVIDER, *body))
    tokens = [one.event["patient_token"] for one in claims]
    assert tokens[0] == tokens[1]
    assert len(set(tokens)) == 3
    assert [one.event["member_id_present"] for one in claims] == [True, True, False, False]


def test_pointers_and_several_hi_segments_keep_their_order() -> None:
    body = claim("A")
    body.insert(2, "HI*ABF:J020*ABF:R51.9")
    body[4] = "SV1*HC:99213*100*UN*1.5***1:4:12"
    [found], _ = read(x12(*PROVIDER, *subscriber(2), *body))
    assert found.event["diagnosis_codes"] == ["E119", "I10", "J020", "R519"]
    assert found.event["lines"][0]["diagnosis_pointers"] == [1, 4, 12]
    assert found.event["lines"][0]["units"] == 1.5


@pytest.mark.parametrize(
    ("code", "expected"),
    [("MA", "medicare"),
     ("MB", "medicare"), ("MC", "medicaid"), ("16", "medicare_advantage"), ("CH", "tricare"),
     ("WC", "workers_comp"), ("BL", "commercial"), ("HM", "commercial"), ("ZZ", "other"), ("", None)],
)  # fmt: skip
def test_the_payer_type_follows_the_filing_code(code: str, expected: str | None) -> None:
    body = [one.replace("*CI", f"*{code}") if one.startswith("SBR") else one for one in subscriber(2)]
    [found], _ = read(x12(*PROVIDER, *body, *claim()))
    assert found.event["payer_type"] == expected


def test_a_social_security_number_as_tax_id_stays_sealed() -> None:
    provider = [*PROVIDER[:-1], "REF*EI*123-45-6789"]
    [found], _ = read(x12(*provider, *subscriber(2), *claim()))
    assert found.event["billing_tax_id"] is None
    assert "123456789" not in repr(found).replace("-", "")
    assert "123-45-6789" in repr(opened(found)["billing_provider"])


def test_nothing_that_is_said_of_a_person_or_place_is_dropped() -> None:
    body = [
        one.replace("N4*TAMPA*FL*336021234", "N4*TAMPA*FL*336021234*US*CY*ZZPLACE*ZZSUB").replace(
            "DMG*D8*19800229*F", "DMG*D8*19800229*F*M*C:RET:2106*1*US*ZZV*1*RET*ZZRACE"
        )
        for one in subscriber(2)
    ]
    again = [*body[:-1], "N4*ZZSECOND*GA*30301", "DMG*D8*19790101*M", body[-1]]
    plain = [segment for at in range(3, 40) for segment in (*subscriber(at), *claim(f"ZZACCT{at}"))]
    for levels in (body, again):
        for raw in (x12(*PROVIDER, *levels, *claim()), x12(*PROVIDER, *plain, *levels, *claim())):
            found = read(raw)[0][-1]
            text = json.dumps(opened(found))
            for segment in (one for one in levels if one.startswith(("N4", "DMG"))):
                values = segment.split("*")[2 if segment.startswith("DMG") else 1 :]
                assert not [value for value in values if value and value not in text]
            assert opened(found)["subscriber"]["subdivision"] == "ZZSUB"
            assert found.event["patient_sex"] == "F"


def test_small_zip_areas_and_high_ages_are_coarsened() -> None:
    body = [one.replace("336021234", "03601").replace("19800229", "19200101") for one in subscriber(2)]
    [found], _ = read(x12(*PROVIDER, *body, *claim()))
    assert (found.event["patient_zip3"], found.event["patient_age_years"]) == ("000", 90)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (["CLM**100***11:B:1", "LX*1", "SV1*HC:99213*100*UN*1***1"], "account_number"),
        (["CLM*A*100***11:B:1"], "no_lines"),
        (["CLM*A*100***11:B:1", "LX*1", "LX*2", "SV1*HC:99213*100*UN*1***1"], "line_without_service"),
        (["CLM*A*100***11:B:1", "LX*1", "SV1*HC:99213*ZZCANARY*UN*1***1"], "amount"),
        (["CLM*A*100***11:B:1", "LX*1", "SV1*HC:99213*100*UN*ZZCANARY***1"], "quantity"),
        (["CLM*A*100***11:B:1", "SV1*HC:99213*100*UN*1***1"], "line_without_lx"),
        (["CLM*A*100***11:B:1", "LX*1", "SV2*0300*HC:99213*100*UN*1"], "service_kind"),
        (
            ["CLM*A*1***11:B:1", "LX*1", "SV1*HC:1*1*UN*1", "HI*ABK:E119", "LX*1", "SV1*HC:1*1*UN*1"],
            "clm_lost",
        ),
    ],
)
def test_a_bad_claim_is_rejected_alone(wrong: list[str], code: str) -> None:
    body = [*subscriber(2), *claim("B1"), *subscriber(3), *wrong, *claim("B2"), *subscriber(4), *claim("B3")]
    claims, problems = read(x12(*PROVIDER, *body))
    assert [opened(one)["account_number"] for one in claims] == ["B1", "B2", "B3"]
    [problem] = problems
    assert (problem.code, problem.level, problem.severity, problem.claims_affected) == (
        code,
        "claim",
        "error",
        1,
    )
    assert problem.claim_ordinal == 2
    assert problem.remedy
    assert "ZZCANARY" not in repr(problem)


def test_bad_dates_and_codes_become_nulls_with_a_warning() -> None:
    body = claim("A")
    body[3] = "SV1*HC:99213:ZZCANARY*100*UN*1*ZZCANARY**1:x"
    body[4] = "DTP*472*D8*20260231"
    [found], problems = read(x12(*PROVIDER, *subscriber(2), *body))
    line = found.event["lines"][0]
    assert (line["service_from"], line["modifiers"], line["place_of_service"]) == (None, [], None)
    assert line["diagnosis_pointers"] == [1]
    assert {problem.code for problem in problems} == {"modifier", "pointer", "date"}
    assert all(problem.severity == "warning" for problem in problems)
    assert "ZZCANARY" not in repr(problems)


def test_dates_span_the_lines() -> None:
    more = ["LX*2", "SV1*HC:99214*0*UN*1***1", "DTP*472*RD8*20260901-20260930"]
    [found], _ = read(x12(*PROVIDER, *subscriber(2), *claim("A", "100", *more)))
    assert (found.event["service_from"], found.event["service_to"]) == (date(2026, 9, 1), date(2026, 9, 30))


def test_a_referral_and_an_authorisation_are_announced_and_sealed() -> None:
    body = claim("A")
    body[1:1] = ["REF*G1*ZZAUTH", "REF*9F*ZZREF", "REF*F8*PCN-77", "PWK*OZ*EL", "AMT*F5*12.5"]
    [found], _ = read(x12(*PROVIDER, *subscriber(2), *body))
    event = found.event
    assert (event["prior_auth_on_file"], event["referral_on_file"], event["attachment_count"]) == (
        True,
        True,
        1,
    )
    assert (event["original_reference"], event["patient_paid_cents"]) == ("PCN-77", 1250)
    assert opened(found)["authorizations"] == ["ZZAUTH"]


def test_an_authorisation_of_another_payer_is_not_the_claims() -> None:
    body = claim("A")
    body[2:2] = ["SBR*S*18*******MB", "NM1*IL*1*X*Y****MI*1", "NM1*PR*2*P*****PI*CSMCR01", "REF*G1*ZZAUTH"]
    [found], _ = read(x12(*PROVIDER, *subscriber(2), *body))
    assert found.event["prior_auth_on_file"] is False
    assert found.event["payer_id"] == "CSCOM01"
    assert found.event["other_payers"][0]["payer_id"] == "CSMCR01"


def test_names_with_other_alphabets_are_sealed_whole() -> None:
    [found], _ = read(x12(*PROVIDER, *subscriber(2, first="JOS\u00c9 ISAAC"), *claim()))
    assert opened(found)["subscriber"]["first"] == "JOS\u00c9 ISAAC"
