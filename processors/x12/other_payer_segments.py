"""Segments about other payers (loops 2320, 2330 and 2430) into contract fields."""

from __future__ import annotations

from typing import Any

from processors.x12.claim_segments import keep
from processors.x12.draft import Draft
from processors.x12.values import cents, code, day, identifier, quantity


def read_sbr(draft: Draft, e: list[str]) -> None:
    """SBR after CLM opens another payer."""
    draft.loop, draft.entity = "2320", ""
    draft.payer = {
        "payer_id": None, "payer_sequence": code(e[1], 1) or "U", "claim_filing_code": code(e[9], 2),
        "paid_cents": None, "adjudicated_on": None, "adjustments": [],
    }  # fmt: skip
    draft.event["other_payers"].append(draft.payer)
    draft.retain(e)


def read_claim_cas(draft: Draft, e: list[str]) -> None:
    """CAS of the claim."""
    draft.payer["adjustments"].extend(adjustments(draft, e))


def read_line_cas(draft: Draft, e: list[str]) -> None:
    """CAS of a line."""
    draft.current_line()["adjustments"].extend(adjustments(draft, e))
    draft.retain(e)  # tells which payer of several made it


def read_payer_amt(draft: Draft, e: list[str]) -> None:
    """AMT D: what the other payer paid."""
    if e[1] != "D":
        keep(draft, e)
        return
    draft.payer["paid_cents"] = paid = cents(e[2])
    if paid is None:
        draft.warn("amount", "AMT02 is not an amount", 2)


def read_payer_nm1(draft: Draft, e: list[str]) -> None:
    """NM1 of loop 2330: other subscriber (sealed) or other payer."""
    draft.loop, draft.entity = "2330", e[1]
    if e[1] == "PR":
        draft.payer["payer_id"] = identifier(e[9])
    draft.retain(e)


def read_payer_dtp(draft: Draft, e: list[str]) -> None:
    """DTP 573 of the other payer: when it adjudicated."""
    if draft.entity == "PR" and e[1] == "573":
        draft.payer["adjudicated_on"] = found = day(e[3])
        if found is None:
            draft.warn("date", "DTP03 is not a date", 3)
    else:
        keep(draft, e)


def read_line_dtp(draft: Draft, e: list[str]) -> None:
    """DTP 573 of a line: stands for the other payer's date where it gave none for the claim."""
    found = day(e[3]) if e[1] == "573" else None
    for payer in draft.event["other_payers"]:
        if found is not None and payer["payer_id"] == draft.entity and payer["adjudicated_on"] is None:
            payer["adjudicated_on"] = found
    draft.retain(e)


def read_svd(draft: Draft, e: list[str]) -> None:
    """SVD opens what another payer did with the line; payments add up."""
    line = draft.current_line()
    draft.loop, draft.entity = "2430", e[1].strip()
    paid = cents(e[2])
    if paid is None:
        draft.warn("amount", "SVD02 is not an amount", 2)
    else:
        line["other_payer_paid_cents"] = (line["other_payer_paid_cents"] or 0) + paid
    draft.retain(e)


def adjustments(draft: Draft, e: list[str]) -> list[dict[str, Any]]:
    """Return the reason, amount, quantity triplets of a CAS, in order; empty quantities are common."""
    group = code(e[1], 2)
    found = []
    for at in range(2, 19, 3):
        reason, amount = code(e[at], 5), cents(e[at + 1]) if e[at + 1] else None
        if group is not None and reason is not None and amount is not None:
            units = quantity(e[at + 2]) if e[at + 2] else None
            found.append({"group_code": group, "carc": reason, "amount_cents": amount, "quantity": units})
        elif e[at] or e[at + 1]:
            draft.warn("adjustment", "A CAS adjustment lacks its group, reason or amount", at)
    return found
