"""Measure prices by contract on this machine: `POLARS_MAX_THREADS=1 python -m tests.unit.pricing.measure_contracts`.

25 payers, ten of them with a contract of five terms; claims of one to five lines, one in ten of a hospital stay.
"""

from __future__ import annotations

import gc
import random
import sys
from functools import partial
from typing import Any

from processors.batch import ClaimBatch
from processors.pricing import PriceBook, price
from processors.pricing.contracts import ContractSet, apply_contracts
from processors.validation.examples import example_batch
from reference import starter
from tests.unit.measure_processors import best_cpu_ms
from tests.unit.pricing.contract_files import contract, load

SIZES = (100, 4_000)
CODES = ("99213", "71046", "20610", "99214", "90471", "80053", "93000", "36415", "70450", "97110")
_STAY = [
    {"revenue_code": "0120", "units": 3.0, "unit_basis": "DA", "charge_cents": 900_000},
    {"revenue_code": "0250", "charge_cents": 33_333},
]
_TERMS: tuple[dict[str, Any], ...] = (
    {"when": {"codes": ["90460-90474", "G0008-G0010"]}, "method": "fee_table", "file": "fees.csv"},
    {"when": {"codes": ["70010-79999"], "modifiers": ["26"]}, "method": "percent_of_medicare", "percent": 110},
    {
        "when": {"claim_types": ["institutional"]},
        "method": "per_diem",
        "rates": [{"revenue_codes": ["0110-0169"], "rate": "1200.00"}],
    },
    {"method": "percent_of_medicare", "percent": 120},
    {"method": "percent_of_charge", "percent": 60},
)


def contracts(payers: list[str], *, fixed_year: bool) -> ContractSet:
    """Return a contract for each of some payers, the last one by a fixed Medicare year if wanted."""
    codes = starter.fee_schedule()["hcpcs"].unique().sort()
    table = "procedure_code,rate\n" + "".join(f"{code},{number % 300 + 10}.25\n" for number, code in enumerate(codes))
    stated = [contract(*_TERMS, id=f"contract-{payer}", payers=[payer]) for payer in payers]
    if fixed_year:
        stated[-1]["terms"][3]["year"] = 2025
    return load(*stated, tables={"fees.csv": table})


def claims(size: int, payers: list[str]) -> ClaimBatch:
    """Return claims of all payers, the same ones every time."""
    chance = random.Random(7)  # noqa: S311 - test data
    kinds: list[dict[str, Any]] = []
    for number in range(200):
        payer = {"payer_id": payers[number % len(payers)]}
        if number % 10 == 0:
            kinds.append({**payer, "claim_type": "institutional", "lines": _STAY})
            continue
        lines = [
            {"procedure_code": chance.choice(CODES), "charge_cents": chance.randint(5_000, 40_000)}
            for _ in range(chance.randint(1, 5))
        ]
        kinds.append({**payer, "lines": lines})
    return example_batch(kinds).take([chance.randrange(len(kinds)) for _ in range(size)])


def main() -> None:
    """Print processor time by batch size."""
    book, payers = PriceBook.starter(), starter.payers()["payer_id"].to_list()
    sets = {
        "contracts": contracts(payers[:10], fixed_year=False),
        "fixed year": contracts(payers[:10], fixed_year=True),
    }
    gc.collect()
    gc.freeze()
    for size in SIZES:
        batch = claims(size, payers)
        priced = price(batch, book)
        steps = {"price": partial(price, batch, book)}
        steps |= {name: partial(apply_contracts, priced, book, agreed) for name, agreed in sets.items()}
        for name, step in steps.items():
            spent = best_cpu_ms(step, repeats=40)
            sys.stdout.write(f"{name:10s} {size:6d} claims {spent:7.2f} ms {spent / size * 1e3:8.2f} us/claim\n")


if __name__ == "__main__":
    main()
