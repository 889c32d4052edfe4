"""What an adjudication is counted under: the scopes of history and the keys in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from processors.features.families import family_of

ALL = "all"
_CATEGORY_LENGTH = 3
"""A diagnosis is counted by its category: the first three characters."""


class RateKey(NamedTuple):
    """One rate.

    Attributes:
        scope: What the key names.
        key: Values joined by a bar.
    """

    scope: str
    key: str


def claim_keys(row: Mapping[str, Any]) -> Iterator[RateKey]:
    """Yield what a row of claims.adjudicated is counted under, each once.

    Args:
        row: The row; `principal_diagnosis` may be added to it. Procedures are the billed ones.
    """
    payer, provider = row.get("payer_id"), row.get("billing_npi")
    diagnosis = row.get("principal_diagnosis")
    procedures = dict.fromkeys(code for line in row["lines"] if (code := billed_procedure(line)))
    yield RateKey(ALL, ALL)
    if payer:
        yield RateKey("payer", payer)
    if provider:
        yield RateKey("provider", provider)
    if payer and provider:
        yield RateKey("payer_provider", f"{payer}|{provider}")
    if diagnosis:
        yield RateKey("diagnosis", diagnosis[:_CATEGORY_LENGTH])
    for procedure in procedures:
        yield from _procedure_keys(procedure, payer, provider)
    if payer:
        for family in dict.fromkeys(map(family_of, procedures)):
            yield RateKey("payer_procedure_family", f"{payer}|{family}")


def billed_procedure(line: Mapping[str, Any]) -> str | None:
    """Return the procedure of a line as it was billed."""
    code: str | None = line["submitted_procedure_code"] or line["procedure_code"]
    return code


def _procedure_keys(procedure: str, payer: str | None, provider: str | None) -> Iterator[RateKey]:
    yield RateKey("procedure", procedure)
    if payer:
        yield RateKey("payer_procedure", f"{payer}|{procedure}")
    if provider:
        yield RateKey("provider_procedure", f"{provider}|{procedure}")
