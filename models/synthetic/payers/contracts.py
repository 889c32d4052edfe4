"""What synthetic payers agreed to pay: a share of Medicare, else a share of the charge."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from models.synthetic.world import the_world
from processors.pricing.contracts import ContractSet
from processors.pricing.contracts.contract import PayerContract
from processors.pricing.contracts.loading import LoadedContract

_IN_FORCE_FROM = "2020-01-01"
# Per cent of Medicare, per cent of the charge where Medicare has no rate.
_PERCENTS = {
    "medicare": (100.0, 38.0),
    "medicare_advantage": (102.0, 40.0),
    "medicaid": (78.0, 32.0),
    "exchange": (112.0, 46.0),
    "commercial": (124.0, 52.0),
    "tricare": (100.0, 42.0),
    "workers_comp": (130.0, 58.0),
    "other": (135.0, 62.0),
}
_STEP_BETWEEN_PAYERS = 3.0


def contract_texts(tenant_id: str) -> dict[str, dict[str, Any]]:
    """Return the contract of every payer as its YAML file has it, by contract id."""
    table = the_world().payers
    found = {}
    for number, (payer, kind) in enumerate(zip(table["payer_id"], table["payer_type"], strict=True)):
        medicare, charge = _PERCENTS[kind]
        step = _STEP_BETWEEN_PAYERS * (number % 4) if kind not in ("medicare", "tricare") else 0.0
        found[f"synthetic-{payer.lower()}"] = {
            "id": f"synthetic-{payer.lower()}",
            "tenant": tenant_id,
            "payers": [payer],
            "effective_from": _IN_FORCE_FROM,
            "lesser_of_charge": True,
            "terms": [
                {"id": "fees", "method": "percent_of_medicare", "percent": str(medicare + step)},
                {"id": "without-medicare-rate", "method": "percent_of_charge", "percent": str(charge + step)},
            ],
        }
    return found


@lru_cache(maxsize=4)
def contracts_of(tenant_id: str) -> ContractSet:
    """Return the contracts of a tenant with all synthetic payers."""
    texts = contract_texts(tenant_id)
    return ContractSet.of(
        LoadedContract(f"{name}.yaml", PayerContract.model_validate(text), {}) for name, text in texts.items()
    )


def write_contracts(folder: Path, tenant_id: str) -> int:
    """Write one file a contract, for CLAIMSTREAM_CONTRACTS, and return how many."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = contract_texts(tenant_id)
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(text, sort_keys=False), encoding="utf-8")
    return len(texts)
