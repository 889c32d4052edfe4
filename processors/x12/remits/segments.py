"""Segments of a claim payment (loops 2100 and 2110) into contract fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from processors.x12.problems import ClaimRejectedError
from processors.x12.remits.draft import RemitDraft
from processors.x12.values import cents, code, day, identifier, quantity

Handler = Callable[[RemitDraft, list[str]], None]

_REMEDY = "Ask the payer for the claim payment again, and post this one by hand until then."
_MIA_REMARKS = frozenset({5, 20, 21, 22, 23})
_MIA_QUANTITIES = frozenset({1, 3, 15})
_MOA_REMARKS = frozenset({3, 4, 5, 6, 7})
_MOA_QUANTITIES = frozenset({1})
_CLAIM_DATES = {"232": "service_from", "233": "service_to", "050": "received_on", "036": "coverage_ended_on"}
_PEOPLE = {"QC": "patient", "IL": "subscriber", "74": "corrected", "82": "rendering", "TT": "crossover_payer",
    "PR": "corrected_payer"}  # fmt: skip


def _money(text: str, element: int, what: str) -> int:
    """Read an amount; nothing stands for zero.

    Raises:
        ClaimRejectedError: It is not an amount.
    """
    amount = cents(text) if text else 0
    if amount is None:
        raise ClaimRejectedError(element, "amount", f"{what} is not an amount", _REMEDY)
    return amount


def read_clp(draft: RemitDraft, e: list[str]) -> None:
    """CLP: account number, status, charge, payment and the payer's control number.

    Raises:
        ClaimRejectedError: Charge or payment are not amounts.
    """
    event = draft.event
    draft.sealed["account_number"] = e[1]
    if not e[1].strip():
        draft.warn("account_number", "CLP01 (patient account number) is empty; the payment joins no claim", 1)
    event["claim_status_code"] = status = code(e[2], 2)
    if status is None:
        draft.warn("claim_status", "CLP02 (claim status) is missing or not a code", 2)
    event["reversal"] = status == "22"
    event["charge_cents"] = _money(e[3], 3, "CLP03 (charge)")
    event["paid_cents"] = _money(e[4], 4, "CLP04 (payment)")
    if e[5]:
        event["patient_responsibility_cents"] = cents(e[5])
    event["claim_filing_code"] = code(e[6], 2)
    event["payer_claim_control_number"] = identifier(e[7], 50)
    event["facility_code"], event["frequency_code"] = code(e[8], 2), code(e[9], 1)
    event["patient_status"], event["drg_code"] = code(e[10], 2), code(e[11], 4)
    event["drg_weight"] = quantity(e[12]) if e[12] else None
    event["discharge_fraction"] = quantity(e[13]) if e[13] else None


def read_cas(draft: RemitDraft, e: list[str]) -> None:
    """CAS: reason, amount, quantity triplets of one group, for the claim or its open line."""
    found = (draft.line or draft.event)["adjustments"]
    group = code(e[1], 2)
    for at in range(2, 19, 3):
        text = e[at + 1]
        if not text and not e[at]:
            continue
        reason, amount = code(e[at], 5), cents(text)
        if group is None or reason is None or amount is None:
            draft.warn("adjustment", "A CAS adjustment lacks its group, reason or amount", at)
            continue
        units = e[at + 2]
        found.append({"group_code": group, "carc": reason, "amount_cents": amount,
            "quantity": quantity(units) if units else None})  # fmt: skip
        if group == "PR":
            draft.responsibility += amount


def read_nm1(draft: RemitDraft, e: list[str]) -> None:
    """NM1: patient, subscriber, corrected patient (sealed), rendering provider, other payers."""
    kind, event = e[1], draft.event
    role = _PEOPLE.get(kind)
    if role is None:
        draft.keep(e)
        return
    names = {"last": e[3], "first": e[4], "middle": e[5], "suffix": e[7], "qualifier": e[8], "id": e[9]}
    draft.sealed[role] = {name: value for name, value in names.items() if value}
    if kind == "82":
        event["rendering_npi"] = code(e[9], 15) if e[8] == "XX" else None
    elif kind == "PR":
        event["corrected_payer_id"] = identifier(e[9])
    elif kind == "TT":
        event["crossover_payer_id"] = identifier(e[9])
    elif kind == "74":
        event["patient_corrected"] = True


def read_mia(draft: RemitDraft, e: list[str]) -> None:
    """MIA: inpatient remark codes, amounts and days."""
    _read_adjudication(draft, e, _MIA_REMARKS, _MIA_QUANTITIES, 24)


def read_moa(draft: RemitDraft, e: list[str]) -> None:
    """MOA: outpatient remark codes, amounts and rate."""
    _read_adjudication(draft, e, _MOA_REMARKS, _MOA_QUANTITIES, 9)


def _read_adjudication(
    draft: RemitDraft, e: list[str], remarks: frozenset[int], quantities: frozenset[int], last: int
) -> None:
    event = draft.event
    for at in range(1, last + 1):
        text = e[at]
        if not text:
            continue
        if at in remarks:
            remark = code(text, 50)
            if remark is not None:
                event["remark_codes"].append(remark)
        else:
            _append_value(draft, event, f"{e[0]}{at:02d}", text, at, is_quantity=at in quantities)


def _append_value(
    draft: RemitDraft, target: dict[str, Any], qualifier: str, text: str, element: int, *, is_quantity: bool
) -> None:
    value = quantity(text) if is_quantity else cents(text)
    if value is None:
        draft.warn("amount", f"{qualifier} is not an amount or a number", element)
    elif is_quantity:
        target["quantities"].append({"qualifier": qualifier, "quantity": value})
    else:
        target["amounts"].append({"qualifier": qualifier, "amount_cents": value})


def read_dtm(draft: RemitDraft, e: list[str]) -> None:
    """DTM of the claim: service span, receipt, end of coverage."""
    field = _CLAIM_DATES.get(e[1])
    if field is None:
        draft.keep(e)
        return
    draft.event[field] = found = day(e[2].strip())
    if found is None:
        draft.warn("date", "DTM02 is not a date", 2)


def read_amt(draft: RemitDraft, e: list[str]) -> None:
    """AMT of the claim: AU is what is covered, others are kept by qualifier."""
    if e[1] == "AU":
        draft.event["covered_cents"] = covered = cents(e[2])
        if covered is None:
            draft.warn("amount", "AMT02 is not an amount", 2)
    else:
        _append_value(draft, draft.event, code(e[1], 3) or "", e[2], 2, is_quantity=False)


def read_qty(draft: RemitDraft, e: list[str]) -> None:
    """QTY of the claim or its open line."""
    _append_value(draft, draft.line or draft.event, code(e[1], 2) or "", e[2], 2, is_quantity=True)


def read_svc(draft: RemitDraft, e: list[str]) -> None:
    """SVC opens a service line.

    Raises:
        ClaimRejectedError: Charge or payment are not amounts.
    """
    line = draft.start_line()
    qualifier, procedure, modifiers = _procedure(draft, e[1], 1)
    if qualifier == "NU":
        line["revenue_code"] = procedure
    else:
        line["procedure_qualifier"], line["procedure_code"], line["modifiers"] = qualifier, procedure, modifiers
    line["charge_cents"] = _money(e[2], 2, "SVC02 (charge)")
    line["paid_cents"] = _money(e[3], 3, "SVC03 (payment)")
    if e[4]:
        line["revenue_code"] = code(e[4], 4)
    if e[5]:
        line["units"] = quantity(e[5])
    if e[6]:
        (line["submitted_procedure_qualifier"], line["submitted_procedure_code"],
            line["submitted_modifiers"]) = _procedure(draft, e[6], 6)  # fmt: skip
    if e[7]:
        line["submitted_units"] = quantity(e[7])


def _procedure(draft: RemitDraft, composite: str, element: int) -> tuple[str | None, str | None, list[str]]:
    parts = composite.split(draft.component)
    found = code(parts[1], 48) if len(parts) > 1 else None
    if found is None:
        draft.warn("procedure_code", "The procedure of a service line has no code", element)
    return code(parts[0], 2), found, [modifier for part in parts[2:6] if (modifier := code(part, 2))]


def read_line_dtm(draft: RemitDraft, e: list[str]) -> None:
    """DTM of a line: 472 a single day, 150 and 151 a span."""
    line, kind = draft.line, e[1]
    assert line is not None  # noqa: S101 - handlers of lines are called below SVC only
    found = day(e[2].strip())
    if kind == "472":
        line["service_from"] = line["service_to"] = found
    elif kind == "150":
        line["service_from"] = found
    elif kind == "151":
        line["service_to"] = found
    else:
        draft.keep(e)
        return
    if found is None:
        draft.warn("date", "DTM02 is not a date", 2)


def read_line_ref(draft: RemitDraft, e: list[str]) -> None:
    """REF of a line: the provider's line number as a token, the rendering provider; others are kept."""
    line = draft.line
    assert line is not None  # noqa: S101 - handlers of lines are called below SVC only
    if e[1] == "6R" and e[2].strip():
        draft.line_controls.append((line, e[2]))
    elif e[1] == "HPI":
        line["rendering_npi"] = code(e[2], 15)
    else:
        draft.keep(e)


def read_line_amt(draft: RemitDraft, e: list[str]) -> None:
    """AMT of a line: B6 is what is allowed, others are kept by qualifier."""
    line = draft.line
    assert line is not None  # noqa: S101 - handlers of lines are called below SVC only
    if e[1] == "B6":
        line["allowed_cents"] = allowed = cents(e[2])
        if allowed is None:
            draft.warn("amount", "AMT02 is not an amount", 2)
    else:
        _append_value(draft, line, code(e[1], 3) or "", e[2], 2, is_quantity=False)


def read_lq(draft: RemitDraft, e: list[str]) -> None:
    """LQ: remark code of a line."""
    line = draft.line
    assert line is not None  # noqa: S101 - handlers of lines are called below SVC only
    remark = code(e[2], 30)
    if e[1] in ("HE", "RX") and remark is not None:
        line["remark_codes"].append(remark)
    else:
        draft.keep(e)


ABOVE_LINES: dict[str, Handler] = {
    "CLP": read_clp, "CAS": read_cas, "NM1": read_nm1, "MIA": read_mia, "MOA": read_moa, "DTM": read_dtm,
    "AMT": read_amt, "QTY": read_qty, "SVC": read_svc,
}  # fmt: skip
IN_LINES: dict[str, Handler] = {
    "SVC": read_svc, "DTM": read_line_dtm, "CAS": read_cas, "REF": read_line_ref, "AMT": read_line_amt,
    "QTY": read_qty, "LQ": read_lq,
}  # fmt: skip
