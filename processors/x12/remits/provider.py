"""PLB: adjustments between payer and provider that belong to no claim."""

from __future__ import annotations

from typing import Any

from processors.x12.lineage import Intake
from processors.x12.values import cents, code, day, identifier

Adjustments = list[tuple[dict[str, Any], str]]
"""Provider adjustments as in the contract, each with its reference, which is to be sealed."""


def read_plb(elements: list[str], component: str, intake: Intake) -> tuple[Adjustments, list[int]]:
    """Read the pairs of reason and amount of one PLB.

    Returns:
        The adjustments, and the element numbers of pairs that lack their reason or amount.
    """
    e = elements + [""] * (15 - len(elements))
    found: Adjustments = []
    bad: list[int] = []
    for at in range(3, 14, 2):
        if not e[at] and not e[at + 1]:
            continue
        reason, _, reference = e[at].partition(component)
        reason_code, amount = code(reason, 2), cents(e[at + 1])
        if reason_code is None or amount is None:
            bad.append(at)
            continue
        token = None
        if reference.strip():
            token = intake.tokenizer.token(intake.tenant_id, "patient_control", reference)
        adjustment = {"provider_id": identifier(e[1], 50), "fiscal_period_end": day(e[2].strip()),
            "reason_code": reason_code, "reference_token": token, "amount_cents": amount}  # fmt: skip
        found.append((adjustment, reference))
    return found, bad
