"""What an adjudication is counted under: the scopes of history and the keys in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from processors.procedure_families import family_of

ALL = "all"
_CATEGORY_LENGTH = 3
"""A diagnosis is counted by its category: the first three characters."""


RateKey = tuple[str, str]
"""One rate: its scope (what the key names) and its key (values joined by a bar)."""


def claim_keys(row: Mapping[str, Any]) -> list[RateKey]:
    """Return what a row of claims.adjudicated is counted under, each once, the overall rate first.

    Args:
        row: The row; `principal_diagnosis` may be added to it. Procedures are the billed ones.
    """
    payer, provider = row.get("payer_id"), row.get("billing_npi")
    diagnosis = row.get("principal_diagnosis")
    procedures = dict.fromkeys([code for line in row["lines"] if (code := billed_procedure(line))])
    keys = [(ALL, ALL)]
    if payer:
        keys.append(("payer", payer))
    if provider:
        keys.append(("provider", provider))
    if payer and provider:
        keys.append(("payer_provider", f"{payer}|{provider}"))
    if diagnosis:
        keys.append(("diagnosis", diagnosis[:_CATEGORY_LENGTH]))
    for procedure in procedures:
        _add_procedure_keys(keys, procedure, payer, provider)
    if payer:
        families = dict.fromkeys([family_of(procedure) for procedure in procedures])
        keys += [("payer_procedure_family", f"{payer}|{family}") for family in families]
    return keys


def billed_procedure(line: Mapping[str, Any]) -> str | None:
    """Return the procedure of a line as it was billed."""
    code: str | None = line["submitted_procedure_code"] or line["procedure_code"]
    return code


def _add_procedure_keys(keys: list[RateKey], procedure: str, payer: str | None, provider: str | None) -> None:
    keys.append(("procedure", procedure))
    if payer:
        keys.append(("payer_procedure", f"{payer}|{procedure}"))
    if provider:
        keys.append(("provider_procedure", f"{provider}|{procedure}"))
