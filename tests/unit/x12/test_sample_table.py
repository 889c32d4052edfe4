"""The table of published samples: claims, claim payments and verdicts in each, and whether its payments balance."""

import pytest

from claimstream.x12.report import FileReport
from processors.x12 import read_file
from tests.shared_data import shared
from tests.unit.x12.reading import INTAKE, remits_of

P = "stupidedi/X222A1_HC837_Health_Care_Claim_Professional_pass_"
I = "stupidedi/X223A2_HC837_Health_Care_Claim_Institutional_pass_"  # noqa: E741 - beside P and D
D = "stupidedi/X224A2_HC837_Health_Care_Claim_Dental_pass_"
R = "stupidedi/X221A1_HP835_Health_Care_Claim_Payment_Advice_pass_"

# file: claims, claim payments, verdicts, balanced (None: no 835), problem codes that are errors
TABLE: dict[str, tuple[int, int, int, bool | None, set[str]]] = {
    "imsweb/837_5010_x12_valid.txt": (2, 0, 0, None, {"se_count"}),
    "imsweb/837_5010_x12_valid_different_separators.txt": (2, 0, 0, None, {"se_count"}),
    "imsweb/837_5010_x12_multiple_isa.txt": (4, 0, 0, None, {"se_count"}),
    "imsweb/837_5010_x12_multiple_gs.txt": (6, 0, 0, None, {"se_count", "iea_count"}),
    "imsweb/837_5010_x12_bad_first_line.txt": (2, 0, 0, None, {"se_count"}),
    "imsweb/837_5010_x12_bad_segment_identifier.txt": (2, 0, 0, None, {"se_count"}),
    "imsweb/837_5010_x12_missing_elements.txt": (2, 0, 0, None, {"se_count"}),
    "imsweb/837_5010_x12_segments_out_of_order.txt": (2, 0, 0, None, {"se_count"}),
    "imsweb/837_5010_x12_no_isa_line.txt": (2, 0, 0, None, {"isa_missing", "se_count"}),
    "imsweb/277_5010_x12_277CA_accepted.txt": (0, 0, 2, None, set()),
    "imsweb/277_5010_x12_277CA_rejected.txt": (0, 0, 2, None, set()),
    "imsweb/837_5010_x12_999_accepted.txt": (0, 0, 2, None, {"iea_control"}),
    "imsweb/837_5010_x12_999_rejected.txt": (0, 0, 3, None, set()),
    "pyx12/tests_834_lui_id_5010.999.txt": (0, 0, 8, None, set()),
    "pyx12/tests_835_mult_loops.txt": (0, 1, 0, True, set()),
    "stupidedi/X231A1_FA999_Implementation_Acknowledgment_for_Health_Care_Insurance_pass_"
    "response-to-functional-group-containing-3-837s.edi": (0, 0, 6, None, set()),
    f"{P}COB-claim-from-payer-a-to-payer-b-in-payer-to-payer.edi": (1, 0, 0, None, set()),
    f"{P}medicare-secondary-payer-COB.edi": (1, 0, 0, None, set()),
    f"{P}home-infusion-therapy-pharmacy-_adjudicated-with-NDC-in-loop-2410_.edi": (1, 0, 0, None, set()),
    f"{P}ambulance.edi": (1, 0, 0, None, set()),
    f"{P}oxygen.edi": (1, 0, 0, None, set()),
    f"{P}wheelchair.edi": (1, 0, 0, None, set()),
    f"{P}anesthesia.edi": (1, 0, 0, None, set()),
    f"{P}chiropractic.edi": (1, 0, 0, None, set()),
    f"{P}ppo-repriced-claim.edi": (1, 0, 0, None, set()),
    f"{P}out-of-network-repriced-claim.edi": (1, 0, 0, None, set()),
    f"{I}two-claims-for-the-same-provider.edi": (2, 0, 0, None, set()),
    f"{I}837-institutional-claim.edi": (1, 0, 0, None, set()),
    f"{I}ppo-repriced-claim.edi": (1, 0, 0, None, set()),
    f"{D}claim-from-billing-provider-to-payer-b.edi": (1, 0, 0, None, set()),
    f"{D}sales-tax.edi": (1, 0, 0, None, set()),
    f"{D}orthodontic-treatment-plan.edi": (1, 0, 0, None, set()),
    f"{D}predetermination-of-benefits.edi": (1, 0, 0, None, {"predetermination"}),
    f"{D}claim-multi-quantity-single-line.edi": (1, 0, 0, None, set()),
    f"{R}multiple-claims-single-check.edi": (0, 9, 0, True, set()),
    f"{R}dollars-and-data-sent-together.edi": (0, 2, 0, True, set()),
    f"{R}secondary-payments.edi": (0, 2, 0, True, set()),
    f"{R}tertiary-payments.edi": (0, 1, 0, True, set()),
    "linuxforhealth/837_005010X222A2_demo.cob.example3.B.837": (1, 0, 0, None, set()),
    "linuxforhealth/837_005010X222A2_demo.cob.example3.C.837": (1, 0, 0, None, set()),
    "linuxforhealth/837_005010X222A2_demo.example2.837": (1, 0, 0, None, set()),
    "linuxforhealth/837_005010X222A2_demo.example11.837": (1, 0, 0, None, set()),
    "linuxforhealth/837_005010X223A3_two-claims-single-provider.837i": (2, 0, 0, None, set()),
    "linuxforhealth/835_005010X221A1_medicare-part-a.835": (0, 2, 0, True, set()),
    # SVC01 and SVC02 run into one another (HC*24599.00 for HC:24599): the line cannot balance.
    "linuxforhealth/835_005010X221A1_tertiary-payment.835": (0, 1, 0, False, set()),
    "tastypackets/multi-line-not-delimited.edi": (0, 3, 0, True, set()),
    "tastypackets/profee-one-line.edi": (0, 3, 0, True, set()),
    "tastypackets/profee.edi": (0, 3, 0, True, set()),
    "edi-835-parser/united_healthcare_legacy_sample.txt": (0, 2, 0, True, set()),
    # No ISA, GS, GE or IEA; one SVC has ten elements.
    "edi-835-parser/blue_cross_nc_sample.txt": (0, 1, 0, True, {"gs_missing", "se_count"}),
}


@pytest.mark.parametrize("name", TABLE)
def test_a_sample_holds_what_the_table_says(name: str) -> None:
    report = FileReport()
    for result in read_file(shared(f"x12/{name}"), INTAKE):
        report.add(result)
    errors = {problem.code for problem in report.problems if problem.severity != "warning"}
    found = (report.claims, report.remit_claims, report.ack_records, report.balanced, errors)
    assert found == TABLE[name]
    assert report.claims_rejected == 0


def test_the_table_names_every_sample() -> None:
    root = shared("x12")
    files = {str(file.relative_to(root)) for file in root.rglob("*") if file.is_file() and file.suffix != ".md"}
    assert files == set(TABLE)


@pytest.mark.parametrize("twin", ["multi-line-not-delimited.edi", "profee.edi"])
def test_twins_with_other_line_ends_give_the_same_claim_payments(twin: str) -> None:
    of_bytes = {"event_id", "_hash", "phi", "source_byte_start", "source_byte_end"}
    one, other = (
        [{k: v for k, v in found.event.items() if k not in of_bytes} for found in remits_of(file.read_bytes())]
        for file in (shared("x12/tastypackets/profee-one-line.edi"), shared(f"x12/tastypackets/{twin}"))
    )
    assert one == other
