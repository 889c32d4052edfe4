"""Contract files for tests: written to a folder, loaded, and applied to example claims."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from processors.batch import ClaimBatch
from processors.pricing import PriceBook, price
from processors.pricing.contracts import ContractSet, apply_contracts
from processors.validation.examples import example_batch

HEAD: dict[str, Any] = {
    "id": "harbor",
    "tenant": "example",
    "payers": ["CSCOM01"],
    "effective_from": "2026-01-01",
}
"""A contract for the example claims, but for its terms."""


def contract(*terms: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """Return what a contract file says: these terms, named t1, t2, ... where they have no id."""
    named = [{"id": f"t{number}", **term} for number, term in enumerate(terms, start=1)]
    return {**HEAD, **changes, "terms": named}


def load(*contracts: Mapping[str, Any], tables: Mapping[str, str] | None = None) -> ContractSet:
    """Return the set of these contracts; tables are the contents of their fee tables by file name."""
    with tempfile.TemporaryDirectory() as folder:
        for number, stated in enumerate(contracts):
            text = yaml.safe_dump(dict(stated), sort_keys=False)
            (Path(folder) / f"{number}.yaml").write_text(text, encoding="utf-8")
        for name, content in (tables or {}).items():
            (Path(folder) / name).write_text(content, encoding="utf-8")
        return ContractSet.load(Path(folder))


def applied(contracts: ContractSet, claims: Sequence[Mapping[str, Any]]) -> ClaimBatch:
    """Return example claims with these changes, priced by the starter book and by contracts."""
    book = PriceBook.starter()
    return apply_contracts(price(example_batch(claims), book), book, contracts)


def cents(batch: ClaimBatch) -> list[int | None]:
    """Return the amounts of all lines."""
    return batch.lines["expected_allowed_cents"].to_list()


def steps(batch: ClaimBatch) -> list[list[tuple[str, int | None, int]]]:
    """Return the steps of all lines."""
    return [[tuple(step.values()) for step in of_line] for of_line in batch.lines["price_steps"].to_list()]
