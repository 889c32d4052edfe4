"""Published sample files: how many claims each holds, whatever its delimiters and faults."""

import pytest

from tests.shared_data import shared
from tests.unit.x12.reading import read

PROFESSIONAL = "stupidedi/X222A1_HC837_Health_Care_Claim_Professional_pass_"
INSTITUTIONAL = "stupidedi/X223A2_HC837_Health_Care_Claim_Institutional_pass_"
DENTAL = "stupidedi/X224A2_HC837_Health_Care_Claim_Dental_pass_"

CLAIMS = {
    "imsweb/837_5010_x12_valid.txt": 2,
    "imsweb/837_5010_x12_valid_different_separators.txt": 2,
    "imsweb/837_5010_x12_multiple_isa.txt": 4,
    "imsweb/837_5010_x12_multiple_gs.txt": 6,
    "imsweb/837_5010_x12_bad_first_line.txt": 2,
    "imsweb/837_5010_x12_bad_segment_identifier.txt": 2,
    "imsweb/837_5010_x12_missing_elements.txt": 2,
    "imsweb/837_5010_x12_segments_out_of_order.txt": 2,
    "imsweb/837_5010_x12_no_isa_line.txt": 2,
    "linuxforhealth/837_005010X222A2_demo.cob.example3.B.837": 1,
    "linuxforhealth/837_005010X222A2_demo.cob.example3.C.837": 1,
    "linuxforhealth/837_005010X222A2_demo.example2.837": 1,
    "linuxforhealth/837_005010X222A2_demo.example11.837": 1,
    "linuxforhealth/837_005010X223A3_two-claims-single-provider.837i": 2,
    f"{PROFESSIONAL}COB-claim-from-payer-a-to-payer-b-in-payer-to-payer.edi": 1,
    f"{PROFESSIONAL}medicare-secondary-payer-COB.edi": 1,
    f"{PROFESSIONAL}home-infusion-therapy-pharmacy-_adjudicated-with-NDC-in-loop-2410_.edi": 1,
    f"{PROFESSIONAL}ambulance.edi": 1,
    f"{PROFESSIONAL}oxygen.edi": 1,
    f"{PROFESSIONAL}wheelchair.edi": 1,
    f"{PROFESSIONAL}anesthesia.edi": 1,
    f"{PROFESSIONAL}chiropractic.edi": 1,
    f"{PROFESSIONAL}ppo-repriced-claim.edi": 1,
    f"{PROFESSIONAL}out-of-network-repriced-claim.edi": 1,
    f"{INSTITUTIONAL}two-claims-for-the-same-provider.edi": 2,
    f"{INSTITUTIONAL}837-institutional-claim.edi": 1,
    f"{INSTITUTIONAL}ppo-repriced-claim.edi": 1,
    f"{DENTAL}claim-from-billing-provider-to-payer-b.edi": 1,
    f"{DENTAL}sales-tax.edi": 1,
    f"{DENTAL}orthodontic-treatment-plan.edi": 1,
    f"{DENTAL}predetermination-of-benefits.edi": 0,  # not a claim to be paid
    f"{DENTAL}claim-multi-quantity-single-line.edi": 1,
}


@pytest.mark.parametrize("name", CLAIMS)
def test_every_claim_of_a_sample_is_read_or_reported(name: str) -> None:
    raw = shared(f"x12/{name}").read_bytes()
    claims, problems = read(raw)
    assert len(claims) == CLAIMS[name]
    assert claims or any(problem.severity != "warning" for problem in problems)
    for claim in claims:
        event = claim.event
        assert raw[claim.byte_start :].startswith(b"CLM")
        assert event["claim_type"] == {"2": "professional", "3": "institutional", "4": "dental"}.get(
            name.partition("X22")[2][:1], "professional"
        )
        if "imsweb" not in name:
            assert sum(line["charge_cents"] for line in event["lines"]) == event["total_charge_cents"]
            assert event["diagnosis_codes"] or event["claim_type"] == "dental"
            assert all(
                pointer <= len(event["diagnosis_codes"]) or event["claim_type"] == "dental"
                for line in event["lines"]
                for pointer in line["diagnosis_pointers"]
            )


def test_a_file_and_its_twin_with_other_delimiters_give_the_same_claims() -> None:
    plain, _ = read(shared("x12/imsweb/837_5010_x12_valid.txt").read_bytes())
    twin, _ = read(shared("x12/imsweb/837_5010_x12_valid_different_separators.txt").read_bytes())
    differing = ("event_id", "_hash", "phi")  # these are made of the raw bytes, or random
    for one, other in zip(plain, twin, strict=True):
        assert {k: v for k, v in one.event.items() if k not in differing} == {
            k: v for k, v in other.event.items() if k not in differing
        }


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("linuxforhealth/835_005010X221A1_medicare-part-a.835", "835"),
        ("imsweb/277_5010_x12_277CA_accepted.txt", "277"),
        ("pyx12/tests_834_lui_id_5010.999.txt", "999"),
    ],
)
def test_a_file_of_another_kind_is_named(name: str, said: str) -> None:
    claims, problems = read(shared(f"x12/{name}").read_bytes())
    assert not claims
    assert problems[0].code == "not_claims"
    assert said in problems[0].message


def test_coordination_of_benefits_is_read_as_it_stands() -> None:
    [claim], problems = read(
        shared(f"x12/{PROFESSIONAL}COB-claim-from-payer-a-to-payer-b-in-payer-to-payer.edi").read_bytes()
    )
    assert problems == []
    event = claim.event
    [payer] = event["other_payers"]
    assert (event["payer_sequence"], payer["payer_sequence"]) == ("S", "P")
    assert payer["paid_cents"] == 3915
    assert payer["payer_id"] == "999996666"
    assert str(payer["adjudicated_on"]) == "2005-10-15"
    assert payer["adjustments"] == [
        {"group_code": "PR", "carc": "1", "amount_cents": 2189, "quantity": None},
        {"group_code": "PR", "carc": "2", "amount_cents": 1500, "quantity": None},
    ]
    first = event["lines"][0]
    assert first["other_payer_paid_cents"] == 4000
    assert first["adjustments"] == [{"group_code": "CO", "carc": "42", "amount_cents": 300, "quantity": None}]
    assert [line["adjustments"] for line in event["lines"][1:]] == [[], []]


def test_institutional_fields_are_read() -> None:
    [claim], _ = read(shared(f"x12/{INSTITUTIONAL}837-institutional-claim.edi").read_bytes())
    event = claim.event
    assert event["type_of_bill"] == "0141"
    assert event["place_of_service"] is None
    assert event["diagnosis_codes"] == ["3669", "4019", "79431"]
    assert event["diagnosis_qualifiers"] == ["BK", "BF", "BF"]
    assert event["value_codes"] == [{"code": "A2", "amount_cents": 1531}]
    assert event["condition_codes"] == ["09"]
    assert [one["code"] for one in event["occurrences"]] == ["A1", "A2", "B1", "B2"]
    assert event["statement_from"] == event["statement_to"] == event["service_from"]
    assert (event["admission_type"], event["patient_status"]) == ("3", "01")
    assert event["lines"][1]["revenue_code"] == "0730"
    assert event["lines"][1]["units"] == 3.0


def test_dental_fields_are_read() -> None:
    [claim], _ = read(shared(f"x12/{DENTAL}claim-from-billing-provider-to-payer-b.edi").read_bytes())
    [line] = claim.event["lines"]
    assert (line["procedure_qualifier"], line["procedure_code"], line["tooth_codes"]) == (
        "AD",
        "D3320",
        ["5"],
    )
    assert str(line["service_from"]) == str(claim.event["service_from"]) == "2006-11-09"
    assert str(claim.event["other_payers"][0]["adjudicated_on"]) == "2006-11-22"


def test_drug_codes_belong_to_their_line() -> None:
    name = f"{PROFESSIONAL}home-infusion-therapy-pharmacy-_adjudicated-with-NDC-in-loop-2410_.edi"
    [claim], _ = read(shared(f"x12/{name}").read_bytes())
    assert [line["ndc_code"] for line in claim.event["lines"]][:3] == [None, "00004196501", "63323024910"]
    assert claim.event["lines"][2]["ndc_units"] == 14.0
    assert claim.event["total_charge_cents"] == 223293
