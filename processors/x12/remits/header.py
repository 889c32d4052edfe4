"""The header of an 835: payment, trace, payer and payee, read once for all claims of the transaction."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from processors.x12.lineage import Intake
from processors.x12.remits.defaults import PAYMENT_DEFAULTS, Event
from processors.x12.remits.frame import PaymentHeader
from processors.x12.remits.provider import read_plb
from processors.x12.remits.totals import signed_payment
from processors.x12.values import code, day, identifier

_SSN_FORM = re.compile(r"[0-9]{3}-[0-9]{2}-[0-9]{4}", re.ASCII)
_BLANK = [""] * 24


@dataclass(slots=True)
class Payment:
    """What the header says.

    Attributes:
        clear: Payment fields of remits.received.
        sealed: Names of payer and payee.
        by_reference: Provider adjustments of the transaction by what they refer to.
    """

    clear: Event
    sealed: dict[str, Any]
    by_reference: dict[str, list[dict[str, Any]]]


def read_header(header: PaymentHeader, component: str, intake: Intake) -> Payment:
    """Read the segments before the first claim payment, and the provider adjustments behind the last."""
    clear, party = PAYMENT_DEFAULTS.copy(), ""
    sealed: dict[str, Any] = {}
    payer_ids: dict[str, str] = {}
    for elements in header.segments:
        e = elements + _BLANK[len(elements) :]
        name = e[0]
        if name == "N1":
            party = e[1]
            _read_party(clear, sealed, payer_ids, e)
        elif name == "REF":
            _read_reference(clear, payer_ids, party, e)
        else:
            _read_payment(clear, e)
    clear["payer_id"] = identifier(payer_ids.get("2U") or payer_ids.get("N1") or "")
    totals = header.totals
    clear["transaction_claims"], clear["transaction_balanced"] = totals.claims, totals.balanced
    clear["transaction_difference_cents"] = totals.difference
    clear["provider_adjustment_cents"] = totals.adjusted
    clear["payment_id"] = intake.tokenizer.token(
        intake.tenant_id, "payment", *(str(clear[name]) for name in ("payer_id", "trace_origin", "trace_number",
        "payment_method", "paid_on", "payment_cents")),
    )  # fmt: skip
    by_reference: dict[str, list[dict[str, Any]]] = {}
    for elements in totals.adjustments:
        for adjustment, reference in read_plb(elements, component, intake)[0]:
            by_reference.setdefault(reference.strip(), []).append(adjustment)
    return Payment(clear, sealed, by_reference)


def _read_payment(clear: Event, e: list[str]) -> None:
    name = e[0]
    if name == "BPR":
        clear["payment_handling"], clear["payment_method"] = code(e[1], 2), code(e[4], 3)
        clear["payment_cents"], clear["paid_on"] = signed_payment(e[2], e[3]), day(e[16].strip())
    elif name == "TRN":
        clear["trace_number"], clear["trace_origin"] = identifier(e[2], 50), identifier(e[3], 10)
    elif name == "CUR":
        clear["currency"] = code(e[2], 3)
    elif name == "DTM" and e[1] == "405":
        clear["produced_on"] = day(e[2].strip())


def _read_party(clear: Event, sealed: dict[str, Any], payer_ids: dict[str, str], e: list[str]) -> None:
    if e[1] == "PR":
        payer_ids["N1"] = e[4]
        sealed["payer_name"] = e[2]
    elif e[1] == "PE":
        sealed["payee_name"] = e[2]
        if e[3] == "XX":
            clear["payee_npi"] = code(e[4], 15)
        elif e[3] == "FI":
            clear["payee_tax_id"] = employer_id(e[4])


def _read_reference(clear: Event, payer_ids: dict[str, str], party: str, e: list[str]) -> None:
    if party == "PR" and e[1] == "2U":
        payer_ids["2U"] = e[2]
    elif party == "PE" and e[1] == "TJ" and clear["payee_tax_id"] is None:
        clear["payee_tax_id"] = employer_id(e[2])


def employer_id(text: str) -> str | None:
    """Return a tax id of nine digits, without hyphen; null for anything in the form of a social security number."""
    stripped = text.strip()
    digits = stripped.replace("-", "")
    if _SSN_FORM.fullmatch(stripped) or len(digits) != 9 or not (digits.isascii() and digits.isdecimal()):
        return None
    return digits
