"""The example contracts through the whole claim pipeline, each amount worked by hand."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from processors.batch import ClaimBatch
from processors.pipeline import ClaimPipeline
from processors.pricing.contracts import ContractSet
from processors.validation.examples import example_batch
from reference.library import ReferenceLibrary

EXAMPLES = Path(__file__).parents[3] / "examples" / "contracts"


@cache
def pipeline() -> ClaimPipeline:
    families = ReferenceLibrary.starter().frame("procedure_families")
    return replace(ClaimPipeline.shipped(), contracts=ContractSet.load(EXAMPLES, families))


def scored(*claims: dict[str, Any]) -> ClaimBatch:
    return pipeline().run(example_batch([{"tenant_id": "demo", **claim} for claim in claims]))


def stay(*lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"claim_type": "institutional", "payer_id": "CSCOM06", "lines": list(lines), **changes}


ROOM = {"revenue_code": "0120", "procedure_code": None, "units": 3.0, "unit_basis": "DA", "charge_cents": 900_000}
CARE = {"revenue_code": "0200", "procedure_code": None, "units": 1.0, "unit_basis": "DA", "charge_cents": 700_000}
SURGERY = {"revenue_code": "0360", "procedure_code": None, "charge_cents": 2_000_000}
IMPLANT = {"revenue_code": "0278", "procedure_code": None, "charge_cents": 1_000_000}


def amounts(batch: ClaimBatch) -> list[int | None]:
    return batch.lines["expected_allowed_cents"].to_list()


def test_a_joint_replacement_is_a_case_with_its_implant_apart() -> None:
    # Implant 10,000.00 * 42.5 % = 4,250.00. Case 470 pays 21,800.00 for the other 29,000.00 of charges:
    # 9,000 / 29,000 of it is 6,765.51|72, 20,000 / 29,000 the rest.
    batch = scored(stay(ROOM, SURGERY, IMPLANT, drg_code="470"))
    assert amounts(batch) == [676_551, 1_503_449, 425_000]
    assert batch.claims["expected_allowed_cents"].to_list() == [2_180_000 + 425_000]
    assert batch.claims["price_basis"].to_list() == ["contract"]


def test_a_very_dear_case_has_a_stop_loss() -> None:
    # Charges 150,000.00, 30,000.00 above the threshold: 21,800.00 + 30,000.00 * 35 % = 32,300.00.
    batch = scored(stay({**SURGERY, "charge_cents": 15_000_000}, drg_code="470"))
    assert amounts(batch) == [3_230_000]
    assert batch.lines["price_steps"][0].struct.field("step").to_list() == [
        "contract:granite-employers-hospital/joint-replacement case_rate",
        "stop_loss",
    ]


def test_a_stay_without_a_case_is_paid_by_the_day() -> None:
    # Three days at 1,640.00 and one at 3,150.00: 8,070.00, and charges of 16,000.00 do not cap it.
    batch = scored(stay(ROOM, CARE, drg_code="194"))
    assert sum(amount or 0 for amount in amounts(batch)) == 807_000


def test_a_charge_below_the_days_is_what_is_paid() -> None:
    batch = scored(stay({**ROOM, "charge_cents": 100_000}, drg_code="194"))
    assert amounts(batch) == [100_000]


def test_an_outpatient_claim_is_a_case_or_a_share_of_its_charge() -> None:
    # Ambulatory surgery 2,350.00; anything else 2,000.00 * 48 % = 960.00.
    line = {**SURGERY, "charge_cents": 400_000}
    batch = scored(
        stay(line, type_of_bill="0831", drg_code=None),
        stay({**line, "charge_cents": 200_000}, type_of_bill="0131", drg_code=None),
    )
    assert amounts(batch) == [235_000, 96_000]


def test_professional_claims_are_paid_by_their_contract_of_the_day() -> None:
    # 99213 in South Carolina: 91.04 in 2026 * 1.225 = 111.52; the charge caps the second at 100.00.
    visit = {"procedure_code": "99213", "charge_cents": 50_000}
    batch = scored(
        {"payer_id": "CSCOM01", "lines": [visit]},
        {"payer_id": "CSCOM01", "lines": [{**visit, "charge_cents": 10_000}]},
        {"payer_id": "CSCOM01", "lines": [{"procedure_code": "36415", "charge_cents": 2_000}]},
        {"payer_id": "CSCOM06", "lines": [visit]},
        {"payer_id": "CSCOM02", "plan_type": "ppo", "lines": [{"procedure_code": "99203", "charge_cents": 50_000}]},
        {"payer_id": "CSCOM02", "plan_type": "hmo", "lines": [visit]},
        {"payer_id": "CSCOM01", "tenant_id": "another", "lines": [visit]},
    )
    assert amounts(batch) == [11_152, 10_000, 0, 10_743, 13_100, 9_104, 9_104]
    assert batch.claims["price_basis"].to_list() == [*["contract"] * 5, "fee_schedule", "fee_schedule"]
    assert all("+contracts-" in version for version in batch.claims["price_version"])
